/**
 * What the monitors of common objects share. A monitor judges histories of one object in about linear time; it
 * declines those it was not made for (repeated values, a function it does not know), which go to the search.
 *
 * Time is counted in gaps: gap g lies between event g and event g + 1, so an operation can take effect in the gaps
 * from its invocation to the one before its completion. All it needs of an operation is those two numbers.
 */
import { canonicalJson, type Json } from '../../../base/json.ts';
import type { Operation } from '../../../history/history.ts';
import { sortedBy } from '../sorting.ts';

export type MonitorVerdict =
  | { readonly valid: true; readonly order: readonly number[] }
  /** Operations that alone are not linearizable, and the one to name. */
  | { readonly valid: false; readonly culprits: readonly number[]; readonly operation: number };

/** Judges operations of one object, whose initial state is empty or `initial`; `undefined` when it does not qualify. Numbers are positions in the list. */
export interface Monitor {
  readonly name: string;
  /** Short histories are searched first: their states are few, so the search is faster still. */
  readonly searchFirst?: boolean;
  readonly judge: (operations: readonly Operation[], initial: unknown) => MonitorVerdict | undefined;
}

/** After every event. */
export const never = 0x1fffffff;

/** A key of a Map that is equal for equal values. */
export function token(value: Json): string | number | boolean | null {
  return typeof value === 'object' && value !== null ? `\u0000${canonicalJson(value)}` : value;
}

/** The numbers from 0 to `count` - 1. */
export function range(count: number): Int32Array {
  const numbers = new Int32Array(count);
  for (let i = 0; i < count; i++) numbers[i] = i;
  return numbers;
}

/** A set of gaps that only grows, asked for the first gap at or after one that is not in it (union-find with path halving). */
export class CoveredGaps {
  private readonly nextFree: Int32Array;

  constructor(gaps: number) {
    this.nextFree = range(gaps + 2);
  }

  firstFree(from: number): number {
    const { nextFree } = this;
    if (from >= nextFree.length) return from;
    let gap = from;
    while (nextFree[gap] !== gap) {
      nextFree[gap] = nextFree[nextFree[gap]!]!;
      gap = nextFree[gap]!;
    }
    return gap;
  }

  /** Covers the gaps from `from` to `to` - 1. */
  cover(from: number, to: number): void {
    const end = Math.min(to, this.nextFree.length - 1);
    for (let gap = this.firstFree(from); gap < end; gap = this.firstFree(gap)) this.nextFree[gap] = gap + 1;
  }
}

/**
 * The values of a container: each is put once and taken at most once. `put` and `take` are the operations, -1 where
 * there is none. A value can be put in the gaps from `putFrom` to before `putBy`, taken from `takeFrom` to before `takeBy`,
 * where a take cannot come before its put, nor a put after its take. It is inside for sure from `putBy` to before `takeFrom`.
 */
export interface Values {
  readonly count: number;
  readonly put: Int32Array;
  readonly take: Int32Array;
  readonly putFrom: Int32Array;
  readonly putBy: Int32Array;
  readonly takeFrom: Int32Array;
  readonly takeBy: Int32Array;
  /** Takes that found the container empty. */
  readonly empties: number[];
  /** Takes that never completed. */
  readonly pendingTakes: number[];
  /** Number of events. */
  readonly gaps: number;
}

/** Collects the values of a container; a verdict at once when a take has no put; `undefined` when values repeat. */
export function valuesOf(
  operations: readonly Operation[],
  put: string,
  take: string,
): Values | MonitorVerdict | undefined {
  const byToken = new Map<unknown, number>();
  const size = operations.length;
  const puts = new Int32Array(size);
  let count = 0;
  let gaps = 0;
  for (let i = 0; i < size; i++) {
    const { f, input, invoked, completed } = operations[i]!;
    gaps = Math.max(gaps, invoked, completed === Number.POSITIVE_INFINITY ? 0 : completed);
    if (f !== put) continue;
    if (input === null) return undefined;
    const name = token(input);
    if (byToken.has(name)) return undefined;
    byToken.set(name, count);
    puts[count++] = i;
  }
  const takes = new Int32Array(count).fill(-1);
  const empties: number[] = [];
  const pendingTakes: number[] = [];
  for (let i = 0; i < size; i++) {
    const { f, output, type } = operations[i]!;
    if (f === put) continue;
    if (f !== take) return undefined;
    if (type === 'info') pendingTakes.push(i);
    else if (output === null) empties.push(i);
    else {
      const value = byToken.get(token(output!));
      if (value === undefined) return { valid: false, culprits: [i], operation: i };
      if (takes[value] !== -1) {
        return { valid: false, culprits: [puts[value]!, takes[value]!, i], operation: i };
      }
      takes[value] = i;
    }
  }
  return bounded(operations, { count, puts, takes, empties, pendingTakes, gaps: gaps + 1 });
}

interface Pairs {
  count: number;
  puts: Int32Array;
  takes: Int32Array;
  empties: number[];
  pendingTakes: number[];
  gaps: number;
}

