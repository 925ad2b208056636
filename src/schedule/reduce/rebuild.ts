/**
 * Schedules with one deviation more, any that could have befallen their run: what two or more deviations did together,
 * one at another time and of another kind may do alone. Since there are thousands, they are tried in a random order,
 * always the same, that takes of every kind and time, and of those that make the same run only one.
 */
import { mix } from '../../base/random.ts';
import type { Deviation, Schedule } from '../schedule.ts';
import { type Grid, singleDeviations } from '../space.ts';
import type { Accepted, ReduceOptions } from './candidate.ts';
import { Footprints } from './footprint.ts';

const grid: Grid = {
  delays: [20, 100, 1000],
  copies: [100],
  spans: [80, 300, 1000],
  downs: [0, 200],
  clientWaits: [50],
  jumps: [30, 1000],
};

/** With one more each, taken from all bases in turn. */
export function* rebuilt(
  bases: readonly Schedule[],
  accepted: Accepted,
  options: ReduceOptions,
): Generator<Schedule> {
  const pools = bases.map((base) => ({ base, pool: additions(base, accepted, options) }));
  for (let place = 0; pools.some(({ pool }) => place < pool.length); place++) {
    for (const { base, pool } of pools) {
      const deviation = pool[place];
      if (deviation) yield { ...base, deviations: [...base.deviations, deviation] };
    }
  }
}

/** What could have befallen the run of a schedule, in a random order; of those that make the same run, one. */
export function additions(schedule: Schedule, accepted: Accepted, options: ReduceOptions): Deviation[] {
  return timedAdditions(schedule, accepted, options).map(({ deviation }) => deviation);
}

/** With the true time, ms, at which each would strike, where the run's trace tells. */
export function timedAdditions(
  schedule: Schedule,
  { traceOf }: Accepted,
  { nemeses, clientsRetry }: ReduceOptions,
): { deviation: Deviation; time: number | undefined }[] {
  const space = { nemeses, grid, clientsRetry, close: true };
  const trace = traceOf(schedule);
  const footprints = new Footprints(schedule, trace);
  const found = new Set<string | undefined>([undefined]);
  return [...singleDeviations(schedule, trace, space)]
    .map((deviation, index) => ({ deviation, order: mix(index) }))
    .sort((a, b) => a.order - b.order)
    .filter(({ deviation }) => {
      const { size } = found;
      return found.add(footprints.of(deviation)).size > size;
    })
    .map(({ deviation }) => ({ deviation, time: footprints.timeOf(deviation) }));
}
