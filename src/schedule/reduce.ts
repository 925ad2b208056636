/**
 * Smaller schedules, in the order in which a person would try them: without a whole kind of fault, without a client,
 * with fewer nodes, without halves, quarters … single deviations and operations, without pairs, then with smaller
 * numbers. The caller answers each candidate with the schedule it accepts in its place (the candidate, or a still
 * smaller equivalent), or nothing. When a whole round is refused, nothing can be removed or lowered: 1-minimal.
 */

import type { EventRef } from '../kernel/trace.ts';
import { type ClientOperation, callId, clientOf, type Workload } from '../kernel/workload.ts';
import { type Deviation, faultOf, type Schedule } from './schedule.ts';

export type Reductions = Generator<Schedule, void, Schedule | undefined>;

export function* reductions(start: Schedule): Reductions {
  const shrinking = new Shrinking(start);
  for (let round = 0; ; round++) {
    const before = shrinking.best;
    yield* shrinking.dropKinds();
    yield* shrinking.dropClients();
    yield* shrinking.dropNodes();
    yield* shrinking.dropDeviations();
    yield* shrinking.dropOperations();
    yield* shrinking.dropPairs();
    yield* shrinking.simplify();
    yield* shrinking.lowerMagnitudes(round === 0);
    if (shrinking.best === before) return;
  }
}

/** Pairs are tried while there are at most this many deviations, since their number grows with the square. */
const mostForPairs = 16;

class Shrinking {
  best: Schedule;

  constructor(start: Schedule) {
    this.best = start;
  }

  private *attempt(candidate: Schedule): Generator<Schedule, boolean, Schedule | undefined> {
    const accepted = yield candidate;
    if (accepted) this.best = accepted;
    return accepted !== undefined;
  }

  private without(drop: (deviation: Deviation, index: number) => boolean): Schedule {
    return {
      ...this.best,
      deviations: this.best.deviations.filter((deviation, index) => !drop(deviation, index)),
    };
  }

  *dropKinds() {
    for (const fault of new Set(this.best.deviations.map((deviation) => faultOf[deviation.kind]))) {
      yield* this.attempt(this.without((deviation) => faultOf[deviation.kind] === fault));
    }
  }

  *dropClients() {
    for (let client = this.best.clients.length - 1; client >= 0; client--) {
      if (client < this.best.clients.length) yield* this.attempt(withoutClient(this.best, client));
    }
  }

  *dropNodes() {
    while (this.best.nodes > 1 && (yield* this.attempt(withoutLastNode(this.best))));
  }

  *dropDeviations() {
    for (
      let size = Math.ceil(this.best.deviations.length / 2);
      size >= 1;
      size = size === 1 ? 0 : Math.ceil(size / 2)
    ) {
      for (let from = Math.max(0, this.best.deviations.length - size); from >= 0; ) {
        const first = from;
        yield* this.attempt(this.without((_, index) => index >= first && index < first + size));
        if (from === 0) break;
        from = Math.max(0, Math.min(from - size, this.best.deviations.length - size));
      }
    }
  }

  *dropOperations() {
    for (let client = 0; client < this.best.clients.length; client++) {
      const operations = this.best.clients[client]?.length ?? 0;
      const half = Math.ceil(operations / 2);
      if (operations > 3) yield* this.attempt(withOperations(this.best, client, (index) => index < half));
      for (let index = operations - 1; index >= 0; index--) {
        const present = this.best.clients[client]?.length ?? 0;
        if (index < present)
          yield* this.attempt(withOperations(this.best, client, (other) => other !== index));
      }
    }
  }

  *dropPairs() {
    if (this.best.deviations.length > mostForPairs) return;
    for (let a = this.best.deviations.length - 1; a > 0; a--) {
      for (let b = a - 1; b >= 0; b--) {
        if (a >= this.best.deviations.length) break;
        if (yield* this.attempt(this.without((_, index) => index === a || index === b))) break;
      }
    }
  }

  /** The same number of parts, but plainer ones: no waiting for calm, the first node, one victim, no torn write. */
  *simplify() {
    for (let client = 0; client < this.best.clients.length; client++) {
      for (let index = 0; index < (this.best.clients[client]?.length ?? 0); index++) {
        const operation = this.best.clients[client]?.[index] as ClientOperation;
        if (operation.calm) {
          const { calm, ...hasty } = operation;
          yield* this.attempt(withOperation(this.best, client, index, hasty));
        }
        for (let node = 0; node < operation.node; node++) {
          const current = this.best.clients[client]?.[index];
          if (!current || current.node <= node) break;
          if (yield* this.attempt(withOperation(this.best, client, index, { ...current, node }))) break;
        }
      }
    }
    for (let index = 0; index < this.best.deviations.length; index++) {
      for (const plainer of plainerThan(this.best.deviations[index] as Deviation)) {
        if (yield* this.attempt(withDeviation(this.best, index, plainer))) break;
      }
    }
  }

