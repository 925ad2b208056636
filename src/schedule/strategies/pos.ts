/**
 * Partial order sampling (Yuan, Yang and Gu, CAV 2018), in its basic form: every message draws a priority when it is
 * sent and keeps it, and of those under way to a node the one of the highest priority arrives first. A random walk
 * over single steps would favour long queues; this samples the order of each pair evenly. Here a priority is a time
 * of arrival within a window that is drawn for the run, so that timers keep their meaning. Not done: drawing anew the
 * priorities of messages in a race with one that has just arrived, since they are under way already.
 */
import { BesideSwarm } from './beside-swarm.ts';
import type { Strategy } from './strategy.ts';

/** Wide enough to overtake by several hops, and mostly too narrow to look like a crash. */
const widest = 120;

export class PartialOrderSampling extends BesideSwarm {
  private window = 0;
  /** Bit set: which types of message draw. The others are prompt, which keeps schedules small. */
  private types = -1;

  override plan(seed: number): void {
    super.plan(seed);
    const { random } = this;
    this.window = this.faults.reorder
      ? 2 + this.magnitude(Math.min(widest, this.bound('reorder', 'most', 1000)))
      : 0;
    this.types = random.chance(0.5) ? random.next() : -1;
    this.mixed = random.chance(0.7);
  }

  override sending(type: number, from: number, to: number, nth: number): number {
    const extra = super.sending(type, from, to, nth);
    if (extra !== 0 || this.copyAfter !== 0 || this.window === 0) return extra;
    if (((this.types >>> (type & 31)) & 1) === 0) return 0;
    // Two of three messages draw, so that a run has fixed points.
    const by = this.random.below((this.window * 3) >> 1) - (this.window >> 1);
    return by > 0
      ? this.late(this.ref(type, from, to, nth), Math.min(by, this.bound('reorder', 'most', 1000)))
      : 0;
  }
}

export const pos: Strategy = { name: 'pos', make: (faults) => new PartialOrderSampling(faults) };
