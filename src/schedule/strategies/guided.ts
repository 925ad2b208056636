/**
 * Coverage-guided fuzzing (as AFL; for protocols as in Mallory, CCS 2023): schedules that reached something new are
 * kept, and new ones are made from them by inserting deviations of others, deleting, splicing, shifting (to another
 * event of the same cause, or another length), and by going on at random from a moment in the middle. A mutant is
 * replayed; deviations whose target does not come are left out, so that what is written down is what happened.
 */
import { allEffects, type Stage } from '../../kernel/adversary.ts';
import type { CallId } from '../../kernel/protocol.ts';
import type { EventRef } from '../../kernel/trace.ts';
import type { FaultKind } from '../../kernel/world.ts';
import { ReplayAdversary } from '../replay.ts';
import type { Deviation } from '../schedule.ts';
import { type Faults, type Scene, Strategist, type Strategy } from './strategy.ts';
import { Swarm } from './swarm.ts';
import { Targeted } from './targeted.ts';

interface Kept {
  readonly scene: Scene;
  readonly deviations: readonly Deviation[];
  /** How often it was the start of another. */
  used: number;
}

const mostKept = 300;
/** A schedule that has been the start of so many others is worn out. */
const mostUses = 60;
const mostDeviations = 60;

export class Guided extends Strategist {
  override readonly curious = true;
  private readonly kept: Kept[] = [];
  private readonly fresh: readonly Strategist[];
  private live: Strategist;
  private replaying = new ReplayAdversary({ nodes: 0, duration: 0, clients: [], deviations: [] });
  private mutant: readonly Deviation[] = [];
  /** The true time, ms, from which deviations are drawn and not only replayed. */
  private liveFrom = 0;

  constructor(faults: Faults) {
    super(faults);
    this.fresh = [new Targeted(faults), new Swarm(faults), new Targeted(faults)];
    this.live = this.fresh[0] as Strategist;
  }

  plan(seed: number): void {
    const { random } = this;
    random.reseed(seed);
    this.live = random.pick(this.fresh);
    this.liveFrom = 0;
    this.mutant = [];
    if (this.kept.length >= 8 && random.chance(0.85)) this.mutate();
    this.live.scene = this.scene;
    this.live.plan(random.next());
    this.replaying = new ReplayAdversary({
      nodes: 0,
      duration: this.scene.duration,
      clients: this.scene.workload,
      deviations: this.mutant,
    });
  }

  private mutate(): void {
    const { random } = this;
    const parent = this.draw();
    parent.used++;
    const drawn = this.scene;
    const workload = random.chance(0.75) ? parent.scene.workload : drawn.workload;
    const duration = Math.max(parent.scene.duration, random.chance(0.3) ? drawn.duration : 0);
    this.scene = { workload, duration };
    let deviations = [...parent.deviations];
    for (let edits = random.below(4); edits > 0; edits--) deviations = this.edited(deviations);
    this.mutant = deviations.slice(0, mostDeviations);
    // Going on at random explores what lies behind the new place; nearer its end than its beginning.
    this.liveFrom = random.chance(0.7)
      ? Math.floor(duration * Math.max(random.unit(), random.unit()))
      : Number.POSITIVE_INFINITY;
  }

  /** Young ones and those less used more often. */
  private draw(): Kept {
    const { kept, random } = this;
    const a = random.below(kept.length);
    const b = random.below(kept.length);
    return kept[Math.max(a, b)] as Kept;
  }

  private edited(deviations: Deviation[]): Deviation[] {
    const { random } = this;
    const other = this.draw().deviations;
    const at = random.below(deviations.length + 1);
    switch (random.below(5)) {
      case 0:
        return other.length === 0
          ? deviations
          : [...deviations.slice(0, at), random.pick(other), ...deviations.slice(at)];
      case 1: {
        const many = random.chance(0.3) ? random.between(1, 4) : 1;
        return [...deviations.slice(0, at), ...deviations.slice(at + many)];
      }
      case 2:
        return [...deviations.slice(0, at), ...other.slice(random.below(other.length + 1))];
      default:
        return deviations.map((deviation, index) => (index === at ? this.shifted(deviation) : deviation));
    }
  }

