/**
 * Most histories that are not linearizable contradict themselves within a few operations. So a search begins at a cut
 * shortly before the event that nothing has passed: in any state, operations that were pending at the cut done or not,
 * crashed ones without limit. That is more than is possible, so "invalid" is final, however long the history before.
 *
 *     ……………………………|  |--write 1--|  |--write 2--|  |--read → 1--|
 *                   cut: whatever was before, the read has no place
 *
 * Where the search gets through, the cut moves back, four times as far each time.
 */
import type { Operation } from '../../history/history.ts';
import { BreadthFirst } from './breadth-first.ts';
import { Problem } from './problem.ts';

export class Cut {
  private readonly search = new BreadthFirst();
  private readonly suffix = new Problem();
  private whole!: Problem;
  private states: readonly number[] = [];
  /** Operations after the cut, and by place in them the index in the whole history. */
  private length = 0;
  private indices: number[] = [];
  private started = false;

  /** `states` are all that can come about; the first cut is `length` operations before the event. */
  start(whole: Problem, states: readonly number[], length = 32): void {
    this.whole = whole;
    this.states = states;
    this.length = length;
    this.started = false;
  }

  /** False is final; 'lost' when the cut has moved back to the beginning. `event` of the whole history is the one not passed so far. */
  run(steps: number, event: number): false | 'lost' | undefined {
    if (!this.started && !this.begin(event)) return 'lost';
    this.started = true;
    const found = this.search.run(steps);
    if (found === true) {
      this.length *= 4;
      this.started = false;
    }
    return found === false ? false : undefined;
  }

  /** Indices of the operations that are contradictory in any state. */
  get culprits(): readonly number[] {
    return this.indices;
  }

  /** The operation, by its index, at the completion of which nothing is left. */
  get failed(): number {
    return this.indices[this.suffix.subjects[this.search.failedEvent]!]!;
  }

  private begin(event: number): boolean {
    const { operations, subjects, transitions, initialState } = this.whole;
    const end = operations[subjects[event]!]!.completed;
    const until = operations.findIndex(({ invoked }) => invoked > end);
    const first = (until < 0 ? operations.length : until) - this.length;
    if (first <= 0) return false;
    const start = operations[first]!.invoked;
    const chosen: Operation[] = [];
    this.indices = [];
    for (const [i, operation] of operations.entries()) {
      if (operation.invoked > end) break;
      if (operation.completed < start) continue;
      const open = operation.invoked < start || operation.completed > end;
      chosen.push(open ? { ...operation, type: 'info', completed: Number.POSITIVE_INFINITY } : operation);
      this.indices.push(i);
    }
    this.suffix.load(transitions, initialState, chosen);
    this.search.start(this.suffix, 'unlimited', { states: this.states });
    return true;
  }
}
