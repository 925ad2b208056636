/** The graph of an explanation in the language of Graphviz: transactions as boxes, relations as labelled arrows. */
import type { Explanation } from '../checkers/ladder/explain.ts';
import { describeTransaction } from '../checkers/ladder/in-words.ts';
import { initialState, type Step } from '../checkers/transactions/relations.ts';

const colours: Readonly<Record<Step['relation'], string>> = {
  so: 'gray40',
  rt: 'gray60',
  wr: 'darkgreen',
  ww: 'firebrick',
  rw: 'darkorange3',
  visible: 'royalblue',
  hb: 'purple',
};

export function explanationToDot(explanation: Explanation): string {
  const { contradiction, forced, history } = explanation;
  const shown: Step[] = forced.flatMap(({ because }) => [...because]);
  if (contradiction.kind === 'cycle') shown.push(...contradiction.steps);
  const nodes = new Set(shown.flatMap((step) => [step.from, step.to]));
  if (shown.length === 0) for (let t = 0; t < history.transactions.count; t++) nodes.add(t);
  const name = (t: number): string => (t === initialState ? 'initial' : `T${t + 1}`);
  const label = (t: number): string =>
    t === initialState ? 'the initial state' : `T${t + 1} ${describeTransaction(history.transactions, t)}`;
  const lines = [...nodes]
    .sort((a, b) => a - b)
    .map((t) => `  ${name(t)} [label=${JSON.stringify(label(t))}];`);
  const edges = new Set(
    shown.map((step) => {
      const colour = colours[step.relation];
      return `  ${name(step.from)} -> ${name(step.to)} [label="${step.relation}", color="${colour}", fontcolor="${colour}"];`;
    }),
  );
  return [
    'digraph violation {',
    '  node [shape=box, fontname="monospace"];',
    ...lines,
    ...edges,
    '}',
    '',
  ].join('\n');
}
