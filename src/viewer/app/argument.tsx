/** Why a level is violated: its cycle as a graph, below it the reason of every edge, and what the orders rest on. */
import type { Argument, Edge } from '../../report/consistency.ts';
import { CycleGraph } from './cycle-graph.tsx';
import { relationWords } from './relations.ts';
import type { VerdictProps } from './verdict.tsx';

interface Props extends Pick<VerdictProps, 'model' | 'jump'> {
  readonly argument: Argument;
  readonly edge: number | undefined;
  readonly setEdge: (edge: number | undefined) => void;
}

export function ArgumentView({ model, argument, edge, setEdge, jump }: Props) {
  const { members, edges, forced, sentences, anomaly, level } = argument;
  const { bars, lanes } = model.diagram;
  const stepOf = (member: number): number | undefined => {
    const bar = bars[members[member]?.bar ?? -1];
    return bar && (bar.to ?? bar.from);
  };
  const goTo = (member: number) => {
    const step = stepOf(member);
    if (step !== undefined) jump(step);
  };
  const goAlong = (index: number, { from, to }: Edge) => {
    setEdge(index);
    goTo(members[to]?.bar === undefined ? from : to);
  };
  return (
    <div class="argument">
      <h2>
        Not {level} <small>{anomaly}</small>
      </h2>
      {forced.map(({ claim, edges: closed }) => (
        <details key={claim} class="forced">
          <summary>{claim}</summary>
          <p>Otherwise:</p>
          <CycleGraph members={members} edges={closed} goTo={goTo} goAlong={(_, each) => goTo(each.to)} />
          <Reasons members={members} edges={closed} />
        </details>
      ))}
      {edges.length > 0 && (
        <>
          <CycleGraph {...{ members, edges, edge, goTo, goAlong }} />
          <Reasons {...{ members, edges, edge, goAlong }} />
        </>
      )}
      {sentences.map((sentence) => (
        <p key={sentence}>{sentence}</p>
      ))}
      <ul class="facts members">
        {members.map(({ name, words, bar }, index) =>
          bar === undefined ? null : (
            <li key={name}>
              <button type="button" class="link plain" onClick={() => goTo(index)}>
                <b class="name member">{name}</b> <b class="name">{lanes[bars[bar]?.lane ?? -1]?.id}</b>{' '}
                {withoutProcess(words)}
              </button>
            </li>
          ),
        )}
      </ul>
    </div>
  );
}

/** Its lane says who it was. */
const withoutProcess = (words: string): string =>
  words.replace(/ \(process (?:"[^"]*"|[^,)]+)(?:, (.*))?\)$/, (_, more: string | undefined) =>
    more ? ` (${more})` : '',
  );

interface ReasonsProps {
  readonly members: Argument['members'];
  readonly edges: readonly Edge[];
  readonly edge?: number | undefined;
  readonly goAlong?: (index: number, edge: Edge) => void;
}

function Reasons({ members, edges, edge, goAlong }: ReasonsProps) {
  return (
    <ol class="reasons">
      {edges.map((each, index) => (
        <li key={`${each.from} ${each.to}`} class={index === edge ? 'chosen' : ''}>
          <button
            type="button"
            class="reason"
            disabled={!goAlong}
            aria-pressed={goAlong && index === edge}
            onClick={() => goAlong?.(index, each)}
          >
            <b>
              {members[each.from]?.name} before {members[each.to]?.name}
            </b>{' '}
            <i title={relationWords[each.relation]} class={`relation ${each.relation}`}>
              {each.relation}
            </i>{' '}
            {each.because}
          </button>
        </li>
      ))}
    </ol>
  );
}
