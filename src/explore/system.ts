/**
 * What exhaustive search needs to know of a system, whatever it is made of: where it starts, what can happen in a
 * state, and when two states are the same. A machine of one state and a world of nodes and messages both come in
 * this form.
 */
import type { StateQueue } from './queues.ts';

/** A property that a state breaks, or the first step into it. */
export interface Violation {
  readonly property: string;
  /** The facts that contradict each other, in a sentence. */
  readonly explanation: string;
}

/** Receives one successor, good during the call (see `keep`); its fingerprint is in the system's `print` meanwhile. */
export type Emit<State> = (next: State, action: number, cost: number) => void;

/** How what several workers' systems have learned is put together. */
export interface Sharing {
  /** What the system has found out besides its states, as `postMessage` can send it. */
  readonly learned: () => unknown;
  readonly learn: (learned: unknown) => void;
}

/** What a search takes for granted, so that it has fewer states to look at, and checks against all that it finds. */
export interface Assumptions {
  /**
   * Goes through what was assumed, with pauses; returns whether all of it held. What did not is not assumed again, and the
   * search has to begin again.
   */
  readonly check: () => Generator<undefined, boolean>;
  /** What was assumed, as `postMessage` can send it to the worker that checks, which adds it to its own. */
  readonly made: () => unknown;
  readonly add: (made: unknown) => void;
  /** What speaks against assuming the same again, for those who have not checked themselves and begin again with that. */
  readonly refuted: () => unknown;
  readonly begin: (refuted: unknown) => void;
}

export interface TransitionSystem<State> {
  readonly name: string;
  /** For states that wait to be expanded, such as its own kind of state is best kept in. */
  readonly queue: () => StateQueue<State>;
  /** Undefined where only one worker can search. */
  readonly sharing?: Sharing;
  /** Undefined where nothing is taken for granted. */
  readonly assumptions?: Assumptions | undefined;
  /** 128 bits that are the same for the same state, however it was reached, in this process and in any other. */
  readonly print: Int32Array;
  readonly initial: () => readonly State[];
  /** Puts a state's fingerprint into `print`. */
  readonly fingerprint: (state: State) => void;
  /**
   * Gives each successor to `emit`, with the number of the action that leads to it (the same number for the same
   * action of the same state, always) and how many deviations from the happy path it costs. `known`: the state's fingerprint,
   * where it is at hand.
   */
  readonly expand: (state: State, emit: Emit<State>, known?: Int32Array) => void;
  /** A successor that `expand` will not change later: itself, or a copy. */
  readonly keep: (state: State) => State;
  /** What the state breaks, if it breaks something. Asked once for each distinct state. */
  readonly judge: (state: State) => Violation | undefined;
  /** False where the user's bound ends the search: such a state counts and is judged, but what follows is not. */
  readonly within: (state: State) => boolean;
  /** Text that two states share only when they are the same: the slow twin of the fingerprint. */
  readonly encode: (state: State) => string;
  /** What an action is called in a state that it leads from. */
  readonly describe: (state: State, action: number) => string;
  /** Names of what should be seen somewhere, and has not been so far. */
  readonly unseen: () => readonly string[];
}
