/**
 * Who decides what goes wrong. The simulation asks at each point where something can; the answer is drawn by a
 * strategy (fuzzing), looked up in a schedule (replay), or always "nothing" (the happy path).
 */
import type { CallId } from './protocol.ts';
import type { Simulation } from './simulation.ts';

/** The delay that means: this message is never delivered. */
export const lost = -1;
/** The number of effects that means: the step runs to its end. */
export const allEffects = 0x7fff_ffff;

/** Events are named by index into the vocabulary, sender, receiver and how-manieth; see `Vocabulary`. */
export interface Adversary {
  /** Set by `sending`: a second copy arrives so many ms after the first; 0 for none. */
  copyAfter: number;
  begin(simulation: Simulation): void;
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
