/**
 * Exhaustive search: every state that can be reached is met once and judged. Breadth first by default, so that the
 * first violation found has the shortest trace; depth first for a small frontier; or fewest deviations first. States
 * are told apart by their fingerprints, or with `exact` by themselves. A search that is not allowed to finish
 * says `unknown`, and how far it got.
 */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { getHeapStatistics } from 'node:v8';
import { invariant } from '../base/errors.ts';
import { CheapestFirst, type Frontier, NewestFirst } from './frontier.ts';
import { missProbability, StateSet } from './states.ts';
import type { TransitionSystem, Violation } from './system.ts';

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
  /** Bytes of this process; default three quarters of what the heap may hold. */
  readonly maxMemory?: number;
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
  /** The actions by number, as `expand` gave them. */
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
  /** What should have been seen in some state and was not. */
  readonly unseen: readonly string[];
}

/** How often the clock is read, in states expanded, and how often others get a turn, ms. */
const clockEvery = 256;
const breathEvery = 200;

export async function search<State>(
  system: TransitionSystem<State>,
  options: SearchOptions = {},
): Promise<SearchResult<State>> {
  return await new Search(system, options).run();
}

class Search<State> {
  private readonly system: TransitionSystem<State>;
  private readonly options: SearchOptions;
  private readonly order: Order;
  private readonly depthBound: number;
  private readonly maxStates: number;
  private readonly maxMemory: number;
  private readonly started = performance.now();
  private readonly set: StateSet;
  private readonly texts: Map<string, number> | undefined;
  private readonly frontier: Frontier<State>;
  private transitions = 0;
  private depth = 0;
  private expanded = 0;
  private cut = 0;
  private reason: string | undefined;
  private found: { violation: Violation; index: number } | undefined;
  private breathedAt = performance.now();
  private lately = { states: 0, expanded: 0 };

  // The state that is being expanded.
  private parent = -1;
  private parentDepth = -1;
  private parentCost = 0;

  constructor(system: TransitionSystem<State>, options: SearchOptions) {
    this.system = system;
    this.options = options;
    this.order = options.order ?? 'breadth';
    this.depthBound = options.depth ?? Number.POSITIVE_INFINITY;
    this.maxStates = options.maxStates ?? Number.POSITIVE_INFINITY;
    this.maxMemory = options.maxMemory ?? getHeapStatistics().heap_size_limit * 0.75;
    // Only these orders can reach a state first by a way that is not the cheapest.
    const improvable =
      this.order === 'deviations' || (this.order === 'depth' && this.depthBound !== Infinity);
    this.set = new StateSet(improvable);
    this.texts = options.exact ? new Map() : undefined;
    this.frontier = this.order === 'depth' ? new NewestFirst() : new CheapestFirst();
  }

  async run(): Promise<SearchResult<State>> {
    const { system, frontier } = this;
    system.initial().forEach((state, index) => {
      system.fingerprint(state);
      this.meet(state, index, 0);
    });
    while (!this.found && this.reason === undefined && frontier.size > 0) {
      if (this.expanded % clockEvery === 0 && (await this.outOfBudget())) break;
      frontier.pop();
      // A state that was reached more cheaply in the meantime has been expanded, or will be.
      if (this.set.improvable && frontier.cost > this.set.cost(frontier.index)) continue;
      this.expanded++;
      this.parent = frontier.index;
      this.parentDepth = frontier.depth;
      this.parentCost = frontier.cost;
      system.expand(frontier.state, this.emit);
    }
    return this.result();
  }

  private readonly emit = (next: State, action: number, cost: number): void => {
    this.transitions++;
    this.meet(next, action, cost);
  };

