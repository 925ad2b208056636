/**
 * Shrinks a failing schedule to a 1-minimal one that violates the same property. Deterministic and bounded. A candidate
 * that violates another property is not slid to, but kept as the beginning of another finding.
 */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { canonicalJson } from '../base/json.ts';
import type { Accepted, Candidate } from '../schedule/reduce/candidate.ts';
import { spansOf } from '../schedule/reduce/timing.ts';
import { reductions } from '../schedule/reduce.ts';
import { RetimingAdversary } from '../schedule/retime.ts';
import type { Schedule } from '../schedule/schedule.ts';
import type { Executions } from './execute.ts';

export interface Shrunk {
  readonly schedule: Schedule;
  /** How many candidates were run. */
  readonly executions: number;
  /** False when the bound on executions ended it before it was 1-minimal. */
  readonly complete: boolean;
  /** By property: the first candidate that violated another one. */
  readonly others: ReadonlyMap<string, Schedule>;
}

export interface ShrinkOptions {
  /** Most candidates to run; default 5000. */
  readonly limit?: number;
  /** Ends shrinking with the best so far. */
  readonly signal?: AbortSignal | undefined;
}

/** How often signals get through, in candidates. */
const breathEvery = 50;

export async function shrink(
  executions: Executions,
  start: Schedule,
  property: string,
  { limit = 5000, signal }: ShrinkOptions = {},
): Promise<Shrunk> {
  const trial = new Trial(executions, property);
  let best = start;
  const candidates = reductions(start, executions.reduceOptions);
  for (let next = candidates.next(); !next.done; ) {
    const { count: executed, others } = trial;
    if (executed % breathEvery === breathEvery - 1) await nextTurn();
    if (executed >= limit || signal?.aborted) {
      return { schedule: best, executions: executed, complete: false, others };
    }
    const accepted = trial.run(next.value);
    if (accepted) best = accepted.schedule;
    next = candidates.next(accepted);
  }
  return { schedule: best, executions: trial.count, complete: true, others: trial.others };
}

/** Runs candidates, none twice. */
class Trial {
  count = 0;
  readonly others = new Map<string, Schedule>();
  private readonly executions: Executions;
  private readonly property: string;
  private readonly seen = new Set<string>();

  constructor(executions: Executions, property: string) {
    this.executions = executions;
    this.property = property;
  }

  run(candidate: Candidate): Accepted | undefined {
    const text = canonicalJson(candidate);
    if (this.seen.has(text)) return undefined;
    this.seen.add(text);
    if (!candidate.moments) return this.judge(candidate.schedule);
    const retiming = new RetimingAdversary(candidate.schedule, candidate.moments);
    this.count++;
    const { violation } = this.executions.runWith(candidate.schedule, retiming);
    if (violation?.property !== this.property) return undefined;
    return this.judge(retiming.result());
  }

  private judge(schedule: Schedule): Accepted | undefined {
    this.count++;
    const { violation, applied, moments, simulation } = this.executions.run(schedule);
    if (!violation) return undefined;
    if (violation.property !== this.property) {
      if (!this.others.has(violation.property)) this.others.set(violation.property, schedule);
      return undefined;
    }
    // A deviation that found no target and an operation that nobody came to did nothing: without them it is this very run.
    const spans = spansOf(simulation.history, schedule.clients.length);
    const trimmed: Schedule = {
      ...schedule,
      clients: schedule.clients.map((operations, client) => operations.slice(0, spans[client]?.length ?? 0)),
      deviations: schedule.deviations.filter((_, index) => applied[index]),
    };
    let trace: ReturnType<Accepted['trace']> | undefined;
    return {
      schedule: trimmed,
      moments: moments.filter((_, index) => applied[index]),
      spans,
      trace: () => (trace ??= this.executions.trace(trimmed, 'mutable').trace),
    };
  }
}
