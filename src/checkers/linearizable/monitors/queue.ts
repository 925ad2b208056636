/**
 * Queues whose values are unique (Henzinger, Sezgin, Vafeiadis 2013; Bouajjani, Emmi, Enea, Hamza 2015; log-linear
 * as in Lee and Mathur 2025, by another algorithm). A history is linearizable iff its values have an order in which
 * no value is put, or taken, wholly after a later one, and each empty dequeue has a gap in which no value is inside for sure.
 *
 *     enqueue 1 |---|   enqueue 2 |---|     dequeue 2 |---|   dequeue 1 |---|      1 must be first, and 2 must be
 *
 * Such a pair is the only obstacle: when no value can be next, the value x that must be put first and the value y that
 * must be taken first are one. An empty dequeue is a value that is put and taken in its gap. O(n log n).
 *
 * Crashed dequeues take the values that must be gone, earliest deadline first. If that fails though empty dequeues are
 * about, it may be for a poor choice: "invalid" is then final only with a dequeue for every value, else the search decides.
 */
import type { Operation } from '../../../history/history.ts';
import { sortedBy } from '../sorting.ts';
import {
  CoveredGaps,
  coveringChain,
  type Monitor,
  type MonitorVerdict,
  never,
  operationsOfValues,
  range,
  type Values,
  valuesOf,
} from './monitor.ts';

export const queueMonitor: Monitor = {
  name: 'queue monitor (unique values)',
  judge(operations, initial) {
    if ((initial as { items: unknown[] }).items.length > 0) return undefined;
    const values = valuesOf(operations, 'enqueue', 'dequeue');
    if (values === undefined || 'valid' in values) return values;
    assignPendingTakes(operations, values);
    const verdict = judgeValues(operations, values);
    if (verdict.valid || values.pendingTakes.length === 0 || values.empties.length === 0) return verdict;
    // Let every value that stayed be taken at any time after the first crashed dequeue: more than is possible.
    const relaxed = valuesOf(operations, 'enqueue', 'dequeue') as Values;
    const earliest = operations[relaxed.pendingTakes[0]!]!.invoked;
    for (let value = 0; value < relaxed.count; value++) {
      if (relaxed.take[value]! >= 0) continue;
      relaxed.takeFrom[value] = Math.max(earliest, relaxed.putFrom[value]!);
      relaxed.takeBy[value] = never - 1;
    }
    return judgeValues(operations, relaxed).valid ? undefined : { ...verdict, culprits: [] };
  },
};

/**
 * A value that was never taken must be gone by its deadline: the earliest completion of a take whose value was put
 * wholly later. Crashed takes go to these values, the first invoked to the first deadline.
 */
function assignPendingTakes(operations: readonly Operation[], values: Values): void {
  const { pendingTakes, empties, count, take, takeFrom, takeBy, putFrom, putBy } = values;
  if (pendingTakes.length === 0) return;
  const starts = new Int32Array(count + empties.length);
  const ends = new Int32Array(count + empties.length);
  for (let value = 0; value < count; value++) {
    starts[value] = putFrom[value]!;
    ends[value] = takeBy[value]!;
  }
  empties.forEach((empty, i) => {
    starts[count + i] = operations[empty]!.invoked;
    ends[count + i] = operations[empty]!.completed;
  });
  const later = sortedBy(range(starts.length), starts);
  const earliestEnd = new Int32Array(later.length + 1).fill(never);
  for (let i = later.length - 1; i >= 0; i--)
    earliestEnd[i] = Math.min(earliestEnd[i + 1]!, ends[later[i]!]!);
  const deadlines = new Int32Array(count).fill(never);
  const needing: number[] = [];
  for (let value = 0; value < count; value++) {
    if (take[value] !== -1) continue;
    let low = 0;
    for (let high = later.length; low < high; ) {
      const middle = (low + high) >> 1;
      if (starts[later[middle]!]! > putBy[value]!) high = middle;
      else low = middle + 1;
    }
    deadlines[value] = earliestEnd[low]!;
    if (deadlines[value]! < never) needing.push(value);
  }
  needing.sort((a, b) => deadlines[a]! - deadlines[b]!);
  needing.slice(0, pendingTakes.length).forEach((value, i) => {
    const { invoked } = operations[pendingTakes[i]!]!;
    take[value] = pendingTakes[i]!;
    takeFrom[value] = Math.max(invoked, putFrom[value]!);
    // Before the values that are never taken.
    takeBy[value] = never - 1;
  });
}

