/**
 * Why a history is not linearizable, as data: the operation that has no place, the few operations that contradict each
 * other, the longest linearizations of these that end before it, and what it could have answered after each.
 */
import { canonicalJson, cloneJson, type Json } from '../base/json.ts';
import type { Budget } from '../checkers/budget.ts';
import { BreadthFirst } from '../checkers/linearizable/breadth-first.ts';
import { minimize } from '../checkers/linearizable/minimize.ts';
import { Problem } from '../checkers/linearizable/problem.ts';
import { Transitions } from '../checkers/linearizable/transitions.ts';
import type { Operation } from '../history/history.ts';
import { type AnySpec, alternatives, impossible, type SpecFunction } from '../spec/spec.ts';

export interface Prefix {
  /** Ids of operations in the order of a linearization. */
  readonly order: readonly number[];
  readonly state: Json;
}

export interface Explanation {
  /** The operation that has no place among `minimal`. */
  readonly operation: Operation;
  /** Operations that are not linearizable by themselves; crashed, or pending when it failed, as `info`. */
  readonly minimal: readonly Operation[];
  /** Whether leaving out any of `minimal` would make the rest linearizable, as far as could be found out in time. */
  readonly isMinimal: boolean;
  /** Whether reads of everything are shown without the values that do not matter. */
  readonly projected: boolean;
  /** For each state that the operation could have met, a longest linearization that leads there. */
  readonly prefixes: readonly Prefix[];
  readonly morePrefixes: boolean;
  /** What the operation could have answered, when its function answers something. */
  readonly legal: readonly Json[];
}

const maxPrefixes = 8;
const maxConfigurations = 2000;

/** Explains a history of one object that is known not to be linearizable. */
export function explain(
  spec: AnySpec,
  operations: readonly Operation[],
  hints: { culprits: readonly number[]; failed: number; initial: Json | undefined; budget: Budget },
): Explanation {
  const { operations: minimal, failed, minimal: isMinimal, projected } = minimize(spec, operations, hints);
  const operation = minimal.find(({ id }) => id === failed)!;
  const prefixes = prefixesBefore(operation, spec, minimal, hints);
  return {
    operation,
    minimal,
    isMinimal,
    projected,
    prefixes: prefixes.slice(0, maxPrefixes),
    morePrefixes: prefixes.length > maxPrefixes,
    legal: legalAnswers(spec, operation, prefixes),
  };
}

const nothing = 'a function that never happens';

/** Linearizations of all that completed before the operation does; those without it, if there are any, or else with it. */
function prefixesBefore(
  operation: Operation,
  spec: AnySpec,
  operations: readonly Operation[],
  { initial, budget }: { initial: Json | undefined; budget: Budget },
): Prefix[] {
  // A search that ends where the operation completes: there an operation is due that never happens.
  const never = { ...spec, ops: { ...spec.ops, [nothing]: () => impossible } };
  const { completed } = operation;
  const unheard: Operation = {
    ...operation,
    type: 'info',
    output: undefined,
    completed: Number.POSITIVE_INFINITY,
  };
  const end: Operation = { ...operation, f: nothing, invoked: completed - 0.5, input: null, output: null };
  const all = [...operations.map((one) => (one === operation ? unheard : one)), end];
  all.sort((a, b) => a.invoked - b.invoked);
  const transitions = new Transitions(never);
  const problem = new Problem();
  problem.load(transitions, transitions.initialState(initial), all);
  const search = new BreadthFirst();
  search.start(problem, 'exact');
  for (let found = search.run(2000); found !== false; found = search.run(2000)) {
    if (found === true || budget.exhausted()) return [];
  }
  const stuck = search.stuck(maxConfigurations).map(({ state, order }) => ({
    state,
    order: order.map((i) => all[i]!.id),
  }));
  const without = stuck.filter(({ order }) => !order.includes(operation.id));
  const longest = new Map<number, number[]>();
  for (const { state, order } of without.length > 0 ? without : stuck) {
    if ((longest.get(state)?.length ?? -1) < order.length) longest.set(state, order);
  }
  return [...longest]
    .map(([state, order]) => ({ order, state: transitions.state(state) as Json }))
    .sort((a, b) => b.order.length - a.order.length);
}

/** What the operation answers in the states it could have met; nothing for functions that any completion matches. */
function legalAnswers(spec: AnySpec, { id, f, input }: Operation, prefixes: readonly Prefix[]): Json[] {
  const answers = new Map<string, Json>();
  for (const { state, order } of prefixes) {
    if (order.includes(id)) continue;
    const run = spec.ops[f] as SpecFunction<unknown>;
    const answer = run(cloneJson(state), input as never, undefined as never);
    for (const value of alternatives(answer) ?? [answer]) {
      if (value !== undefined) answers.set(canonicalJson(value), value as Json);
    }
  }
  return [...answers.values()];
}
