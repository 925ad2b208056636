/**
 * The space-time diagram of a run, as data: lanes, the steps on them, the messages between them, faults as bands and
 * blocks, operations as bars. The page, the exports and the tests see one picture; see `diagramOf`.
 *
 * A step's causes are the step before it on its lane and the step that sent the message it received: Lamport's
 * happened-before (1978) in its transitive reduction. Partitions and held links happen to the network, on no lane.
 */
import type { Json } from '../base/json.ts';
import type { Edit } from './patch.ts';

export interface Lane {
  readonly id: string;
  readonly kind: 'node' | 'client';
}

/** Everything that refers to a lane, a step, a message or a bar does so by its index. */
export interface DiagramStep {
  readonly time: number;
  /** Where it happens; several for a crash of several nodes or a partition, none for what concerns all. */
  readonly lanes: readonly number[];
  readonly kind: 'message' | 'request' | 'timer' | 'start' | 'client' | 'fault';
  /** The message's type, the timer's name, `start`, what a client does, or the fault. */
  readonly label: string;
  readonly words: string;
  readonly payload: Json;
  readonly received?: number;
  readonly sent: readonly number[];
  /** What the step did besides sending, in words. */
  readonly effects: readonly string[];
  readonly notes: readonly { readonly name: string; readonly value: Json }[];
  /** What the step changed in its node's state `{ disk, memory }`. */
  readonly changes: readonly Edit[];
  readonly causes: readonly number[];
  /** The node crashed within the step. */
  readonly cut?: true;
  /** The node's wall clock, where it does not show the true time. */
  readonly wall?: number;
  /** Of a clock that was tampered with: its readings before and after, and its rate from now on. */
  readonly clock?: { readonly before: number; readonly after: number; readonly rate: number };
}

export interface Message {
  readonly type: string;
  readonly from: number;
  readonly to: number;
  /** The how-manieth of its type, sender and receiver, from 1. */
  readonly nth: number;
  readonly copy?: true;
  readonly payload: Json;
  readonly sentBy: number;
  readonly sentAt: number;
  /** When it arrived or was to arrive; null when the network lost it. */
  readonly arrives: number | null;
  readonly fate: 'delivered' | 'lost' | 'partition' | 'down' | 'in flight';
  readonly receivedBy?: number;
  /** Milliseconds by which it was later than on the happy path. */
  readonly late: number;
}

/** Something that lasts on one lane: the node is down, stands still or is slow. */
export interface Block {
  readonly lane: number;
  readonly kind: 'crash' | 'pause' | 'slow';
  readonly from: number;
  readonly until: number;
  /** The step that ends it: a restart. */
  readonly to?: number;
}

/** Links that carry nothing for a while, as pairs of lanes. */
export interface Band {
  readonly kind: 'partition' | 'hold';
  readonly links: readonly (readonly [from: number, to: number])[];
  readonly from: number;
  readonly until: number;
}

/** An operation of a client. */
export interface Bar {
  readonly lane: number;
  readonly process: number;
  readonly f: string;
  readonly key?: Json;
  readonly input: Json;
  readonly output?: Json;
  readonly type: 'ok' | 'fail' | 'info' | 'open';
  /** The steps of its invocation and its completion. */
  readonly from: number;
  readonly to?: number;
  /** Its id among the history's operations; failed ones have none. */
  readonly operation?: number;
}

export interface Diagram {
  readonly lanes: readonly Lane[];
  readonly steps: readonly DiagramStep[];
  readonly messages: readonly Message[];
  readonly blocks: readonly Block[];
  readonly bands: readonly Band[];
  readonly bars: readonly Bar[];
  /** When the calm period begins, if the run got so far. */
  readonly calmAt: number | null;
  readonly end: number;
  /** Nothing is known of when things happened: times only count events. */
  readonly untimed?: true;
  /** The number of the first step, where it is not 1: a machine counts from its initial state. */
  readonly first?: 0;
}

/** A step's number, as it is shown and as addresses have it. */
export const numberOf = ({ first }: Pick<Diagram, 'first'>, step: number): number => step + (first ?? 1);

/** All steps that happened before the given one, itself included: what may have influenced it. */
export function causalPast(steps: readonly Pick<DiagramStep, 'causes'>[], of: number): Set<number> {
  const past = new Set<number>();
  const open = [of];
  for (let step = open.pop(); step !== undefined; step = open.pop()) {
    if (past.has(step)) continue;
    past.add(step);
    open.push(...(steps[step]?.causes ?? []));
  }
  return past;
}
