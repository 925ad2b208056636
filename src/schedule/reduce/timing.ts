/** When a run's operations began and ended, which is what shrinking keeps when it takes others away. */
import type { HistoryEvent } from '../../history/history.ts';

/** True times in milliseconds; `completed` is Infinity for an operation that nothing ended. */
export interface Span {
  readonly invoked: number;
  readonly completed: number;
}

/** By client and operation. Operations that a run never came to are missing. */
export type Spans = readonly (readonly Span[])[];

/** A client goes on under a new process number, larger by the number of clients, when an outcome is unknown. */
export function spansOf(history: readonly HistoryEvent[], clients: number): Spans {
  const spans: { invoked: number; completed: number }[][] = Array.from({ length: clients }, () => []);
  for (const { process, type, time = 0 } of history) {
    const own = spans[process % clients];
    if (!own) continue;
    if (type === 'invoke') own.push({ invoked: time / 1e6, completed: Number.POSITIVE_INFINITY });
    else own.at(-1)!.completed = time / 1e6;
  }
  return spans;
}
