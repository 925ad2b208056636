/**
 * The findings of a campaign: each failure is shrunk, confirmed on immer drafts, and told apart from the others by its
 * property and the causal shape of its trace, so that a thousand failures of one bug are one finding, kept at its smallest.
 */
import { invariant } from '../base/errors.ts';
import { shapeOf } from '../report/shape.ts';
import { isSmaller } from '../schedule/reduce/size.ts';
import type { Schedule } from '../schedule/schedule.ts';
import { requireAgreement } from './agreement.ts';
import type { Executions } from './execute.ts';
import type { Model } from './model.ts';
import { type ShrinkOptions, type Shrunk, shrink } from './shrink.ts';

export interface Failure {
  readonly property: string;
  /** The facts that contradict each other, in a sentence. */
  readonly explanation: string;
  /** The shrunk schedule. */
  readonly schedule: Schedule;
  /** The causal shape of what it does: see `shapeOf`. */
  readonly shape: string;
  readonly original: Schedule;
  /** The run of the campaign that failed, counted from 0. */
  readonly run: number;
  /** How many runs of the campaign came to this finding; 0 where it was violated only while another was shrunk. */
  readonly runs: number;
  /** Sizes in deviations, and how many candidates were run. */
  readonly shrink: {
    readonly from: number;
    readonly to: number;
    readonly executions: number;
    readonly elapsedMs: number;
    readonly complete: boolean;
  };
}

/** A failing run of a campaign, and where to find more like it. */
export interface Found {
  readonly run: number;
  readonly property: string;
  readonly original: Schedule;
  /** The index-th other run that could be tried, if it violates this property. */
  readonly another: (index: number, property: string) => Schedule | undefined;
}

interface Limits {
  /** Most candidates that shrinking one finding runs, by its property. */
  readonly limitOf: (property: string) => number;
  readonly signal: AbortSignal | undefined;
}

/**
 * Where more than one deviation is left, other failures are shrunk too, since they may lie nearer to a shorter
 * counterexample. So many runs are tried to find them, and so many of them are shrunk, for each deviation above one, and at most.
 */
const fewRuns = 750;
const manyRuns = 1500;
const restartsForEach = 2;
const mostRestarts = 6;
/** What a restart may cost, in candidates: it is one of several chances. */
const restartLimit = 1000;
/** With so many deviations above one, more runs are tried, and what has one more left is searched for fewer too. */
const tooMany = 2;
/** Where more are left than these, so many others are shrunk before any is searched. */
const manyLeft = 4;
const mostStarts = 3;

export class Findings {
  /** In the order in which they were found. */
  readonly all: Failure[] = [];
  private readonly model: Model;
  private readonly executions: Executions;
  private readonly limits: Limits;

  constructor(model: Model, executions: Executions, limits: Limits) {
    this.model = model;
    this.executions = executions;
    this.limits = limits;
  }

  /** Shrinks a failing run, and what else it violated on the way. */
  async add(found: Found): Promise<void> {
    const { run, property, original } = found;
    invariant(
      this.executions.run(original).violation?.property === property,
      `the schedule of run ${run} of ${this.model.name} does not reproduce '${property}'`,
    );
    if (await this.isKnown(found)) return;
    const began = performance.now();
    const shrunk = await this.shortest(found);
    this.keep(found, shrunk, began);
    for (const [other, schedule] of shrunk.others) {
      if (this.limits.signal?.aborted || this.all.some((finding) => finding.property === other)) continue;
      const started = performance.now();
      const further = { ...found, property: other, original: schedule };
      this.keep(further, await this.shortest(further), started, 0);
    }
  }

  /** Counts a failing run that, shrunk briefly, has the shape of a finding and is no shorter than it. */
  private async isKnown({ property, original }: Found): Promise<boolean> {
    if (this.all.every((finding) => finding.property !== property)) return false;
    const { limitOf, signal } = this.limits;
    const limit = Math.min(restartLimit, limitOf(property));
    const { schedule } = await shrink(this.executions, original, property, { limit, signal, brief: true });
    const shape = shapeOf(this.executions.trace(schedule).trace);
    const same = this.all.findIndex((finding) => finding.property === property && finding.shape === shape);
    const known = this.all[same];
    if (!known || schedule.deviations.length < known.schedule.deviations.length) return false;
    this.all[same] = { ...known, runs: known.runs + 1 };
    return true;
  }

  /** Shrinks it and, where more than one deviation is left, other failures of the same property; the smallest of all. */
  private async shortest({ original, property, another }: Found): Promise<Shrunk> {
    const { limitOf, signal } = this.limits;
    const limit = limitOf(property);
    const refused = new Set<string>();
    const others = new Map<string, Schedule>();
    let executions = 0;
    const shrunk = async (start: Schedule, { limit: most = limit, ...how }: ShrinkOptions) => {
      const bounds = { ...how, refused, signal, limit: Math.min(most, limit - executions) };
      const next = await shrink(this.executions, start, property, bounds);
      executions += next.executions;
      for (const [name, schedule] of next.others) if (!others.has(name)) others.set(name, schedule);
      return next;
    };
    let tried = 0;
    const nextStart = (runs: number): Schedule | undefined => {
      while (tried < runs && executions < limit && !signal?.aborted) {
        executions++;
        const start = another(tried++, property);
        if (start) return start;
      }
      return undefined;
    };
    const brief = (start: Schedule) => shrunk(start, { limit: restartLimit, brief: true });
    const smaller = (one: Shrunk, other: Shrunk) => (isSmaller(other.schedule, one.schedule) ? other : one);

    let best = await brief(original);
    for (let starts = 0; starts < mostStarts && best.schedule.deviations.length > manyLeft; starts++) {
      const start = nextStart(fewRuns);
      if (!start) break;
      best = smaller(best, await brief(start));
    }
    best = await shrunk(best.schedule, {});
    for (let restarts = 0; ; restarts++) {
      const above = best.schedule.deviations.length - 1;
      const few = above < tooMany;
      if (restarts >= Math.min(mostRestarts, restartsForEach * above)) break;
      const start = nextStart((few ? fewRuns : manyRuns) * above);
      if (!start) break;
      const next = await brief(start);
      const hopeful = next.schedule.deviations.length <= (few ? above : above + 1);
      best = smaller(best, hopeful ? await shrunk(next.schedule, {}) : next);
    }
    return { ...best, executions, others };
  }

  private keep(
    { run, property, original }: Found,
    { schedule, executions, complete }: Shrunk,
    began: number,
    runs = 1,
  ) {
    requireAgreement(this.model.name, this.executions, schedule);
    const { trace, execution } = this.executions.trace(schedule);
    const { violation } = execution;
    invariant(
      violation?.property === property,
      `the shrunk schedule of ${this.model.name} does not fail on immer drafts`,
    );
    const failure: Failure = {
      property,
      explanation: violation.explanation,
      schedule,
      shape: shapeOf(trace),
      original,
      ...{ run, runs },
      shrink: {
        from: original.deviations.length,
        to: schedule.deviations.length,
        executions,
        elapsedMs: Math.round(performance.now() - began),
        complete,
      },
    };
    const same = this.all.findIndex((other) => other.property === property && other.shape === failure.shape);
    const known = this.all[same];
    if (!known) this.all.push(failure);
    else
      this.all[same] = {
        ...(isSmaller(schedule, known.schedule) ? failure : known),
        runs: known.runs + runs,
      };
  }
}
