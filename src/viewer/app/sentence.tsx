/** A sentence in which the names of lanes stand out. */
import type { RunModel } from './run-model.ts';

export function Sentence({ text, model }: { readonly text: string; readonly model: RunModel }) {
  const lanes = new Set(model.diagram.lanes.map(({ id }) => id));
  return (
    <>
      {text.split(/(\b\w+\b)/).map((part, index) =>
        lanes.has(part) ? (
          <b key={`${index}`} class="name">
            {part}
          </b>
        ) : (
          part
        ),
      )}
    </>
  );
}
