/** The happened-before graph for Graphviz: lanes as columns, messages as arrows, what clients saw as boxes. */
import type { Diagram } from '../diagram.ts';
import { callInWords, resultInWords } from '../shapes-words.ts';

export function asDot({ lanes, steps, messages, bars }: Diagram, title: string): string {
  const quote = (text: string) => JSON.stringify(text);
  const results = new Map(
    bars.flatMap((bar) =>
      bar.to === undefined ? [] : [[bar.to, `${callInWords(bar)} ${resultInWords(bar)}`] as const],
    ),
  );
  const columns = lanes.map(({ id }, lane) => {
    const own = steps.flatMap((step, index) =>
      step.lanes.includes(lane) && !onNetwork(step.label) ? [index] : [],
    );
    const members = own.map((index) => {
      const step = steps[index] as Diagram['steps'][number];
      const label = `${step.time}  ${results.get(index) ?? step.notes[0]?.name ?? step.label}`;
      const look =
        step.kind === 'fault'
          ? ', color="#c22f28", fontcolor="#c22f28"'
          : step.kind === 'client'
            ? ', shape=box, style=rounded'
            : '';
      return `    ${name(index, lane)} [label=${quote(label)}${look}];`;
    });
    const chain = own.map((index) => name(index, lane)).join(' -> ');
    const line = own.length > 1 ? [`    ${chain} [arrowhead=none, color="#c9c5bd", weight=20];`] : [];
    return [
      `  subgraph cluster_${id} {`,
      `    label=${quote(id)};`,
      '    color=transparent;',
      ...members,
      ...line,
      '  }',
    ].join('\n');
  });
  const arrows = messages.flatMap(({ type, from, to, sentBy, receivedBy, fate, late }, index) => {
    if (from === to) return [];
    const bad =
      '[label=' +
      quote(`${type} ✗`) +
      ', color="#c22f28", fontcolor="#c22f28", arrowhead=none, style=dashed]';
    if (receivedBy === undefined) {
      if (fate === 'in flight') return [];
      return [
        `  lost${index} [shape=point, color="#c22f28"];`,
        `  ${name(sentBy, from)} -> lost${index} ${bad};`,
      ];
    }
    const look = late > 0 ? `${type} +${late}` : type;
    return [`  ${name(sentBy, from)} -> ${name(receivedBy, to)} [label=${quote(look)}, constraint=false];`];
  });
  const head = [
    'digraph clew {',
    `  label=${quote(title)};`,
    '  labelloc=t;',
    '  rankdir=TB;',
    '  node [shape=plaintext, fontname="Helvetica", fontsize=10, height=0.2];',
    '  edge [fontname="Helvetica", fontsize=9, arrowsize=0.6, color="#7d8794"];',
  ];
  return `${[...head, ...columns, ...arrows, '}'].join('\n')}\n`;
}

const name = (step: number, lane: number): string => `s${step}_${lane}`;
const onNetwork = (label: string): boolean => ['partition', 'hold', 'calm'].includes(label);
