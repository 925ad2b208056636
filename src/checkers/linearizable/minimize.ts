/**
 * The few operations that contradict each other (delta debugging: Zeller and Hildebrandt 2002). Leaving operations out
 * of a history can make it wrong for a silly reason: a read without its write. So an operation is left out only
 * if the rest is contradictory whatever became of it: as if it had crashed. Then the writes that the others must
 * have seen are put back, as few as explain everything but the operation that fails.
 *
 * Objects that hold values (queues, stacks, lists, growing sets) are smaller without a value: all of a value's operations
 * go at once, and the value goes from what whole reads saw, which keeps a linearizable history linearizable.
 */
import { canonicalJson, type Json } from '../../base/json.ts';
import type { Operation } from '../../history/history.ts';
import { listAppend } from '../../spec/list-append.ts';
import { priorityQueue, queue, stack } from '../../spec/queue.ts';
import { growSet } from '../../spec/set.ts';
import type { AnySpec } from '../../spec/spec.ts';
import type { Budget } from '../budget.ts';
import { LinearizabilityChecker } from './linearizable.ts';
import { token } from './monitors/monitor.ts';

/** A unit is left out or kept as a whole. */
type Unit = readonly Operation[];

const containers: ReadonlySet<unknown> = new Set([queue, stack, priorityQueue]);
/** Objects whose reads see all values. */
const wholes: ReadonlySet<unknown> = new Set([listAppend, growSet]);

export interface Minimized {
  /** Operations of the history, with their ids, in order of invocation; those that complete after `failed` as pending. */
  readonly operations: readonly Operation[];
  /** The id of the operation with whose completion the contradiction is there. */
  readonly failed: number;
  /** Whether nothing can be left out, or the budget ended the search for less. */
  readonly minimal: boolean;
  /** Whether reads of everything are shown without the values of the operations that are left out. */
  readonly projected: boolean;
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
  private readonly whole: boolean;
  private readonly all: readonly Operation[];
  private before: readonly Operation[] = [];

  constructor(spec: AnySpec, operations: readonly Operation[], initial: Json | undefined, budget: Budget) {
    this.checker = new LinearizabilityChecker(spec);
    this.all = operations;
    this.initial = initial;
    this.budget = budget;
    this.reads = new Set(spec.reads);
    this.whole = wholes.has(spec);
    this.drops = this.whole || containers.has(spec);
  }

  run(culprits: readonly number[], failed: number): Minimized {
    let end = this.firstFailure(this.all, this.all.find(({ id }) => id === failed)!.completed);
    this.before = prefixOf(this.all, end);
    let units = this.unitsOf(this.before);
    const marked = new Set(culprits);
    const chosen = units.filter((unit) => unit.some(({ id }) => marked.has(id)));
    if (chosen.length < units.length && this.contradictory(chosen)) units = chosen;
    else units = this.lastUnits(units);
    let size: number;
    do {
      size = units.length;
      units = this.shrink(units, (smaller) => this.contradictory(smaller));
    } while (units.length < size && !this.budget.exhausted());
    // The operation that failed may be gone, and an earlier contradiction left, found only now that so few are in the way.
    if (!units.flat().some(({ completed }) => completed === end)) {
      end = this.drops ? this.firstFailure(this.sorted(units), end) : latestCompletion(units.flat());
    }
    if (!this.drops) units = this.withCauses(units, end);
    const operations = this.sorted(units);
    const last = operations.find(({ completed }) => completed === end)!;
    return {
      operations: prefixOf(operations, end),
      failed: last.id,
      minimal: this.budget.exhausted() === undefined,
      projected: this.whole,
    };
  }

  private sorted(units: readonly Unit[]): readonly Operation[] {
    return [...this.projected(units.flat())].sort(byInvocation);
  }

  /** Puts causes back, and leaves out what is not needed any more now that they are there. */
  private withCauses(units: readonly Unit[], end: number): readonly Unit[] {
    const causes = this.causes(units.flat(), end).map((operation): Unit => [operation]);
    if (causes.length === 0) return units;
    return this.shrink([...units, ...causes], (smaller) => {
      return this.contradictory(smaller) && this.judge(innocent(smaller.flat(), end)) === true;
    });
  }

  /** The earliest completion at which operations are known to be contradictory; perhaps that is `guess`. */
  private firstFailure(operations: readonly Operation[], guess: number): number {
    const completions = operations
      .filter(({ type }) => type === 'ok')
      .map(({ completed }) => completed)
      .sort((a, b) => a - b);
    let [low, high] = [0, completions.length - 1];
    if (completions.includes(guess) && this.judge(prefixOf(operations, guess)) === false)
      high = completions.indexOf(guess);
    while (low < high && !this.budget.exhausted()) {
      const middle = (low + high) >> 1;
      if (this.judge(prefixOf(operations, completions[middle]!)) === false) high = middle;
      else low = middle + 1;
    }
    return completions[high]!;
  }

