/**
 * Out of a local minimum sideways: a deviation is replaced by some other as long as the property still fails, as often as
 * it takes until one of the rest is needless. A random walk, always the same, of bounded length.
 */
import { Random } from '../../base/random.ts';
import type { Schedule } from '../schedule.ts';
import type { Accepted, Candidate, ReduceOptions } from './candidate.ts';
import { editDeviations } from './edits.ts';
import { additions } from './rebuild.ts';

/** What a walk may cost, in candidates, and how many are tried from one place. */
const mostCandidates = 3000;
const triesAPlace = 300;

/** What was accepted with fewer deviations than at the start, if anything was. */
export function* wander(
  start: Accepted,
  options: ReduceOptions,
): Generator<Candidate, Accepted | undefined, Accepted | undefined> {
  const random = new Random(1);
  let tried = 0;
  for (let here = start; ; ) {
    const { deviations } = here.schedule;
    const pool = additions(here.schedule, here, options);
    let next: Accepted | undefined;
    for (let tries = 0; tries < triesAPlace && !next; tries++) {
      const newcomer = pool[random.below(pool.length)];
      if (!newcomer || tried++ > mostCandidates) return undefined;
      const gone = random.below(deviations.length);
      const rest = deviations.filter((_, index) => index !== gone);
      next = yield { schedule: { ...here.schedule, deviations: [...rest, newcomer] } };
    }
    if (!next) return undefined;
    here = next;
    if (here.schedule.deviations.length < start.schedule.deviations.length) return here;
    for (const schedule of withoutOne(here.schedule)) {
      tried++;
      const fewer = yield { schedule };
      if (fewer) return fewer;
    }
  }
}

const withoutOne = (schedule: Schedule): Schedule[] =>
  schedule.deviations.map(
    (_, gone) => editDeviations(schedule, (other, at) => (at === gone ? undefined : other)).schedule,
  );
