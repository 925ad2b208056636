/** A strategy of its own for the order of messages, and a swarm's for all other faults. */
import { allEffects, type Stage } from '../../kernel/adversary.ts';
import type { CallId } from '../../kernel/protocol.ts';
import type { Deviation } from '../schedule.ts';
import type { Faults } from './strategy.ts';
import { Striker } from './striker.ts';
import { Swarm } from './swarm.ts';

export abstract class BesideSwarm extends Striker {
  private readonly others: Swarm;
  private readonly cuts: boolean;
  /** Whether this run has other faults at all; `plan` says so, or whoever called it. */
  mixed = true;

  constructor(faults: Faults) {
    super(faults);
    this.others = new Swarm(faults);
    this.cuts = faults.disk !== undefined;
  }

  plan(seed: number): void {
    this.random.reseed(seed);
    this.others.plan(this.random.next());
  }

  override begin(simulation: Stage, deviations?: Deviation[]): void {
    super.begin(simulation, deviations);
    this.others.begin(simulation, this.deviations);
  }

  sending(type: number, from: number, to: number, nth: number): number {
    if (!this.mixed) return 0;
    this.others.copyAfter = 0;
    const extra = this.others.sending(type, from, to, nth);
    this.copyAfter = this.others.copyAfter;
    return extra;
  }

  override stepping(type: number, from: number, to: number, nth: number, copy: number): number {
    return this.cuts && this.mixed ? this.others.stepping(type, from, to, nth, copy) : allEffects;
  }

  stepped(type: number, from: number, to: number, nth: number, copy: number): void {
    if (this.mixed) this.others.stepped(type, from, to, nth, copy);
  }

  override invoking(client: number, call: CallId): void {
    if (this.mixed) this.others.invoking(client, call);
  }
}
