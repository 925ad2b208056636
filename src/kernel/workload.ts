/** What clients do: each runs its operations in turn, one outstanding at a time. */
import type { Json } from '../base/json.ts';
import type { CallId } from './protocol.ts';

export interface ClientOperation {
  readonly f: string;
  readonly input: Json;
  /** For specs with independent keys. */
  readonly key?: string;
  /** Index of the node that gets the request first. */
  readonly node: number;
  /** Milliseconds of true time between the end of the operation before and this one's invocation. */
  readonly wait: number;
  /** Waits for the calm period, when faults have stopped. */
  readonly calm?: true;
}

/** One list of operations for each client. */
export type Workload = readonly (readonly ClientOperation[])[];

/** At most so many clients, and operations of one client. */
export const mostClients = 8;
export const mostOperations = 99;

/** The id of a client's operation, both counted from 0: client 1's calls are 101, 102, … whatever happens around them. */
export const callId = (client: number, operation: number): CallId => (client + 1) * 100 + operation + 1;
export const clientOf = (call: CallId): number => Math.floor(call / 100) - 1;
