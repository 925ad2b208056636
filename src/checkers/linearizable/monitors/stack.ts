/**
 * Stacks whose values are unique (Bouajjani, Emmi, Enea, Hamza 2015; decrease and conquer as in Lee and Mathur 2025).
 * A value inside for sure throughout a span is put before it and taken after it. Spans that hang together form
 * a component; between components the stack can be empty. A component is never empty, so one value lies at its bottom:
 * one that can be put before all others and taken after all others. Any such value will do, for the rest is then as
 * linearizable as before: remove it, and the component falls apart into smaller ones.
 *
 *     push 1 |--|   push 2 |--|   pop 2 |--|   pop 1 |--|      1 is at the bottom; then 2 alone
 *
 * A component only shrinks, so a value that can be put before it, or taken after it, can be from then on: each is noticed
 * once, by a tree over the values, and each gap between components is found once. O(n log n), however deep the stack.
 *
 * Values whose push and pop overlap never matter; an empty pop needs a gap between components. Crashed pops: see
 * `judgeContainer`.
 */
import type { Operation } from '../../../history/history.ts';
import { sortedBy } from '../sorting.ts';
import {
  CoveredGaps,
  coveringChain,
  judgeContainer,
  type Monitor,
  type MonitorVerdict,
  never,
  operationsOfValues,
  range,
  type Values,
} from './monitor.ts';
import { Coverage, LeastFirst } from './segment-trees.ts';

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

/** The gaps from `from` to before `to`, in which the stack is never empty. */
interface Component {
  readonly from: number;
  readonly to: number;
}

class Stack {
  private readonly operations: readonly Operation[];
  private readonly values: Values;
  /** The values that are inside for sure at some time, by `putBy`. */
  private readonly lasting: Int32Array;
  private readonly coverage: Coverage;
  /** Values that have not been found to fit before, or after, their component; by place in `lasting`. */
  private readonly notBefore: LeastFirst;
  private readonly notAfter: LeastFirst;
  /** 2: it can be put before all others of its component and taken after them. */
  private readonly fits: Uint8Array;
  private readonly placed: Placed[] = [];

  constructor(operations: readonly Operation[], values: Values) {
    this.operations = operations;
    this.values = values;
    const { putFrom, putBy, takeFrom, takeBy } = values;
    const lasting = range(values.count).filter((value) => putBy[value]! < takeFrom[value]!);
    this.lasting = sortedBy(lasting, putBy);
    this.notBefore = new LeastFirst(lasting.map((value) => putFrom[value]!));
    this.notAfter = new LeastFirst(lasting.map((value) => -this.gapOf(takeBy[value]!)));
    this.fits = new Uint8Array(lasting.length);
    const changes = new Int32Array(values.gaps + 2);
    for (const value of lasting) {
      changes[putBy[value]!]!++;
      changes[this.gapOf(takeFrom[value]!)]!--;
    }
    this.coverage = new Coverage(changes);
  }

  judge(): MonitorVerdict {
    const { values } = this;
    const empties: Placed[] = [];
    const gaps = new CoveredGaps(values.gaps);
    for (const value of this.lasting) gaps.cover(values.putBy[value]!, values.takeFrom[value]!);
    for (const empty of values.empties) {
      const { invoked, completed } = this.operations[empty]!;
      const gap = gaps.firstFree(invoked);
      if (gap >= completed) {
        const chain = coveringChain(values, invoked, completed);
        return { valid: false, culprits: operationsOfValues(values, chain, [empty]), operation: empty };
      }
      empties.push({ instant: 2 * gap + 1, pushes: false, operation: empty });
    }
    const stuck = this.buildAll();
    if (stuck) {
      const culprits = operationsOfValues(values, stuck);
      return { valid: false, culprits, operation: culprits.at(-1)! };
    }
    return { valid: true, order: this.merge(empties) };
  }

  /** Values that are never taken are inside in a last gap of their own, after all events. */
  private gapOf(instant: number): number {
    return instant < never - 1 ? instant : instant - never + this.values.gaps + 1;
  }

  /** Components, innermost last, without recursion: a stack of jobs, each a component to build or a pop to lay down. */
  private buildAll(): Int32Array | undefined {
    const jobs: (Component | Placed)[] = this.components(0, this.values.gaps + 1);
    for (let job = jobs.pop(); job !== undefined; job = jobs.pop()) {
      if ('operation' in job) this.placed.push(job);
      else if (!this.build(job, jobs)) return this.stuck(job);
    }
    return undefined;
  }

  /** Lays down the bottoms of a component around what is left of it; false when nothing can be at the bottom. */
  private build({ from, to }: Component, jobs: (Component | Placed)[]): boolean {
    const { put, take, putBy, takeFrom } = this.values;
    const [first, last] = [this.firstPutBy(from), this.firstPutBy(to)];
    const bottoms: number[] = [];
    this.notBefore.takeBelow(from, first, last, (place) => this.fit(place, bottoms));
    this.notAfter.takeBelow(-to, first, last, (place) => this.fit(place, bottoms));
    for (const value of bottoms) {
      this.placed.push({ instant: 2 * from - 1, pushes: true, operation: put[value]! });
      if (take[value]! >= 0) jobs.push({ instant: 2 * to + 1, pushes: false, operation: take[value]! });
      this.coverage.uncover(putBy[value]!, this.gapOf(takeFrom[value]!));
    }
    if (bottoms.length > 0) for (const component of this.components(from, to)) jobs.push(component);
    return bottoms.length > 0;
  }

  private fit(place: number, bottoms: number[]): void {
    if (++this.fits[place]! === 2) bottoms.push(this.lasting[place]!);
  }

  /** The components between two gaps, the last one first. */
  private components(from: number, to: number): Component[] {
    const components: Component[] = [];
    for (let gap = from; gap < to; ) {
      const free = this.coverage.firstFree(gap);
      if (free > gap) components.push({ from: gap, to: Math.min(free, to) });
      gap = free + 1;
    }
    return components.reverse();
  }

  /** The place of the first value whose push completes at `gap` or later. */
  private firstPutBy(gap: number): number {
    const { lasting, values } = this;
    let low = 0;
    for (let high = lasting.length; low < high; ) {
      const middle = (low + high) >> 1;
      if (values.putBy[lasting[middle]!]! >= gap) high = middle;
      else low = middle + 1;
    }
    return low;
  }

  /** What is left of a component. */
  private stuck({ from, to }: Component): Int32Array {
    const start = this.firstPutBy(from);
    const all = this.lasting.subarray(start, this.firstPutBy(to));
    return all.filter((_, i) => this.fits[start + i] !== 2);
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
