/**
 * A sequential specification: the single-threaded program one wishes one had. Each function gets the state
 * (which it may mutate) and the operation's input, and returns the result a client must see.
 */

import { UsageError } from '../base/errors.ts';
import { equalJson, type Json } from '../base/json.ts';

/** How an input is generated: nothing, a value no one else writes, a value written before (or soon), or a tuple of these. */
export type InputShape = 'none' | 'unique' | 'value' | readonly InputShape[];

/**
 * A function of a spec. A result of `undefined` matches any completion. `never` stands for "some input": see `Input`.
 * A non-deterministic function may look at what the client saw, `output`, which is `undefined` when nobody knows.
 */
export type SpecFunction<State> = (state: State, input: never, output: never) => unknown;

export interface Spec<
  State = unknown,
  Functions extends Record<string, SpecFunction<State>> = Record<string, SpecFunction<State>>,
> {
  readonly kind: 'spec';
  readonly name: string;
  readonly init: () => State;
  readonly ops: Functions;
  /** The state that `--initial VALUE` means. */
  readonly initial: ((value: Json) => State) | undefined;
  /** Keys are independent objects: `init` and `ops` describe one key, and histories are judged key by key (Herlihy and Wing's locality). */
  readonly keyed: boolean;
  readonly inputs: { readonly [F in keyof Functions]?: InputShape };
  /** Functions that never change the state: checkers place them as soon as they are legal. */
  readonly reads: readonly string[];
  /** A revision or timestamp by which completed operations are likely to have taken effect: checkers try that order first. */
  readonly order: ((f: string, input: Json, output: Json) => number | undefined) | undefined;
  /** Completions that tell that nothing changed, such as `[x, false]` of a set's `add`. */
  readonly unchanged: ((f: string, input: Json, output: Json) => boolean) | undefined;
  /**
   * The parts of the object that an operation sees or changes, such as keys. Operations that share none do not influence each other,
   * and are judged apart. `undefined`: all of it. `output` is `undefined` when nobody knows it.
   */
  readonly parts: PartsOf | undefined;
}

type PartsOf = (f: string, input: Json, output: Json | undefined) => readonly Json[] | undefined;

/** A spec whose types have been forgotten, as checkers see it. */
export interface AnySpec {
  readonly kind: 'spec';
  readonly name: string;
  readonly init: () => unknown;
  readonly initial: ((value: Json) => unknown) | undefined;
  readonly ops: Readonly<Record<string, SpecFunction<never>>>;
  readonly keyed: boolean;
  readonly inputs: { readonly [f: string]: InputShape | undefined };
  readonly reads: readonly string[];
  readonly order: ((f: string, input: Json, output: Json) => number | undefined) | undefined;
  readonly unchanged: ((f: string, input: Json, output: Json) => boolean) | undefined;
  readonly parts: PartsOf | undefined;
}

export type FunctionName<S extends AnySpec> = Extract<keyof S['ops'], string>;

/** The type of the input of function F; `undefined` where it takes none. */
export type Input<S extends AnySpec, F extends FunctionName<S>> =
  Parameters<S['ops'][F]> extends [unknown, infer I, ...unknown[]] ? I : undefined;

/** What a client sees of function F; a function without a result answers `null`. */
export type Output<S extends AnySpec, F extends FunctionName<S>> = [ReturnType<S['ops'][F]>] extends [
  void | undefined,
]
  ? null
  : ReturnType<S['ops'][F]> extends OneOf<infer T>
    ? T
    : ReturnType<S['ops'][F]>;

/** A result that may be any of several values: what a non-deterministic function returns. */
export interface OneOf<T> {
  readonly [oneOfBrand]: readonly T[];
}

/** Known to all copies of this module, so that a spec loaded from a user's file is understood. */
export const oneOfBrand: unique symbol = Symbol.for('clew.oneOf') as never;

/** `read: (state) => oneOf([state.value, state.previous])`: a client may see any of these. */
export function oneOf<T>(values: readonly T[]): OneOf<T> {
  return { [oneOfBrand]: values };
}

/** The result of an operation that cannot happen in this state, whatever the client saw. */
export const impossible: OneOf<never> = oneOf([]);

/** The values of a `oneOf`; `undefined` for every other result. */
export function alternatives(result: unknown): readonly unknown[] | undefined {
  return typeof result === 'object' && result !== null && oneOfBrand in result
    ? (result as OneOf<unknown>)[oneOfBrand]
    : undefined;
}

/**
 * Whether a client that saw `output` may have been answered `result`. `undefined` matches anything, and so does
 * an operation without a known completion; `true` also matches an echo of the input, as Jepsen completes a cas.
 */
export function matches(result: unknown, input: Json, output: Json | undefined): boolean {
  if (result === undefined) return true;
  const several = alternatives(result);
  if (several) return several.some((value) => matches(value, input, output));
  if (output === undefined) return true;
  if (equalJson(result, output)) return true;
  return result === true && typeof input !== 'boolean' && equalJson(input, output);
}

/** For specs to refuse an input: `expectInput(typeof amount === 'number', 'a number')`. */
export function expectInput(condition: unknown, expected: string): asserts condition {
  if (!condition) throw new UsageError(`expected ${expected}`);
}

/** An initial value that must be a list. */
export function listOf(value: Json): readonly Json[] {
  expectInput(Array.isArray(value), 'a list');
  return value;
}

interface SpecDefinition<State, Functions extends Record<string, SpecFunction<State>>> {
  name: string;
  init: () => State;
  ops: Functions;
  /** The state that a user means by an initial value, such as `null` for a register. */
  initial?: (value: Json) => NoInfer<State>;
  /** `'independent'`: operations carry a key and keys do not influence each other. */
  key?: 'independent';
  /** How fuzzing draws inputs; by default `'unique'` for functions of two parameters, else `'none'`. */
  inputs?: { [F in keyof Functions]?: InputShape };
  /**
   * Functions that change nothing in any state. A hint that makes checking faster; checkers verify it on every state they meet.
   */
  reads?: readonly Extract<keyof Functions, string>[];
  /** The revision or timestamp of a completed operation, where it tells one: only a hint where to look first, so it may be wrong. */
  order?: (f: string, input: Json, output: Json) => number | undefined;
  /** Completed operations of other functions that change nothing in any state in which they are legal (also a hint). */
  unchanged?: (f: string, input: Json, output: Json) => boolean;
  /**
   * The parts of the object that an operation sees or changes, such as keys. Operations that share none do not influence each other,
   * and are judged apart. `undefined`: all of it. `output` is `undefined` when nobody knows it.
   */
  parts?: PartsOf;
}

export function spec<State, Functions extends Record<string, SpecFunction<State>>>(
  definition: SpecDefinition<State, Functions>,
): Spec<State, Functions> {
  return {
    kind: 'spec',
    name: definition.name,
    init: definition.init,
    ops: definition.ops,
    initial: definition.initial,
    keyed: definition.key === 'independent',
    inputs: definition.inputs ?? {},
    reads: definition.reads ?? [],
    order: definition.order,
    unchanged: definition.unchanged,
    parts: definition.parts,
  };
}
