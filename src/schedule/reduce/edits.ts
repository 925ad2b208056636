/** Schedules with something taken out of them or put in its place; what names the rest is renamed accordingly. */
import type { Json } from '../../base/json.ts';
import type { EventRef } from '../../kernel/trace.ts';
import { type ClientOperation, callId, clientOf } from '../../kernel/workload.ts';
import { type Deviation, refOf, type Schedule } from '../schedule.ts';

/** A schedule made from another; `origin` gives, for each deviation, the index of the one it was. */
export interface Edit {
  readonly schedule: Schedule;
  readonly origin: readonly number[];
}

/** Keeps some deviations, changed or not; those for which `change` gives nothing go. */
export function editDeviations(
  schedule: Schedule,
  change: (deviation: Deviation, index: number) => Deviation | undefined,
): Edit {
  const origin: number[] = [];
  const deviations = schedule.deviations.flatMap((deviation, index) => {
    const changed = change(deviation, index);
    if (!changed) return [];
    origin.push(index);
    return [changed];
  });
  return { schedule: { ...schedule, deviations }, origin };
}

export const withRef = (deviation: Deviation, ref: EventRef): Deviation =>
  'at' in deviation
    ? { ...deviation, at: ref }
    : 'message' in deviation
      ? { ...deviation, message: ref }
      : deviation;

export function withDeviation(schedule: Schedule, index: number, deviation: Deviation): Schedule {
  return {
    ...schedule,
    deviations: schedule.deviations.map((other, at) => (at === index ? deviation : other)),
  };
}

export function withOperation(
  schedule: Schedule,
  client: number,
  index: number,
  change: Partial<ClientOperation>,
): Schedule {
  const clients = schedule.clients.map((operations, at) =>
    at === client
      ? operations.map((other, place) => (place === index ? { ...other, ...change } : other))
      : operations,
  );
  return { ...schedule, clients };
}

/** An operation that need not wait for the calm. */
export function withHaste(schedule: Schedule, client: number, index: number): Schedule {
  const clients = schedule.clients.map((operations, at) =>
    operations.map((operation, place) => {
      if (at !== client || place !== index) return operation;
      const { calm, ...hasty } = operation;
      return hasty;
    }),
  );
  return { ...schedule, clients };
}

/** Applies a renaming of participants to all that a deviation names. */
function renamed(deviation: Deviation, rename: (name: string) => string): Deviation {
  const ref = refOf(deviation);
  const moved = ref ? withRef(deviation, { ...ref, from: rename(ref.from), to: rename(ref.to) }) : deviation;
  switch (moved.kind) {
    case 'hold':
      return { ...moved, from: rename(moved.from), to: rename(moved.to) };
    case 'partition':
      return { ...moved, groups: moved.groups.map((group) => group.map(rename)) };
    case 'one-way':
      return { ...moved, from: moved.from.map(rename), to: moved.to.map(rename) };
    case 'crash':
      return { ...moved, nodes: moved.nodes.map(rename) };
    default:
      return 'node' in moved ? { ...moved, node: rename(moved.node) } : moved;
  }
}

const clientNumber = (name: string): number => (/^c\d+$/.test(name) ? Number(name.slice(1)) - 1 : -1);

/** Names of clients after one number is gone: the clients behind it move up, its own name goes to `heir`. */
const movedUp = (gone: number, heir: number) => (name: string) => {
  const index = clientNumber(name);
  if (index < gone) return name;
  if (index === gone) return `c${heir + 1}`;
  return `c${index}`;
};

/** Removes a client; later ones move up, and what names them is renamed. */
export function withoutClient(schedule: Schedule, client: number): Edit {
  const gone = `c${client + 1}`;
  const rename = movedUp(client, client);
  const edit = editDeviations(schedule, (deviation) => {
    if ('call' in deviation) {
      const caller = clientOf(deviation.call);
      if (caller === client) return undefined;
      return caller > client ? { ...deviation, call: deviation.call - 100 } : deviation;
    }
    const ref = refOf(deviation);
    if (ref?.from === gone || ref?.to === gone) return undefined;
    if (deviation.kind === 'hold' && (deviation.from === gone || deviation.to === gone)) return undefined;
    return renamed(deviation, rename);
  });
  const clients = schedule.clients.filter((_, index) => index !== client);
  return { ...edit, schedule: { ...edit.schedule, clients } };
}

/** Keeps some operations of one client; deviations of its calls follow them. */
export function withOperations(schedule: Schedule, client: number, keep: (index: number) => boolean): Edit {
  const operations = schedule.clients[client] ?? [];
  const kept = operations.map((_, index) => index).filter(keep);
  const edit = editDeviations(schedule, (deviation) => {
    if (!('call' in deviation) || clientOf(deviation.call) !== client) return deviation;
    const place = kept.findIndex((index) => callId(client, index) === deviation.call);
    return place < 0 ? undefined : { ...deviation, call: callId(client, place) };
  });
  const clients = schedule.clients.map((others, index) =>
    index === client ? kept.map((at) => operations[at] as ClientOperation) : others,
  );
  return { ...edit, schedule: { ...edit.schedule, clients } };
}

/** Where an operation of a merged client comes from. */
export interface Place {
  readonly client: number;
  readonly index: number;
  readonly wait: number;
}

