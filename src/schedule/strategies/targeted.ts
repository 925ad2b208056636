/**
 * Strikes where the run itself shows that something has just been decided, without knowing the protocol. What a step
 * lets an onlooker see are its signs: it noted something for the history, changed a word in its state (a role, a
 * phase), sent to all others, made its disk durable, answered a client, was woken by a timer. Each run draws a few
 * rules: "a step or two after a node shows this sign, do that to it": isolate a leader right after it acted, hold a
 * link, crash between a send and its persist, jump a clock when a timer has just fired. Signs are rare and happen
 * again and again at the turns of a protocol, so the same misfortune strikes each leader in turn, which even
 * chances almost never make happen.
 */
import { allEffects, lost, type Stage } from '../../kernel/adversary.ts';
import type { CallId } from '../../kernel/protocol.ts';
import type { EventRef } from '../../kernel/trace.ts';
import type { FaultKind } from '../../kernel/world.ts';
import type { Deviation } from '../schedule.ts';
import { PriorityBased } from './pct.ts';
import type { Faults, Strategy } from './strategy.ts';
import { certain, Striker } from './striker.ts';

/** What an onlooker can see of a step, a bit each. */
export const sign = { noted: 1, turned: 2, broadcast: 4, persisted: 8, answered: 16, timer: 32 } as const;
/** What is rarer says more, and is drawn more often. */
const drawnSigns = [1, 1, 2, 2, 2, 4, 8, 16, 32];

type Deed =
  | 'isolate'
  | 'mute'
  | 'deafen'
  | 'hold'
  | 'lose'
  | 'delay'
  | 'double'
  | 'crash'
  | 'pause'
  | 'slow'
  | 'clock';

/** A kind listed twice is drawn twice as often. */
const deedsOf: Readonly<Partial<Record<FaultKind, readonly Deed[]>>> = {
  partition: ['isolate', 'isolate', 'isolate', 'mute', 'deafen'],
  reorder: ['hold', 'hold', 'delay'],
  drop: ['lose'],
  duplicate: ['double'],
  crash: ['crash', 'crash'],
  pause: ['pause', 'pause'],
  slow: ['slow'],
  clock: ['clock'],
};

interface Rule {
  readonly sign: number;
  /** An event's name, by index, that is the sign, or -1. */
  readonly type: number;
  readonly deed: Deed;
  readonly chance: number;
  /** Strikes after 0 to so many further steps of the node. */
  readonly lag: number;
  readonly span: number;
  readonly victim: 'itself' | 'sender' | 'another';
}

interface Armed {
  readonly rule: Rule;
  readonly victim: number;
  left: number;
}

export class Targeted extends Striker {
  private readonly deeds: readonly Deed[];
  private readonly noise: PriorityBased;
  private rules: Rule[] = [];
  private budget = 0;
  private armed: Armed[][] = [];
  /** By node: what becomes of its next so many messages. */
  private readonly spoiled = new Int32Array(16);
  private spoiledBy: Deed[] = [];
  // What the running step shows.
  private sent = 0;
  private replied = false;
  private notes = 0;
  private durable: unknown = undefined;
  /** By node: the words in its state, joined. */
  private words: string[] = [];
  private fields: { readonly of: 'disk' | 'memory'; readonly field: string }[] = [];
  /** By type of event: how many sends a step of it made that also persisted. */
  private readonly promises = new Map<number, number>();
  private cutChance = 0;

  constructor(faults: Faults) {
    super(faults);
    this.deeds = (Object.keys(faults) as FaultKind[]).flatMap((fault) => deedsOf[fault] ?? []);
    this.noise = new PriorityBased(faults);
  }

  plan(seed: number): void {
    const { random } = this;
    random.reseed(seed);
    this.noise.scene = this.scene;
    this.noise.plan(random.next());
    // Without a swarm's faults, an order of links is left.
    this.noise.mixed = random.chance(0.85);
    this.budget = random.between(1, 10);
    const rules = this.deeds.length === 0 ? 0 : random.between(1, 3);
    this.rules = Array.from({ length: rules }, () => this.rule());
    this.cutChance = this.faults.disk && random.chance(0.3) ? 0.02 * 20 ** random.unit() * certain : 0;
  }

