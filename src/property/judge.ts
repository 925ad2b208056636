/** Judges one run by a list of properties: step by step while it runs, and its history at the end. */
import type { Monitor } from '../kernel/simulation.ts';
import type { WorldView } from '../kernel/view.ts';
import type { Stop } from '../kernel/world.ts';
import type { HistoryProperty, Judgement, Property, StateProperty } from './property.ts';

/** The last word on a run: what was violated, or which history property ran out of its budget. */
export interface RunVerdict {
  readonly violation: Stop | undefined;
  readonly unknown: Stop | undefined;
}

/** Made once for many runs; `begin` starts a run, `monitor` judges each step, `finish` the whole. */
export class Judge {
  /** Names of `sometimes` properties that no run has shown so far. */
  readonly unseen: Set<string>;
  readonly monitor: Monitor;
  private readonly always: readonly StateProperty[];
  private readonly sometimes: readonly StateProperty[];
  private readonly eventually: readonly StateProperty[];
  private readonly histories: readonly HistoryProperty[];
  private alwaysGhosts: unknown[] = [];
  private sometimesGhosts: unknown[] = [];

  constructor(properties: readonly Property[]) {
    const ofKind = (kind: StateProperty['kind']) =>
      properties.filter((property): property is StateProperty => property.kind === kind);
    this.always = ofKind('always');
    this.sometimes = ofKind('sometimes');
    this.eventually = ofKind('eventually');
    this.histories = properties.filter(
      (property): property is HistoryProperty => property.kind === 'history',
    );
    this.unseen = new Set(this.sometimes.map((property) => property.name));
    this.monitor = (world) => this.step(world);
  }

  begin(): void {
    this.alwaysGhosts = this.always.map((property) => property.ghost());
    if (this.unseen.size > 0) this.sometimesGhosts = this.sometimes.map((property) => property.ghost());
  }

  private step(world: WorldView): Stop | undefined {
    const { always } = this;
    for (let i = 0; i < always.length; i++) {
      const property = always[i] as StateProperty;
      const judgement = property.judge(world, this.alwaysGhosts[i]);
      if (judgement === false || typeof judgement === 'string') return stop(property, judgement);
    }
    if (this.unseen.size > 0) this.look(world);
    return undefined;
  }

  private look(world: WorldView): void {
    this.sometimes.forEach((property, index) => {
      if (!this.unseen.has(property.name)) return;
      const judgement = property.judge(world, this.sometimesGhosts[index]);
      if (judgement === true || typeof judgement === 'string') this.unseen.delete(property.name);
    });
  }

  /** Judges a run that no step stopped. */
  finish(world: WorldView): RunVerdict {
    for (const property of this.eventually) {
      const judgement = property.judge(world, property.ghost());
      if (judgement === false || typeof judgement === 'string')
        return { violation: stop(property, judgement), unknown: undefined };
    }
    let unknown: Stop | undefined;
    for (const property of this.histories) {
      const verdict = property.judge(world.history);
      if (verdict.valid === false) {
        return {
          violation: { property: property.name, explanation: verdict.explanation },
          unknown: undefined,
        };
      }
      if (verdict.valid === 'unknown') unknown ??= { property: property.name, explanation: verdict.reason };
    }
    return { violation: undefined, unknown };
  }
}

function stop({ name, kind }: StateProperty, judgement: Judgement): Stop {
  const broken = kind === 'eventually' ? 'does not hold at the end of the calm period' : 'does not hold';
  return { property: name, explanation: typeof judgement === 'string' ? judgement : broken };
}
