/**
 * What clients saw. A history is a list of events in real-time order, as Jepsen records it: an operation is
 * the pair of an `invoke` and its completion. `ok` means it took effect, `fail` that it did not, `info` that
 * nobody knows: it may take effect at any later time, or never. A process is a sequential client.
 */
import type { Json } from '../base/json.ts';

export type EventType = 'invoke' | 'ok' | 'fail' | 'info';

export interface HistoryEvent {
  readonly process: number;
  readonly type: EventType;
  /** The name of the function of the spec: `read`, `write`, … */
  readonly f: string;
  /** The argument on `invoke`; the result on `ok` (a function without a result echoes its argument). */
  readonly value: Json;
  /** For specs whose keys are independent objects. */
  readonly key?: Json;
  /** Nanoseconds, for display only: the order of events is their order in the list. */
  readonly time?: number;
  /** On `ok`: the number that the database gave the version read or written; of a transaction, all it wrote. */
  readonly version?: number;
}

export type History = readonly HistoryEvent[];

export interface Operation {
  /** Position among the operations of the history, in order of invocation. */
  readonly id: number;
  readonly process: number;
  readonly f: string;
  readonly key?: Json;
  readonly input: Json;
  /** The completion's value; `undefined` while pending or `info`. */
  readonly output: Json | undefined;
  /** `info` also for an operation that never completed. Failed operations are not listed: they did not happen. */
  readonly type: 'ok' | 'info';
  /** Index of the invocation in the history. */
  readonly invoked: number;
  /** Index of the `ok` in the history; Infinity for `info`, which may take effect at any time after its invocation. */
  readonly completed: number;
}