function judgeValues(operations: readonly Operation[], values: Values): MonitorVerdict {
  const { count, empties } = values;
  const gaps = new CoveredGaps(values.gaps);
  const byPut = sortedBy(range(count), values.putBy);
  for (const value of byPut) {
    if (values.putBy[value]! < values.takeFrom[value]!)
      gaps.cover(values.putBy[value]!, values.takeFrom[value]!);
  }
  // All values and, after them, the empty dequeues, in half gaps so that an empty dequeue has an instant of its own.
  const total = count + empties.length;
  const scaled = {
    putFrom: new Int32Array(total),
    putBy: new Int32Array(total),
    takeFrom: new Int32Array(total),
    takeBy: new Int32Array(total),
  };
  for (let value = 0; value < count; value++) {
    scaled.putFrom[value] = 2 * values.putFrom[value]!;
    scaled.putBy[value] = 2 * values.putBy[value]!;
    scaled.takeFrom[value] = 2 * values.takeFrom[value]!;
    scaled.takeBy[value] = 2 * values.takeBy[value]!;
  }
  for (let i = 0; i < empties.length; i++) {
    const { invoked, completed } = operations[empties[i]!]!;
    const gap = gaps.firstFree(invoked);
    if (gap >= completed) {
      const chain = coveringChain(values, invoked, completed);
      return {
        valid: false,
        culprits: operationsOfValues(values, chain, [empties[i]!]),
        operation: empties[i]!,
      };
    }
    const instant = 2 * gap + 1;
    scaled.putFrom[count + i] = instant;
    scaled.putBy[count + i] = instant;
    scaled.takeFrom[count + i] = instant;
    scaled.takeBy[count + i] = instant;
  }
  return arrange(values, scaled, total);
}

type Bounds = Pick<Values, 'putFrom' | 'putBy' | 'takeFrom' | 'takeBy'>;

/** Takes values one by one that can be next; then lays out the puts and takes in that order. */
function arrange(values: Values, bounds: Bounds, total: number): MonitorVerdict {
  const { putFrom, putBy, takeFrom, takeBy } = bounds;
  const byPutFrom = sortedBy(range(total), putFrom);
  const byPutBy = sortedBy(range(total), putBy);
  const byTakeFrom = sortedBy(range(total), takeFrom);
  const byTakeBy = sortedBy(range(total), takeBy);
  const removed = new Uint8Array(total);
  /** 1: no remaining value must be put before it; 2: none must be taken before it; 3: it can be next. */
  const readiness = new Uint8Array(total);
  const ready: number[] = [];
  const order = new Int32Array(total);
  let [putBound, takeBound, putNext, takeNext] = [0, 0, 0, 0];
  for (let placed = 0; placed < total; placed++) {
    while (removed[byPutBy[putBound]!]) putBound++;
    while (removed[byTakeBy[takeBound]!]) takeBound++;
    const first = byPutBy[putBound]!;
    const second = byTakeBy[takeBound]!;
    for (; putNext < total && putFrom[byPutFrom[putNext]!]! <= putBy[first]!; putNext++) {
      if ((readiness[byPutFrom[putNext]!]! |= 1) === 3) ready.push(byPutFrom[putNext]!);
    }
    for (; takeNext < total && takeFrom[byTakeFrom[takeNext]!]! <= takeBy[second]!; takeNext++) {
      if ((readiness[byTakeFrom[takeNext]!]! |= 2) === 3) ready.push(byTakeFrom[takeNext]!);
    }
    const next = ready.pop();
    if (next === undefined) return conflict(values, first, second);
    removed[next] = 1;
    order[placed] = next;
  }
  return { valid: true, order: layOut(values, bounds, order) };
}

function conflict(values: Values, first: number, second: number): MonitorVerdict {
  const { count, empties, take } = values;
  const chosen = [first, second].filter((value) => value < count);
  const more = [first, second].filter((value) => value >= count).map((value) => empties[value - count]!);
  const operation = second < count ? take[second]! : empties[second - count]!;
  return { valid: false, culprits: operationsOfValues(values, chosen, more), operation };
}

/** Puts and takes at the earliest instants that keep the order of values, merged by instant, then by value. */
function layOut(values: Values, { putFrom, takeFrom }: Bounds, order: Int32Array): number[] {
  const { count, put, take, empties } = values;
  const result: number[] = [];
  const takeInstants = new Int32Array(order.length);
  for (let i = 0, instant = 0; i < order.length; i++) {
    instant = Math.max(instant, putFrom[order[i]!]!, takeFrom[order[i]!]!);
    takeInstants[i] = instant;
  }
  let taken = 0;
  const takeUntil = (instant: number, before: number): void => {
    while (taken < before && takeInstants[taken]! <= instant) {
      const value = order[taken++]!;
      if (value >= count) result.push(empties[value - count]!);
      else if (take[value]! >= 0) result.push(take[value]!);
    }
  };
  let instant = 0;
  for (let i = 0; i < order.length; i++) {
    instant = Math.max(instant, putFrom[order[i]!]!);
    takeUntil(instant, i);
    if (order[i]! < count) result.push(put[order[i]!]!);
  }
  takeUntil(Number.POSITIVE_INFINITY, order.length);
  return result;
}
