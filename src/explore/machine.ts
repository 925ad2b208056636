/**
 * The plain door to exhaustive search, for specifications that do not pass messages between nodes: one state, and
 * guarded actions over it, as in TLA+. `then` changes a draft of the state; a state is JSON.
 *
 *   export const clock = machine({
 *     name: 'clock',
 *     init: () => ({ hour: 0 }),
 *     actions: () => [action('tick', () => true, (state) => void (state.hour = (state.hour + 1) % 12))],
 *     always: { 'twelve hours': ({ hour }) => hour < 12 },
 *   });
 */
import { UsageError, unknownName } from '../base/errors.ts';
import { findNonJson } from '../base/json.ts';
import type { MutantStory } from '../kernel/protocol.ts';

/** True: it holds. False, or a sentence with the facts that contradict each other: it does not. */
export type MachineJudgement = boolean | string;

/** What can happen: in a state for which `when` holds, `then` may change the state to the next one. */
export interface Action<State> {
  readonly name: string;
  readonly when: (state: State) => boolean;
  readonly then: (draft: State) => void;
  /** Whether it is taken at last, if it is possible for ever; only `eventually` asks. Default true. */
  readonly fair: boolean;
}

/** `action('commit', (state) => state.votes === 3, (state) => void (state.decided = true))` */
export function action<State>(
  name: string,
  when: (state: State) => boolean,
  then: (draft: State) => void,
  { fair = true }: { readonly fair?: boolean } = {},
): Action<State> {
  return { name, when, then, fair };
}

type Predicate<State> = (state: State, ids: readonly string[]) => MachineJudgement;
type Properties<State> = Readonly<Record<string, Predicate<State>>>;

export interface MachineDefinition<State, Mutant extends string = string> {
  readonly name: string;
  /** A sentence or two: what it describes, and where it comes from. */
  readonly story?: string;
  /** What its participants are called: `'rm'` makes rm1, rm2, … Default 'n'. */
  readonly ids?: string;
  /** How many participants there are; default 3. */
  readonly nodes?: number;
  readonly init: (ids: readonly string[]) => State | readonly State[];
  /** Planted bugs by name; `actions` is told which is in force, or null. */
  readonly mutants?: Readonly<Record<Mutant, MutantStory>>;
  readonly actions: (
    ids: readonly string[],
    mutant: NoInfer<Mutant> | null,
  ) => readonly Action<NoInfer<State>>[];
  /** What holds in every state, by name. */
  readonly always?: Properties<NoInfer<State>>;
  /** What is true in some state, by name. */
  readonly sometimes?: Properties<NoInfer<State>>;
  /** What every fair run comes to at last, by name: a possible action is not put off for ever (weak fairness). */
  readonly eventually?: Properties<NoInfer<State>>;
  /** By name, two predicates: whenever the first is true, every fair run comes to the second, then or later. */
  readonly leadsTo?: Readonly<
    Record<string, readonly [from: Predicate<NoInfer<State>>, to: Predicate<NoInfer<State>>]>
  >;
  /**
   * Whether the participants are interchangeable: renaming them, wherever their names stand in a state as a key or a
   * value, changes nothing that the actions and properties tell apart.
   */
  readonly symmetry?: boolean;
  /** Sets of interchangeable values, each by the strings that stand for them: `[['v1', 'v2']]`; as for participants. */
  readonly values?: readonly (readonly string[])[];
  /**
   * A cheaper normal form than trying names out: participants are sorted by this number. Those of the same number keep
   * their order, so states of one orbit may stay apart, and how many do depends on the order of the search.
   */
  readonly sortBy?: (state: NoInfer<State>, id: string) => number;
}

export interface Machine<State = unknown> {
  readonly kind: 'machine';
  readonly name: string;
  readonly story: string;
  readonly nodes: number;
  /** Whether it declares anything interchangeable. */
  readonly symmetric: boolean;
  readonly definition: MachineDefinition<State>;
}

/** A machine whose type of state has been forgotten. */
export type AnyMachine = Machine<never>;

export function machine<State, Mutant extends string = never>(
  definition: MachineDefinition<State, Mutant>,
): Machine<State> {
  const { name, story = '', nodes = 3, symmetry = false, values = [] } = definition;
  if (!Number.isInteger(nodes) || nodes < 1) {
    throw new UsageError(`machine ${name} has nodes: ${nodes}; expected an integer of 1 or more`);
  }
  const twice = values.flat().find((value, index, all) => all.indexOf(value) !== index);
  if (twice !== undefined)
    throw new UsageError(`machine ${name} has values with '${twice}' twice; expected each string once`);
  const symmetric = symmetry || values.length > 0;
  // From here on the names of planted bugs are looked up; see `actionsOf`.
  const forgotten = definition as unknown as MachineDefinition<State>;
  return { kind: 'machine', name, story, nodes, symmetric, definition: forgotten };
}

/** The states a machine starts in; `init` returns one, or a list of them. */
export function initialStates<State>(
  { name, init }: MachineDefinition<State>,
  ids: readonly string[],
): readonly State[] {
  const made = init(ids);
  const states = (Array.isArray(made) ? made : [made]) as readonly State[];
  for (const state of states) {
    const problem = findNonJson(state);
    if (problem) {
      throw new UsageError(
        `machine ${name}: init made ${problem.path.replace(/^\./, '') || 'a state'} = ${problem.found}; expected JSON`,
      );
    }
  }
  return states;
}

/** What can happen under a planted bug, or under none. */
export function actionsOf<State>(
  { name, actions, mutants = {} }: MachineDefinition<State>,
  ids: readonly string[],
  mutant: string | null,
): readonly Action<State>[] {
  if (mutant !== null && !Object.hasOwn(mutants, mutant))
    throw unknownName(`mutant of ${name}`, mutant, Object.keys(mutants));
  return actions(ids, mutant);
}

/** The names of `count` participants. */
export const idsOf = ({ ids = 'n' }: { readonly ids?: string }, count: number): readonly string[] =>
  Array.from({ length: count }, (_, index) => `${ids}${index + 1}`);
