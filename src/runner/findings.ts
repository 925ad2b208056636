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
const runsForEach = 1500;
const mostRuns = 4500;
const restartsForEach = 2;
const mostRestarts = 6;
/** What a restart may cost, in candidates: it is one of several chances. */
const restartLimit = 1000;
/** With so many deviations left, the next best of them is searched for fewer too. */
const tooMany = 3;

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
      const further = { ...found, property: other, original: schedule };
      this.keep(further, await this.shortest(further), started);
    }
  }

  /** Shrinks it and, where much is left, other failures of the same property; then searches the best of them for fewer. */
  private async shortest(found: Found): Promise<Shrunk> {
    const { signal, limitOf } = this.limits;
    const most = limitOf(found.property);
    const starts = await this.starts(found, most);
    let { executions } = starts;
    let best = starts.all[0] as Shrunk;
    for (const start of starts.all) {
      const limit = most - executions;
      if (limit <= 0 || signal?.aborted) break;
      const next = await shrink(this.executions, start.schedule, found.property, { signal, limit });
      executions += next.executions;
      for (const [name, schedule] of next.others)
        if (!starts.others.has(name)) starts.others.set(name, schedule);
      if (start === best || isSmaller(next.schedule, best.schedule)) best = next;
      if (best.schedule.deviations.length < tooMany) break;
    }
    return { ...best, executions, others: starts.others };
  }

  /** The failure and others of the same property, shrunk to where no single change makes them smaller; the smallest first. */
  private async starts({ original, property, another }: Found, total: number) {
    const { signal } = this.limits;
    const all: Shrunk[] = [];
    const others = new Map<string, Schedule>();
    let executions = 0;
    const add = async (start: Schedule, most: number) => {
      const limit = Math.min(most, total - executions);
      const shrunk = await shrink(this.executions, start, property, { signal, limit, brief: true });
      executions += shrunk.executions;
      for (const [name, schedule] of shrunk.others) if (!others.has(name)) others.set(name, schedule);
      all.push(shrunk);
      all.sort((a, b) => (isSmaller(a.schedule, b.schedule) ? -1 : 1));
    };
    await add(original, total);
    for (let index = 0; executions < total && !signal?.aborted; index++) {
      const above = (all[0] as Shrunk).schedule.deviations.length - 1;
      if (index >= Math.min(mostRuns, runsForEach * above)) break;
      if (all.length > Math.min(mostRestarts, restartsForEach * above)) break;
      executions++;
      const start = another(index, property);
      if (start) await add(start, restartLimit);
    }
    return { all, others, executions };
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
