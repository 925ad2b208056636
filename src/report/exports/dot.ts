/**
 * The space-time diagram for Graphviz: a row a moment, as on the page, in it the steps of that moment, a lane a chain of
 * steps straight down, messages as labelled edges, what clients saw as boxes. Rows and lanes are held by edges without
 * a line, since `dot` knows neither.
 */
import type { Diagram, DiagramStep } from '../diagram.ts';
import { layoutOf } from '../layout.ts';
import { callInWords, resultInWords, timeInWords } from '../shapes-words.ts';

export function asDot(diagram: Diagram, title: string): string {
  const { lanes, steps } = diagram;
  const { rows } = layoutOf(diagram);
  const on = lanes.map((_, lane) =>
    steps.flatMap((step, index) => (step.lanes.includes(lane) && !onNetwork(step) ? [index] : [])),
  );
  const moments = [...new Set(on.flat().map((step) => rows[step] as number))].sort((a, b) => a - b);
  const inRow = moments.map((row) =>
    on.flatMap((own, lane) => own.filter((step) => rows[step] === row).map((step) => name(step, lane))),
  );
  const times = moments.map((row) => timeInWords(steps[rows.indexOf(row)]?.time ?? 0));
  return `${[
    'digraph clew {',
    `  label=${quote(title)};`,
    '  labelloc=t;',
    '  ranksep=0.28;',
    '  nodesep=0.5;',
    '  splines=line;',
    '  node [shape=plaintext, fontname="Helvetica", fontsize=10, height=0.2];',
    '  edge [fontname="Helvetica", fontsize=9, arrowsize=0.6, color="#7d8794"];',
    `  time [label=${quote(diagram.untimed ? 'event' : 'ms')}, fontcolor="#767d86", group=time];`,
    ...lanes.map(({ id }, lane) => `  lane${lane} [label=${quote(id)}, fontsize=13, group=lane${lane}];`),
    `  { rank=same; ${['time', ...lanes.map((_, lane) => `lane${lane}`)].join(' -> ')} [style=invis]; }`,
    ...times.map((time, row) => `  row${row} [label=${quote(time)}, fontcolor="#767d86", group=time];`),
    `  ${['time', ...times.map((_, row) => `row${row}`)].join(' -> ')} [style=invis, weight=100];`,
    ...inRow.map((members, row) => `  { rank=same; row${row}; ${members.join('; ')}; }`),
    ...on.flatMap((own, lane) => laneOf(diagram, own, lane)),
    ...messagesOf(diagram),
    '}',
  ].join('\n')}\n`;
}

/** The steps of a lane and the line through them. */
function laneOf({ steps, bars }: Diagram, own: readonly number[], lane: number): string[] {
  const results = new Map(
    bars.flatMap((bar) =>
      bar.to === undefined ? [] : [[bar.to, `${callInWords(bar)} ${resultInWords(bar)}`] as const],
    ),
  );
  const nodes = own.map((index) => {
    const step = steps[index] as DiagramStep;
    const label = results.get(index) ?? step.notes[0]?.name ?? step.label;
    const looks = { fault: ', color="#c22f28", fontcolor="#c22f28"', client: ', shape=box, style=rounded' };
    const look = step.kind === 'fault' || step.kind === 'client' ? looks[step.kind] : '';
    return `  ${name(index, lane)} [label=${quote(label)}, group=lane${lane}${look}];`;
  });
  const chain = [`lane${lane}`, ...own.map((index) => name(index, lane))].join(' -> ');
  return [...nodes, `  ${chain} [arrowhead=none, color="#c9c5bd", weight=100];`];
}

/** What travels; a message that was lost ends at a point. */
function messagesOf({ messages }: Diagram): string[] {
  return messages.flatMap(({ type, from, to, sentBy, receivedBy, fate, late }, index) => {
    if (from === to || (receivedBy === undefined && fate === 'in flight')) return [];
    if (receivedBy === undefined) {
      const label = quote(`${type} ✗`);
      return [
        `  lost${index} [shape=point, width=0.05, height=0.05, color="#c22f28"];`,
        `  ${name(sentBy, from)} -> lost${index} [label=${label}, color="#c22f28", fontcolor="#c22f28", arrowhead=none, style=dashed];`,
      ];
    }
    const label = quote(late > 0 ? `${type} +${timeInWords(late)}` : type);
    return [`  ${name(sentBy, from)} -> ${name(receivedBy, to)} [xlabel=${label}, constraint=false];`];
  });
}

const quote = (text: string): string => JSON.stringify(text);
const name = (step: number, lane: number): string => `s${step}_${lane}`;
const onNetwork = ({ kind, label }: DiagramStep): boolean =>
  kind === 'fault' && ['partition', 'hold', 'calm'].includes(label);