  /** `search` looks for the least value by bisection; without it only the next lower one is tried. */
  *lowerMagnitudes(search: boolean) {
    yield* this.lower(
      search,
      (schedule) => schedule.duration,
      0,
      (schedule, duration) => ({ ...schedule, duration }),
    );
    for (let client = 0; client < this.best.clients.length; client++) {
      for (let index = 0; index < (this.best.clients[client]?.length ?? 0); index++) {
        yield* this.lower(
          search,
          (schedule) => schedule.clients[client]?.[index]?.wait,
          0,
          (schedule, wait) =>
            withOperation(schedule, client, index, {
              ...(schedule.clients[client]?.[index] as ClientOperation),
              wait,
            }),
        );
      }
    }
    for (let index = 0; index < this.best.deviations.length; index++) {
      for (const { get, set, least } of magnitudesOf(this.best.deviations[index] as Deviation)) {
        yield* this.lower(
          search,
          (schedule) => {
            const deviation = schedule.deviations[index];
            return deviation && get(deviation);
          },
          least,
          (schedule, value) =>
            withDeviation(schedule, index, set(schedule.deviations[index] as Deviation, value)),
        );
      }
    }
  }

  private *lower(
    search: boolean,
    get: (schedule: Schedule) => number | undefined,
    least: number,
    set: (schedule: Schedule, value: number) => Schedule,
  ) {
    const value = get(this.best);
    if (value === undefined || value <= least) return;
    if (!search && !(yield* this.attempt(set(this.best, value - 1)))) return;
    if (yield* this.attempt(set(this.best, least))) return;
    let refused = least;
    for (let high = get(this.best); high !== undefined && high - refused > 1; high = get(this.best)) {
      const middle = Math.floor((refused + high) / 2);
      if (!(yield* this.attempt(set(this.best, middle)))) refused = middle;
    }
  }
}

/** Weaker or plainer variants of a deviation, of the same kind. */
function plainerThan(deviation: Deviation): Deviation[] {
  if (deviation.kind === 'crash' && deviation.nodes.length > 1) {
    return deviation.nodes.map((node) => ({
      ...deviation,
      nodes: deviation.nodes.filter((other) => other !== node),
    }));
  }
  if (deviation.kind === 'disk' && deviation.torn) {
    const { torn, ...whole } = deviation;
    return [whole];
  }
  return [];
}

interface Magnitude {
  readonly least: number;
  readonly get: (deviation: Deviation) => number | undefined;
  readonly set: (deviation: Deviation, value: number) => Deviation;
}

const field = (name: 'for' | 'by' | 'after' | 'keep', least: number): Magnitude => ({
  least,
  get: (deviation) => (deviation as unknown as Record<string, number | undefined>)[name],
  set: (deviation, value) => ({ ...deviation, [name]: value }),
});

const jumped: Magnitude = {
  least: 1,
  get: (deviation) => (deviation.kind === 'jump' ? Math.abs(deviation.by) : undefined),
  set: (deviation, value) =>
    deviation.kind === 'jump' ? { ...deviation, by: Math.sign(deviation.by) * value } : deviation,
};

/** In thousandths away from the true rate. */
const drifted: Magnitude = {
  least: 1,
  get: (deviation) =>
    deviation.kind === 'drift' ? Math.round(Math.abs(deviation.rate - 1) * 1000) : undefined,
  set: (deviation, value) =>
    deviation.kind === 'drift'
      ? { ...deviation, rate: (1000 + Math.sign(deviation.rate - 1) * value) / 1000 }
      : deviation,
};

function magnitudesOf(deviation: Deviation): Magnitude[] {
  switch (deviation.kind) {
    case 'delay':
      return [field('by', 1)];
    case 'drop':
      return [];
    case 'jump':
      return [jumped];
    case 'drift':
      return [drifted];
    case 'disk':
      return [field('keep', 0), field('for', 0)];
    case 'slow':
      return [field('by', 1), field('for', 1)];
    case 'duplicate':
    case 'give-up':
    case 'retry':
    case 'die':
      return [field('after', 1)];
    default:
      return [field('for', 0)];
  }
}

