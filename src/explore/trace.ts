/** The way to a state that a search has met: origins back to the beginning, then forward, since states are not kept. */
import { invariant } from '../base/errors.ts';
import type { FoundViolation, Step } from './search-result.ts';
import type { States } from './states.ts';
import type { TransitionSystem } from './system.ts';

/** The trace to a state that breaks something. Steps are found again by their fingerprints. */
export function traceTo<State>(
  system: TransitionSystem<State>,
  states: States,
  violated: number,
): FoundViolation<State> {
  const way: number[] = [];
  for (let at = violated; at >= 0; at = states.parent(at)) way.unshift(at);
  const isAt = (index: number): boolean => system.print.every((lane, at) => lane === states.lane(index, at));
  const initial = system.initial().find((state) => {
    system.fingerprint(state);
    return isAt(way[0] as number);
  });
  invariant(initial !== undefined, `${system.name} has lost an initial state`);
  const steps: Step<State>[] = [];
  const actions: number[] = [];
  let state: State = initial;
  for (const index of way.slice(1)) {
    const from = state;
    let next: { state: State; action: number } | undefined;
    system.expand(from, (successor, action) => {
      if (!next && isAt(index)) next = { state: system.keep(successor), action };
    });
    invariant(next, `${system.name} cannot repeat step ${steps.length + 1} of the trace it found`);
    state = next.state;
    actions.push(next.action);
    steps.push({ action: system.describe(from, next.action), state });
  }
  const violation = system.judge(state);
  invariant(violation, `${system.name} does not judge a state twice in the same way`);
  return { ...violation, initial, steps, actions };
}
