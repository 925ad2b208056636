/** What a search may be told, what it tells meanwhile, and what it comes to. */
import type { CrewOrder } from './crew.ts';
import type { Violation } from './system.ts';

export const orders = ['breadth', 'depth', 'deviations'] as const;
export type Order = (typeof orders)[number];

export interface SearchOptions {
  /** Default 'breadth'. */
  readonly order?: Order;
  /** Steps from an initial state beyond which nothing is looked at; default no bound. */
  readonly depth?: number;
  /** Budgets: when one runs out, the verdict is `unknown`. */
  readonly maxStates?: number;
  readonly maxTimeMs?: number;
  /** Bytes of this process; default three quarters of what the machine has. */
  readonly maxMemory?: number;
  /**
   * How many workers search breadth first: the first is this thread, the others are started by `crew`. Default as many as
   * there are cores, once the search has gone on for a second.
   */
  readonly workers?: number;
  /** Begins only when all workers are there; by default the first begins while the others start, and may end alone. */
  readonly together?: boolean;
  /** How to start other workers; without it there is one. */
  readonly crew?: CrewOrder;
  /** Keeps every state's text, so that no state can be taken for another. */
  readonly exact?: boolean;
  /** Ends the search early. */
  readonly signal?: AbortSignal;
  /** Called a few times a second. */
  readonly onProgress?: (progress: SearchProgress) => void;
}

export interface SearchProgress {
  readonly states: number;
  readonly transitions: number;
  readonly frontier: number;
  readonly depth: number;
  readonly elapsedMs: number;
  /** Bytes that the process uses. */
  readonly memory: number;
  readonly workers: number;
  /** How many states are still to be expanded, going by how many new ones the latest brought; undefined while it grows. */
  readonly remaining: number | undefined;
}

export interface Step<State> {
  readonly action: string;
  readonly state: State;
}

export interface FoundViolation<State> extends Violation {
  readonly initial: State;
  readonly steps: readonly Step<State>[];
  /** The actions by number, as `expand` gives them. */
  readonly actions: readonly number[];
  /** Of an `eventually`: after the last step the run goes on as after this many, for ever; or nothing more happens. */
  readonly goesOn?: number | 'never';
}

export interface SearchResult<State> {
  readonly verdict: 'holds' | 'violated' | 'unknown';
  /** Distinct states. */
  readonly states: number;
  /** Successors computed, the same state counted as often as it was reached. */
  readonly transitions: number;
  /** Steps from an initial state to the farthest state met (in breadth-first order: the longest shortest path). */
  readonly depth: number;
  readonly elapsedMs: number;
  readonly violation: FoundViolation<State> | undefined;
  /** Which budget ran out, when the verdict is unknown. */
  readonly reason: string | undefined;
  /** States met and not expanded. */
  readonly frontier: number;
  /** States not expanded because of the depth bound or because they are not `within` the user's bound. */
  readonly cut: number;
  /** Upper bound on the probability that a state was taken for another and so missed; 0 when exact. */
  readonly missProbability: number;
  /** Bytes of the set of states, for each state. */
  readonly bytesPerState: number;
  /** How many workers took part. */
  readonly workers: number;
  /** What should have been seen in some state and was not. */
  readonly unseen: readonly string[];
}
