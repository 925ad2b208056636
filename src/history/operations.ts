/**
 * Events to operations: each invocation is paired with its completion, and a history that is not one is refused.
 * A process is sequential, so it has at most one operation open; after `info` it may go on (some recorders do,
 * Jepsen gives it a new number). Failed operations did not happen and are dropped. One pass, linear.
 */
import { UsageError } from '../base/errors.ts';
import type { Json } from '../base/json.ts';
import type { History, HistoryEvent, Operation } from './history.ts';

/** A history that is not one. `event` is its index, so that a reader of files can add the line. */
export class HistoryError extends UsageError {
  override name = 'HistoryError';
  readonly event: number;
  readonly problem: string;
  constructor(event: number, problem: string) {
    super(`event ${event + 1}: ${problem}`);
    this.event = event;
    this.problem = problem;
  }
}

interface Open {
  readonly index: number;
  readonly event: HistoryEvent;
}

/** The operations that happened or may have, in order of invocation. Throws `HistoryError` with the index of the event at fault. */
export function operationsOf(history: History): Operation[] {
  const open = new Map<number, Open>();
  /** By index of the invocation; holes where an operation failed. */
  const paired: (Pairing | undefined)[] = new Array(history.length);
  history.forEach((event, index) => {
    const before = open.get(event.process);
    if (event.type === 'invoke') {
      if (before) {
        throw new HistoryError(
          index,
          `process ${event.process} invokes '${event.f}' while its '${before.event.f}' of event ${before.index + 1} is still open`,
        );
      }
      open.set(event.process, { index, event });
      paired[index] = { event, output: undefined, type: 'info', completed: Number.POSITIVE_INFINITY };
      return;
    }
    const invocation = paired[checkedCompletion(before, event, index)];
    open.delete(event.process);
    if (!before || !invocation) return;
    if (event.type === 'fail') paired[before.index] = undefined;
    if (event.type === 'ok') {
      paired[before.index] = { event: before.event, output: event.value, type: 'ok', completed: index };
    }
  });
  return numbered(paired);
}

interface Pairing {
  readonly event: HistoryEvent;
  readonly output: Json | undefined;
  readonly type: 'ok' | 'info';
  readonly completed: number;
}

function numbered(paired: readonly (Pairing | undefined)[]): Operation[] {
  const operations: Operation[] = [];
  paired.forEach((pairing, invoked) => {
    if (!pairing) return;
    const { process, f, key, value } = pairing.event;
    operations.push({
      id: operations.length,
      process,
      f,
      ...(key === undefined ? {} : { key }),
      input: value,
      output: pairing.output,
      type: pairing.type,
      invoked,
      completed: pairing.completed,
    });
  });
  return operations;
}

/** The index of the invocation that `event` completes. */
function checkedCompletion(before: Open | undefined, event: HistoryEvent, index: number): number {
  if (!before) {
    throw new HistoryError(
      index,
      `process ${event.process} completes '${event.f}' (${event.type}), which it has not invoked`,
    );
  }
  if (before.event.f !== event.f) {
    throw new HistoryError(
      index,
      `process ${event.process} completes '${event.f}' (${event.type}), but its open operation is '${before.event.f}' of event ${before.index + 1}`,
    );
  }
  return before.index;
}