  private meet(state: State, action: number, extra: number): void {
    if (this.found || this.reason !== undefined) return;
    const { system, set, parent } = this;
    const depth = this.parentDepth + 1;
    const cost = this.order === 'deviations' ? this.parentCost + extra : depth;
    const met = this.add(state, action, cost);
    if (met >= 0) {
      if (!set.improve(met, parent, action, cost)) return;
    } else {
      if (depth > this.depth) this.depth = depth;
      const violation = system.judge(state);
      if (violation) {
        this.found = { violation, index: -1 - met };
        return;
      }
      if (set.size >= this.maxStates)
        this.reason = `the budget of ${this.maxStates.toLocaleString('en')} states ran out`;
    }
    if (depth < this.depthBound && system.within(state)) {
      this.frontier.push(system.keep(state), met < 0 ? -1 - met : met, depth, cost);
    } else this.cut++;
  }

  private add(state: State, action: number, cost: number): number {
    const { texts, set, system, parent } = this;
    if (!texts) return set.add(system.print, parent, action, cost);
    const text = system.encode(state);
    const known = texts.get(text);
    if (known !== undefined) return known;
    const index = set.append(system.print, parent, action, cost);
    texts.set(text, index);
    return -1 - index;
  }

  private async outOfBudget(): Promise<boolean> {
    const { maxTimeMs = Infinity, signal } = this.options;
    const now = performance.now();
    if (now - this.started >= maxTimeMs) this.reason = `the budget of ${maxTimeMs / 1000} s ran out`;
    if (now - this.breathedAt > breathEvery) {
      const memory = usedMemory();
      if (memory > this.maxMemory) {
        this.reason = `memory ran out: ${megabytes(memory)} of ${megabytes(this.maxMemory)} used`;
      }
      this.options.onProgress?.(this.progress(now, memory));
      await nextTurn();
      this.breathedAt = performance.now();
    }
    if (signal?.aborted) this.reason = 'interrupted';
    return this.reason !== undefined;
  }

  private progress(now: number, memory: number): SearchProgress {
    const { set, expanded, lately, frontier } = this;
    const fresh = (set.size - lately.states) / Math.max(1, expanded - lately.expanded);
    this.lately = { states: set.size, expanded };
    return {
      states: set.size,
      transitions: this.transitions,
      frontier: frontier.size,
      depth: this.depth,
      elapsedMs: now - this.started,
      memory,
      remaining: fresh < 0.95 ? Math.round(frontier.size / (1 - fresh)) : undefined,
    };
  }

  private result(): SearchResult<State> {
    const { set, found } = this;
    return {
      verdict: found ? 'violated' : this.reason !== undefined ? 'unknown' : 'holds',
      states: set.size,
      transitions: this.transitions,
      depth: this.depth,
      elapsedMs: performance.now() - this.started,
      violation: found ? this.trace(found.violation, found.index) : undefined,
      reason: found ? undefined : this.reason,
      frontier: this.frontier.size,
      cut: this.cut,
      missProbability: this.texts ? 0 : missProbability(set.size),
      bytesPerState: set.bytes / Math.max(1, set.size),
      unseen: this.system.unseen(),
    };
  }

  /** Walks the pointers back to the beginning, and then the same way forward again, since states are not kept. */
  private trace(violation: Violation, index: number): FoundViolation<State> {
    const { set, system } = this;
    const actions: number[] = [];
    let at = index;
    for (; set.parent(at) >= 0; at = set.parent(at)) actions.unshift(set.action(at));
    const initial = system.initial()[set.action(at)] as State;
    const steps: Step<State>[] = [];
    let state = initial;
    for (const action of actions) {
      const from = state;
      let next: { state: State } | undefined;
      system.expand(from, (successor, number) => {
        if (number === action) next ??= { state: system.keep(successor) };
      });
      invariant(next, `${system.name} cannot repeat step ${steps.length + 1} of the trace it found`);
      state = next.state;
      steps.push({ action: system.describe(from, action), state });
    }
    return { ...violation, initial, steps, actions };
  }
}

const megabytes = (bytes: number): string => `${Math.round(bytes / 2 ** 20).toLocaleString('en')} MB`;

function usedMemory(): number {
  const { heapUsed, external, arrayBuffers } = process.memoryUsage();
  return heapUsed + Math.max(external, arrayBuffers);
}
