/**
 * A strategy decides, while a run is simulated, what goes wrong next, and leaves behind the deviations that make the
 * same run again. What all strategies share is here: inflicting a fault and writing it down are one act.
 */

import { Random } from '../../base/random.ts';
import { type Adversary, allEffects, type Stage } from '../../kernel/adversary.ts';
import type { CallId } from '../../kernel/protocol.ts';
import type { EventRef } from '../../kernel/trace.ts';
import type { Workload } from '../../kernel/workload.ts';
import type { FaultKind } from '../../kernel/world.ts';
import type { Nemesis } from '../nemeses.ts';
import { disturbClient, strike } from '../replay.ts';
import type { Deviation } from '../schedule.ts';

/** The faults a strategy may use, with their bounds. */
export type Faults = Readonly<Partial<Record<FaultKind, Nemesis['bounds']>>>;

export const faultsOf = (nemeses: readonly Nemesis[]): Faults =>
  Object.fromEntries(nemeses.map(({ fault, bounds }) => [fault, bounds]));

/** What clients do, and how long the chaos lasts. */
export interface Scene {
  readonly workload: Workload;
  /** Milliseconds. */
  readonly duration: number;
}

export abstract class Strategist implements Adversary {
  copyAfter = 0;
  deviations: Deviation[] = [];
  protected readonly random = new Random(0);
  protected readonly faults: Faults;
  protected simulation!: Stage;

  constructor(faults: Faults) {
    this.faults = faults;
  }

  /** Drawn for the next run; `plan` may put another in its place. */
  scene: Scene = { workload: [], duration: 0 };
  /** Whether `learn` should hear of more of its runs than of others'. */
  readonly curious: boolean = false;

  /** Draws the plan of the next run. */
  abstract plan(seed: number): void;
  abstract sending(type: number, from: number, to: number, nth: number): number;
  abstract stepped(type: number, from: number, to: number, nth: number, copy: number): void;

  /** One strategist that acts beside another writes into the same list. */
  begin(simulation: Stage, deviations: Deviation[] = []): void {
    this.simulation = simulation;
    this.deviations = deviations;
  }

  /** Who makes the next run. */
  elect(): Strategist {
    return this;
  }

  /** How much a run by `actor` reached that no run before had; its deviations are still in `written`. */
  learn(_actor: Strategist, _novelty: number): void {}

  /** What the last run did, as deviations that do it again. */
  get written(): Deviation[] {
    return this.deviations;
  }

  stepping(_type: number, _from: number, _to: number, _nth: number, _copy: number): number {
    return allEffects;
  }

  invoking(_client: number, _call: CallId): void {}

  protected ref(type: number, from: number, to: number, nth: number, copy = 0): EventRef {
    const { vocabulary, participants } = this.simulation;
    const ref = {
      event: vocabulary.names[type] as string,
      from: participants[from] as string,
      to: participants[to] as string,
      nth,
    };
    return copy === 1 ? { ...ref, copy: true } : ref;
  }

  protected nodeName(index: number): string {
    return this.simulation.participants[index] as string;
  }

  /** A fault that strikes now, written down if it found something to strike. */
  protected inflict(deviation: Deviation): void {
    if (strike(this.simulation, deviation)) this.deviations.push(deviation);
  }

  protected disturb(deviation: Deviation): void {
    if (disturbClient(this.simulation, deviation)) this.deviations.push(deviation);
  }

  /** From 1 to `most`, small ones as likely as large ones of the same order of magnitude. */
  protected magnitude(most: number): number {
    return Math.max(1, Math.floor(most ** this.random.unit()));
  }

  protected bound(fault: FaultKind, name: string, otherwise: number): number {
    return this.faults[fault]?.[name] ?? otherwise;
  }
}

/** Makes a strategist for the faults of a model. Strategists are made once and plan many runs. */
export interface Strategy {
  readonly name: string;
  readonly make: (faults: Faults) => Strategist;
  /** What it does next depends on what earlier runs of the same source reached. */
  readonly learns?: true;
}
