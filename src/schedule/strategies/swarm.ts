/**
 * Swarm testing (Groce, Zhang, Eide, Chen and Regehr, ISSTA 2012): each run draws which kinds of fault it has at all,
 * and how often, so that runs differ in character instead of all being the same soup. Half of the runs also aim: only
 * some message types, links and nodes suffer. Drawing costs one random number an event unless something goes wrong.
 */
import { allEffects, lost } from '../../kernel/adversary.ts';
import type { CallId } from '../../kernel/protocol.ts';
import type { FaultKind } from '../../kernel/world.ts';
import { mostClientsDrawn } from '../workload.ts';
import { type Faults, Strategist, type Strategy } from './strategy.ts';

const messageFaults = ['reorder', 'drop', 'duplicate'] as const;
const stepFaults = ['partition', 'crash', 'pause', 'slow', 'clock', 'reorder'] as const;

const certain = 0x1_0000_0000;

export class Swarm extends Strategist {
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

  constructor(faults: Faults) {
    super(faults);
  }

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
    const message = this.ref(type, from, to, nth);
    switch (this.random.pick(this.messageChoice)) {
      case 'drop':
        this.deviations.push({ kind: 'drop', message });
        return lost;
      case 'duplicate': {
        const after = this.magnitude(this.bound('duplicate', 'most', 1000));
        this.deviations.push({ kind: 'duplicate', message, after });
        this.copyAfter = after;
        return 0;
      }
      default: {
        const by = this.magnitude(this.bound('reorder', 'most', 1000));
        this.deviations.push({ kind: 'delay', message, by });
        return by;
      }
    }
  }

  override stepping(type: number, from: number, to: number, nth: number, copy: number): number {
    if (this.cutChance === 0 || this.random.next() >= this.cutChance) return allEffects;
    const keep = this.random.below(4);
    const span = this.magnitude(this.bound('disk', 'most', 500));
    const torn = this.random.chance(0.5);
    const cut = { kind: 'disk', at: this.ref(type, from, to, nth, copy), keep, for: span } as const;
    this.deviations.push(torn ? { ...cut, torn } : cut);
    this.simulation.downFor = span;
    if (torn) this.simulation.tearLastWrite();
    return keep;
  }

  stepped(type: number, from: number, to: number, nth: number, copy: number): void {
    if (this.stepChance === 0 || this.random.next() >= this.stepChance) return;
    const { random } = this;
    const nodes = this.simulation.nodes.length;
    const at = this.ref(type, from, to, nth, copy);
    let victim = to < nodes && random.chance(this.nearness) ? to : random.below(nodes);
    if (((this.victims >>> (victim & 31)) & 1) === 0) victim = random.below(nodes);
    const node = this.nodeName(victim);
    switch (random.pick(this.stepChoice)) {
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
        const other = this.nodeName(random.below(nodes + mostClientsDrawn));
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

  private disturbClock(at: ReturnType<Strategist['ref']>, node: string): void {
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
  private split(at: ReturnType<Strategist['ref']>, victim: number): void {
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

  override invoking(_client: number, call: CallId): void {
    if (this.clientChance === 0 || this.random.next() >= this.clientChance) return;
    const { random } = this;
    const after = this.magnitude(200);
    const choice = random.below(4);
    if (choice === 0) return this.disturb({ kind: 'die', call, after });
    if (choice === 1 || !this.simulation.clientsRetry) return this.disturb({ kind: 'give-up', call, after });
    const node = this.nodeName(random.below(this.simulation.nodes.length));
    this.disturb({ kind: 'retry', call, node, after });
  }
}

export const swarm: Strategy = { name: 'swarm', make: (faults) => new Swarm(faults) };
