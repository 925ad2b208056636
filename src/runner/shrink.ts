/** Shrinks a failing schedule to a 1-minimal one that violates the same property. Deterministic and bounded. */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { canonicalJson } from '../base/json.ts';
import { reductions } from '../schedule/reduce.ts';
import type { Schedule } from '../schedule/schedule.ts';
import type { Executions } from './execute.ts';

export interface Shrunk {
  readonly schedule: Schedule;
  /** How many candidates were run. */
  readonly executions: number;
  /** False when the bound on executions ended it before it was 1-minimal. */
  readonly complete: boolean;
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
  const seen = new Set<string>();
  let count = 0;
  let best = start;
  const candidates = reductions(start);
  for (let next = candidates.next(); !next.done; ) {
    if (count % breathEvery === breathEvery - 1) await nextTurn();
    if (count >= limit || signal?.aborted) return { schedule: best, executions: count, complete: false };
    const candidate = next.value;
    const text = canonicalJson(candidate);
    let accepted: Schedule | undefined;
    if (!seen.has(text)) {
      seen.add(text);
      count++;
      const { violation, applied } = executions.run(candidate);
      if (violation?.property === property) {
        // A deviation that found no target did nothing, so the run without it is this very run.
        const deviations = candidate.deviations.filter((_, index) => applied[index]);
        accepted =
          deviations.length === candidate.deviations.length ? candidate : { ...candidate, deviations };
        best = accepted;
      }
    }
    next = candidates.next(accepted);
  }
  return { schedule: best, executions: count, complete: true };
}
