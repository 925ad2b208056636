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
import { type Shrunk, shrink } from './shrink.ts';

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
  /** The index-th other run that could be tried, if it violates the same property. */
  readonly another: (index: number) => Schedule | undefined;
}

interface Limits {
  /** Most candidates that shrinking one schedule runs. */
  readonly limit: number;
  readonly signal: AbortSignal | undefined;
}

/** With so many deviations left, other failures are tried, which may lie nearer to a shorter counterexample. */
const tooMany = 2;
/** Other runs that are tried for each deviation above one, and at most. */
const runsForEach = 1500;
const mostRuns = 6000;
const mostRestarts = 3;
/** What a restart may cost, in candidates: it is one of several chances. */
const restartLimit = 1000;

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
    const began = performance.now();
    const shrunk = await this.shortest(found);
    this.keep(found, shrunk, began);
    for (const [other, schedule] of shrunk.others) {
      if (this.limits.signal?.aborted || this.all.some((finding) => finding.property === other)) continue;
      const started = performance.now();
      const further = await shrink(this.executions, schedule, other, this.limits);
      this.keep({ ...found, property: other, original: schedule }, further, started);
    }
  }

  /** Shrinks, and where much is left, shrinks other failures of the same property too. */
  private async shortest({ original, property, another }: Found): Promise<Shrunk> {
    const { executions, limits } = this;
    let best = await shrink(executions, original, property, limits);
    let restarts = 0;
    for (let index = 0; restarts < mostRestarts; index++) {
      const left = best.schedule.deviations.length;
      const most = Math.min(mostRuns, runsForEach * (left - 1));
      if (left < tooMany || index >= most || limits.signal?.aborted) break;
      const start = another(index);
      if (!start) continue;
      restarts++;
      const limit = Math.min(limits.limit, restartLimit);
      const next = await shrink(executions, start, property, { ...limits, limit });
      const spent = best.executions + next.executions;
      const others = new Map([...next.others, ...best.others]);
      best = { ...(isSmaller(next.schedule, best.schedule) ? next : best), executions: spent, others };
    }
    if (best.complete || restarts === 0 || limits.signal?.aborted) return best;
    // A restart that its small budget ended has more to give.
    const last = await shrink(executions, best.schedule, property, limits);
    return { ...last, executions: best.executions + last.executions, others: best.others };
  }

  private keep(
    { run, property, original }: Found,
    { schedule, executions, complete }: Shrunk,
    began: number,
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
      run,
      shrink: {
        from: original.deviations.length,
        to: schedule.deviations.length,
        executions,
        elapsedMs: Math.round(performance.now() - began),
        complete,
      },
    };
    const same = this.all.findIndex((other) => other.property === property && other.shape === failure.shape);
    if (same < 0) this.all.push(failure);
    else if (isSmaller(schedule, this.all[same]!.schedule)) this.all[same] = failure;
  }
}
