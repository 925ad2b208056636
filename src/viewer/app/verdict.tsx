/** Why the verdict is what it is: the values that clash, the cycle with its reasons, or how far an order can go. */
import type { PageData } from '../../report/page.ts';
import { callInWords, resultInWords } from '../../report/shapes-words.ts';
import { ArgumentView } from './argument.tsx';
import { Lattice } from './lattice.tsx';
import { Prefixes } from './prefixes.tsx';
import { Sentence } from './sentence.tsx';
import type { View } from './view.ts';

export type VerdictProps = Pick<View, 'model' | 'jump' | 'chosen' | 'choose'>;

/** At a glance: the steps or the operations that contradict each other. */
export function Contradiction({ model, jump }: Pick<VerdictProps, 'model' | 'jump'>) {
  const { verdict, linearization, partsWays } = model.run;
  const clash = verdict.kind === 'violated' && verdict.facts.length > 0;
  if (!clash && partsWays === undefined && linearization?.valid !== false) return null;
  return (
    <section class={`panel verdict-panel ${verdict.kind}`} aria-label="contradiction">
      {clash && <Clash {...{ model, jump }} />}
      {partsWays !== undefined && (
        <p>
          As the failing run until{' '}
          <button type="button" class="link" onClick={() => jump(partsWays)}>
            step {model.number(partsWays)}
          </button>
          , where they part ways.
        </p>
      )}
      {linearization?.valid === false && <Operations {...{ model, jump }} minimal={linearization.minimal} />}
    </section>
  );
}

/** At length: how far an order can go, or the cycle with its reasons, and the ladder. */
export function Verdict({ data, model, jump, chosen, choose }: VerdictProps & { readonly data: PageData }) {
  const { linearization, consistency } = model.run;
  const argument = consistency?.arguments[chosen.argument];
  return (
    <section class="panel at-length" aria-label="verdict">
      {linearization?.valid === false && (
        <Prefixes {...{ model, jump, choose }} prefix={chosen.prefix} prefixes={linearization.prefixes} />
      )}
      {argument && (
        <ArgumentView
          {...{ model, jump, argument }}
          edge={chosen.edge}
          setEdge={(edge) => choose({ edge, draws: 'cycle' })}
        />
      )}
      {consistency && consistency.levels.length > 1 && (
        <Lattice
          consistency={consistency}
          argument={chosen.argument}
          setArgument={(index) => choose({ argument: index, edge: undefined, draws: 'cycle' })}
        />
      )}
      {data.story && <p class="story">{data.story}</p>}
    </section>
  );
}

/** The steps that contradict each other, side by side. */
function Clash({ model, jump }: Pick<VerdictProps, 'model' | 'jump'>) {
  const { verdict, diagram } = model.run;
  if (verdict.kind !== 'violated') return null;
  return (
    <>
      <h2>What clashes</h2>
      <ul class="clash">
        {verdict.facts.map(({ lane, step, words, values }) => (
          <li key={step}>
            <button type="button" class="fact" onClick={() => jump(step)}>
              <span class="where">
                {diagram.lanes.length > 1 && <b>{diagram.lanes[lane]?.id}</b>} step {model.number(step)}{' '}
                {!diagram.untimed && <span class="ms">{diagram.steps[step]?.time} ms</span>}
              </span>
              {values.map((value) => (
                <code key={value} class="value">
                  {value}
                </code>
              ))}
              <span class="when">
                <Sentence text={words} model={model} />
              </span>
            </button>
          </li>
        ))}
      </ul>
    </>
  );
}

/** The few operations that cannot all be, where they are few. */
function Operations({
  model,
  minimal,
  jump,
}: Pick<VerdictProps, 'model' | 'jump'> & { readonly minimal: readonly number[] }) {
  const { bars, lanes } = model.diagram;
  const shown = bars.filter(({ operation }) => operation !== undefined && minimal.includes(operation));
  if (shown.length === 0 || shown.length > 12) return null;
  return (
    <>
      <h2>Operations that contradict each other</h2>
      <ul class="facts">
        {shown.map((bar) => (
          <li key={bar.operation}>
            <button type="button" class="link plain" onClick={() => jump(bar.to ?? bar.from)}>
              <b class="name">{lanes[bar.lane]?.id}</b> {callInWords(bar)} <b>{resultInWords(bar)}</b>
            </button>
          </li>
        ))}
      </ul>
    </>
  );
}