  /** Operations without which the kept ones, but for the one that fails at `end`, would have no explanation: as few as will do. */
  private causes(kept: readonly Operation[], end: number): readonly Operation[] {
    const ids = new Set(kept.map(({ id }) => id));
    const others = this.before.filter(
      ({ id, f, completed }) => !ids.has(id) && !this.reads.has(f) && completed !== end,
    );
    const explained = (units: readonly Unit[]): boolean =>
      this.judge(innocent([...kept, ...units.flat()], end)) === true;
    if (explained([])) return [];
    let units: readonly Unit[] = others.map((operation) => [operation]);
    if (!explained(units)) return [];
    for (let count = 4; count < units.length; count *= 2) {
      if (explained(units.slice(-count))) units = units.slice(-count);
    }
    return this.shrink(units, explained).flat();
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

  /** Leaves out chunks, large ones first, then single units, while `holds`. */
  private shrink(units: readonly Unit[], holds: (units: readonly Unit[]) => boolean): readonly Unit[] {
    let kept = units;
    for (let chunk = Math.ceil(kept.length / 2); chunk >= 1; chunk = chunk === 1 ? 0 : Math.ceil(chunk / 2)) {
      for (let from = 0; from < kept.length; ) {
        if (this.budget.exhausted()) return kept;
        const smaller = [...kept.slice(0, from), ...kept.slice(from + chunk)];
        if (smaller.length > 0 && holds(smaller)) kept = smaller;
        else from += chunk;
      }
    }
    return kept;
  }

  /** Whether these are not linearizable whatever became of the others once they were invoked. */
  private contradictory(units: readonly Unit[]): boolean {
    const kept = this.projected(units.flat());
    const ids = new Set(kept.map(({ id }) => id));
    const others = this.drops ? [] : this.before.filter(({ id, f }) => !ids.has(id) && !this.reads.has(f));
    return this.judge([...kept, ...others.map(crashed)].sort(byInvocation)) === false;
  }

  /** What whole reads saw of the values that are kept. A value that nobody added is always kept. */
  private projected(operations: readonly Operation[]): readonly Operation[] {
    if (!this.whole) return operations;
    const ids = new Set(operations.map(({ id }) => id));
    const gone = new Set<unknown>();
    for (const { id, f, input } of this.before) {
      if (!ids.has(id) && !this.reads.has(f)) gone.add(token(input));
    }
    return operations.map((operation) => {
      if (!Array.isArray(operation.output)) return operation;
      const output = (operation.output as Json[]).filter((value) => !gone.has(token(value)));
      return { ...operation, output };
    });
  }

  private judge(operations: readonly Operation[]): boolean | 'unknown' {
    const initial = this.initial === undefined ? {} : { initial: this.initial };
    return this.checker.check(operations, { ...initial, budget: this.shortBudget() }).valid;
  }

  /** One question may cost a tenth of a second; without an answer the operations are kept. */
  private shortBudget(): Budget {
    const deadline = performance.now() + 100;
    return {
      exhausted: () => this.budget.exhausted() ?? (performance.now() > deadline ? 'too long' : undefined),
    };
  }

  private unitsOf(operations: readonly Operation[]): readonly Unit[] {
    if (!this.drops || this.whole) return operations.map((operation) => [operation]);
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

/** What happened up to a completion: what comes later cannot mend it, what completes later is as good as pending. */
function prefixOf(operations: readonly Operation[], end: number): readonly Operation[] {
  return operations
    .filter(({ invoked }) => invoked < end)
    .map((one) => (one.completed <= end ? one : crashed(one)));
}

/** The operation as if nobody had heard of its outcome. */
function crashed(operation: Operation): Operation {
  return { ...operation, type: 'info', output: undefined, completed: Number.POSITIVE_INFINITY };
}

/** The operations, had the one that completes at `end` not been heard of again. */
function innocent(operations: readonly Operation[], end: number): Operation[] {
  return operations.map((one) => (one.completed === end ? crashed(one) : one)).sort(byInvocation);
}

function latestCompletion(operations: readonly Operation[]): number {
  return operations.reduce(
    (latest, { type, completed }) => (type === 'ok' ? Math.max(latest, completed) : latest),
    -1,
  );
}

function byInvocation(a: Operation, b: Operation): number {
  return a.invoked - b.invoked;
}
