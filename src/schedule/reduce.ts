/**
 * Smaller schedules, in the order in which a person would try them: without a whole kind of fault, without halves,
 * quarters … single deviations, without a client, a node, an operation; two deviations by one, a fault by a weaker one,
 * two clients by one; then plainer names and smaller numbers. When nothing gets smaller any more, bounded searches
 * look for any schedule with fewer deviations. The caller answers each candidate with what it accepts in its place.
 * Only what is smaller (`isSmaller`) is tried and kept, so this ends, and what is left is 1-minimal.
 *
 * A deviation names its target by number, so taking an operation away can turn "the 13th heartbeat" into another one.
 * Such candidates are tried again with their targets found by time: see `RetimingAdversary`.
 */
import type { Accepted, Candidate, ReduceOptions } from './reduce/candidate.ts';
import {
  type Edit,
  editDeviations,
  mergedClients,
  type Place,
  swappedClients,
  withDeviation,
  withHaste,
  withOneKey,
  withOperation,
  withOperations,
  withoutClient,
  withoutNode,
  withPlainValues,
} from './reduce/edits.ts';
import { searchedFewer } from './reduce/fewer.ts';
import { anchor, type Magnitude, magnitudesOf } from './reduce/magnitudes.ts';
import { isSmaller } from './reduce/size.ts';
import type { Spans } from './reduce/timing.ts';
import { wander } from './reduce/wander.ts';
import { type Circumstances, insteadOfBoth, weakerThan } from './reduce/weaker.ts';
import { type Deviation, faultOf, refOf, type Schedule } from './schedule.ts';

export type Reductions = Generator<Candidate, void, Accepted | undefined>;

export function* reductions(start: Schedule, options: ReduceOptions): Reductions {
  const shrinking = new Shrinking(start, options);
  yield* shrinking.confirm();
  for (let round = 0; ; round++) {
    const before = shrinking.best;
    yield* shrinking.dropKinds();
    yield* shrinking.dropDeviations();
    yield* shrinking.dropClients();
    yield* shrinking.dropOperations();
    yield* shrinking.dropNodes();
    yield* shrinking.dropPairs();
    yield* shrinking.joinPairs();
    yield* shrinking.weaken();
    yield* shrinking.mergeClients();
    yield* shrinking.simplify();
    yield* shrinking.lowerMagnitudes(round === 0);
    if (shrinking.best !== before) continue;
    if (options.brief) return;
    yield* shrinking.wander();
    if (shrinking.best === before) yield* shrinking.searchFewer();
    if (shrinking.best === before) return;
  }
}

/** Pairs are tried while there are at most this many deviations, since their number grows with the square. */
const mostForPairs = 16;
/** Fewer deviations than these have better searches. */
const fewestForWandering = 3;
const mostWalks = 1;
/** Replacing a fault is worth while only when few are left. */
const mostForReplacing = 20;

class Shrinking {
  best: Schedule;
  private accepted: Accepted | undefined;
  private readonly options: ReduceOptions;

  constructor(start: Schedule, options: ReduceOptions) {
    this.best = start;
    this.options = options;
  }

  private *attempt(
    schedule: Schedule,
    how: Omit<Candidate, 'schedule'> = {},
  ): Generator<Candidate, boolean, Accepted | undefined> {
    if (!isSmaller(schedule, this.best)) return false;
    const accepted = yield { schedule, ...how };
    if (!accepted || !isSmaller(accepted.schedule, this.best)) return false;
    this.best = accepted.schedule;
    this.accepted = accepted;
    return true;
  }

  /** An edit as it stands and, if that fails, with its targets found by time, for each way of shifting time. */
  private *attemptEdit({ schedule, origin }: Edit, shifts: readonly ((time: number) => number)[] = [same]) {
    if (yield* this.attempt(schedule)) return true;
    const moments = this.accepted?.moments;
    if (!moments || !schedule.deviations.some(refOf)) return false;
    for (const shift of shifts) {
      const shifted = origin.map((index) => shift(moments[index] ?? 0));
      if (yield* this.attempt(schedule, { moments: shifted })) return true;
    }
    return false;
  }

