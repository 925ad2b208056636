/**
 * How faults are inflicted, whoever decides when: each kind with a magnitude within the bounds of the model's nemesis,
 * small ones as likely as large ones of the same order, and written down as the deviation that does it again.
 */
import { lost } from '../../kernel/adversary.ts';
import type { CallId } from '../../kernel/protocol.ts';
import type { EventRef } from '../../kernel/trace.ts';
import type { FaultKind } from '../../kernel/world.ts';
import { mostClientsDrawn } from '../workload.ts';
import { Strategist } from './strategy.ts';

export const messageFaults = ['reorder', 'drop', 'duplicate'] as const;
export const stepFaults = ['partition', 'crash', 'pause', 'slow', 'clock', 'reorder'] as const;

/** One more than the largest number that `next` draws: probabilities are scaled to it. */
export const certain = 0x1_0000_0000;

export abstract class Striker extends Strategist {
  /** What becomes of a message that suffers this kind of fault; the answer for `sending`. */
  protected spoil(fault: FaultKind, message: EventRef): number {
    switch (fault) {
      case 'drop':
        this.deviations.push({ kind: 'drop', message });
        return lost;
      case 'duplicate': {
        const after = this.magnitude(this.bound('duplicate', 'most', 1000));
        this.deviations.push({ kind: 'duplicate', message, after });
        this.copyAfter = after;
        return 0;
      }
      default:
        return this.late(message, this.magnitude(this.bound('reorder', 'most', 1000)));
    }
  }

  protected late(message: EventRef, by: number): number {
    this.deviations.push({ kind: 'delay', message, by });
    return by;
  }

  /** Crashes the node in the middle of the step about to run, after `keep` effects; the answer for `stepping`. */
  protected cutShort(at: EventRef, keep: number): number {
    const span = this.magnitude(this.bound('disk', 'most', 500));
    const torn = this.random.chance(0.5);
    const cut = { kind: 'disk', at, keep, for: span } as const;
    this.deviations.push(torn ? { ...cut, torn } : cut);
    this.simulation.downFor = span;
    if (torn) this.simulation.tearLastWrite();
    return keep;
  }

  /** A fault of this kind strikes a node just after the event. */
  protected afflict(fault: FaultKind, at: EventRef, victim: number): void {
    const { random } = this;
    const node = this.nodeName(victim);
    switch (fault) {
      case 'crash':
        return this.inflict({
          kind: 'crash',
          at,
          nodes: this.crowd(victim),
          for: this.magnitude(this.bound('crash', 'most', 500)),
        });
      case 'pause':
        return this.inflict({
          kind: 'pause',
          at,
          node,
          for: this.magnitude(this.bound('pause', 'most', 1000)),
        });
      case 'slow': {
        const by = this.magnitude(this.bound('slow', 'late', 200));
        return this.inflict({
          kind: 'slow',
          at,
          node,
          by,
          for: this.magnitude(this.bound('slow', 'most', 1000)),
        });
      }
      case 'clock':
        return this.disturbClock(at, node);
      case 'reorder': {
        const other = this.nodeName(random.below(this.simulation.nodes.length + mostClientsDrawn));
        const [source, target] = random.chance(0.5) ? [node, other] : [other, node];
        if (source === target) return;
        return this.inflict({
          kind: 'hold',
          at,
          from: source,
          to: target,
          for: this.magnitude(this.bound('reorder', 'most', 1000)),
        });
      }
      default:
        return this.split(at, victim);
    }
  }

  /** One node, or sometimes several, or all. */
  private crowd(victim: number): string[] {
    const all = this.simulation.nodes.map((node) => node.id);
    const choice = this.random.below(8);
    if (choice === 0) return all;
    if (choice === 1) return all.filter((_, index) => index === victim || this.random.chance(0.5));
    return [this.nodeName(victim)];
  }

  private disturbClock(at: EventRef, node: string): void {
    const { random } = this;
    const jump = this.bound('clock', 'jump', 0);
    const drift = this.bound('clock', 'drift', 0);
    if (drift > 0 && (jump === 0 || random.chance(0.5))) {
      // Three decimals, so that a saved rate is a short number.
      const rate =
        Math.round(1000 * (1 + drift * (random.chance(0.5) ? 1 : -1) * Math.max(random.unit(), 0.1))) / 1000;
      return this.inflict({ kind: 'drift', at, node, rate });
    }
    if (jump > 0) {
      const by = this.magnitude(jump) * (random.chance(0.5) ? 1 : -1);
      this.inflict({ kind: 'jump', at, node, by });
    }
  }

  /** One node alone, halves, one direction only, or two sides that share a bridge. */
  private split(at: EventRef, victim: number): void {
    const { random } = this;
    const all = this.simulation.nodes.map((node) => node.id);
    if (all.length < 2) return;
    const span = this.magnitude(this.bound('partition', 'most', 1000));
    const alone = [this.nodeName(victim)];
    const others = all.filter((_, index) => index !== victim);
    const shape = random.below(4);
    if (shape === 0) {
      const [from, to] = random.chance(0.5) ? [alone, others] : [others, alone];
      return this.inflict({ kind: 'one-way', at, from, to, for: span });
    }
    if (shape === 1 && all.length > 2) {
      const half = others.filter(() => random.chance(0.5));
      const rest = others.filter((node) => !half.includes(node));
      if (half.length > 0 && rest.length > 0) {
        const groups = random.chance(0.5)
          ? [[...half, ...alone], rest]
          : [
              [...half, ...alone],
              [...alone, ...rest],
            ];
        return this.inflict({ kind: 'partition', at, groups, for: span });
      }
    }
    this.inflict({ kind: 'partition', at, groups: [alone, others], for: span });
  }

  /** The client of the call gives up, asks another node too, or dies. */
  protected annoy(call: CallId): void {
    const { random } = this;
    const after = this.magnitude(200);
    const choice = random.below(4);
    if (choice === 0) return this.disturb({ kind: 'die', call, after });
    if (choice === 1 || !this.simulation.clientsRetry) return this.disturb({ kind: 'give-up', call, after });
    const node = this.nodeName(random.below(this.simulation.nodes.length));
    this.disturb({ kind: 'retry', call, node, after });
  }
}
