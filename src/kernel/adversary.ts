/**
 * Who decides what goes wrong. The simulation asks at each point where something can; the answer is drawn by a
 * strategy (fuzzing), looked up in a schedule (replay), or always "nothing" (the happy path).
 */
import type { CallId } from './protocol.ts';
import type { Vocabulary } from './vocabulary.ts';

/** The delay that means: this message is never delivered. */
export const lost = -1;
/** The number of effects that means: the step runs to its end. */
export const allEffects = 0x7fff_ffff;

/** The world as an adversary finds it: what can be hit, and how. Spans are milliseconds; a fault ends by itself when the calm begins. */
export interface Stage {
  /** The true time, ms. */
  readonly time: number;
  readonly vocabulary: Vocabulary;
  /** `durable` is another object after each persist; `memory` is a fresh one after a crash. */
  readonly nodes: readonly {
    readonly id: string;
    readonly up: boolean;
    readonly disk: unknown;
    readonly memory: unknown;
    readonly durable: unknown;
  }[];
  /** Every note so far. */
  readonly notes: readonly unknown[];
  /** Names of nodes, then of clients, by participant index. */
  readonly participants: readonly string[];
  /** Whether the protocol lets clients send one request to several nodes. */
  readonly clientsRetry: boolean;
  /** How long the node stays down after a crash in the middle of a step; set from `stepping`. */
  downFor: number;
  /** The step about to run will be cut short, its last write torn; called from `stepping`. */
  tearLastWrite(): void;
  /** Returns how many of the nodes went down. */
  crash(nodes: readonly number[], span: number): number;
  /** False where there is nothing to hit; so for the next ones. */
  pause(node: number, span: number): boolean;
  slow(node: number, span: number, by: number): boolean;
  jumpClock(node: number, by: number): boolean;
  setClockRate(node: number, rate: number): boolean;
  hold(from: number, to: number, span: number): void;
  cut(links: readonly (readonly [from: number, to: number])[], span: number): void;
  /** False where that would be in the calm; so for the next ones. */
  giveUpAfter(call: CallId, after: number): boolean;
  retryAfter(call: CallId, after: number, node: number): boolean;
  dieAfter(call: CallId, after: number): boolean;
}

/** Events are named by index into the vocabulary, sender, receiver and how-manieth; see `Vocabulary`. */
export interface Adversary {
  /** Set by `sending`: a second copy arrives so many ms after the first; 0 for none. */
  copyAfter: number;
  begin(stage: Stage): void;
  /** Extra milliseconds for a message about to be sent, or `lost`. */
  sending(type: number, from: number, to: number, nth: number): number;
  /** How many effects the step about to run may have before its node crashes, or `allEffects`. */
  stepping(type: number, from: number, to: number, nth: number, copy: number): number;
  /** The event was processed: faults that strike just after it are inflicted on the simulation now. */
  stepped(type: number, from: number, to: number, nth: number, copy: number): void;
  /** A client is about to send the request of a new call. */
  invoking(client: number, call: CallId): void;
}

/** Nothing ever goes wrong. */
export const noAdversary: Adversary = {
  copyAfter: 0,
  begin() {},
  sending: () => 0,
  stepping: () => allEffects,
  stepped() {},
  invoking() {},
};
