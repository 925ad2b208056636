/** Beside the diagram: the verdict, the deviations, the step that is looked at, and the state of every node. */
import { useEffect, useRef, useState } from 'preact/hooks';
import type { PageData } from '../../report/page.ts';
import type { Prefix } from '../../report/prefixes.ts';
import { callInWords, resultInWords, short } from '../../report/shapes-words.ts';
import { pathInWords } from '../../report/state-changes.ts';
import type { RunModel } from './run-model.ts';
import { StateView } from './state-view.tsx';
import { pretty } from './tip.tsx';

interface Props {
  readonly data: PageData;
  readonly model: RunModel;
  readonly step: number;
  readonly setStep: (step: number) => void;
  readonly prefix: number;
  readonly setPrefix: (prefix: number) => void;
  readonly chooseRun: (id: string) => void;
  readonly why: number | undefined;
  readonly toggleWhy: () => void;
}

const tabs = ['verdict', 'step', 'states'] as const;

/** Wide: the verdict above, the step below. Narrow: one at a time. */
export function Side(props: Props) {
  const [tab, setTab] = useState<(typeof tabs)[number]>('verdict');
  const first = useRef(true);
  useEffect(() => {
    if (!first.current) setTab((now) => (now === 'verdict' ? 'step' : now));
    first.current = false;
  }, [props.step]);
  return (
    <aside class={`side shows-${tab}`}>
      <div class="tabs">
        {tabs.map((each) => (
          <button type="button" key={each} aria-pressed={each === tab} onClick={() => setTab(each)}>
            {each}
          </button>
        ))}
      </div>
      <div class="about">
        <Verdict {...props} />
        <Deviations {...props} />
      </div>
      <div class="at">
        <Step {...props} />
        <States {...props} />
        <footer class="file">
          {props.data.file}
          <span class="keys">↑ ↓ step · ⇧ ↑ ↓ on this lane · w why · / search · Esc everything</span>
        </footer>
      </div>
    </aside>
  );
}