function withDeviation(schedule: Schedule, index: number, deviation: Deviation): Schedule {
  return {
    ...schedule,
    deviations: schedule.deviations.map((other, at) => (at === index ? deviation : other)),
  };
}

function withOperation(
  schedule: Schedule,
  client: number,
  index: number,
  operation: ClientOperation,
): Schedule {
  const clients = schedule.clients.map((operations, at) =>
    at === client ? operations.map((other, place) => (place === index ? operation : other)) : operations,
  );
  return { ...schedule, clients };
}

const refsOf = (deviation: Deviation): EventRef[] =>
  'at' in deviation ? [deviation.at] : 'message' in deviation ? [deviation.message] : [];

/** Removes a client; later ones move up, and what names them is renamed. */
function withoutClient(schedule: Schedule, client: number): Schedule {
  const gone = `c${client + 1}`;
  const rename = (name: string): string => {
    const index = /^c\d+$/.test(name) ? Number(name.slice(1)) - 1 : -1;
    return index > client ? `c${index}` : name;
  };
  const renameRef = (ref: EventRef): EventRef => ({ ...ref, from: rename(ref.from), to: rename(ref.to) });
  const deviations = schedule.deviations
    .filter((deviation) => !('call' in deviation && clientOf(deviation.call) === client))
    .filter((deviation) => !refsOf(deviation).some(({ from, to }) => from === gone || to === gone))
    .filter((deviation) => !(deviation.kind === 'hold' && (deviation.from === gone || deviation.to === gone)))
    .map((deviation): Deviation => {
      if ('call' in deviation) {
        return clientOf(deviation.call) > client ? { ...deviation, call: deviation.call - 100 } : deviation;
      }
      if ('message' in deviation) return { ...deviation, message: renameRef(deviation.message) };
      const moved = { ...deviation, at: renameRef(deviation.at) };
      return moved.kind === 'hold' ? { ...moved, from: rename(moved.from), to: rename(moved.to) } : moved;
    });
  return { ...schedule, clients: schedule.clients.filter((_, index) => index !== client), deviations };
}

/** Keeps some operations of one client; deviations of its calls follow them. */
function withOperations(schedule: Schedule, client: number, keep: (index: number) => boolean): Schedule {
  const operations = schedule.clients[client] ?? [];
  const kept = operations.map((_, index) => index).filter(keep);
  const deviations = schedule.deviations.flatMap((deviation): Deviation[] => {
    if (!('call' in deviation) || clientOf(deviation.call) !== client) return [deviation];
    const place = kept.findIndex((index) => callId(client, index) === deviation.call);
    return place < 0 ? [] : [{ ...deviation, call: callId(client, place) }];
  });
  const clients: Workload = schedule.clients.map((others, index) =>
    index === client ? kept.map((at) => operations[at] as ClientOperation) : others,
  );
  return { ...schedule, clients, deviations };
}

/** Removes the node of the highest number and everything that happens to it. */
function withoutLastNode(schedule: Schedule): Schedule {
  const gone = `n${schedule.nodes}`;
  const stay = (names: readonly string[]) => names.filter((name) => name !== gone);
  const deviations = schedule.deviations.flatMap((deviation): Deviation[] => {
    if (refsOf(deviation).some(({ from, to }) => from === gone || to === gone)) return [];
    if ('node' in deviation && deviation.node === gone) return [];
    switch (deviation.kind) {
      case 'hold':
        return deviation.from === gone || deviation.to === gone ? [] : [deviation];
      case 'crash':
        return stay(deviation.nodes).length > 0 ? [{ ...deviation, nodes: stay(deviation.nodes) }] : [];
      case 'partition': {
        const groups = deviation.groups.map(stay).filter((group) => group.length > 0);
        return groups.length > 1 ? [{ ...deviation, groups }] : [];
      }
      case 'one-way': {
        const [from, to] = [stay(deviation.from), stay(deviation.to)];
        return from.length > 0 && to.length > 0 ? [{ ...deviation, from, to }] : [];
      }
      default:
        return [deviation];
    }
  });
  const clients = schedule.clients.map((operations) =>
    operations.map((operation) => ({ ...operation, node: operation.node % (schedule.nodes - 1) })),
  );
  return { ...schedule, nodes: schedule.nodes - 1, clients, deviations };
}
