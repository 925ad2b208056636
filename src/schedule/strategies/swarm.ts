/**
 * Swarm testing (Groce, Zhang, Eide, Chen and Regehr, ISSTA 2012): each run draws which kinds of fault it has at all,
 * and how often, so that runs differ in character instead of all being the same soup. Half of the runs also aim: only
 * some message types, links and nodes suffer. Drawing costs one random number an event unless something goes wrong.
 */
import { allEffects } from '../../kernel/adversary.ts';
import type { CallId } from '../../kernel/protocol.ts';
import type { FaultKind } from '../../kernel/world.ts';
import type { Strategy } from './strategy.ts';
import { certain, messageFaults, Striker, stepFaults } from './striker.ts';

export class Swarm extends Striker {
  private messageChance = 0;
  private messageChoice: FaultKind[] = [];
  private stepChance = 0;
  private stepChoice: FaultKind[] = [];
  private cutChance = 0;
  private clientChance = 0;
  /** Bit sets: which message types and which nodes suffer. */
  private types = -1;
  private victims = -1;
  /** How likely a fault strikes the node that just took a step. */
  private nearness = 0;

  plan(seed: number): void {
    const { random } = this;
    random.reseed(seed);
    const present = (Object.keys(this.faults) as FaultKind[]).filter(() => random.chance(0.4));
    if (present.length === 0) present.push(random.pick(Object.keys(this.faults) as FaultKind[]));
    const has = (fault: FaultKind) => present.includes(fault);
    // A kind listed twice is drawn twice as often: weights differ from run to run too.
    this.messageChoice = messageFaults
      .filter(has)
      .flatMap((fault) => Array(random.between(1, 4)).fill(fault));
    this.stepChoice = stepFaults.filter(has).flatMap((fault) => Array(random.between(1, 4)).fill(fault));
    this.messageChance = this.messageChoice.length > 0 ? this.rate(0.003, 0.5) : 0;
    this.stepChance = this.stepChoice.length > 0 ? this.rate(0.002, 0.1) : 0;
    this.cutChance = has('disk') ? this.rate(0.002, 0.05) : 0;
    this.clientChance = has('client') ? this.rate(0.05, 0.6) : 0;
    this.types = random.chance(0.5) ? random.next() : -1;
    this.victims = random.chance(0.5) ? random.next() : -1;
    this.nearness = random.unit();
  }

  /** A probability between the bounds, log-uniform, scaled to the range of `next`. */
  private rate(low: number, high: number): number {
    return low * (high / low) ** this.random.unit() * certain;
  }

  sending(type: number, from: number, to: number, nth: number): number {
    if (this.messageChance === 0 || this.random.next() >= this.messageChance) return 0;
    if (((this.types >>> (type & 31)) & 1) === 0) return 0;
    if ((((this.victims >>> (from & 31)) | (this.victims >>> (to & 31))) & 1) === 0) return 0;
    return this.spoil(this.random.pick(this.messageChoice), this.ref(type, from, to, nth));
  }

  override stepping(type: number, from: number, to: number, nth: number, copy: number): number {
    if (this.cutChance === 0 || this.random.next() >= this.cutChance) return allEffects;
    return this.cutShort(this.ref(type, from, to, nth, copy), this.random.below(4));
  }

  stepped(type: number, from: number, to: number, nth: number, copy: number): void {
    if (this.stepChance === 0 || this.random.next() >= this.stepChance) return;
    const { random } = this;
    const nodes = this.simulation.nodes.length;
    const at = this.ref(type, from, to, nth, copy);
    let victim = to < nodes && random.chance(this.nearness) ? to : random.below(nodes);
    if (((this.victims >>> (victim & 31)) & 1) === 0) victim = random.below(nodes);
    this.afflict(random.pick(this.stepChoice), at, victim);
  }

  override invoking(_client: number, call: CallId): void {
    if (this.clientChance !== 0 && this.random.next() < this.clientChance) this.annoy(call);
  }
}

export const swarm: Strategy = { name: 'swarm', make: (faults) => new Swarm(faults) };