/** One client, `into`, does what two did, in the order of `places`; the other is gone. */
export function mergedClients(
  schedule: Schedule,
  into: number,
  gone: number,
  places: readonly Place[],
): Edit {
  const rename = movedUp(gone, into);
  const edit = editDeviations(schedule, (deviation) => {
    if (!('call' in deviation)) return renamed(deviation, rename);
    const caller = clientOf(deviation.call);
    if (caller !== into && caller !== gone)
      return caller > gone ? { ...deviation, call: deviation.call - 100 } : deviation;
    const place = places.findIndex(({ client, index }) => callId(client, index) === deviation.call);
    return place < 0 ? undefined : { ...deviation, call: callId(into, place) };
  });
  const together = places.map(({ client, index, wait }) => ({
    ...(schedule.clients[client]?.[index] as ClientOperation),
    wait,
  }));
  const clients = schedule.clients
    .map((operations, index) => (index === into ? together : operations))
    .filter((_, index) => index !== gone);
  return { ...edit, schedule: { ...edit.schedule, clients } };
}

/** An operation and those behind it become a client of their own, whose first begins after `wait` ms. */
export function splitClient(schedule: Schedule, client: number, index: number, wait: number): Schedule {
  const operations = schedule.clients[client] ?? [];
  const newcomer = schedule.clients.length;
  const { schedule: renumbered } = editDeviations(schedule, (deviation) => {
    if (!('call' in deviation) || clientOf(deviation.call) !== client) return deviation;
    const place = (deviation.call % 100) - 1;
    return place < index ? deviation : { ...deviation, call: callId(newcomer, place - index) };
  });
  const moved = operations
    .slice(index)
    .map((operation, at) => (at === 0 ? { ...operation, wait } : operation));
  const clients = schedule.clients.map((own, at) => (at === client ? own.slice(0, index) : own));
  return { ...renumbered, clients: [...clients, moved] };
}

/** Two neighbouring clients exchange their numbers. */
export function swappedClients(schedule: Schedule, first: number): Schedule {
  const second = first + 1;
  const swap = (index: number) => (index === first ? second : index === second ? first : index);
  const rename = (name: string) => (clientNumber(name) < 0 ? name : `c${swap(clientNumber(name)) + 1}`);
  const { schedule: renumbered } = editDeviations(schedule, (deviation) =>
    'call' in deviation
      ? { ...deviation, call: callId(swap(clientOf(deviation.call)), (deviation.call % 100) - 1) }
      : renamed(deviation, rename),
  );
  const clients = schedule.clients.map((_, index) => schedule.clients[swap(index)] ?? []);
  return { ...renumbered, clients };
}

/** Removes one node and everything that happens to it; those behind it move up. */
export function withoutNode(schedule: Schedule, index: number): Edit {
  const gone = `n${index + 1}`;
  const rename = (name: string) => {
    const number = /^n\d+$/.test(name) ? Number(name.slice(1)) : 0;
    return number > index + 1 ? `n${number - 1}` : name;
  };
  const stay = (names: readonly string[]) => names.filter((name) => name !== gone);
  const edit = editDeviations(schedule, (deviation) => {
    const ref = refOf(deviation);
    if (ref?.from === gone || ref?.to === gone) return undefined;
    if ('node' in deviation && deviation.node === gone) return undefined;
    const rest = withoutVictim(deviation, gone, stay);
    return rest && renamed(rest, rename);
  });
  const clients = schedule.clients.map((operations) =>
    operations.map((operation) => ({
      ...operation,
      node: (operation.node > index ? operation.node - 1 : operation.node) % (schedule.nodes - 1),
    })),
  );
  return { ...edit, schedule: { ...edit.schedule, nodes: schedule.nodes - 1, clients } };
}

function withoutVictim(
  deviation: Deviation,
  gone: string,
  stay: (names: readonly string[]) => string[],
): Deviation | undefined {
  switch (deviation.kind) {
    case 'hold':
      return deviation.from === gone || deviation.to === gone ? undefined : deviation;
    case 'crash':
      return stay(deviation.nodes).length > 0 ? { ...deviation, nodes: stay(deviation.nodes) } : undefined;
    case 'partition': {
      const groups = deviation.groups.map(stay).filter((group) => group.length > 0);
      return groups.length > 1 ? { ...deviation, groups } : undefined;
    }
    case 'one-way': {
      const [from, to] = [stay(deviation.from), stay(deviation.to)];
      return from.length > 0 && to.length > 0 ? { ...deviation, from, to } : undefined;
    }
    default:
      return deviation;
  }
}

/** Numbers that clients write, renamed to 1, 2, … in the order in which they stand; 0 stays, as initial values are often 0. */
export function withPlainValues(schedule: Schedule): Schedule {
  const plain = new Map<number, number>([[0, 0]]);
  const rename = (value: Json): Json => {
    if (typeof value === 'number') {
      if (!plain.has(value)) plain.set(value, plain.size);
      return plain.get(value) as number;
    }
    if (Array.isArray(value)) return value.map(rename);
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([key, field]) => [key, rename(field)]));
  };
  const clients = schedule.clients.map((operations) =>
    operations.map((operation) => ({ ...operation, input: rename(operation.input) })),
  );
  return { ...schedule, clients };
}

/** All operations on the first key. */
export function withOneKey(schedule: Schedule): Schedule {
  const clients = schedule.clients.map((operations) =>
    operations.map((operation) => (operation.key === undefined ? operation : { ...operation, key: 'x' })),
  );
  return { ...schedule, clients };
}
