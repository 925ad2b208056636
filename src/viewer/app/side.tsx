/** Beside the diagram: the verdict, the deviations, the step that is looked at, and the state of every node. */
import type { PageData } from '../../report/page.ts';
import { tabs } from './hash.ts';
import { StateView } from './state-view.tsx';
import { StepPanel } from './step-panel.tsx';
import { Contradiction, Verdict } from './verdict.tsx';
import type { View } from './view.ts';

/** Wide: the verdict above, the step below. Narrow: one at a time. */
export function Side({ data, view }: { readonly data: PageData; readonly view: View }) {
  const { tab, setTab } = view;
  return (
    <aside class={`side shows-${tab}`}>
      <div class="tabs">
        {tabs.map((each) => (
          <button type="button" key={each} aria-pressed={each === tab} onClick={() => setTab(each)}>
            {each}
          </button>
        ))}
      </div>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard */}
      <section class="about" tabIndex={0} aria-label="what happened">
        <Contradiction {...view} />
        <Deviations data={data} view={view} />
        <Verdict data={data} {...view} />
      </section>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard */}
      <section class="at" tabIndex={0} aria-label="the step and its states">
        <StepPanel {...view} />
        <States {...view} />
        <footer class="file">
          {data.replay ?? data.file}
          <span class="keys">↑ ↓ step · ⇧ ↑ ↓ on this lane · w why · / search · Esc everything</span>
        </footer>
      </section>
    </aside>
  );
}

function Deviations({ data, view }: { readonly data: PageData; readonly view: View }) {
  const { model, jump, chooseRun } = view;
  const { deviations, id } = model.run;
  if (deviations.length === 0) return null;
  const go = (index: number) => {
    const { step, message } = deviations[index] as (typeof deviations)[number];
    const sent = message === undefined ? undefined : model.diagram.messages[message];
    const at = step ?? sent?.receivedBy ?? sent?.sentBy;
    if (at !== undefined) jump(at, message);
  };
  const without = (index: number) => data.runs.find((run) => run.id === `without-${index + 1}`);
  return (
    <section class="panel deviations">
      <h2>{deviations.length === 1 ? 'One thing goes wrong' : `${deviations.length} things go wrong`}</h2>
      <ol>
        {deviations.map(({ words, why, step, message, miss }, index) => (
          <li key={words}>
            <button
              type="button"
              class="link plain"
              disabled={step === undefined && message === undefined}
              onClick={() => go(index)}
            >
              {words}
            </button>
            {miss && <em> found no target: {miss}</em>}
            {id === 'saved' && !(step === undefined && message === undefined) && without(index) && (
              <p class="otherwise">
                <button type="button" class="link" onClick={() => chooseRun(`without-${index + 1}`)}>
                  without it
                </button>
                {why && `, ${why}`}
              </p>
            )}
          </li>
        ))}
      </ol>
    </section>
  );
}

function States({ model, step }: Pick<View, 'model' | 'step'>) {
  const { lanes, steps } = model.diagram;
  const nodes = lanes.flatMap(({ id, kind }, lane) => (kind === 'node' ? [{ id, lane }] : []));
  if (nodes.length === 0) return null;
  const changed = steps[step]?.lanes ?? [];
  return (
    <section class="panel states">
      <h2>{lanes.length === 1 ? 'The state' : 'Every node'} after this step</h2>
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
