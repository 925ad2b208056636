/**
 * Linearizability judged as a history grows, event by event: all states that the object can be in, each with the pending
 * operations that have taken effect in it and what they returned (Wing and Gong 1993, with all branches at once; Lowe,
 * "Testing for linearizability", 2017, calls it just-in-time). Nothing takes effect before some completion needs it.
 * When no state is left, no order explains the last completion. Histories with the same states left are the same, so
 * the search need not tell them apart.
 */
import { canonicalJson, cloneJson, type Json } from '../base/json.ts';
import { type AnySpec, alternatives, impossible, matches } from '../spec/spec.ts';

export interface Pending {
  readonly f: string;
  readonly input: Json;
  readonly key: string;
}

/** One way in which things can be: the object under each key, and what pending operations that took effect returned. */
interface Possible {
  readonly objects: Readonly<Record<string, unknown>>;
  readonly results: Readonly<Record<string, Result>>;
}

type Result = { readonly any: true } | { readonly one: readonly unknown[] };

export interface Explanations {
  /** By process. */
  readonly pending: Readonly<Record<string, Pending>>;
  readonly possible: readonly Possible[];
}

export class HistoryMonitor {
  private readonly spec: AnySpec;

  constructor(spec: AnySpec) {
    this.spec = spec;
  }

  /** False for a spec whose functions look at what clients saw: that is not known yet when they take effect. */
  static fits(spec: AnySpec): boolean {
    return Object.values(spec.ops).every((run) => run.length < 3);
  }

  readonly start: Explanations = { pending: {}, possible: [{ objects: {}, results: {} }] };

  invoke(before: Explanations, process: number, operation: Pending): Explanations {
    return { ...before, pending: { ...before.pending, [process]: operation } };
  }

  /** What is left when the operation of the process completed with this output; no possibilities: a violation. */
  ok(before: Explanations, process: number, output: Json): Explanations {
    const { input } = before.pending[process] as Pending;
    const left = new Map<string, Possible>();
    const seen = new Set<string>();
    const visit = (possible: Possible): void => {
      const text = canonicalJson(possible);
      if (seen.has(text)) return;
      seen.add(text);
      const result = possible.results[process];
      if (result) {
        if (fitsResult(result, input, output)) {
          const { [process]: _, ...results } = possible.results;
          const next = { ...possible, results };
          left.set(canonicalJson(next), next);
        }
        return;
      }
      for (const other in before.pending) {
        if (possible.results[other]) continue;
        const next = this.takeEffect(possible, other, before.pending[other] as Pending);
        if (next) visit(next);
      }
    };
    for (const possible of before.possible) visit(possible);
    const { [process]: _, ...pending } = before.pending;
    return { pending, possible: [...left.entries()].sort(byText).map(([, possible]) => possible) };
  }

  /** The operation certainly did not take effect. */
  fail(before: Explanations, process: number): Explanations {
    const { [process]: _, ...pending } = before.pending;
    return { pending, possible: before.possible.filter(({ results }) => !results[process]) };
  }

  private takeEffect(
    { objects, results }: Possible,
    process: string,
    operation: Pending,
  ): Possible | undefined {
    const { f, input, key } = operation;
    const object = cloneJson(objects[key] ?? this.spec.init());
    const run = this.spec.ops[f] as (state: unknown, input: Json) => unknown;
    const returned = run(object, input);
    if (returned === impossible) return undefined;
    const result: Result =
      returned === undefined ? { any: true } : { one: alternatives(returned) ?? [returned] };
    return { objects: { ...objects, [key]: object }, results: { ...results, [process]: result } };
  }
}

const byText = ([a]: [string, unknown], [b]: [string, unknown]): number => (a < b ? -1 : 1);

function fitsResult(result: Result, input: Json, output: Json): boolean {
  return 'any' in result || result.one.some((value) => matches(value, input, output));
}
