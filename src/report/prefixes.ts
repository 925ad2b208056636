/**
 * How far a history that is not linearizable can be explained: its longest partial linearizations, each with the
 * state it leads to, the operations that cannot follow, and what these would have had to answer. As in Porcupine's
 * pages, every operation that some order reaches is in at least one of them.
 *
 * Small objects are searched whole (Wing and Gong's search with Lowe's memoisation, here kept simple); for larger
 * ones the checker gives one order of everything before the operation that it could not place.
 */

import { canonicalJson, cloneJson, equalJson, type Json } from '../base/json.ts';
import { unlimited } from '../checkers/budget.ts';
import {
  type LinearizabilityOptions,
  linearizabilityChecker,
} from '../checkers/linearizable/linearizable.ts';
import type { Operation } from '../history/history.ts';
import { type AnySpec, alternatives, matches } from '../spec/spec.ts';
import { explain } from './linearizability.ts';

export interface Stuck {
  readonly operation: number;
  /** What it would have had to answer after this order; empty when it could not happen at all. */
  readonly legal: readonly Json[];
}

export interface Prefix {
  /** Ids of operations in an order that explains them. */
  readonly order: readonly number[];
  /** The object's state after them. */
  readonly state: Json;
  /** Completed operations that have to come next and cannot. */
  readonly stuck: readonly Stuck[];
}

export type Linearization =
  | { readonly valid: true; readonly order: readonly number[] }
  | {
      readonly valid: false;
      readonly operation: number;
      readonly key?: Json;
      /** Operations that contradict each other, and would not if one of them were missing. */
      readonly minimal: readonly number[];
      readonly prefixes: readonly Prefix[];
    }
  | { readonly valid: 'unknown'; readonly reason: string };

/** Configurations that the search for several prefixes looks at, and operations up to which it is tried. */
const mostConfigurations = 20_000;
const mostOperations = 200;
const mostPrefixes = 8;

/** Judges operations, and where they are not linearizable says how far one can get. */
export function linearizationOf(
  spec: AnySpec,
  operations: readonly Operation[],
  options: LinearizabilityOptions = {},
): Linearization {
  const result = linearizabilityChecker(spec).check(operations, options);
  if (result.valid === true) return { valid: true, order: result.witness };
  if (result.valid === 'unknown') return result;
  const { operation, key, culprits } = result;
  const own = key === undefined ? operations : operations.filter((other) => equalJson(other.key, key));
  const { initial } = options;
  const hints = { culprits, failed: operation, initial, budget: options.budget ?? unlimited };
  const minimal = explain(spec, own, hints).minimal.map(({ id }) => id);
  const start = initial === undefined || !spec.initial ? spec.init() : spec.initial(initial);
  const found = own.length <= mostOperations ? new Search(spec, start, own).prefixes() : [];
  const prefixes = found.length > 0 ? found : [lastConsistent(spec, start, own, operation, options)];
  return { valid: false, operation, ...(key === undefined ? {} : { key }), minimal, prefixes };
}

/** Everything before the completion of the operation at fault, in the checker's order. */
function lastConsistent(
  spec: AnySpec,
  start: unknown,
  operations: readonly Operation[],
  fault: number,
  options: LinearizabilityOptions,
): Prefix {
  const at = operations.find(({ id }) => id === fault)?.completed ?? Number.POSITIVE_INFINITY;
  const before = operations
    .filter(({ invoked }) => invoked < at)
    .map((operation) =>
      operation.completed < at
        ? operation
        : { ...operation, completed: Number.POSITIVE_INFINITY, output: undefined, type: 'info' as const },
    );
  const result = linearizabilityChecker(spec).check(
    before.map((operation, id) => ({ ...operation, id })),
    options,
  );
  // At the latest when it completes no order is left, so an operation before it may be the one at fault.
  if (result.valid === false) {
    const earlier = (before[result.operation] as Operation).id;
    if (earlier !== fault) return lastConsistent(spec, start, operations, earlier, options);
  }
  const order = result.valid === true ? result.witness.map((index) => (before[index] as Operation).id) : [];
  const byId = new Map(operations.map((operation) => [operation.id, operation]));
  const state = order.reduce((now, id) => apply(spec, now, byId.get(id) as Operation).state, start);
  const operation = byId.get(fault) as Operation;
  const legal = legalAnswers(spec, state, operation);
  return { order, state: state as Json, stuck: [{ operation: fault, legal }] };
}

