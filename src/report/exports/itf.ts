/**
 * The run in Apalache's Informal Trace Format (ITF, ADR 015), which viewers of TLA+ and Quint open: one state a step,
 * with the step in words, the state of every node, and the messages on their way. JSON's null has no counterpart there
 * and becomes the variant None; a number that is no integer becomes a string.
 */
import type { Json } from '../../base/json.ts';
import type { Diagram } from '../diagram.ts';
import { patched } from '../patch.ts';

export function asItf(diagram: Diagram, source: string): string {
  const { lanes, steps, messages } = diagram;
  const nodes = lanes.flatMap(({ id, kind }, lane) => (kind === 'node' ? [{ id, lane }] : []));
  const states: (Json | undefined)[] = lanes.map(() => undefined);
  const down = new Set<number>(nodes.map(({ lane }) => lane));
  const shown = steps.map((step, index) => {
    const [lane] = step.lanes;
    if (step.changes.length > 0) states[lane as number] = patched(states[lane as number], step.changes);
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
  const vars = ['step', 'time', 'action', 'up', 'nodes', 'network'];
  return itfText({ source, description: 'a run of a protocol, as clew replayed it', vars, states: shown });
}

/**
 * A machine's run: its variables are the fields of its state and `action`, what led there; where the state has no such
 * fields, it is one variable `state`. `loop` is the state that the last one goes back to, where the run goes on for ever.
 */
export function machineAsItf(
  { steps }: Diagram,
  { source, loop }: { readonly source: string; readonly loop: number | undefined },
): string {
  let state: Json | undefined;
  const states = steps.map(({ changes, label }) => {
    state = patched(state, changes);
    return { action: label, state: state as Json };
  });
  const fields = fieldsOf(states.map((each) => each.state));
  const shown = states.map(({ action, state: value }, index) => {
    const own = fields
      ? Object.fromEntries(
          Object.entries(value as object).map(([name, field]) => [name, encode(field as Json)]),
        )
      : { state: encode(value) };
    return { '#meta': { index }, action, ...own };
  });
  const vars = ['action', ...(fields ?? ['state'])];
  // The last state is the one it goes back to, written again.
  const goes = loop === undefined ? { states: shown } : { states: shown.slice(0, -1), loop };
  return itfText({ source, description: 'a run of a machine, as clew replayed it', vars, ...goes });
}

/** The fields that each of the states has, if they can be variables. */
function fieldsOf(states: readonly Json[]): string[] | undefined {
  const [first] = states.map((state) =>
    typeof state === 'object' && state !== null && !Array.isArray(state) ? Object.keys(state) : [],
  );
  const names = JSON.stringify([...(first ?? [])].sort());
  const same = states.every(
    (state) =>
      typeof state === 'object' && state !== null && JSON.stringify(Object.keys(state).sort()) === names,
  );
  const fine = first?.length && first.every((name) => identifier.test(name) && name !== 'action');
  return same && fine ? first : undefined;
}

const identifier = /^(?!__)[A-Za-z_]\w*$/;

interface Itf {
  readonly source: string;
  readonly description: string;
  readonly vars: readonly string[];
  readonly states: readonly unknown[];
  readonly loop?: number;
}

function itfText({ source, description, vars, states, loop }: Itf): string {
  const meta = {
    format: 'ITF',
    'format-description': 'https://apalache-mc.org/docs/adr/015adr-trace.html',
    source,
    description,
  };
  const back = loop === undefined ? {} : { loop };
  return `${JSON.stringify({ '#meta': meta, params: [], vars, ...back, states }, null, 1)}\n`;
}

const number = (value: number): unknown => (Number.isSafeInteger(value) ? value : `${value}`);

function encode(value: Json): unknown {
  if (value === null) return { tag: 'None', value: { '#tup': [] } };
  if (typeof value === 'number') return number(value);
  if (Array.isArray(value)) return value.map(encode);
  if (typeof value === 'object') {
    const fields = Object.entries(value).map(([name, field]) => [name, encode(field as Json)] as const);
    return isRecord(Object.keys(value)) ? Object.fromEntries(fields) : { '#map': fields };
  }
  return value;
}

/**
 * Whether such fields make a record; otherwise it is a map. An empty record has no type of its own, a name that begins
 * with # would be taken for a form of the format, `tag` with `value` for a variant, and Quint leaves out what begins
 * with two underscores.
 */
function isRecord(names: readonly string[]): boolean {
  const others = names.filter((name) => name !== 'tag' && name !== 'value');
  const isVariant = names.includes('tag') && others.length === 0;
  return names.length > 0 && !isVariant && names.every((name) => identifier.test(name));
}
