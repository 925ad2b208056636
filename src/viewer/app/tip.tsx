/** What hovering shows: a message's payload and fate, or a step with its causes. */
import { messageInWords } from '../../report/shapes-words.ts';
import type { RunModel } from './run-model.ts';

export interface TipTarget {
  readonly step?: number;
  readonly message?: number;
  readonly x?: number;
  readonly y?: number;
}

export function Tip({ model, target }: { readonly model: RunModel; readonly target: TipTarget }) {
  const { x = 0, y = 0 } = target;
  const left = `${Math.min(x + 14, innerWidth - 340)}px`;
  const style =
    y > innerHeight - 220 ? { left, bottom: `${innerHeight - y + 12}px` } : { left, top: `${y + 14}px` };
  return (
    <div class="tip" style={style} role="tooltip">
      {target.message !== undefined ? (
        <MessageTip model={model} index={target.message} />
      ) : (
        <StepTip model={model} index={target.step as number} />
      )}
    </div>
  );
}

function MessageTip({ model, index }: { readonly model: RunModel; readonly index: number }) {
  const { diagram } = model;
  const message = diagram.messages[index] as (typeof diagram.messages)[number];
  const [head] = messageInWords(message, diagram).split('\n');
  return (
    <>
      <strong>{head}</strong>
      <pre>{pretty(message.payload)}</pre>
      <Causes model={model} steps={[message.sentBy]} />
    </>
  );
}

function StepTip({ model, index }: { readonly model: RunModel; readonly index: number }) {
  const { diagram } = model;
  const step = diagram.steps[index] as (typeof diagram.steps)[number];
  const message = step.received === undefined ? undefined : diagram.messages[step.received];
  return (
    <>
      <strong>
        {model.number(index)}. {step.words}
      </strong>
      {message && <pre>{pretty(message.payload)}</pre>}
      <Causes model={model} steps={step.causes} />
    </>
  );
}

function Causes({ model, steps }: { readonly model: RunModel; readonly steps: readonly number[] }) {
  if (steps.length === 0) return null;
  return (
    <div class="causes">
      {steps.map((step) => (
        <div key={step}>
          because of {model.number(step)}. {model.diagram.steps[step]?.words}
        </div>
      ))}
    </div>
  );
}

export const pretty = (value: unknown): string => {
  const flat = JSON.stringify(value) ?? '';
  const text = flat.length > 180 ? JSON.stringify(value, null, 1) : flat;
  return text.length > 900 ? `${text.slice(0, 900)}…` : text;
};
