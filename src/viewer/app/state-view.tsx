/** A state as an outline: short values on one line, what changed marked. */
import type { Json } from '../../base/json.ts';
import type { Edit } from '../../report/patch.ts';

interface Props {
  readonly state: Json | undefined;
  readonly changes: readonly Edit[];
}

export function StateView({ state, changes }: Props) {
  if (state === undefined) return <p class="none">not started</p>;
  // The first state of all is not a change from anything.
  const marked = changes.filter(({ path }) => path.length > 0).map(({ path }) => path.join('\u0000'));
  return (
    <div class="state" data-state={JSON.stringify(state)}>
      <Fields value={state} at="" marked={marked} />
    </div>
  );
}

const oneLine = 44;

function Fields({
  value,
  at,
  marked,
}: {
  readonly value: Json;
  readonly at: string;
  readonly marked: readonly string[];
}) {
  return (
    <ul>
      {Object.entries(value as Record<string, Json>).map(([name, field]) => {
        const path = at === '' ? name : `${at}\u0000${name}`;
        const whole = marked.some((other) => path === other || path.startsWith(`${other}\u0000`));
        const within = whole || marked.some((other) => other.startsWith(`${path}\u0000`));
        const text = JSON.stringify(field);
        const nested = typeof field === 'object' && field !== null && text.length > oneLine;
        return (
          <li key={name} class={within && (whole || !nested) ? 'changed' : ''}>
            <span class="field">{name}</span> {!nested && <code>{text}</code>}
            {nested && <Fields value={field} at={path} marked={marked} />}
          </li>
        );
      })}
    </ul>
  );
}