  private shifted(deviation: Deviation): Deviation {
    const { random } = this;
    if (random.chance(0.5)) return this.rescaled(deviation);
    const moved = (ref: EventRef): EventRef => ({
      ...ref,
      nth: Math.max(1, ref.nth + random.pick([-3, -2, -1, 1, 1, 2, 3])),
    });
    if ('at' in deviation) return { ...deviation, at: moved(deviation.at) };
    return 'message' in deviation ? { ...deviation, message: moved(deviation.message) } : deviation;
  }

  /** Half to twice as long, within the bounds of the fault. */
  private rescaled(deviation: Deviation): Deviation {
    const factor = 4 ** (this.random.unit() - 0.5);
    const scaled = (value: number, fault: FaultKind, name = 'most', otherwise = 500) =>
      Math.max(1, Math.min(Math.floor(value * factor), Math.max(value, this.bound(fault, name, otherwise))));
    switch (deviation.kind) {
      case 'delay':
        return { ...deviation, by: scaled(deviation.by, 'reorder') };
      case 'duplicate':
        return { ...deviation, after: scaled(deviation.after, 'duplicate') };
      case 'hold':
        return { ...deviation, for: scaled(deviation.for, 'reorder') };
      case 'partition':
      case 'one-way':
        return { ...deviation, for: scaled(deviation.for, 'partition') };
      case 'crash':
      case 'disk':
      case 'pause':
      case 'slow':
        return { ...deviation, for: scaled(deviation.for, deviation.kind) };
      default:
        return deviation;
    }
  }

  override begin(simulation: Stage, deviations?: Deviation[]): void {
    super.begin(simulation, deviations);
    this.replaying.begin(simulation);
    this.live.begin(simulation);
  }

  sending(type: number, from: number, to: number, nth: number): number {
    const { replaying, live } = this;
    replaying.copyAfter = 0;
    const extra = replaying.sending(type, from, to, nth);
    this.copyAfter = replaying.copyAfter;
    if (extra !== 0 || this.copyAfter !== 0 || this.simulation.time < this.liveFrom) return extra;
    live.copyAfter = 0;
    const drawn = live.sending(type, from, to, nth);
    this.copyAfter = live.copyAfter;
    return drawn;
  }

  override stepping(type: number, from: number, to: number, nth: number, copy: number): number {
    const limit = this.replaying.stepping(type, from, to, nth, copy);
    if (limit !== allEffects || this.simulation.time < this.liveFrom) return limit;
    return this.live.stepping(type, from, to, nth, copy);
  }

  stepped(type: number, from: number, to: number, nth: number, copy: number): void {
    this.replaying.stepped(type, from, to, nth, copy);
    if (this.simulation.time >= this.liveFrom) this.live.stepped(type, from, to, nth, copy);
  }

  override invoking(client: number, call: CallId): void {
    this.replaying.invoking(client, call);
    if (this.simulation.time >= this.liveFrom) this.live.invoking(client, call);
  }

  /** Replayed ones first: at the same event they strike first. */
  override get written(): Deviation[] {
    const came = this.mutant.filter((_, index) => this.replaying.applied[index]);
    return [...came, ...this.live.deviations];
  }

  override learn(actor: Strategist, novelty: number): void {
    if (novelty === 0) return;
    const { kept } = this;
    kept.push({ scene: actor.scene, deviations: actor.written, used: 0 });
    if (kept.length <= mostKept) return;
    const worn = kept.findIndex(({ used }) => used >= mostUses);
    kept.splice(Math.max(worn, 0), 1);
  }
}

export const guided: Strategy = { name: 'guided', make: (faults) => new Guided(faults), learns: true };