/** Names of lanes in a sentence become buttons that show where they are. */
function Sentence({ text, model }: { readonly text: string; readonly model: RunModel }) {
  const lanes = new Set(model.diagram.lanes.map(({ id }) => id));
  const parts = text.split(/(\b[\w]+\b)/);
  return (
    <>
      {parts.map((part, index) =>
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

function Verdict({ data, model, setStep, prefix, setPrefix }: Props) {
  const { verdict, linearization, partsWays, id } = model.run;
  return (
    <section class={`panel verdict-panel ${verdict.kind}`}>
      <h2>
        {verdict.kind === 'holds'
          ? id === 'history'
            ? `linearizable as a ${data.spec}`
            : 'nothing is violated'
          : verdict.property}
      </h2>
      {verdict.kind !== 'holds' && (
        <p class="explanation">
          <Sentence text={verdict.explanation} model={model} />
        </p>
      )}
      {verdict.kind === 'violated' && verdict.facts.length > 0 && (
        <ul class="facts">
          {verdict.facts.map(({ lane, step, words }) => (
            <li key={`${lane} ${step} ${words}`}>
              <button type="button" class="link" onClick={() => setStep(step)}>
                step {step + 1}
              </button>{' '}
              <b class="name">{model.diagram.lanes[lane]?.id}</b> {words}
            </li>
          ))}
        </ul>
      )}
      {partsWays !== undefined && (
        <p>
          As the failing run until{' '}
          <button type="button" class="link" onClick={() => setStep(partsWays)}>
            step {partsWays + 1}
          </button>
          , where they part ways.
        </p>
      )}
      {linearization?.valid === false && (
        <>
          <Contradiction {...{ model, setStep }} minimal={linearization.minimal} />
          <Prefixes {...{ model, prefix, setPrefix, setStep }} prefixes={linearization.prefixes} />
        </>
      )}
      {data.story && <p class="story">{data.story}</p>}
    </section>
  );
}

/** The few operations that cannot all be, where they are few. */
function Contradiction({
  model,
  minimal,
  setStep,
}: Pick<Props, 'model' | 'setStep'> & { readonly minimal: readonly number[] }) {
  const { bars, lanes } = model.diagram;
  const shown = bars.filter(({ operation }) => operation !== undefined && minimal.includes(operation));
  if (shown.length === 0 || shown.length > 12) return null;
  return (
    <ul class="facts" aria-label="operations that contradict each other">
      {shown.map((bar) => (
        <li key={bar.operation}>
          <button type="button" class="link" onClick={() => setStep(bar.to ?? bar.from)}>
            step {(bar.to ?? bar.from) + 1}
          </button>{' '}
          <b class="name">{lanes[bar.lane]?.id}</b> {callInWords(bar)} {resultInWords(bar)}
        </li>
      ))}
    </ul>
  );
}

function Prefixes({
  model,
  prefixes,
  prefix,
  setPrefix,
  setStep,
}: Pick<Props, 'model' | 'prefix' | 'setPrefix' | 'setStep'> & { readonly prefixes: readonly Prefix[] }) {
  const { bars } = model.diagram;
  const barOf = new Map(bars.map((bar) => [bar.operation, bar]));
  const words = (operation: number) => {
    const bar = barOf.get(operation);
    return bar ? `${callInWords(bar)} ${resultInWords(bar)}` : '';
  };
  return (
    <fieldset class="prefixes">
      <legend>
        {prefixes.length > 1 ? 'How far an order can explain it' : 'The longest order that explains a part'}
      </legend>
      {prefixes.map(({ order, state, stuck }, index) => (
        <label key={`${index}`} class={index === prefix ? 'chosen' : ''}>
          <input type="radio" name="prefix" checked={index === prefix} onChange={() => setPrefix(index)} />
          <span>
            <span class="order">
              {order.length > 8 && `${order.length - 8} operations · `}
              {order.slice(-8).map(words).join(' · ') || 'nothing'}
            </span>
            <span class="after">
              then the state is <code>{short(state, 80)}</code>
            </span>
            {stuck.slice(0, 4).map(({ operation, legal }) => (
              <span key={operation} class="stuck">
                <button
                  type="button"
                  class="link"
                  onClick={() => setStep(barOf.get(operation)?.to ?? barOf.get(operation)?.from ?? 0)}
                >
                  {words(operation)}
                </button>{' '}
                {legal.length === 0
                  ? 'cannot happen'
                  : `would have to answer ${legal
                      .slice(0, 4)
                      .map((value) => short(value))
                      .join(' or ')}`}
              </span>
            ))}
          </span>
        </label>
      ))}
    </fieldset>
  );
}

function Deviations({ model, setStep, chooseRun, data }: Props) {
  const { deviations, id } = model.run;
  if (deviations.length === 0) return null;
  const go = (index: number) => {
    const { step, message } = deviations[index] as (typeof deviations)[number];
    const sent = message === undefined ? undefined : model.diagram.messages[message];
    const at = step ?? sent?.receivedBy ?? sent?.sentBy;
    if (at !== undefined) setStep(at);
  };
  const without = (index: number) => data.runs.find((run) => run.id === `without-${index + 1}`);
  return (
    <section class="panel deviations">
      <h2>
        {deviations.length === 1
          ? 'The deviation from the happy path'
          : `The ${deviations.length} deviations from the happy path`}
      </h2>
      <ol>
        {deviations.map(({ words, step, message }, index) => (
          <li key={words}>
            <button
              type="button"
              class="link plain"
              disabled={step === undefined && message === undefined}
              onClick={() => go(index)}
            >
              {words}
            </button>
            {step === undefined && message === undefined && <em> (its target never came)</em>}
            {id === 'saved' && without(index) && (
              <>
                {' '}
                <button type="button" class="link less" onClick={() => chooseRun(`without-${index + 1}`)}>
                  leave it out
                </button>
              </>
            )}
          </li>
        ))}
      </ol>
    </section>
  );
}

function Step({ model, step, setStep, why, toggleWhy }: Props) {
  const { diagram } = model;
  const at = diagram.steps[step];
  if (!at) return null;
  const message = at.received === undefined ? undefined : diagram.messages[at.received];
  const differences = model.differences(step);
  return (
    <section class="panel now">
      <h2>
        Step {step + 1}{' '}
        <small>
          {at.time} ms{at.wall !== undefined && `, its clock shows ${at.wall}`}
        </small>
        <button type="button" class="link" aria-pressed={why !== undefined} onClick={toggleWhy}>
          {why === undefined ? 'why?' : 'show all'}
        </button>
      </h2>
      <p class="words">
        {message
          ? `${diagram.lanes[message.from]?.id} → ${diagram.lanes[message.to]?.id}  ${at.kind === 'client' ? at.words : at.label}`
          : at.words}
        {at.cut && ', and crashes within the step'}
      </p>
      {message && <pre class="payload">{pretty(message.payload)}</pre>}
      {at.clock && (
        <p>
          clock {at.clock.before} → {at.clock.after}, running at {at.clock.rate}
        </p>
      )}
      {differences.length > 0 && (
        <ul class="changes" aria-label="changes">
          {differences.slice(0, 24).map(({ change: { path, value }, before }) => (
            <li key={pathInWords(path)}>
              <code class="path">{pathInWords(path) || 'state'}</code>{' '}
              {before !== undefined && <del>{short(before, 70)}</del>}
              {before !== undefined && ' → '}
              {value === undefined ? <em>gone</em> : <ins>{short(value, 90)}</ins>}
            </li>
          ))}
        </ul>
      )}
      {at.notes.map(({ name, value }) => (
        <p key={name} class="note">
          ★ {name} {short(value, 80)}
        </p>
      ))}
      {at.effects.length > 0 && <p class="effects">{at.effects.join('; ')}</p>}
      {at.sent.length > 0 && (
        <p class="effects">
          sends{' '}
          {at.sent
            .map((index) => diagram.messages[index])
            .map(
              (sent) =>
                `${sent?.type} → ${diagram.lanes[sent?.to as number]?.id}${sent?.copy ? ' again' : ''}`,
            )
            .join(', ')}
        </p>
      )}
      {at.causes.length > 0 && (
        <p class="because">
          because of{' '}
          {at.causes.map((cause, index) => (
            <span key={cause}>
              {index > 0 && ', '}
              <button
                type="button"
                class="link"
                onClick={() => setStep(cause)}
                title={diagram.steps[cause]?.words}
              >
                step {cause + 1}
              </button>
            </span>
          ))}
        </p>
      )}
    </section>
  );
}

function States({ model, step }: Props) {
  const { lanes, steps } = model.diagram;
  const nodes = lanes.flatMap(({ id, kind }, lane) => (kind === 'node' ? [{ id, lane }] : []));
  if (nodes.length === 0) return null;
  const changed = steps[step]?.lanes ?? [];
  return (
    <section class="panel states">
      <h2>Every node after this step</h2>
      {nodes.map(({ id, lane }) => {
        const conditions = model.conditions(lane, step);
        return (
          <div key={id} class={`node ${conditions.length > 0 ? 'off' : ''}`} data-node={id}>
            <h3>
              {id}{' '}
              {conditions.map((each) => (
                <em key={each}>{each} </em>
              ))}
            </h3>
            <StateView
              state={model.stateAt(lane, step)}
              changes={changed[0] === lane ? (steps[step]?.changes ?? []) : []}
            />
          </div>
        );
      })}
    </section>
  );
}
