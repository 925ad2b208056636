/**
 * The run in Apalache's Informal Trace Format (ITF, ADR 015), which viewers of TLA+ and Quint open: one state a step,
 * with the step in words, the state of every node, and the messages on their way. JSON's null has no counterpart there
 * and becomes the variant None; what is no integer becomes `#unserializable`.
 */
import type { Json } from '../../base/json.ts';
import type { Diagram } from '../diagram.ts';
import { applyChanges } from '../state-changes.ts';

export function asItf(diagram: Diagram, source: string): string {
  const { lanes, steps, messages } = diagram;
  const nodes = lanes.flatMap(({ id, kind }, lane) => (kind === 'node' ? [{ id, lane }] : []));
  const states: (Json | undefined)[] = lanes.map(() => undefined);
  const down = new Set<number>(nodes.map(({ lane }) => lane));
  const shown = steps.map((step, index) => {
    const [lane] = step.lanes;
    if (step.changes.length > 0) states[lane as number] = applyChanges(states[lane as number], step.changes);
    for (const each of step.lanes) {
      if (step.label === 'crash') down.add(each);
      else if (step.kind !== 'fault') down.delete(each);
    }
    const flying = messages.filter(
      ({ sentBy, receivedBy, arrives, fate }) =>
        sentBy <= index &&
        fate !== 'lost' &&
        (receivedBy === undefined ? (arrives ?? 0) > step.time || fate === 'in flight' : receivedBy > index),
    );
    return {
      '#meta': { index },
      step: index,
      time: number(step.time),
      action: step.words,
      up: { '#map': nodes.map(({ id, lane: node }) => [id, !down.has(node)]) },
      nodes: { '#map': nodes.map(({ id, lane: node }) => [id, encode(states[node] ?? null)]) },
      network: {
        '#set': flying.map(({ type, from, to, nth, copy, payload }) => ({
          type,
          from: lanes[from]?.id,
          to: lanes[to]?.id,
          nth,
          copy: copy ?? false,
          payload: encode(payload),
        })),
      },
    };
  });
  const meta = {
    format: 'ITF',
    'format-description': 'https://apalache-mc.org/docs/adr/015adr-trace.html',
    source,
    description: 'a run of a protocol, as clew replayed it',
  };
  const vars = ['step', 'time', 'action', 'up', 'nodes', 'network'];
  return `${JSON.stringify({ '#meta': meta, params: [], vars, states: shown }, null, 1)}\n`;
}

const number = (value: number): unknown =>
  Number.isSafeInteger(value) ? value : { '#unserializable': `${value}` };

function encode(value: Json): unknown {
  if (value === null) return { tag: 'None', value: { '#tup': [] } };
  if (typeof value === 'number') return number(value);
  if (Array.isArray(value)) return value.map(encode);
  if (typeof value === 'object') {
    // An empty record has no type of its own, and a name that begins with # would be taken for a tag.
    const fields = Object.entries(value).map(([name, field]) => [name, encode(field as Json)] as const);
    if (fields.length === 0 || fields.some(([name]) => !/^[A-Za-z_]\w*$/.test(name)))
      return { '#map': fields };
    return Object.fromEntries(fields);
  }
  return value;
}
