/**
 * The clocks of one node. There is one true time, which no node can read. The wall clock (`now`) has an offset that
 * can jump; both clocks run at `rate`, so timers, which are monotonic, can drift but not jump.
 */

/** The wall clock's reading, in milliseconds, when a run begins: clocks that jump back must not become negative. */
export const epoch = 100_000;

export class Clock {
  /** Clock milliseconds per true millisecond. */
  rate = 1;
  /** The wall clock is never further from the true time than this, ms. */
  private readonly bound: number;
  private reading = epoch;
  private since = 0;

  constructor(bound = Number.POSITIVE_INFINITY) {
    this.bound = bound;
  }

  reset(): void {
    this.rate = 1;
    this.reading = epoch;
    this.since = 0;
  }

  /** The wall clock at a true time, whole milliseconds. */
  wall(time: number): number {
    const reading = Math.floor(this.reading + (time - this.since) * this.rate);
    const truth = epoch + time;
    return Math.max(truth - this.bound, Math.min(truth + this.bound, reading));
  }

  /** How long, in whole true milliseconds, a timer of this many milliseconds runs. */
  span(after: number): number {
    return Math.ceil(this.rate === 1 ? after : after / this.rate);
  }

  jump(time: number, by: number): void {
    this.reading = this.wall(time) + by;
    this.since = time;
  }

  setRate(time: number, rate: number): void {
    this.jump(time, 0);
    this.rate = rate;
  }
}
