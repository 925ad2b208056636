/**
 * Probabilistic concurrency testing (Burckhardt, Kothari, Musuvathi and Nagarakatte, ASPLOS 2010), for messages: what
 * its threads are, are links here. All links are put in a random order, and the lower a link, the longer what it
 * carries at the beginning is held back; at d - 1 random moments of the run the link that has just delivered falls
 * below all others. A bug that needs d ordering constraints is found with a chance that falls with the moments there
 * are, to the power of d - 1, and not with the number of messages.
 *
 * Not the paper's: a low link is late, it does not wait for all others to be idle (with timers, they never are), so
 * the paper's bound is not a guarantee here. Other faults come from a swarm. One deviation a link, not one a message.
 */
import { BesideSwarm } from './beside-swarm.ts';
import type { Strategy } from './strategy.ts';

export class PriorityBased extends BesideSwarm {
  /** True times, ms, the next one last. */
  private changePoints: number[] = [];
  private started = false;
  private slowest = 0;

  override plan(seed: number): void {
    super.plan(seed);
    const depth = this.random.between(1, 5);
    const { duration } = this.scene;
    this.changePoints = Array.from({ length: depth - 1 }, () => this.random.below(duration));
    this.changePoints.sort((a, b) => b - a);
    this.slowest = this.magnitude(this.bound('reorder', 'most', 1000));
    this.started = this.faults.reorder === undefined;
    if (this.started) this.changePoints = [];
  }

  override stepped(type: number, from: number, to: number, nth: number, copy: number): void {
    if (!this.started) this.rank(type, from, to, nth, copy);
    const next = this.changePoints[this.changePoints.length - 1];
    if (next !== undefined && next <= this.simulation.time && from !== to) {
      this.changePoints.pop();
      this.holdBack(type, from, to, nth, copy, from, to, this.bound('reorder', 'most', 1000));
    }
    super.stepped(type, from, to, nth, copy);
  }

  /** The order of the links: the highest is prompt, the lowest as late as this run has it. */
  private rank(type: number, from: number, to: number, nth: number, copy: number): void {
    this.started = true;
    const nodes = this.simulation.nodes.length;
    const links: [number, number][] = [];
    for (let a = 0; a < nodes; a++) for (let b = 0; b < nodes; b++) if (a !== b) links.push([a, b]);
    for (let i = links.length - 1; i > 0; i--) {
      const j = this.random.below(i + 1);
      const swapped = links[i] as [number, number];
      links[i] = links[j] as [number, number];
      links[j] = swapped;
    }
    links.forEach(([a, b], index) => {
      const span = Math.floor((this.slowest * index) / links.length);
      if (span > 0) this.holdBack(type, from, to, nth, copy, a, b, span);
    });
  }

  private holdBack(
    type: number,
    from: number,
    to: number,
    nth: number,
    copy: number,
    source: number,
    target: number,
    span: number,
  ): void {
    const { participants } = this.simulation;
    this.inflict({
      kind: 'hold',
      at: this.ref(type, from, to, nth, copy),
      from: participants[source] as string,
      to: participants[target] as string,
      for: span,
    });
  }
}

export const pct: Strategy = { name: 'pct', make: (faults) => new PriorityBased(faults) };
