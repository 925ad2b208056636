/**
 * A violation of a machine as what happened, by name: the actions from an initial state on, and, of a property of fair
 * runs, the round in which the run then goes for ever. Following it says whether it still does what it did, and if not,
 * which action stands in the way.
 */
import { invariant } from '../base/errors.ts';
import { equalJson, type Json } from '../base/json.ts';
import { unfairInWords } from './liveness.ts';
import type { Machine } from './machine.ts';
import { questionsOf } from './machine-search.ts';
import { type MachineBounds, machineSystem, type SearchableMachine } from './machine-system.ts';
import type { FoundViolation, Step } from './search-result.ts';
import type { Violation } from './system.ts';

/** An action by its name, and the how-manieth of that name it is, from 1. */
export interface ActionRef {
  readonly name: string;
  readonly nth: number;
}

export interface MachineTrace {
  readonly nodes: number;
  /** Where it begins, of a machine that has several initial states. */
  readonly initial?: Json;
  readonly actions: readonly ActionRef[];
  /** What is then done for ever, again and again; empty when nothing more happens. A violation of a state has none. */
  readonly round?: readonly ActionRef[];
}

/** What a trace does today. */
export interface MachineRun<State> {
  readonly initial: State;
  readonly steps: readonly Step<State>[];
  readonly violation: Violation | undefined;
  /** Why the run does not do, or not to its end, what the trace says. */
  readonly hindrance: string | undefined;
}

type Bounds = Pick<MachineBounds, 'nodes' | 'mutant'>;

export const refInWords = ({ name, nth }: ActionRef): string => (nth === 1 ? name : `${name} (no. ${nth})`);

/** The number of an action as `expand` gives it; -1 when there is none. */
export function numberOf({ name, nth }: ActionRef, names: readonly string[]): number {
  let left = nth;
  return names.findIndex((other) => other === name && --left === 0);
}

function refTo(number: number, names: readonly string[]): ActionRef {
  const name = names[number] as string;
  return { name, nth: names.slice(0, number + 1).filter((other) => other === name).length };
}

/** A found violation, without its states. */
export function traceOf<State>(
  machine: Machine<State>,
  bounds: Bounds,
  { actions, goesOn, initial }: FoundViolation<State>,
): MachineTrace {
  const system = machineSystem(machine, bounds);
  const refs = actions.map((number) => refTo(number, system.names));
  const round = typeof goesOn === 'number' ? goesOn : refs.length;
  return {
    nodes: bounds.nodes ?? machine.nodes,
    ...(system.initial().length > 1 ? { initial: initial as Json } : {}),
    actions: refs.slice(0, round),
    ...(goesOn === undefined ? {} : { round: refs.slice(round) }),
  };
}

/**
 * Takes the actions of a trace one after the other, as far as they are possible. Every `always` is judged in every
 * state, and `property`, where it is one of fair runs, on the whole run.
 * The trace names nothing that the machine does not have.
 */
export function follow<State>(
  machine: Machine<State>,
  mutant: string | null,
  { property, trace }: { readonly property: string; readonly trace: MachineTrace },
): MachineRun<State> {
  const bounds = { nodes: trace.nodes, mutant };
  const system = machineSystem(machine, { ...bounds, executor: 'immer' });
  const refs = [...trace.actions, ...(trace.round ?? [])];
  const initial = system.initial().find((state) => !('initial' in trace) || equalJson(state, trace.initial));
  const steps: Step<State>[] = [];
  invariant(initial !== undefined, 'a trace is followed that begins nowhere');
  const run = (end: Partial<MachineRun<State>>): MachineRun<State> => ({
    ...{ initial, steps, violation: undefined, hindrance: undefined },
    ...end,
  });
  let state = initial;
  for (const [index, ref] of refs.entries()) {
    const violation = system.judge(state);
    if (violation) return run({ violation });
    const number = numberOf(ref, system.names);
    const next = successors(system, state).get(number);
    if (next === undefined) {
      if (number < 0) {
        const known = [...new Set(system.names)].join(', ');
        return run({
          hindrance: `action ${index + 1} of ${refs.length}, ${refInWords(ref)}, is not one of ${machine.name} any more (it has: ${known})`,
        });
      }
      const where = index === 0 ? 'in the initial state' : `after action ${index}`;
      return run({
        hindrance: `action ${index + 1} of ${refs.length}, ${refInWords(ref)}, is not possible ${where}`,
      });
    }
    state = next;
    steps.push({ action: ref.name, state });
  }
  const violation = system.judge(state);
  const question = new Map(questionsOf(machine, bounds)).get(property);
  if (violation || !question || !trace.round) return run({ violation });
  const states = [initial, ...steps.map((step) => step.state)];
  const stem = trace.actions.length;
  const hindrance = notFair(system, states.slice(stem), trace.round);
  if (hindrance !== undefined) return run({ hindrance });
  const last = states.findLastIndex(question.holds);
  const owes = question.from ? states.slice(last + 1).some(question.from) : last < 0;
  return owes && last < stem
    ? run({ violation: { property, explanation: unfairInWords(trace.round.length) } })
    : run({});
}

function successors<State>(system: SearchableMachine<State>, state: State): Map<number, State> {
  const found = new Map<number, State>();
  system.expand(state, (next, number) => found.set(number, system.keep(next)));
  return found;
}

/** Why a fair run cannot go round so for ever, given the states of the round, its first one at both ends. */
function notFair<State>(
  system: SearchableMachine<State>,
  states: readonly State[],
  round: readonly ActionRef[],
): string | undefined {
  if (!equalJson(states[0], states.at(-1)))
    return 'the round does not come back to the state in which it begins';
  const taken = new Set(round.map((ref) => numberOf(ref, system.names)));
  const possible = states.map((state) => successors(system, state));
  const owed = system.names.findIndex(
    (_, number) =>
      system.fair(number) && !taken.has(number) && possible.every((actions) => actions.has(number)),
  );
  if (owed < 0) return undefined;
  const name = refInWords(refTo(owed, system.names));
  return round.length === 0
    ? `the run does not end here: ${name} is possible`
    : `the run does not go on so for ever: ${name} is possible all the time, and never taken`;
}
