/**
 * The plain baseline: every kind of fault, always, at a fixed small chance. All runs are of one character, which is
 * what swarm testing improves on; it finds what needs many kinds of fault at once.
 */
import { allEffects } from '../../kernel/adversary.ts';
import type { CallId } from '../../kernel/protocol.ts';
import type { FaultKind } from '../../kernel/world.ts';
import type { Strategy } from './strategy.ts';
import { certain, messageFaults, Striker, stepFaults } from './striker.ts';

const chance = { message: 0.03 * certain, step: 0.015 * certain, cut: 0.005 * certain, call: 0.15 * certain };

export class Uniform extends Striker {
  private readonly ofMessages: FaultKind[] = messageFaults.filter((fault) => this.faults[fault]);
  private readonly ofSteps: FaultKind[] = stepFaults.filter((fault) => this.faults[fault]);

  plan(seed: number): void {
    this.random.reseed(seed);
  }

  sending(type: number, from: number, to: number, nth: number): number {
    if (this.ofMessages.length === 0 || this.random.next() >= chance.message) return 0;
    return this.spoil(this.random.pick(this.ofMessages), this.ref(type, from, to, nth));
  }

  override stepping(type: number, from: number, to: number, nth: number, copy: number): number {
    if (!this.faults.disk || this.random.next() >= chance.cut) return allEffects;
    return this.cutShort(this.ref(type, from, to, nth, copy), this.random.below(4));
  }

  stepped(type: number, from: number, to: number, nth: number, copy: number): void {
    if (this.ofSteps.length === 0 || this.random.next() >= chance.step) return;
    const victim = this.random.below(this.simulation.nodes.length);
    this.afflict(this.random.pick(this.ofSteps), this.ref(type, from, to, nth, copy), victim);
  }

  override invoking(_client: number, call: CallId): void {
    if (this.faults.client && this.random.next() < chance.call) this.annoy(call);
  }
}

export const uniform: Strategy = { name: 'uniform', make: (faults) => new Uniform(faults) };
