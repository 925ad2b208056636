/** Everything a machine promises, judged: its states by search, and then what it comes to at last, by fair runs. */
import { aboutFairRuns, findUnfair, type LivenessQuestion, unfairViolation } from './liveness.ts';
import { idsOf, type Machine } from './machine.ts';
import { type MachineBounds, machineSystem } from './machine-system.ts';
import { search } from './search.ts';
import type { SearchOptions, SearchResult } from './search-result.ts';
import { Supervision } from './supervision.ts';

export interface MachineSearchOptions extends SearchOptions {
  /** Whether to look for what fair runs never come to; default true without a bound of depth, which would end them all. */
  readonly liveness?: boolean;
}

export interface MachineResult<State> extends SearchResult<State> {
  readonly notJudged: readonly { readonly property: string; readonly why: string }[];
}

export async function searchMachine<State>(
  machine: Machine<State>,
  bounds: MachineBounds = {},
  options: MachineSearchOptions = {},
): Promise<MachineResult<State>> {
  const supervision = new Supervision(options);
  const questions = questionsOf(machine, bounds);
  const live = questions.map(([property]) => ({ property, why: aboutFairRuns }));
  const searched = await search(machineSystem(machine, bounds), options, supervision);
  const { liveness = options.depth === undefined } = options;
  if (searched.verdict !== 'holds' || !liveness)
    return { ...searched, notJudged: searched.verdict === 'violated' ? [] : live };
  const result = { ...searched, notJudged: [] };
  for (const [property, question] of questions) {
    // Names must stay: what is fair to a participant must be told from what is fair to another.
    const system = machineSystem(machine, { ...bounds, symmetry: 'none' });
    const { found, reason } = await findUnfair(system, question, supervision, {
      maxStates: options.maxStates,
      duty: (action) => (system.fair(action) ? action : -1),
    });
    const { elapsedMs } = supervision;
    if (reason !== undefined)
      return { ...result, elapsedMs, verdict: 'unknown', reason: `${reason} for '${property}'` };
    if (found)
      return {
        ...{ ...result, elapsedMs, verdict: 'violated' },
        violation: unfairViolation(system, property, found),
      };
  }
  return { ...result, elapsedMs: supervision.elapsedMs };
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