  private without(drop: (deviation: Deviation, index: number) => boolean): Edit {
    return editDeviations(this.best, (deviation, index) => (drop(deviation, index) ? undefined : deviation));
  }

  /** Runs what is to be shrunk, to learn when things happen in it. */
  *confirm(): Reductions {
    const accepted = yield { schedule: this.best };
    if (!accepted) return;
    this.best = accepted.schedule;
    this.accepted = accepted;
  }

  *dropKinds() {
    yield* this.attempt({ ...this.best, deviations: [] });
    for (const fault of new Set(this.best.deviations.map((deviation) => faultOf[deviation.kind]))) {
      yield* this.attemptEdit(this.without((deviation) => faultOf[deviation.kind] === fault));
    }
  }

  *dropDeviations() {
    for (
      let size = Math.ceil(this.best.deviations.length / 2);
      size >= 1;
      size = size === 1 ? 0 : Math.ceil(size / 2)
    ) {
      for (let from = Math.max(0, this.best.deviations.length - size); from >= 0; ) {
        const first = from;
        yield* this.attemptEdit(this.without((_, index) => index >= first && index < first + size));
        if (from === 0) break;
        from = Math.max(0, Math.min(from - size, this.best.deviations.length - size));
      }
    }
  }

  *dropClients() {
    for (let client = this.best.clients.length - 1; client >= 0; client--) {
      if (client < this.best.clients.length) yield* this.attemptEdit(withoutClient(this.best, client));
    }
  }

  *dropNodes() {
    for (let node = this.best.nodes - 1; node >= 0 && this.best.nodes > 1; node--) {
      yield* this.attemptEdit(withoutNode(this.best, node));
    }
  }

  *dropOperations() {
    for (let client = 0; client < this.best.clients.length; client++) {
      const operations = this.best.clients[client]?.length ?? 0;
      const half = Math.ceil(operations / 2);
      if (operations > 3)
        yield* this.attempt(withOperations(this.best, client, (index) => index < half).schedule);
      for (let index = operations - 1; index >= 0; index--) yield* this.dropOperation(client, index);
    }
  }

  /** The one behind it then comes sooner, or at the time at which it came before. */
  private *dropOperation(client: number, index: number) {
    const operation = this.best.clients[client]?.[index];
    if (!operation) return;
    const edit = withOperations(this.best, client, (other) => other !== index);
    const spans = this.accepted?.spans[client];
    const [own, next] = [spans?.[index], spans?.[index + 1]];
    const gap = own && next ? next.invoked - own.invoked : 0;
    const sooner = (time: number) => (next && time >= next.invoked ? time - gap : time);
    if (yield* this.attemptEdit(edit, gap > 0 ? [same, sooner] : [same])) return;
    if (gap <= 0) return;
    const late = withOperation(edit.schedule, client, index, { wait: operation.wait + Math.round(gap) });
    yield* this.attemptEdit({ ...edit, schedule: late });
  }

  *dropPairs() {
    if (this.best.deviations.length > mostForPairs) return;
    for (let a = this.best.deviations.length - 1; a > 0; a--) {
      for (let b = a - 1; b >= 0; b--) {
        if (a >= this.best.deviations.length) break;
        if (yield* this.attemptEdit(this.without((_, index) => index === a || index === b))) break;
      }
    }
  }

  private circumstances(index: number): Circumstances {
    const { nemeses } = this.options;
    const moment = this.accepted?.moments[index] ?? 0;
    return { moment, trace: () => this.accepted?.traceOf(this.best) ?? [], nemeses };
  }

  /** One deviation in the place of two. */
  *joinPairs() {
    if (this.best.deviations.length > mostForReplacing) return;
    const nodes = Array.from({ length: this.best.nodes }, (_, index) => `n${index + 1}`);
    for (let a = 0; a < this.best.deviations.length; a++) {
      for (let b = 0; b < this.best.deviations.length; b++) {
        const [one, other] = [this.best.deviations[a], this.best.deviations[b]];
        if (a === b || !one || !other) continue;
        for (const joined of insteadOfBoth(one, other, nodes, this.circumstances(a))) {
          const { schedule } = editDeviations(this.best, (deviation, index) =>
            index === b ? undefined : index === a ? joined : deviation,
          );
          if (yield* this.attempt(schedule)) break;
        }
      }
    }
  }

