/**
 * Schedules that keep some deviations of a failing one and add a single other, any that could have befallen the run of
 * what is kept: what two or more deviations did together, one at another time and of another kind may do alone. Since
 * there are thousands, they are tried in a random order, always the same, that takes of every kind and time.
 */
import { mix } from '../../base/random.ts';
import type { Deviation, Schedule } from '../schedule.ts';
import { type Grid, singleDeviations } from '../space.ts';
import type { Accepted, ReduceOptions } from './candidate.ts';

const grid: Grid = {
  delays: [20, 100, 1000],
  copies: [100],
  spans: [80, 300, 1000],
  downs: [0, 200],
  clientWaits: [50],
  jumps: [30, 1000],
};

/** At most so many schedules in all, taken from all bases in turn. */
export function* rebuilt(
  bases: readonly Schedule[],
  accepted: Accepted,
  options: ReduceOptions,
  most: number,
): Generator<Schedule> {
  const pools = bases.map((base) => ({ base, pool: additions(base, accepted, options) }));
  let left = most;
  for (let place = 0; pools.some(({ pool }) => place < pool.length); place++) {
    for (const { base, pool } of pools) {
      const deviation = pool[place];
      if (!deviation) continue;
      if (left-- <= 0) return;
      yield { ...base, deviations: [...base.deviations, deviation] };
    }
  }
}

/** What could have befallen the run of a schedule, in a random order. */
export function additions(
  schedule: Schedule,
  { traceOf }: Accepted,
  { nemeses, clientsRetry }: ReduceOptions,
): Deviation[] {
  const space = { nemeses, grid, clientsRetry, close: true };
  return [...singleDeviations(schedule, traceOf(schedule), space)]
    .map((deviation, index) => ({ deviation, order: mix(index) }))
    .sort((a, b) => a.order - b.order)
    .map(({ deviation }) => deviation);
}
