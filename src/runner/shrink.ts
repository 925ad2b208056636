/**
 * Shrinks a failing schedule to a 1-minimal one that violates the same property. Deterministic and bounded. A candidate
 * that violates another property is not slid to, but kept as the beginning of another finding.
 */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { UsageError } from '../base/errors.ts';
import { canonicalJson } from '../base/json.ts';
import type { Trace } from '../kernel/trace.ts';
import type { Accepted, Candidate } from '../schedule/reduce/candidate.ts';
import { isSmaller } from '../schedule/reduce/size.ts';
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
  /** Most runs; default 20,000. */
  readonly limit?: number;
  /** Ends shrinking with the best so far. */
  readonly signal?: AbortSignal | undefined;
  /** Without the search for fewer deviations. */
  readonly brief?: boolean;
  /** Candidates that are known not to violate the property; those found out are added. */
  readonly refused?: Set<string>;
}

const handlersThrow = 'no handler throws';

/** How often signals get through, in candidates. */
const breathEvery = 50;

export async function shrink(
  executions: Executions,
  start: Schedule,
  property: string,
  { limit = 20_000, signal, brief = false, refused = new Set() }: ShrinkOptions = {},
): Promise<Shrunk> {
  const trial = new Trial(executions, { property, nodes: start.nodes }, refused);
  let best = start;
  const candidates = reductions(start, { ...executions.reduceOptions, brief });
  for (let next = candidates.next(); !next.done; ) {
    const { count: executed, others } = trial;
    if (executed % breathEvery === breathEvery - 1) await nextTurn();
    // What is found by time is run again as it was then written down.
    if (executed + (next.value.moments ? 2 : 1) > limit || signal?.aborted) {
      return { schedule: best, executions: executed, complete: false, others };
    }
    const accepted = trial.run(next.value);
    // The first is the start without what did nothing in it; a search may go by way of schedules that are no smaller.
    if (accepted && (best === start || isSmaller(accepted.schedule, best))) best = accepted.schedule;
    next = candidates.next(accepted);
  }
  return { schedule: best, executions: trial.count, complete: true, others: trial.others };
}

/** A glance lasts until then, ms of true time, where what was accepted last failed at `time`: few fail later and are smaller. */
const glanceUntil = (time: number): number => 1.5 * time + 100;

/** Runs candidates, none twice. */
class Trial {
  count = 0;
  readonly others = new Map<string, Schedule>();
  private readonly executions: Executions;
  private readonly property: string;
  private readonly nodes: number;
  private readonly always: boolean;
  private readonly refused: Set<string>;
  private readonly accepted = new Set<string>();
  /** What a handler that throws says on as many nodes as the protocol is meant for. */
  private thrown: string | undefined;
  /** When what was accepted last failed, ms. */
  private failedAt = Number.POSITIVE_INFINITY;
  private traced: { readonly schedule: Schedule; readonly trace: Trace } | undefined;

  constructor(
    executions: Executions,
    { property, nodes }: { property: string; nodes: number },
    refused: Set<string>,
  ) {
    this.executions = executions;
    this.property = property;
    this.nodes = nodes;
    this.always = executions.isAlways(property);
    this.refused = refused;
  }

  run(candidate: Candidate): Accepted | undefined {
    const text = canonicalJson(candidate);
    if (this.refused.has(text) || this.accepted.has(text)) return undefined;
    const accepted = this.attemptIfPossible(candidate);
    (accepted ? this.accepted : this.refused).add(text);
    return accepted;
  }

  /** A protocol need not know what to do on fewer nodes than it is meant for. */
  private attemptIfPossible(candidate: Candidate): Accepted | undefined {
    try {
      return this.attempt(candidate);
    } catch (error) {
      if (error instanceof UsageError && candidate.schedule.nodes < this.nodes) return undefined;
      throw error;
    }
  }

  private attempt({ schedule, moments, glance }: Candidate): Accepted | undefined {
    if (moments) {
      const retiming = new RetimingAdversary(schedule, moments);
      this.count++;
      const { violation } = this.executions.runWith(schedule, retiming);
      return violation?.property === this.property ? this.judge(retiming.result()) : undefined;
    }
    return this.judge(schedule, glance && this.always ? glanceUntil(this.failedAt) : undefined);
  }

  private judge(schedule: Schedule, time = Number.POSITIVE_INFINITY): Accepted | undefined {
    this.count++;
    const { violation, applied, moments, simulation } = this.executions.runUntil(time, schedule);
    if (!violation) return undefined;
    // What goes wrong only on fewer nodes than the protocol is meant for is nothing that can happen to it.
    const asMeant = schedule.nodes === this.nodes;
    const thrown = violation.explanation.split(' threw: ')[1];
    if (violation.property === handlersThrow) {
      if (asMeant) this.thrown ??= thrown;
      else if (thrown !== this.thrown) return undefined;
    }
    if (violation.property !== this.property) {
      if (!asMeant) return undefined;
      if (!this.others.has(violation.property)) this.others.set(violation.property, schedule);
      return undefined;
    }
    this.failedAt = simulation.time;
    // A deviation that found no target and an operation that nobody came to did nothing: without them it is this very run.
    const spans = spansOf(simulation.history, schedule.clients.length);
    const trimmed: Schedule = {
      ...schedule,
      clients: schedule.clients.map((operations, client) => operations.slice(0, spans[client]?.length ?? 0)),
      deviations: schedule.deviations.filter((_, index) => applied[index]),
    };
    return {
      schedule: trimmed,
      moments: moments.filter((_, index) => applied[index]),
      spans,
      traceOf: (other) => this.traceOf(other),
    };
  }

  /** What happens before the calm, where deviations strike. The last trace is kept, since many others are made from it. */
  private traceOf(schedule: Schedule): Trace {
    if (this.traced?.schedule !== schedule) {
      this.traced = { schedule, trace: this.executions.trace(schedule, 'mutable', schedule.duration).trace };
    }
    return this.traced.trace;
  }
}
