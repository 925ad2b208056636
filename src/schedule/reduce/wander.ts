/**
 * Out of a local minimum sideways: a deviation is replaced by some other as long as the property still fails, as often as
 * it takes until one of the rest is needless. A random walk, always the same, of bounded length.
 */
import { Random } from '../../base/random.ts';
import type { Deviation, Schedule } from '../schedule.ts';
import type { Accepted, Candidate, ReduceOptions } from './candidate.ts';
import { editDeviations } from './edits.ts';
import { timedAdditions } from './rebuild.ts';

/** What a walk may cost, in candidates, and how many are tried in one deviation's place. */
const mostCandidates = 3000;
const triesAPlace = 100;
/** Milliseconds of true time. */
const nearby = 60;

/** What was accepted with fewer deviations than at the start, if anything was. */
export function* wander(
  start: Accepted,
  options: ReduceOptions,
  seed: number,
): Generator<Candidate, Accepted | undefined, Accepted | undefined> {
  const random = new Random(seed);
  let tried = 0;
  for (let here = start; ; ) {
    const { schedule } = here;
    const places = withoutOne(schedule).map((rest, gone) => ({ rest, gone, order: random.below(2 ** 30) }));
    let next: Accepted | undefined;
    for (const { rest, gone } of places.sort((a, b) => a.order - b.order)) {
      const { near, far } = poolFor(here, gone, timedAdditions(rest, here, options));
      for (let tries = 0; tries < triesAPlace && !next; tries++) {
        const pool = near.length > 0 && (far.length === 0 || random.below(4) > 0) ? near : far;
        const newcomer = pool.splice(random.below(pool.length), 1)[0];
        if (!newcomer) break;
        if (tried++ > mostCandidates) return undefined;
        const deviations = schedule.deviations.with(gone, newcomer);
        next = yield { schedule: { ...schedule, deviations }, glance: true };
      }
      if (next) break;
    }
    if (!next) return undefined;
    here = next;
    if (here.schedule.deviations.length < start.schedule.deviations.length) return here;
    for (const fewer of withoutOne(here.schedule)) {
      tried++;
      const found = yield { schedule: fewer, glance: true };
      if (found) return found;
    }
  }
}

/** What may stand in for one deviation: most of what still fails strikes at about the same time. */
function poolFor(
  { moments }: Accepted,
  gone: number,
  additions: readonly { deviation: Deviation; time: number | undefined }[],
): { near: Deviation[]; far: Deviation[] } {
  const moment = moments[gone] ?? 0;
  const isNear = (time: number | undefined) => time !== undefined && Math.abs(time - moment) <= nearby;
  return {
    near: additions.filter(({ time }) => isNear(time)).map(({ deviation }) => deviation),
    far: additions.filter(({ time }) => !isNear(time)).map(({ deviation }) => deviation),
  };
}

const withoutOne = (schedule: Schedule): Schedule[] =>
  schedule.deviations.map(
    (_, gone) => editDeviations(schedule, (other, at) => (at === gone ? undefined : other)).schedule,
  );
