/**
 * Delay-bounded scheduling (Emmi, Qadeer and Rakamarić, POPL 2011): the happy path but for a handful of disturbances,
 * at moments drawn evenly over the run. Few disturbances go a long way where each is at the right place, and there
 * are not many places; what is found is small from the start. The paper delays only; here each may be of any kind.
 */
import { allEffects, type Stage } from '../../kernel/adversary.ts';
import type { CallId } from '../../kernel/protocol.ts';
import type { FaultKind } from '../../kernel/world.ts';
import type { Deviation } from '../schedule.ts';
import type { Strategy } from './strategy.ts';
import { messageFaults, Striker, stepFaults } from './striker.ts';

const most = 6;

interface Disturbance {
  /** True time, ms. */
  readonly at: number;
  readonly fault: FaultKind;
}

export class DelayBounded extends Striker {
  /** Still to come, the next one last. */
  private toCome: Disturbance[] = [];
  /** When the next one is due; never, when there is none. */
  private due = Number.POSITIVE_INFINITY;
  private fault: FaultKind = 'reorder';
  /** Strikes the links and the nodes at work, not just any. */
  private near = true;

  plan(seed: number): void {
    const { random } = this;
    random.reseed(seed);
    const kinds = Object.keys(this.faults) as FaultKind[];
    const budget = random.between(1, most);
    const { duration } = this.scene;
    this.toCome = Array.from({ length: budget }, () => ({
      at: random.below(duration),
      fault: this.faults.reorder && random.chance(0.3) ? 'reorder' : random.pick(kinds),
    }));
    this.toCome.sort((a, b) => b.at - a.at);
    this.near = random.chance(0.7);
  }

  override begin(simulation: Stage, deviations?: Deviation[]): void {
    super.begin(simulation, deviations);
    this.next();
  }

  private next(): void {
    const next = this.toCome.pop();
    this.due = next ? next.at : Number.POSITIVE_INFINITY;
    if (next) this.fault = next.fault;
  }

  sending(type: number, from: number, to: number, nth: number): number {
    if (this.simulation.time < this.due || !(messageFaults as readonly FaultKind[]).includes(this.fault))
      return 0;
    if (this.fault === 'reorder' && this.random.chance(0.3)) return 0;
    const { fault } = this;
    this.next();
    return this.spoil(fault, this.ref(type, from, to, nth));
  }

  override stepping(type: number, from: number, to: number, nth: number, copy: number): number {
    if (this.simulation.time < this.due || this.fault !== 'disk') return allEffects;
    this.next();
    return this.cutShort(this.ref(type, from, to, nth, copy), this.random.below(4));
  }

  stepped(type: number, from: number, to: number, nth: number, copy: number): void {
    if (this.simulation.time < this.due || !(stepFaults as readonly FaultKind[]).includes(this.fault)) return;
    const { fault, random } = this;
    const nodes = this.simulation.nodes.length;
    this.next();
    const victim = to < nodes && this.near ? to : random.below(nodes);
    this.afflict(fault, this.ref(type, from, to, nth, copy), victim);
  }

  override invoking(_client: number, call: CallId): void {
    // Calls are few: one that is made shortly before the moment counts too.
    if (this.fault !== 'client' || this.simulation.time + 200 < this.due) return;
    this.next();
    this.annoy(call);
  }
}

export const delay: Strategy = { name: 'delay', make: (faults) => new DelayBounded(faults) };
