/** Everything a machine promises, judged: its states by search, and then what it comes to at last, by fair runs. */
import { invariant } from '../base/errors.ts';
import { findUnfair } from './liveness.ts';
import { idsOf, type Machine } from './machine.ts';
import { type MachineBounds, machineSystem } from './machine-system.ts';
import { search } from './search.ts';
import type { FoundViolation, SearchOptions, SearchResult, Step } from './search-result.ts';
import type { TransitionSystem } from './system.ts';

export async function searchMachine<State>(
  machine: Machine<State>,
  bounds: MachineBounds = {},
  options: SearchOptions = {},
): Promise<SearchResult<State>> {
  const result = await search(machineSystem(machine, bounds), options);
  if (result.verdict !== 'holds') return result;
  const { maxStates } = options;
  const ids = idsOf(machine.definition, bounds.nodes ?? machine.nodes);
  for (const [property, holds] of Object.entries(machine.definition.eventually ?? {})) {
    // Names must stay: what is fair to a participant must be told from what is fair to another.
    const system = machineSystem(machine, { ...bounds, symmetry: 'none' });
    const { found, complete } = findUnfair(system, (state) => holds(state, ids) === true, {
      fair: system.fair,
      ...(maxStates === undefined ? {} : { maxStates }),
    });
    if (!complete)
      return { ...result, verdict: 'unknown', reason: `the budget of states ran out for '${property}'` };
    if (!found) continue;
    const { stem, round, initial } = found;
    const explanation =
      round.length === 0
        ? 'the run may end here, and it has not come true'
        : `the last ${round.length} ${round.length === 1 ? 'step' : 'steps'} can go on for ever, fairly, and it does not come true`;
    const violation: FoundViolation<State> = {
      ...{ property, explanation, ...followed(system, initial, [...stem, ...round]) },
      goesOn: round.length === 0 ? 'never' : stem.length,
    };
    return { ...result, verdict: 'violated', violation };
  }
  return result;
}

/** The states along actions given by number. */
function followed<State>(system: TransitionSystem<State>, initial: number, actions: readonly number[]) {
  const first = system.initial()[initial] as State;
  const steps: Step<State>[] = [];
  let state = first;
  for (const action of actions) {
    const from = state;
    let next: { state: State } | undefined;
    system.expand(from, (successor, number) => {
      if (number === action) next ??= { state: system.keep(successor) };
    });
    invariant(next, `${system.name} cannot repeat action ${action}`);
    state = next.state;
    steps.push({ action: system.describe(from, action), state });
  }
  return { initial: first, steps, actions };
}
