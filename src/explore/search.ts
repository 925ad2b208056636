/**
 * Exhaustive search: every state that can be reached is met once and judged. Breadth first by default, by any number of
 * workers, so that the violation found has the shortest trace; depth first for a small frontier; or fewest deviations
 * first. States are told apart by their fingerprints, or with `exact` by themselves. A search that is not allowed to
 * finish says `unknown`, and how far it got.
 */
import { UsageError } from '../base/errors.ts';
import { BestFirst } from './best-first.ts';
import { BreadthFirst } from './breadth-first.ts';
import { Checks } from './checks.ts';
import type { SearchOptions, SearchResult } from './search-result.ts';
import { Supervision } from './supervision.ts';
import type { TransitionSystem } from './system.ts';

export async function search<State>(
  system: TransitionSystem<State>,
  options: SearchOptions = {},
  supervision = new Supervision(options),
): Promise<SearchResult<State>> {
  const { order = 'breadth', exact = false, workers = 1, crew } = options;
  if (order === 'deviations' && options.depth !== undefined) {
    throw new UsageError(
      "a depth with the order 'deviations'; expected one of them, since the fewest deviations can need many steps",
    );
  }
  if (workers > 1 && (order !== 'breadth' || exact)) {
    const other = exact ? 'whole states kept' : `the order '${order}'`;
    throw new UsageError(`${workers} workers with ${other}; expected one, or fingerprints and breadth first`);
  }
  if (workers > 1 && !(crew && system.sharing)) {
    throw new UsageError(
      `${workers} workers on ${system.name}, which no other worker can load; expected it to be exported by a file under models/`,
    );
  }
  if (order === 'breadth' && !exact) return await new BreadthFirst(system, options, supervision).run();
  const kept = { supervision, checks: new Checks() };
  for (;;) {
    const result = await new BestFirst(system, options, kept).run();
    if (result) return result;
  }
}