/** Drops puts that nobody can have seen, and narrows what is left: a take cannot come before its put, nor a put after its take. */
function bounded(operations: readonly Operation[], pairs: Pairs): Values | MonitorVerdict {
  const { puts, takes, empties, pendingTakes, gaps } = pairs;
  const values = {
    put: new Int32Array(pairs.count),
    take: new Int32Array(pairs.count),
    putFrom: new Int32Array(pairs.count),
    putBy: new Int32Array(pairs.count),
    takeFrom: new Int32Array(pairs.count),
    takeBy: new Int32Array(pairs.count),
  };
  let count = 0;
  for (let value = 0; value < pairs.count; value++) {
    const put = operations[puts[value]!]!;
    const take = takes[value]! < 0 ? undefined : operations[takes[value]!]!;
    if (!take && put.type === 'info') continue;
    if (take && take.completed < put.invoked) {
      return { valid: false, culprits: [puts[value]!, takes[value]!], operation: takes[value]! };
    }
    values.put[count] = puts[value]!;
    values.take[count] = takes[value]!;
    values.putFrom[count] = put.invoked;
    values.takeBy[count] = take ? take.completed : never + 1;
    values.putBy[count] = Math.min(put.completed, take ? take.completed : never);
    values.takeFrom[count] = take ? Math.max(take.invoked, put.invoked) : never;
    count++;
  }
  return { count, ...values, empties, pendingTakes, gaps };
}

/** Operations of the given values, in order of invocation. */
export function operationsOfValues(
  values: Values,
  chosen: Iterable<number>,
  more: readonly number[] = [],
): number[] {
  const culprits = new Set(more);
  for (const value of chosen) {
    culprits.add(values.put[value]!);
    if (values.take[value]! >= 0) culprits.add(values.take[value]!);
  }
  return [...culprits].sort((a, b) => a - b);
}

/** Values that are inside for sure, one after another, throughout the gaps from `from` to before `to`: as few as will do. */
export function coveringChain(
  values: Values,
  from: number,
  to: number,
  until: Int32Array = values.takeFrom,
): number[] {
  const chain: number[] = [];
  for (let gap = from; gap < to; ) {
    let best = -1;
    for (let value = 0; value < values.count; value++) {
      if (values.putBy[value]! <= gap && (best < 0 || until[value]! > until[best]!)) best = value;
    }
    if (best < 0 || until[best]! <= gap) return chain;
    chain.push(best);
    gap = until[best]!;
  }
  return chain;
}

/** What a container's monitor knows: to judge values, and which taken values force one that was never taken to be gone. */
export interface ContainerRules {
  readonly put: string;
  readonly take: string;
  readonly judge: (operations: readonly Operation[], values: Values) => MonitorVerdict;
  /** Whether `stayed` must have been taken when `taken` is. */
  readonly mustBeGone: (
    values: Values,
    stayed: number,
    taken: number,
    operations: readonly Operation[],
  ) => boolean;
}

const maxComparisons = 50_000_000;

/**
 * Judges a container. Crashed takes make a sandwich: without them, and with each given to the value that must be gone
 * first, "valid" is final; with as many as one likes from the first one's invocation on, "invalid" is final; else `undefined`.
 */
export function judgeContainer(
  operations: readonly Operation[],
  rules: ContainerRules,
): MonitorVerdict | undefined {
  const values = valuesOf(operations, rules.put, rules.take);
  if (values === undefined || 'valid' in values) return values;
  const verdict = rules.judge(operations, values);
  if (verdict.valid || values.pendingTakes.length === 0) return verdict;
  const served = valuesOf(operations, rules.put, rules.take) as Values;
  servePendingTakes(operations, served, rules);
  const lower = rules.judge(operations, served);
  if (lower.valid) return lower;
  const earliest = operations[values.pendingTakes[0]!]!.invoked;
  for (let value = 0; value < values.count; value++) {
    if (values.take[value]! < 0) values.takeFrom[value] = Math.max(earliest, values.putFrom[value]!);
  }
  return rules.judge(operations, values).valid ? undefined : { ...verdict, culprits: [] };
}

/** Gives crashed takes, first invoked first, to the values that must be gone, earliest deadline first. */
function servePendingTakes(operations: readonly Operation[], values: Values, rules: ContainerRules): void {
  const { count, take, takeFrom, takeBy, putFrom, putBy, empties, pendingTakes } = values;
  const stayed = range(count).filter((value) => take[value]! < 0);
  if (stayed.length * count > maxComparisons) return;
  const deadlines = new Int32Array(count).fill(never);
  for (const value of stayed) {
    for (let other = 0; other < count; other++) {
      if (take[other]! < 0 || takeBy[other]! >= deadlines[value]!) continue;
      if (rules.mustBeGone(values, value, other, operations)) deadlines[value] = takeBy[other]!;
    }
    for (const empty of empties) {
      const { invoked, completed } = operations[empty]!;
      if (invoked > putBy[value]! && completed < deadlines[value]!) deadlines[value] = completed;
    }
  }
  const needing = sortedBy(stayed, deadlines).filter((value) => deadlines[value]! < never);
  needing.subarray(0, pendingTakes.length).forEach((value, i) => {
    take[value] = pendingTakes[i]!;
    takeFrom[value] = Math.max(operations[pendingTakes[i]!]!.invoked, putFrom[value]!);
    takeBy[value] = never - 1;
  });
}