  private rule(): Rule {
    const { random } = this;
    const byType = random.chance(0.25);
    const whom = random.below(8);
    return {
      sign: byType ? 0 : random.pick(drawnSigns),
      type: byType ? random.below(64) : -1,
      deed: random.pick(this.deeds),
      chance: random.chance(0.5) ? 0.9 : 0.1 * 9 ** random.unit(),
      lag: random.chance(0.4) ? 0 : this.magnitude(12),
      span: Math.floor(20 * 50 ** random.unit()),
      victim: whom < 6 ? 'itself' : whom === 6 ? 'sender' : 'another',
    };
  }

  override begin(stage: Stage, deviations?: Deviation[]): void {
    super.begin(stage, deviations);
    this.noise.begin(stage, this.deviations);
    const { nodes } = stage;
    this.armed = nodes.map(() => []);
    this.spoiled.fill(0);
    this.spoiledBy = [];
    this.notes = 0;
    this.promises.clear();
    this.fields = [];
    this.words = nodes.map(() => '');
    this.sent = 0;
    this.replied = false;
  }

  /** The words of a node's state: strings at its top, by the fields that had one when the run began. */
  private wordsOf(index: number): string {
    const node = this.simulation.nodes[index] as Stage['nodes'][number];
    if (this.fields.length === 0) {
      for (const of of ['disk', 'memory'] as const) {
        const part = node[of];
        if (typeof part !== 'object' || part === null) continue;
        for (const [field, value] of Object.entries(part)) {
          if (typeof value === 'string') this.fields.push({ of, field });
        }
      }
    }
    let words = '';
    for (const { of, field } of this.fields) {
      const word = (node[of] as Record<string, unknown>)[field];
      if (typeof word === 'string') words = words === '' ? word : `${words} ${word}`;
    }
    return words;
  }

  sending(type: number, from: number, to: number, nth: number): number {
    const { nodes } = this.simulation;
    if (from < nodes.length) {
      if (to < nodes.length) this.sent++;
      else this.replied = true;
      if ((this.spoiled[from] as number) > 0 && to < nodes.length) {
        this.spoiled[from]!--;
        const message = this.ref(type, from, to, nth);
        const deed = this.spoiledBy[from];
        if (deed === 'lose') {
          this.deviations.push({ kind: 'drop', message });
          return lost;
        }
        return this.spoil(deed === 'double' ? 'duplicate' : 'reorder', message);
      }
    }
    this.noise.copyAfter = 0;
    const extra = this.noise.sending(type, from, to, nth);
    this.copyAfter = this.noise.copyAfter;
    return extra;
  }

  override stepping(type: number, from: number, to: number, nth: number, copy: number): number {
    this.sent = 0;
    this.replied = false;
    this.durable = this.simulation.nodes[to]?.durable;
    if (this.cutChance > 0) {
      const sends = this.promises.get(type);
      if (sends !== undefined && this.random.next() < this.cutChance) {
        return this.cutShort(this.ref(type, from, to, nth, copy), this.random.below(sends + 1));
      }
    }
    return this.faults.disk ? this.noise.stepping(type, from, to, nth, copy) : allEffects;
  }

  stepped(type: number, from: number, to: number, nth: number, copy: number): void {
    const { simulation } = this;
    if (to < simulation.nodes.length && this.budget > 0 && this.rules.length > 0)
      this.react(type, from, to, nth, copy);
    this.noise.stepped(type, from, to, nth, copy);
  }

