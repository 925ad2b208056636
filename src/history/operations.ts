/**
 * Events to operations: each invocation is paired with its completion, and a history that is not one is refused.
 * A process is sequential, so it has at most one operation open; after `info` it may go on (some recorders do,
 * Jepsen gives it a new number). Failed operations did not happen and are dropped. One pass, linear.
 */
import { UsageError } from '../base/errors.ts';
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

const stillOpen = -1;
const didNotHappen = -2;

/** The operations that happened or may have, in order of invocation. Throws `HistoryError` with the index of the event at fault. */
export function operationsOf(history: History): Operation[] {
  /** By process: the index of its open invocation. */
  const open = new Map<number, number>();
  /** By index of an invocation: the index of its `ok`, or one of the constants above; of other events, nothing that counts. */
  const outcomes = new Int32Array(history.length).fill(stillOpen);
  for (let index = 0; index < history.length; index++) {
    const event = history[index]!;
    const invoked = open.get(event.process);
    if (event.type === 'invoke') {
      if (invoked !== undefined) throw stillBusy(event, index, history[invoked]!, invoked);
      open.set(event.process, index);
      continue;
    }
    if (invoked === undefined) throw notInvoked(event, index);
    if (history[invoked]!.f !== event.f) throw anotherOpen(event, index, history[invoked]!, invoked);
    open.delete(event.process);
    if (event.type === 'fail') outcomes[invoked] = didNotHappen;
    if (event.type === 'ok') outcomes[invoked] = index;
  }
  const operations: Operation[] = [];
  for (let index = 0; index < history.length; index++) {
    if (history[index]!.type !== 'invoke' || outcomes[index] === didNotHappen) continue;
    operations.push(operationOf(operations.length, history, index, outcomes[index]!));
  }
  return operations;
}

function operationOf(id: number, history: History, invoked: number, outcome: number): Operation {
  const { process, f, key, value: input } = history[invoked]!;
  const ok = outcome !== stillOpen;
  const output = ok ? history[outcome]!.value : undefined;
  const type = ok ? 'ok' : 'info';
  const completed = ok ? outcome : Number.POSITIVE_INFINITY;
  // Two literals rather than a spread: histories have a million of these.
  return key === undefined
    ? { id, process, f, input, output, type, invoked, completed }
    : { id, process, f, key, input, output, type, invoked, completed };
}

function stillBusy(event: HistoryEvent, index: number, before: HistoryEvent, invoked: number): HistoryError {
  return new HistoryError(
    index,
    `process ${event.process} invokes '${event.f}' while its '${before.f}' of event ${invoked + 1} is still open`,
  );
}

function notInvoked({ process, f, type }: HistoryEvent, index: number): HistoryError {
  return new HistoryError(index, `process ${process} completes '${f}' (${type}), which it has not invoked`);
}

function anotherOpen(
  event: HistoryEvent,
  index: number,
  before: HistoryEvent,
  invoked: number,
): HistoryError {
  return new HistoryError(
    index,
    `process ${event.process} completes '${event.f}' (${event.type}), but its open operation is '${before.f}' of event ${invoked + 1}`,
  );
}
