/**
 * What the monitors of objects with interchangeable operations share (mutex, semaphore, counter with equal amounts).
 * They are lazy: an operation takes effect when it completes, or when another that completes needs it. Being later
 * than another linearization loses nothing, for what that one has done ahead is still pending here and can follow.
 * When some operation is needed, the one with the earliest deadline goes (exchange two in any linearization); crashed
 * ones, which have none, go last. Linear but for a look at the pending operations.
 */
import type { Operation } from '../../../history/history.ts';
import { sortedBy } from '../sorting.ts';

/** The pending operations of one kind that have not taken effect. */
export class Pending {
  private readonly operations: readonly Operation[];
  private readonly open: number[] = [];
  private readonly crashed: number[] = [];

  constructor(operations: readonly Operation[]) {
    this.operations = operations;
  }

  add(operation: number): void {
    (this.operations[operation]!.type === 'ok' ? this.open : this.crashed).push(operation);
  }

  /** Takes out an operation that completes; false when it has taken effect before. */
  remove(operation: number): boolean {
    const at = this.open.indexOf(operation);
    if (at >= 0) this.removeAt(at);
    return at >= 0;
  }

  /** Takes out the operation that is to take effect next; `undefined` when there is none. */
  take(): number | undefined {
    const { open, operations } = this;
    if (open.length === 0) return this.crashed.pop();
    let best = 0;
    for (let i = 1; i < open.length; i++) {
      if (operations[open[i]!]!.completed < operations[open[best]!]!.completed) best = i;
    }
    const taken = open[best]!;
    this.removeAt(best);
    return taken;
  }

  private removeAt(at: number): void {
    const last = this.open.pop()!;
    if (at < this.open.length) this.open[at] = last;
  }
}

/** Calls `invoke` and `complete` with positions in `operations`, in real-time order; ends when `complete` answers false, with that operation. */
export function walk(
  operations: readonly Operation[],
  invoke: (operation: number) => void,
  complete: (operation: number) => boolean,
): number | undefined {
  const completed = new Int32Array(operations.length);
  let count = 0;
  operations.forEach(({ type }, i) => {
    if (type === 'ok') completed[count++] = i;
  });
  const instants = Int32Array.from(operations, ({ type, completed: at }) => (type === 'ok' ? at : 0));
  const order = sortedBy(completed.subarray(0, count), instants);
  let next = 0;
  for (const completing of order) {
    while (next < operations.length && operations[next]!.invoked < instants[completing]!) invoke(next++);
    if (!complete(completing)) return completing;
  }
  return undefined;
}