  private react(type: number, from: number, to: number, nth: number, copy: number): void {
    const { random } = this;
    const armed = this.armed[to] as Armed[];
    if (armed.length > 0) {
      this.armed[to] = armed.filter((each) => {
        if (each.left-- > 0) return true;
        this.strike(each.rule, each.victim, this.ref(type, from, to, nth, copy));
        return false;
      });
    }
    const seen = this.signsOf(type, to);
    for (const rule of this.rules) {
      if ((rule.sign & seen) === 0 && rule.type % this.simulation.vocabulary.names.length !== type) continue;
      if (!random.chance(rule.chance)) continue;
      const victim = this.victimOf(rule, from, to);
      const left = rule.lag === 0 ? 0 : random.below(rule.lag + 1);
      if (left === 0) this.strike(rule, victim, this.ref(type, from, to, nth, copy));
      else if ((this.armed[to] as Armed[]).length < 4) this.armed[to]?.push({ rule, victim, left: left - 1 });
    }
  }

  private signsOf(type: number, to: number): number {
    const { simulation } = this;
    const { vocabulary, notes, nodes } = simulation;
    let seen = 0;
    if (notes.length > this.notes) {
      this.notes = notes.length;
      seen |= sign.noted;
    }
    const node = nodes[to] as Stage['nodes'][number];
    if (node.up && node.durable !== this.durable) {
      seen |= sign.persisted;
      if (this.sent > 0 || this.replied) this.promises.set(type, this.sent + (this.replied ? 1 : 0));
    }
    if (this.sent > 1 && this.sent >= nodes.length - 1) seen |= sign.broadcast;
    if (this.replied) seen |= sign.answered;
    if (vocabulary.isTimer(type)) seen |= sign.timer;
    const words = this.wordsOf(to);
    if (words !== this.words[to]) {
      if (this.words[to] !== '') seen |= sign.turned;
      this.words[to] = words;
    }
    return seen;
  }

  private victimOf({ victim }: Rule, from: number, to: number): number {
    const nodes = this.simulation.nodes.length;
    if (victim === 'itself' || nodes < 2) return to;
    if (victim === 'sender' && from < nodes) return from;
    return (to + 1 + this.random.below(nodes - 1)) % nodes;
  }

  private within(span: number, fault: FaultKind, name = 'most', otherwise = 1000): number {
    const varied = Math.floor(span * (0.6 + 0.8 * this.random.unit()));
    return Math.max(1, Math.min(varied, this.bound(fault, name, otherwise)));
  }

  private strike(rule: Rule, victim: number, at: EventRef): void {
    if (this.budget <= 0) return;
    this.budget--;
    const { random, simulation } = this;
    const { span, deed } = rule;
    const node = this.nodeName(victim);
    const others = simulation.nodes.filter((_, index) => index !== victim).map(({ id }) => id);
    if (others.length === 0 && ['isolate', 'mute', 'deafen', 'hold'].includes(deed)) return;
    switch (deed) {
      case 'isolate':
        return this.inflict({
          kind: 'partition',
          at,
          groups: [[node], others],
          for: this.within(span, 'partition'),
        });
      case 'mute':
        return this.inflict({
          kind: 'one-way',
          at,
          from: [node],
          to: others,
          for: this.within(span, 'partition'),
        });
      case 'deafen':
        return this.inflict({
          kind: 'one-way',
          at,
          from: others,
          to: [node],
          for: this.within(span, 'partition'),
        });
      case 'hold': {
        const other = random.pick(others);
        const [source, target] = random.chance(0.5) ? [node, other] : [other, node];
        return this.inflict({
          kind: 'hold',
          at,
          from: source,
          to: target,
          for: this.within(span, 'reorder'),
        });
      }
      case 'crash':
        return this.inflict({
          kind: 'crash',
          at,
          nodes: [node],
          for: this.within(span, 'crash', 'most', 500),
        });
      case 'pause':
        return this.inflict({ kind: 'pause', at, node, for: this.within(span, 'pause') });
      case 'slow':
      case 'clock':
        return this.afflict(deed, at, victim);
      default:
        this.spoiled[victim] = random.between(1, 4);
        this.spoiledBy[victim] = deed;
    }
  }

  override invoking(client: number, call: CallId): void {
    if (this.faults.client) this.noise.invoking(client, call);
  }
}

export const targeted: Strategy = { name: 'targeted', make: (faults) => new Targeted(faults) };
