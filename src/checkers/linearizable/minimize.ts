/**
 * The few operations that contradict each other (delta debugging: Zeller and Hildebrandt 2002). Leaving operations out
 * of a history can make it wrong for a silly reason: a read without its write. So an operation is left out only
 * if the rest is contradictory even when that operation took effect at any time, or never. What remains is not linearizable
 * by itself, whatever the others did.
 *
 * Objects that hold values (queues, stacks) are smaller without a value: all of a value's operations go at once,
 * which keeps a linearizable history linearizable.
 */
import { canonicalJson, type Json } from '../../base/json.ts';
import type { Operation } from '../../history/history.ts';
import { priorityQueue, queue, stack } from '../../spec/queue.ts';
import type { AnySpec } from '../../spec/spec.ts';
import type { Budget } from '../budget.ts';
import { LinearizabilityChecker } from './linearizable.ts';

/** A unit is left out or kept as a whole. */
type Unit = readonly Operation[];

const containers: ReadonlySet<unknown> = new Set([queue, stack, priorityQueue]);

export interface Minimized {
  /** Operations of the history, with their ids, in order of invocation; those that complete after `failed` as pending. */
  readonly operations: readonly Operation[];
  /** Whether nothing can be left out, or the budget ended the search for less. */
  readonly minimal: boolean;
}

/**
 * `operations` are those of one object, `culprits` the ids of some that are thought to be contradictory by themselves,
 * `failed` the id of the one that has no place.
 */
export function minimize(
  spec: AnySpec,
  operations: readonly Operation[],
  hints: { culprits: readonly number[]; failed: number; initial: Json | undefined; budget: Budget },
): Minimized {
  return new Minimizer(spec, operations, hints.initial, hints.budget).run(hints.culprits, hints.failed);
}

class Minimizer {
  private readonly checker: LinearizabilityChecker;
  private readonly initial: Json | undefined;
  private readonly budget: Budget;
  private readonly reads: ReadonlySet<string>;
  private readonly drops: boolean;
  private readonly all: readonly Operation[];
  private before: readonly Operation[] = [];

  constructor(spec: AnySpec, operations: readonly Operation[], initial: Json | undefined, budget: Budget) {
    this.checker = new LinearizabilityChecker(spec);
    this.all = operations;
    this.initial = initial;
    this.budget = budget;
    this.reads = new Set(spec.reads);
    this.drops = containers.has(spec);
  }

  run(culprits: readonly number[], failed: number): Minimized {
    const end = this.all.find(({ id }) => id === failed)!.completed;
    // What happens after the failure cannot mend it; what completes after it is as good as pending.
    this.before = this.all
      .filter(({ invoked }) => invoked < end)
      .map((operation) => pendingAt(operation, end));
    let units = this.unitsOf(this.before);
    const marked = new Set(culprits);
    const chosen = units.filter((unit) => unit.some(({ id }) => marked.has(id)));
    if (chosen.length < units.length && this.contradictory(chosen)) units = chosen;
    else units = this.lastUnits(units);
    let size: number;
    do {
      size = units.length;
      units = this.shrink(units);
    } while (units.length < size && !this.budget.exhausted());
    const kept = units.flat().sort((a, b) => a.invoked - b.invoked);
    return { operations: kept, minimal: this.budget.exhausted() === undefined };
  }

  /** As few units from the end as will do, by doubling. */
  private lastUnits(units: readonly Unit[]): readonly Unit[] {
    for (let count = 4; count < units.length; count *= 2) {
      const last = units.slice(-count);
      if (this.contradictory(last)) return last;
      if (this.budget.exhausted()) break;
    }
    return units;
  }

  /** Leaves out chunks, large ones first, then single units. */
  private shrink(units: readonly Unit[]): readonly Unit[] {
    let kept = units;
    for (let chunk = Math.ceil(kept.length / 2); chunk >= 1; chunk = chunk === 1 ? 0 : Math.ceil(chunk / 2)) {
      for (let from = 0; from < kept.length; ) {
        if (this.budget.exhausted()) return kept;
        const smaller = [...kept.slice(0, from), ...kept.slice(from + chunk)];
        if (smaller.length > 0 && this.contradictory(smaller)) kept = smaller;
        else from += chunk;
      }
    }
    return kept;
  }

  /** Whether these are not linearizable even if the others took effect at any time, or never. */
  private contradictory(units: readonly Unit[]): boolean {
    const kept = units.flat().sort((a, b) => a.invoked - b.invoked);
    if (!kept.some(({ type }) => type === 'ok')) return false;
    const ids = new Set(kept.map(({ id }) => id));
    const others = this.drops ? [] : this.before.filter(({ id, f }) => !ids.has(id) && !this.reads.has(f));
    const shift = others.length;
    const relaxed = others.map(
      (operation, i): Operation => ({
        ...operation,
        type: 'info',
        output: undefined,
        invoked: i,
        completed: Number.POSITIVE_INFINITY,
      }),
    );
    const shifted = kept.map(
      (operation): Operation => ({
        ...operation,
        invoked: operation.invoked + shift,
        completed: operation.completed + shift,
      }),
    );
    const initial = this.initial === undefined ? {} : { initial: this.initial };
    const result = this.checker.check([...relaxed, ...shifted], { ...initial, budget: this.shortBudget() });
    return result.valid === false;
  }

  /** One question may cost a tenth of a second; without an answer the operations are kept. */
  private shortBudget(): Budget {
    const deadline = performance.now() + 100;
    return {
      exhausted: () => this.budget.exhausted() ?? (performance.now() > deadline ? 'too long' : undefined),
    };
  }

  private unitsOf(operations: readonly Operation[]): readonly Unit[] {
    if (!this.drops) return operations.map((operation) => [operation]);
    const byValue = new Map<string, Operation[]>();
    for (const operation of operations) {
      const value = operation.input ?? operation.output ?? null;
      // Empty takes and crashed ones stand alone.
      const name = value === null ? `alone ${operation.id}` : canonicalJson(value);
      const unit = byValue.get(name);
      if (unit) unit.push(operation);
      else byValue.set(name, [operation]);
    }
    return [...byValue.values()];
  }
}

function pendingAt(operation: Operation, end: number): Operation {
  if (operation.completed <= end) return operation;
  return { ...operation, type: 'info', output: undefined, completed: Number.POSITIVE_INFINITY };
}
