/**
 * A sequential specification: the single-threaded program one wishes one had. Each function gets the state
 * (which it may mutate) and the operation's input, and returns the result a client must see.
 */

/** How an input is generated: nothing, a value no one else writes, a value written before (or soon), or a tuple of these. */
export type InputShape = 'none' | 'unique' | 'value' | readonly InputShape[];

/** A function of a spec. A result of `undefined` matches any completion. `never` stands for "some input": see `Input`. */
export type SpecFunction<State> = (state: State, input: never) => unknown;

export interface Spec<
  State = unknown,
  Functions extends Record<string, SpecFunction<State>> = Record<string, SpecFunction<State>>,
> {
  readonly kind: 'spec';
  readonly name: string;
  readonly init: () => State;
  readonly ops: Functions;
  /** Keys are independent objects: `init` and `ops` describe one key, and histories are judged key by key (Herlihy and Wing's locality). */
  readonly keyed: boolean;
  readonly inputs: { readonly [F in keyof Functions]?: InputShape };
}

/** A spec whose types have been forgotten, as checkers see it. */
export interface AnySpec {
  readonly kind: 'spec';
  readonly name: string;
  readonly init: () => unknown;
  readonly ops: Readonly<Record<string, SpecFunction<never>>>;
  readonly keyed: boolean;
  readonly inputs: { readonly [f: string]: InputShape | undefined };
}

export type FunctionName<S extends AnySpec> = Extract<keyof S['ops'], string>;

/** The type of the input of function F; `undefined` where it takes none. */
export type Input<S extends AnySpec, F extends FunctionName<S>> =
  Parameters<S['ops'][F]> extends [unknown, infer I] ? I : undefined;

/** What a client sees of function F; a function without a result answers `null`. */
export type Output<S extends AnySpec, F extends FunctionName<S>> = [ReturnType<S['ops'][F]>] extends [
  void | undefined,
]
  ? null
  : ReturnType<S['ops'][F]>;

interface SpecDefinition<State, Functions extends Record<string, SpecFunction<State>>> {
  name: string;
  init: () => State;
  ops: Functions;
  /** `'independent'`: operations carry a key and keys do not influence each other. */
  key?: 'independent';
  /** How fuzzing draws inputs; by default `'unique'` for functions of two parameters, else `'none'`. */
  inputs?: { [F in keyof Functions]?: InputShape };
}

export function spec<State, Functions extends Record<string, SpecFunction<State>>>(
  definition: SpecDefinition<State, Functions>,
): Spec<State, Functions> {
  return {
    kind: 'spec',
    name: definition.name,
    init: definition.init,
    ops: definition.ops,
    keyed: definition.key === 'independent',
    inputs: definition.inputs ?? {},
  };
}
