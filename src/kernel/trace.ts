/** What a run did, step by step, for people and for comparison: everything here is JSON. */
import type { Json } from '../base/json.ts';
import type { Effect } from './effects.ts';
import type { NodeId } from './protocol.ts';

/** Names one event of a run by its cause: a message by type, sender, receiver and how-manieth; a timer or a start by node. */
export interface EventRef {
  /** A message's type, `request`, `reply`, a timer's name or `start`. */
  readonly event: string;
  readonly from: string;
  readonly to: string;
  /** Counted from 1 among the events of the same name, sender and receiver. */
  readonly nth: number;
  /** The second arrival of a doubled message. */
  readonly copy?: true;
}

/** Text that is the same for the same event; the copy of a doubled message is another. */
export const keyOf = (ref: EventRef): string => `${sourceOf(ref)}${ref.copy ? ' again' : ''}`;
/** The same for a message and its copy. */
export const sourceOf = ({ event, from, to, nth }: EventRef): string => `${event} ${from} ${to} ${nth}`;

/** A step of a node: what happened to it, what it did, and its state afterwards. */
export interface NodeStep {
  readonly kind: 'step';
  readonly time: number;
  readonly node: NodeId;
  readonly cause: EventRef;
  /** The message, the call, or null for timers and starts. */
  readonly payload: Json;
  readonly effects: readonly Effect[];
  readonly disk: unknown;
  readonly memory: unknown;
  /** The node crashed in the middle of the step, after so many effects. */
  readonly cutAfter?: number;
}

/** A message sent across the network, and what became of it then; `at` is when it is to arrive. */
export interface Sent {
  readonly kind: 'sent';
  readonly time: number;
  readonly ref: EventRef;
  readonly payload: Json;
  readonly at: number | 'lost';
  /** When the second copy of a doubled message is to arrive. */
  readonly copyAt?: number;
}

/** A message that found its way cut or its receiver down. */
export interface Undelivered {
  readonly kind: 'undelivered';
  readonly time: number;
  readonly ref: EventRef;
  readonly why: 'partition' | 'down';
}

export interface ClientStep {
  readonly kind: 'client';
  readonly time: number;
  readonly client: string;
  readonly process: number;
  readonly call: number;
  readonly what: 'invoke' | 'ok' | 'fail' | 'info' | 'retry' | 'late reply' | 'dies';
  readonly f: string;
  readonly key?: string;
  readonly value: Json;
}

/** A fault, or the end of one. */
export interface FaultStep {
  readonly kind: 'fault';
  readonly time: number;
  readonly fault: string;
  readonly nodes: readonly NodeId[];
  readonly detail: string;
}

export type TraceStep = NodeStep | Sent | Undelivered | ClientStep | FaultStep;
export type Trace = readonly TraceStep[];
