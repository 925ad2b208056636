/** Keeps a search within its budgets, tells how it gets on, and lets others have a turn. */
import { totalmem } from 'node:os';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { heapFull, heapIsFull, usedMemory } from './memory.ts';
import type { SearchOptions, SearchProgress } from './search-result.ts';

/** How often others get a turn, ms. */
export const breathEvery = 100;
/** Of the memory that there is. */
const mostOfMemory = 0.75;

export class Supervision {
  /** Which budget ran out. */
  reason: string | undefined;
  private readonly started = performance.now();
  private readonly options: SearchOptions;
  private readonly maxMemory: number;
  private breathedAt = performance.now();
  private lately = { states: 0, expanded: 0 };

  constructor(options: SearchOptions) {
    this.options = options;
    const there = Math.min(totalmem(), process.constrainedMemory() || Number.POSITIVE_INFINITY);
    this.maxMemory = options.maxMemory ?? there * mostOfMemory;
  }

  get elapsedMs(): number {
    return performance.now() - this.started;
  }

  /** Looks at the clock and at the signal; when it is time, also at memory. True when a budget has run out. */
  async outOfBudget(present: () => Present): Promise<boolean> {
    const { maxTimeMs = Number.POSITIVE_INFINITY, signal } = this.options;
    const now = performance.now();
    if (now - this.started >= maxTimeMs) this.reason ??= `the budget of ${maxTimeMs / 1000} s ran out`;
    if (now - this.breathedAt > breathEvery) {
      const state = present();
      const memory = usedMemory() + state.elsewhere;
      if (memory > this.maxMemory) this.memoryRanOut(memory, this.maxMemory);
      else if (heapIsFull()) this.reason ??= heapFull;
      this.options.onProgress?.(this.progress(now, memory, state));
      await nextTurn();
      this.breathedAt = performance.now();
    }
    if (signal?.aborted) this.reason ??= 'interrupted';
    return this.reason !== undefined;
  }

  private memoryRanOut(memory: number, most: number): void {
    this.reason ??= `memory ran out: ${megabytes(memory)} of ${megabytes(most)} used`;
  }

  statesRanOut(most: number): void {
    this.reason ??= `the budget of ${most.toLocaleString('en')} states ran out`;
  }

  private progress(now: number, memory: number, present: Present): SearchProgress {
    const { states, expanded, frontier } = present;
    const fresh = (states - this.lately.states) / Math.max(1, expanded - this.lately.expanded);
    this.lately = { states, expanded };
    return {
      states,
      transitions: present.transitions,
      frontier,
      depth: present.depth,
      elapsedMs: now - this.started,
      memory,
      workers: present.workers,
      remaining: fresh < 0.95 ? Math.round(frontier / (1 - fresh)) : undefined,
    };
  }
}

/** How far a search is. */
export interface Present {
  readonly states: number;
  readonly transitions: number;
  readonly expanded: number;
  readonly frontier: number;
  readonly depth: number;
  readonly workers: number;
  /** Bytes that other threads use. */
  readonly elsewhere: number;
}

const megabytes = (bytes: number): string => `${Math.round(bytes / 2 ** 20).toLocaleString('en')} MB`;
