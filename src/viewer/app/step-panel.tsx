/** The step that is looked at: what came, what it changed, what it sent and what became of that, and its causes. */
import { pathInWords } from '../../report/patch.ts';
import { fateInWords, short } from '../../report/shapes-words.ts';
import { pretty } from './tip.tsx';
import type { View } from './view.ts';

type StepProps = Pick<View, 'model' | 'step' | 'message' | 'jump' | 'why' | 'toggleWhy'>;

const mostChanges = 24;

export function StepPanel({ model, step, message: asked, jump, why, toggleWhy }: StepProps) {
  const { diagram } = model;
  const at = diagram.steps[step];
  if (!at) return null;
  const message = at.received === undefined ? undefined : diagram.messages[at.received];
  const words = message
    ? `${diagram.lanes[message.from]?.id} → ${diagram.lanes[message.to]?.id}  ${at.kind === 'client' ? at.words.replace(/^\S+\s+/, '') : at.label}`
    : at.words;
  return (
    <section class="panel now">
      <h2>
        Step {model.number(step)}{' '}
        {!diagram.untimed && (
          <small>
            {at.time} ms{at.wall !== undefined && `, its clock shows ${at.wall}`}
          </small>
        )}
        <button type="button" class="link" aria-pressed={why !== undefined} onClick={toggleWhy}>
          {why === undefined ? 'why?' : 'show all'}
        </button>
      </h2>
      <p class="words" role="status">
        {words}
        {at.cut && ', and crashes within the step'}
      </p>
      {message && <pre class="payload">{pretty(message.payload)}</pre>}
      {at.clock && (
        <p>
          clock {at.clock.before} → {at.clock.after}, running at {at.clock.rate}
        </p>
      )}
      <Changes model={model} step={step} />
      {at.notes.map(({ name, value }) => (
        <p key={name} class="note">
          ★ {name} {short(value, 80)}
        </p>
      ))}
      {at.effects.length > 0 && <p class="effects">{at.effects.join('; ')}</p>}
      {at.sent.map((index) => (
        <Sent key={index} {...{ model, index, jump }} open={index === asked} />
      ))}
      {at.causes.length > 0 && (
        <p class="because">
          because of{' '}
          {at.causes.map((cause, index) => (
            <span key={cause}>
              {index > 0 && ', '}
              <button
                type="button"
                class="link"
                onClick={() => jump(cause)}
                title={diagram.steps[cause]?.words}
              >
                step {model.number(cause)}
              </button>
            </span>
          ))}
        </p>
      )}
    </section>
  );
}

function Changes({ model, step }: Pick<StepProps, 'model' | 'step'>) {
  const differences = model.differences(step);
  if (differences.length === 0) return null;
  return (
    <ul class="changes" aria-label="changes">
      {differences.slice(0, mostChanges).map(({ change: { path, value }, before }) => (
        <li key={pathInWords(path)}>
          <code class="path">{pathInWords(path) || 'state'}</code>{' '}
          {before !== undefined && <del>{short(before, 70)}</del>}
          {before !== undefined && ' → '}
          {value === undefined ? <em>gone</em> : <ins>{short(value, 90)}</ins>}
        </li>
      ))}
      {differences.length > mostChanges && <li>and {differences.length - mostChanges} more</li>}
    </ul>
  );
}

/** A message that the step sent, with its payload folded away. */
function Sent({
  model,
  index,
  open,
  jump,
}: Pick<StepProps, 'model' | 'jump'> & { readonly index: number; readonly open: boolean }) {
  const { messages, lanes } = model.diagram;
  const message = messages[index] as (typeof messages)[number];
  const { receivedBy } = message;
  return (
    <details class={`sent ${message.fate.replace(' ', '-')}`} open={open}>
      <summary class="fate">
        sends <b>{message.type}</b> → {lanes[message.to]?.id}
        {message.copy && ' again'}, {fateInWords(message)}
      </summary>
      <pre class="payload">{pretty(message.payload)}</pre>
      {receivedBy !== undefined && (
        <button type="button" class="link" onClick={() => jump(receivedBy)}>
          to step {model.number(receivedBy)}, where it arrives
        </button>
      )}
    </details>
  );
}
