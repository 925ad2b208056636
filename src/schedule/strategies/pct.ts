/**
 * Probabilistic concurrency testing (Burckhardt, Kothari, Musuvathi and Nagarakatte, ASPLOS 2010), for messages: every
 * link gets a random priority, and a link of low priority is slower. At d - 1 random points of the run one link falls
 * to the bottom: its messages are held back. Bugs that need d ordering constraints are found with a probability that
 * does not shrink with the number of messages. Other faults come with a small fixed chance. Priorities cost one
 * deviation a link, not one a message.
 */
import { allEffects, type Stage } from '../../kernel/adversary.ts';
import type { CallId } from '../../kernel/protocol.ts';
import { type Faults, Strategist, type Strategy } from './strategy.ts';
import { Swarm } from './swarm.ts';

/** About how many steps of a run the change points are spread over. */
const horizon = 300;

export class PriorityBased extends Strategist {
  /** Faults other than order: crashes, partitions, losses. */
  private readonly others: Swarm;
  private changePoints: number[] = [];
  private steps = 0;
  private started = false;

  constructor(faults: Faults) {
    super(faults);
    this.others = new Swarm(faults);
  }

  plan(seed: number): void {
    this.random.reseed(seed);
    this.others.plan(this.random.next());
    const depth = this.random.between(1, 5);
    this.changePoints = Array.from({ length: depth }, () => this.random.below(horizon)).sort((a, b) => a - b);
    this.steps = 0;
    this.started = false;
  }

  override begin(simulation: Stage): void {
    super.begin(simulation);
    this.others.begin(simulation);
    this.others.deviations = this.deviations;
  }

  sending(type: number, from: number, to: number, nth: number): number {
    const extra = this.others.sending(type, from, to, nth);
    this.copyAfter = this.others.copyAfter;
    this.others.copyAfter = 0;
    return extra;
  }

  override stepping(type: number, from: number, to: number, nth: number, copy: number): number {
    return this.faults.disk ? this.others.stepping(type, from, to, nth, copy) : allEffects;
  }

  stepped(type: number, from: number, to: number, nth: number, copy: number): void {
    if (this.faults.reorder) this.reprioritise(type, from, to, nth, copy);
    this.others.stepped(type, from, to, nth, copy);
  }

  private reprioritise(type: number, from: number, to: number, nth: number, copy: number): void {
    const { random, simulation } = this;
    const nodes = simulation.nodes.length;
    const most = this.bound('reorder', 'most', 1000);
    if (!this.started) {
      this.started = true;
      const at = this.ref(type, from, to, nth, copy);
      for (let node = 0; node < nodes; node++) {
        if (!random.chance(0.5)) continue;
        this.inflict({
          kind: 'hold',
          at,
          from: this.nodeName(node),
          to: this.nodeName((node + 1) % nodes),
          for: this.magnitude(most),
        });
      }
    }
    while (this.steps === this.changePoints[0]) {
      this.changePoints.shift();
      const source = random.below(nodes);
      const target = random.below(nodes);
      if (source === target) continue;
      const at = this.ref(type, from, to, nth, copy);
      this.inflict({ kind: 'hold', at, from: this.nodeName(source), to: this.nodeName(target), for: most });
    }
    this.steps++;
  }

  override invoking(client: number, call: CallId): void {
    this.others.invoking(client, call);
  }
}

export const pct: Strategy = { name: 'pct', make: (faults) => new PriorityBased(faults) };
