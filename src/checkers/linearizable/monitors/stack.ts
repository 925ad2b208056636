/**
 * Stacks whose values are unique (Bouajjani, Emmi, Enea, Hamza 2015; decrease and conquer as in Lee and Mathur 2025).
 * A value inside for sure throughout a span is put before it and taken after it. Spans that hang together form
 * a component; between components the stack can be empty. A component is never empty, so one value lies at its bottom:
 * one that can be put before all others and taken after all others. Any such value will do, for the rest is then as
 * linearizable as before: remove it, and the component falls apart into smaller ones.
 *
 *     push 1 |--|   push 2 |--|   pop 2 |--|   pop 1 |--|      1 is at the bottom; then 2 alone
 *
 * Values whose push and pop overlap never matter; an empty pop needs a gap between components. O(n × depth of the stack).
 * Crashed pops: see `judgeContainer`.
 */
import type { Operation } from '../../../history/history.ts';
import { sortedBy } from '../sorting.ts';
import {
  CoveredGaps,
  coveringChain,
  judgeContainer,
  type Monitor,
  type MonitorVerdict,
  operationsOfValues,
  range,
  type Values,
} from './monitor.ts';

export const stackMonitor: Monitor = {
  name: 'stack monitor (unique values)',
  judge(operations, initial) {
    if ((initial as { items: unknown[] }).items.length > 0) return undefined;
    return judgeContainer(operations, {
      put: 'push',
      take: 'pop',
      judge: (all, values) => new Stack(all, values).judge(),
      // It was pushed above the other, which was there before and after.
      mustBeGone: ({ putFrom, putBy, takeFrom }, stayed, taken) =>
        putBy[taken]! < putFrom[stayed]! && putBy[stayed]! < takeFrom[taken]!,
    });
  },
};

/** An instant is twice a gap's number, one more for what comes just after the event. */
interface Placed {
  readonly instant: number;
  readonly pushes: boolean;
  readonly operation: number;
}

class Stack {
  private readonly operations: readonly Operation[];
  private readonly values: Values;
  private readonly placed: Placed[] = [];

  constructor(operations: readonly Operation[], values: Values) {
    this.operations = operations;
    this.values = values;
  }

  judge(): MonitorVerdict {
    const { values } = this;
    const gaps = new CoveredGaps(values.gaps);
    const lasting = range(values.count).filter((value) => values.putBy[value]! < values.takeFrom[value]!);
    sortedBy(lasting, values.putBy);
    for (const value of lasting) gaps.cover(values.putBy[value]!, values.takeFrom[value]!);
    const empties: Placed[] = [];
    for (const empty of values.empties) {
      const { invoked, completed } = this.operations[empty]!;
      const gap = gaps.firstFree(invoked);
      if (gap >= completed) {
        const chain = coveringChain(values, invoked, completed);
        return { valid: false, culprits: operationsOfValues(values, chain, [empty]), operation: empty };
      }
      empties.push({ instant: 2 * gap + 1, pushes: false, operation: empty });
    }
    const stuck = this.buildAll(lasting);
    if (stuck) {
      const culprits = operationsOfValues(values, stuck);
      return { valid: false, culprits, operation: culprits.at(-1)! };
    }
    return { valid: true, order: this.merge(empties) };
  }

  /** Components, innermost last, without recursion: a stack of jobs, each a component to build or a pop to lay down. */
  private buildAll(lasting: Int32Array): Int32Array | undefined {
    const jobs: (Int32Array | Placed)[] = [];
    this.pushComponents(lasting, jobs);
    for (let job = jobs.pop(); job !== undefined; job = jobs.pop()) {
      if (!(job instanceof Int32Array)) this.placed.push(job);
      else if (!this.build(job, jobs)) return job;
    }
    return undefined;
  }

  /** Lays down the bottoms of a component around what is left of it; false when nothing can be at the bottom. */
  private build(component: Int32Array, jobs: (Int32Array | Placed)[]): boolean {
    const { put, take, putFrom, putBy, takeFrom, takeBy } = this.values;
    const start = putBy[component[0]!]!;
    let end = 0;
    for (const value of component) end = Math.max(end, takeFrom[value]!);
    const rest = new Int32Array(component.length);
    let left = 0;
    const pops: Placed[] = [];
    for (const value of component) {
      if (putFrom[value]! < start && takeBy[value]! > end) {
        this.placed.push({ instant: 2 * start - 1, pushes: true, operation: put[value]! });
        if (take[value]! >= 0) pops.push({ instant: 2 * end + 1, pushes: false, operation: take[value]! });
      } else rest[left++] = value;
    }
    if (left === component.length) return false;
    for (const pop of pops) jobs.push(pop);
    this.pushComponents(rest.subarray(0, left), jobs);
    return true;
  }

  /** Splits values, sorted by `putBy`, into components, and files them so that the first comes off first. */
  private pushComponents(values: Int32Array, jobs: (Int32Array | Placed)[]): void {
    const { putBy, takeFrom } = this.values;
    const components: Int32Array[] = [];
    let from = 0;
    let until = -1;
    for (let i = 0; i < values.length; i++) {
      if (i > from && putBy[values[i]!]! >= until) {
        components.push(values.subarray(from, i));
        from = i;
      }
      until = Math.max(until, takeFrom[values[i]!]!);
    }
    if (from < values.length) components.push(values.subarray(from));
    for (let i = components.length - 1; i >= 0; i--) jobs.push(components[i]!);
  }

  /** Adds empty pops, and values whose push and pop overlap, to the laminar order of the others. */
  private merge(empties: Placed[]): number[] {
    const { count, put, take, putBy, takeFrom } = this.values;
    const loose = [...empties];
    for (let value = 0; value < count; value++) {
      if (putBy[value]! < takeFrom[value]!) continue;
      const instant = 2 * takeFrom[value]! + 1;
      // Two entries with the push as a half-entry: the pop follows it at once.
      loose.push({ instant, pushes: true, operation: value });
    }
    loose.sort((a, b) => a.instant - b.instant);
    const order: number[] = [];
    let next = 0;
    const takeLoose = (before: Placed | undefined): void => {
      for (; next < loose.length; next++) {
        const { instant, pushes, operation } = loose[next]!;
        if (before && !(instant < before.instant || (instant === before.instant && before.pushes))) return;
        if (!pushes) order.push(operation);
        else {
          order.push(put[operation]!);
          order.push(take[operation]!);
        }
      }
    };
    for (const entry of this.placed) {
      takeLoose(entry);
      order.push(entry.operation);
    }
    takeLoose(undefined);
    return order;
  }
}
