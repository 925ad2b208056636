/**
 * How long a check may go on. Checkers ask between slices of work, so that a budget that runs out, or is
 * cancelled, is noticed within milliseconds; the clock is read only every so often.
 */

export interface Budget {
  /** Why to stop, as a sentence's end ("the time limit of 60 s was reached"); `undefined` to go on. */
  exhausted(): string | undefined;
}

export const unlimited: Budget = { exhausted: () => undefined };

/** A budget of time and memory that may also be cancelled, by a signal or by `cancel`. */
export class LimitedBudget implements Budget {
  private readonly deadline: number;
  private readonly timeLimitMs: number;
  private readonly memoryLimitBytes: number;
  private cancelled: string | undefined;
  private nextMemoryLook: number;

  constructor(limits: { timeMs?: number | undefined; memoryBytes?: number | undefined } = {}) {
    this.timeLimitMs = limits.timeMs ?? Number.POSITIVE_INFINITY;
    this.memoryLimitBytes = limits.memoryBytes ?? Number.POSITIVE_INFINITY;
    this.deadline = performance.now() + this.timeLimitMs;
    this.nextMemoryLook = limits.memoryBytes === undefined ? Number.POSITIVE_INFINITY : 0;
  }

  cancel(reason: string): void {
    this.cancelled = reason;
  }

  exhausted(): string | undefined {
    if (this.cancelled !== undefined) return this.cancelled;
    const now = performance.now();
    if (now >= this.deadline) return `the time limit of ${this.timeLimitMs / 1000} s was reached`;
    // Asking for the memory in use takes long, for a question that is asked often.
    if (now < this.nextMemoryLook) return undefined;
    this.nextMemoryLook = now + 20;
    if (usedBytes() > this.memoryLimitBytes) {
      return `the memory limit of ${Math.round(this.memoryLimitBytes / 2 ** 20)} MB was reached`;
    }
    return undefined;
  }
}

function usedBytes(): number {
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}
