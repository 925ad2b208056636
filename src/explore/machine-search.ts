/** Everything a machine promises, judged: its states by search, and then what it comes to at last, by fair runs. */
import { findUnfair, type LivenessQuestion, unfairViolation } from './liveness.ts';
import { idsOf, type Machine } from './machine.ts';
import { type MachineBounds, machineSystem } from './machine-system.ts';
import { search } from './search.ts';
import type { SearchOptions, SearchResult } from './search-result.ts';

export async function searchMachine<State>(
  machine: Machine<State>,
  bounds: MachineBounds = {},
  options: SearchOptions = {},
): Promise<SearchResult<State>> {
  const result = await search(machineSystem(machine, bounds), options);
  if (result.verdict !== 'holds') return result;
  const { maxTimeMs = Number.POSITIVE_INFINITY } = options;
  for (const [property, question] of questionsOf(machine, bounds)) {
    // Names must stay: what is fair to a participant must be told from what is fair to another.
    const system = machineSystem(machine, { ...bounds, symmetry: 'none' });
    const { found, reason } = await findUnfair(system, question, {
      ...options,
      maxTimeMs: maxTimeMs - result.elapsedMs,
      duty: (action) => (system.fair(action) ? action : -1),
    });
    if (reason !== undefined) return { ...result, verdict: 'unknown', reason: `${reason} for '${property}'` };
    if (found) return { ...result, verdict: 'violated', violation: unfairViolation(system, property, found) };
  }
  return result;
}

/** What fair runs must come to, by the names of the properties. */
export function questionsOf<State>(
  { definition, nodes }: Machine<State>,
  bounds: MachineBounds,
): [string, LivenessQuestion<State>][] {
  const ids = idsOf(definition, bounds.nodes ?? nodes);
  return [
    ...Object.entries(definition.eventually ?? {}).map(([name, holds]): [string, LivenessQuestion<State>] => [
      name,
      { holds: (state) => holds(state, ids) === true },
    ]),
    ...Object.entries(definition.leadsTo ?? {}).map(
      ([name, [from, to]]): [string, LivenessQuestion<State>] => [
        name,
        { from: (state) => from(state, ids) === true, holds: (state) => to(state, ids) === true },
      ],
    ),
  ];
}
