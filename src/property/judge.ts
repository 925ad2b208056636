/** Judges one run by a list of properties: step by step while it runs, and its history at the end. */
import type { Monitor } from '../kernel/simulation.ts';
import type { WorldView } from '../kernel/view.ts';
import type { Stop } from '../kernel/world.ts';
import type { HistoryProperty, Judgement, LeadsToProperty, Property, StateProperty } from './property.ts';

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
  private readonly leadsTo: readonly LeadsToProperty[];
  private readonly histories: readonly HistoryProperty[];
  private alwaysGhosts: unknown[] = [];
  private sometimesGhosts: unknown[] = [];
  /** By `leadsTo` property: since when the run owes it, ms; -1 when it does not. */
  private owing: number[] = [];

  constructor(properties: readonly Property[]) {
    const ofKind = (kind: StateProperty['kind']) =>
      properties.filter((property): property is StateProperty => property.kind === kind);
    this.always = ofKind('always');
    this.sometimes = ofKind('sometimes');
    this.eventually = ofKind('eventually');
    this.histories = properties.filter(
      (property): property is HistoryProperty => property.kind === 'history',
    );
    this.leadsTo = properties.filter((property): property is LeadsToProperty => property.kind === 'leads-to');
    this.unseen = new Set(this.sometimes.map((property) => property.name));
    this.monitor = (world) => this.step(world);
  }

  begin(): void {
    this.alwaysGhosts = this.always.map((property) => property.ghost());
    this.owing = this.leadsTo.map(() => -1);
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
    if (this.leadsTo.length > 0) this.owe(world);
    return undefined;
  }

  private owe(world: WorldView): void {
    this.leadsTo.forEach(({ from, to }, index) => {
      const owes = (this.owing[index] as number) >= 0;
      if (owes && to(world)) this.owing[index] = -1;
      else if (!owes && !world.calm && from(world) && !to(world)) this.owing[index] = world.time;
    });
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
    const owed = this.owing.findIndex((since) => since >= 0);
    if (owed >= 0) {
      const explanation = `what it leads to has not come true since ${this.owing[owed]} ms, although faults have stopped`;
      return {
        violation: { property: (this.leadsTo[owed] as LeadsToProperty).name, explanation },
        unknown: undefined,
      };
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
