/**
 * Linearizability (Herlihy and Wing 1990): every operation seems to take effect at one instant between its
 * invocation and its completion. An operation whose outcome is unknown may take effect at any time after its
 * invocation, or never. Objects under different keys are judged apart (locality; Horn and Kroening 2015).
 */
import type { Json } from '../../base/json.ts';
import type { History, Operation } from '../../history/history.ts';
import { operationsOf } from '../../history/operations.ts';
import type { AnySpec } from '../../spec/spec.ts';
import { type Budget, unlimited } from '../budget.ts';
import { decompose, merge, renumbered } from './decompose.ts';
import { monitorOf } from './monitors/choose.ts';
import type { Monitor } from './monitors/monitor.ts';
import { Portfolio } from './portfolio.ts';
import { Problem } from './problem.ts';
import { OutOfBudget, Transitions, unknownFunction } from './transitions.ts';

export interface LinearizabilityOptions {
  readonly budget?: Budget;
  /** The object's initial value, when it is not the spec's. */
  readonly initial?: Json;
}

/** How a history was taken apart. */
interface Apart {
  /** Number of objects that were judged apart, and what told them apart: keys, or parts that operations do not share. */
  readonly objects: number;
  readonly apart: readonly ('key' | 'part')[];
  /** Stretches between quiescent points of the objects that were searched, one after another. */
  readonly windows: number;
  /** Monitors that do not apply to this history, though they are of its spec. */
  readonly declined: readonly string[];
}

export type LinearizabilityResult =
  | ({
      readonly valid: true;
      /** Ids of operations in the order of a linearization; crashed ones only where they took effect. */
      readonly witness: readonly number[];
      /** What decided: names of algorithms. */
      readonly by: readonly string[];
    } & Apart)
  | ({
      readonly valid: false;
      /** A completed operation that has no place: at the latest when it completes, no linearization is left. */
      readonly operation: number;
      /** Ids of operations of one object that alone are not linearizable, as far as they are known; perhaps all. */
      readonly culprits: readonly number[];
      /** The object that is at fault, when operations carry keys. */
      readonly key?: Json;
      readonly by: readonly string[];
    } & Apart)
  | ({
      readonly valid: 'unknown';
      readonly reason: string;
      /** Objects that were found linearizable before, and events of the one in work that were passed. */
      readonly objectsDone: number;
      readonly eventsPassed: number;
      readonly events: number;
    } & Apart);

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

/** Up to so many operations a short search comes before the monitor. */
const fewOperations = 200;

export class LinearizabilityChecker {
  private readonly spec: AnySpec;
  private readonly transitions: Transitions;
  private readonly monitor: Monitor | undefined;
  private readonly problem = new Problem();
  private readonly portfolio = new Portfolio();
  private windows = 0;
  private readonly declined = new Set<string>();

  constructor(spec: AnySpec) {
    this.spec = spec;
    this.transitions = new Transitions(spec);
    this.monitor = monitorOf(spec);
  }

  /** Judges operations in order of invocation, such as `operationsOf` gives. */
  check(operations: readonly Operation[], options: LinearizabilityOptions = {}): LinearizabilityResult {
    const { budget = unlimited, initial } = options;
    const { groups, by: apart } = decompose(this.spec, operations);
    const objects = groups.length;
    const witnesses: (readonly number[])[] = [];
    const by = new Set<string>();
    this.windows = 0;
    this.declined.clear();
    for (const group of groups) {
      const outcome = this.judge(group, initial, budget);
      const howApart = { objects, apart, windows: this.windows, declined: [...this.declined] };
      if (outcome.valid === 'unknown') {
        return {
          valid: 'unknown',
          reason: outcome.reason,
          objectsDone: witnesses.length,
          eventsPassed: outcome.event,
          events: group.reduce((events, { type }) => events + (type === 'ok' ? 2 : 1), 0),
          ...howApart,
        };
      }
      by.add(outcome.by);
      if (!outcome.valid) {
        const { id, key } = group[outcome.operation]!;
        const culprits = (outcome.culprits ?? group.map((_, i) => i)).map((i) => group[i]!.id);
        return {
          valid: false,
          operation: id,
          culprits,
          ...(key === undefined ? {} : { key }),
          by: [...by],
          ...howApart,
        };
      }
      witnesses.push(outcome.order.map((i) => group[i]!.id));
    }
    const witness = objects === 1 ? witnesses[0]! : merge(operations, witnesses);
    const { windows, declined } = this;
    return { valid: true, witness, by: [...by], objects, apart, windows, declined: [...declined] };
  }

  /** Judges one object: by its monitor if the history qualifies, else by search. Positions in the list, not ids. */
  private judge(group: readonly Operation[], initial: Json | undefined, budget: Budget): ObjectOutcome {
    const { transitions, problem, portfolio } = this;
    const reason = budget.exhausted();
    if (reason !== undefined) return { valid: 'unknown', reason, event: 0 };
    transitions.trim();
    transitions.budget = budget;
    const initialState = transitions.initialState(initial);
    let monitored = this.monitor === undefined;
    if (!monitored && !(this.monitor?.searchFirst && group.length <= fewOperations)) {
      const outcome = this.runMonitor(group, initialState);
      if (outcome) return outcome;
      monitored = true;
    }
    problem.load(transitions, initialState, group);
    this.windows += problem.windows;
    try {
      const outcome = portfolio.begin(problem);
      if (outcome) return outcome;
      return (monitored ? undefined : this.runMonitor(group, initialState)) ?? portfolio.finish(budget);
    } catch (error) {
      if (!(error instanceof OutOfBudget)) throw error;
      return { valid: 'unknown', reason: error.message, event: portfolio.passed };
    }
  }

  private runMonitor(group: readonly Operation[], initialState: number): ObjectOutcome | undefined {
    const monitor = this.monitor!;
    for (const { f } of group) if (!Object.hasOwn(this.spec.ops, f)) throw unknownFunction(this.spec, f);
    const verdict = monitor.judge(renumbered(group), this.transitions.state(initialState));
    if (!verdict) this.declined.add(monitor.name);
    if (!verdict) return undefined;
    if (verdict.valid) return { valid: true, order: verdict.order, by: monitor.name };
    const culprits = verdict.culprits.length > 0 ? { culprits: verdict.culprits } : {};
    return { valid: false, operation: verdict.operation, ...culprits, by: monitor.name };
  }
}

type ObjectOutcome =
  | { readonly valid: true; readonly order: readonly number[]; readonly by: string }
  | {
      readonly valid: false;
      readonly operation: number;
      readonly culprits?: readonly number[];
      readonly by: string;
    }
  | { readonly valid: 'unknown'; readonly reason: string; readonly event: number };

const checkers = new WeakMap<AnySpec, LinearizabilityChecker>();

/** The checker of a spec that is shared by all who ask here, so that what it learns about the spec is kept. */
export function checkerFor(spec: AnySpec): LinearizabilityChecker {
  let checker = checkers.get(spec);
  if (!checker) checkers.set(spec, (checker = new LinearizabilityChecker(spec)));
  return checker;
}