function apply(spec: AnySpec, state: unknown, operation: Operation): { state: unknown; result: unknown } {
  const { f, input, output } = operation;
  const next = cloneJson(state);
  const result = spec.ops[f]?.(next as never, cloneJson(input) as never, output as never);
  return { state: next, result };
}

/** What the operation could have answered in this state. */
function legalAnswers(spec: AnySpec, state: unknown, operation: Operation): Json[] {
  const { input } = operation;
  const { result } = apply(spec, state, { ...operation, output: undefined });
  return (alternatives(result) ?? [result]).map((value) => (value === undefined ? input : value)) as Json[];
}

class Search {
  private readonly spec: AnySpec;
  private readonly start: unknown;
  private readonly operations: readonly Operation[];
  private readonly seen = new Set<string>();
  /** By operation: the longest order that reaches it. */
  private readonly longest = new Map<number, Prefix>();
  private readonly order: number[] = [];
  private readonly taken: boolean[];

  constructor(spec: AnySpec, start: unknown, operations: readonly Operation[]) {
    this.spec = spec;
    this.start = start;
    this.operations = operations;
    this.taken = operations.map(() => false);
  }

  /** The longest first; none when the budget ran out. */
  prefixes(): Prefix[] {
    if (!this.visit(this.start)) return [];
    const distinct = new Map<string, Prefix>();
    for (const prefix of this.longest.values()) {
      const name = canonicalJson([prefix.state, prefix.stuck, [...prefix.order].sort((a, b) => a - b)]);
      if (!distinct.has(name)) distinct.set(name, prefix);
    }
    return [...distinct.values()].sort((a, b) => b.order.length - a.order.length).slice(0, mostPrefixes);
  }

  private visit(state: unknown): boolean {
    const key = `${this.taken.map(Number).join('')}${canonicalJson(state)}`;
    if (this.seen.has(key)) return true;
    if (this.seen.size >= mostConfigurations) return false;
    this.seen.add(key);
    const { operations, taken, spec } = this;
    // Nothing may be placed after the first completion among what is left.
    const due = Math.min(...operations.filter((_, i) => !taken[i]).map(({ completed }) => completed));
    const stuck: Stuck[] = [];
    let further = false;
    for (let i = 0; i < operations.length; i++) {
      const operation = operations[i] as Operation;
      if (taken[i] || operation.invoked > due) continue;
      const next = apply(spec, state, operation);
      if (!matches(next.result, operation.input, operation.output)) {
        stuck.push({ operation: operation.id, legal: legalAnswers(spec, state, operation) });
        continue;
      }
      // An operation of unknown outcome need not take effect, so an end before it is an end all the same.
      further ||= operation.type === 'ok';
      taken[i] = true;
      this.order.push(operation.id);
      const within = this.visit(next.state);
      this.order.pop();
      taken[i] = false;
      if (!within) return false;
    }
    if (!further) this.keep(state, stuck);
    return true;
  }

  private keep(state: unknown, stuck: readonly Stuck[]): void {
    const { order } = this;
    const prefix = { order: [...order], state: cloneJson(state) as Json, stuck };
    for (const id of order) {
      if ((this.longest.get(id)?.order.length ?? 0) < order.length) this.longest.set(id, prefix);
    }
    if (order.length === 0) this.longest.set(-1, prefix);
  }
}
