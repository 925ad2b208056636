/**
 * Linearizability (Herlihy and Wing 1990): every operation seems to take effect at one instant between its
 * invocation and its completion. An operation whose outcome is unknown may take effect at any time after its
 * invocation, or never. Objects under different keys are judged apart (locality; Horn and Kroening 2015).
 */
import { canonicalJson, type Json } from '../../base/json.ts';
import type { History, Operation } from '../../history/history.ts';
import { operationsOf } from '../../history/operations.ts';
import type { AnySpec } from '../../spec/spec.ts';
import { type Budget, unlimited } from '../budget.ts';
import { Portfolio } from './portfolio.ts';
import { Problem } from './problem.ts';
import { Transitions } from './transitions.ts';

export interface LinearizabilityOptions {
  readonly budget?: Budget;
  /** The object's initial value, when it is not the spec's. */
  readonly initial?: Json;
}

export type LinearizabilityResult =
  | {
      readonly valid: true;
      /** Ids of operations in the order of a linearization; crashed ones only where they took effect. */
      readonly witness: readonly number[];
    }
  | {
      readonly valid: false;
      /** The completed operation that no linearization of what came before can reach. */
      readonly operation: number;
      /** The object that is at fault, when operations carry keys. */
      readonly key?: Json;
    }
  | { readonly valid: 'unknown'; readonly reason: string };

/** Judges one history. To judge many of one spec, keep a `linearizabilityChecker`. */
export function checkLinearizable(
  spec: AnySpec,
  history: History,
  options: LinearizabilityOptions = {},
): LinearizabilityResult {
  return linearizabilityChecker(spec).check(operationsOf(history), options);
}

/** A checker whose table of states and operations and whose buffers serve all histories given to it. */
export function linearizabilityChecker(spec: AnySpec): LinearizabilityChecker {
  return new LinearizabilityChecker(spec);
}

export class LinearizabilityChecker {
  private readonly transitions: Transitions;
  private readonly problem = new Problem();
  private readonly portfolio = new Portfolio();

  constructor(spec: AnySpec) {
    this.transitions = new Transitions(spec);
  }

  /** Judges operations in order of invocation, such as `operationsOf` gives. */
  check(operations: readonly Operation[], options: LinearizabilityOptions = {}): LinearizabilityResult {
    const groups = partition(operations);
    const witnesses: number[][] = [];
    for (const group of groups) {
      const result = this.checkObject(group, options);
      if (result.valid !== true) return result;
      witnesses.push(result.witness as number[]);
    }
    return { valid: true, witness: groups.length === 1 ? witnesses[0]! : merge(operations, witnesses) };
  }

  private checkObject(
    operations: readonly Operation[],
    { budget = unlimited, initial }: LinearizabilityOptions,
  ): LinearizabilityResult {
    const { transitions, problem } = this;
    transitions.trim();
    problem.load(transitions, transitions.initialState(initial), operations);
    const outcome = this.portfolio.decide(problem, budget);
    if (outcome.valid === true) return { valid: true, witness: outcome.order.map((i) => operations[i]!.id) };
    if (outcome.valid === 'unknown') return { valid: 'unknown', reason: outcome.reason };
    const { id, key } = operations[problem.subjects[outcome.event]!]!;
    return { valid: false, operation: id, ...(key === undefined ? {} : { key }) };
  }
}

/** Operations of one key each, in order of invocation. */
function partition(operations: readonly Operation[]): (readonly Operation[])[] {
  if (operations.every((operation) => operation.key === undefined)) return [operations];
  const groups = new Map<Json | undefined, Operation[]>();
  for (const operation of operations) {
    const { key } = operation;
    const name = typeof key === 'object' && key !== null ? `\u0000${canonicalJson(key)}` : key;
    const group = groups.get(name);
    if (group) group.push(operation);
    else groups.set(name, [operation]);
  }
  return [...groups.values()];
}

/**
 * One linearization of all objects out of one for each: each operation at its invocation, or later when an
 * operation before it in its own order is invoked later. These instants lie before the operation's completion.
 */
function merge(operations: readonly Operation[], witnesses: readonly number[][]): number[] {
  const instants = new Map<number, number>();
  for (const witness of witnesses) {
    let instant = -1;
    for (const id of witness) {
      instant = Math.max(instant, operations[id]!.invoked);
      instants.set(id, instant);
    }
  }
  // The sort is stable, and operations of different objects never share an instant.
  return [...instants.keys()].sort((a, b) => instants.get(a)! - instants.get(b)!);
}