  *weaken() {
    if (this.best.deviations.length > mostForReplacing) return;
    for (let index = 0; index < this.best.deviations.length; index++) {
      for (const weaker of weakerThan(this.best.deviations[index] as Deviation, this.circumstances(index))) {
        if (yield* this.attempt(withDeviation(this.best, index, weaker))) break;
      }
    }
  }

  *mergeClients() {
    for (let gone = this.best.clients.length - 1; gone > 0; gone--) {
      for (let into = 0; into < gone; into++) {
        const spans = this.accepted?.spans;
        if (!spans || gone >= this.best.clients.length) break;
        if (yield* this.attemptEdit(mergedClients(this.best, into, gone, inTurn(spans, into, gone)))) break;
      }
    }
  }

  /** The same number of parts, but plainer ones: no waiting for calm, the first node, small values, clients in order. */
  *simplify() {
    for (let client = 0; client < this.best.clients.length; client++) {
      for (let index = 0; index < (this.best.clients[client]?.length ?? 0); index++) {
        if (this.best.clients[client]?.[index]?.calm)
          yield* this.attempt(withHaste(this.best, client, index));
        for (let node = 0; node < (this.best.clients[client]?.[index]?.node ?? 0); node++) {
          if (yield* this.attempt(withOperation(this.best, client, index, { node }))) break;
        }
      }
    }
    const plain = withPlainValues(this.best);
    const { isPossible } = this.options;
    if (!isPossible || plain.clients.flat().every(isPossible)) yield* this.attempt(plain);
    yield* this.attempt(withOneKey(this.best));
    for (let client = 0; client + 1 < this.best.clients.length; client++) {
      yield* this.attempt(swappedClients(this.best, client));
    }
  }

  /** `search` looks for the least value by bisection; without it only the next lower one is tried. */
  *lowerMagnitudes(search: boolean) {
    for (let index = 0; index < this.best.deviations.length; index++) {
      yield* this.lowerDeviation(index, search, anchor);
    }
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
          (schedule, wait) => withOperation(schedule, client, index, { wait }),
        );
      }
    }
    for (let index = 0; index < this.best.deviations.length; index++) {
      for (const magnitude of magnitudesOf(this.best.deviations[index] as Deviation)) {
        yield* this.lowerDeviation(index, search, magnitude);
      }
    }
  }

  private *lowerDeviation(index: number, search: boolean, { get, set, least }: Magnitude) {
    yield* this.lower(
      search,
      (schedule) => {
        const deviation = schedule.deviations[index];
        return deviation && get(deviation);
      },
      least,
      (schedule, value) => {
        // What was accepted meanwhile may have left no such deviation.
        const deviation = schedule.deviations[index];
        return deviation ? withDeviation(schedule, index, set(deviation, value)) : schedule;
      },
    );
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

  /** By way of others of the same size: see `wander`. */
  *wander() {
    if (!this.accepted || this.best.deviations.length < fewestForWandering) return;
    for (let walk = 1; walk <= mostWalks; walk++) {
      const found = yield* wander(this.accepted, this.options, walk);
      if (!found || !isSmaller(found.schedule, this.best)) continue;
      this.best = found.schedule;
      this.accepted = found;
      return;
    }
  }

  /** Any schedule near by that fails with fewer deviations. */
  *searchFewer() {
    if (!this.accepted) return;
    for (const schedule of searchedFewer(this.accepted, this.options)) {
      if (yield* this.attempt(schedule, { glance: true })) return;
    }
  }
}

const same = (time: number): number => time;

/** The operations of two clients, one after the other in the order in which they began, as near to their times as can be. */
function inTurn(spans: Spans, into: number, gone: number): Place[] {
  const both = [into, gone]
    .flatMap((client) => (spans[client] ?? []).map((span, index) => ({ client, index, ...span })))
    .sort((a, b) => a.invoked - b.invoked);
  let free = 0;
  return both.map(({ client, index, invoked, completed }) => {
    const wait = Math.max(0, Math.round(invoked - free));
    free = Math.max(free, Number.isFinite(completed) ? completed : invoked);
    return { client, index, wait };
  });
}
