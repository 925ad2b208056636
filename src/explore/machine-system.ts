/**
 * A machine as a system to search. Two executors, one meaning: `immer` runs `then` on a draft, so that an action that
 * touches nothing gives the same object; `copying`, the fast one, runs it on a copy of the state. A successor's
 * fingerprint is its predecessor's with the changed leaves exchanged.
 */
import { Immer } from 'immer';
import { UsageError, unknownName } from '../base/errors.ts';
import { canonicalJson } from '../base/json.ts';
import { Fingerprints } from './fingerprint.ts';
import { type Action, idsOf, initialStates, type Machine } from './machine.ts';
import { type SortBy, Symmetry } from './symmetry.ts';
import type { Emit, TransitionSystem, Violation } from './system.ts';

export const machineExecutors = ['copying', 'immer'] as const;
export type MachineExecutor = (typeof machineExecutors)[number];

export const symmetryKinds = ['none', 'sorted', 'full'] as const;
export type SymmetryKind = (typeof symmetryKinds)[number];

export interface MachineBounds {
  /** How many participants; default the machine's. */
  readonly nodes?: number;
  /**
   * Takes states that are the same but for the names of participants for one: `full` always, `sorted` as far as the
   * machine's own `sortBy` puts them into the same order. Default 'none'.
   */
  readonly symmetry?: SymmetryKind;
  /** Default 'copying'. */
  readonly executor?: MachineExecutor;
}

const { produce } = new Immer({ autoFreeze: false });

export function machineSystem<State>(
  machine: Machine<State>,
  bounds: MachineBounds = {},
): TransitionSystem<State> {
  return new MachineSystem(machine, bounds);
}

class MachineSystem<State> implements TransitionSystem<State> {
  readonly name: string;
  readonly print = new Int32Array(4);
  private readonly ids: readonly string[];
  private readonly machine: Machine<State>;
  private readonly actions: readonly Action<State>[];
  private readonly always: readonly [string, (state: State, ids: readonly string[]) => boolean | string][];
  private readonly sometimes: Map<string, (state: State, ids: readonly string[]) => boolean | string>;
  private readonly fingerprints = new Fingerprints();
  private readonly symmetry: Symmetry | undefined;
  private readonly immer: boolean;
  /** The fingerprint of the state that is being expanded, its participants as they are. */
  private readonly own = new Int32Array(4);

  constructor(
    machine: Machine<State>,
    { nodes = machine.nodes, symmetry = 'none', executor }: MachineBounds,
  ) {
    const { definition, name } = machine;
    if (symmetry !== 'none' && !machine.symmetric) {
      throw new UsageError(
        `${name} does not declare its participants interchangeable; expected symmetry: true in machine(…)`,
      );
    }
    if (symmetry === 'sorted' && !definition.sortBy) {
      throw new UsageError(`${name} has no sortBy; expected --symmetry full`);
    }
    if (executor && !machineExecutors.includes(executor))
      throw unknownName('executor', executor, machineExecutors);
    this.machine = machine;
    this.name = name;
    this.ids = idsOf(definition, nodes);
    this.actions = definition.actions(this.ids);
    this.always = Object.entries(definition.always ?? {});
    this.sometimes = new Map(Object.entries(definition.sometimes ?? {}));
    this.symmetry =
      symmetry === 'none'
        ? undefined
        : new Symmetry(
            this.ids,
            symmetry === 'sorted' ? (definition.sortBy as SortBy | undefined) : undefined,
          );
    this.immer = executor === 'immer';
  }

  initial = (): readonly State[] => initialStates(this.machine.definition, this.ids);

  fingerprint = (state: State): void => {
    if (this.symmetry) this.symmetry.fingerprint(state, this.print);
    else this.fingerprints.of(state, this.print);
  };

  expand = (state: State, emit: Emit<State>): void => {
    const { actions, fingerprints, own, print, symmetry } = this;
    if (!symmetry) fingerprints.of(state, own);
    for (let index = 0; index < actions.length; index++) {
      const act = actions[index] as Action<State>;
      if (!act.when(state)) continue;
      const next = this.immer ? produce(state, act.then as never) : this.copied(state, act);
      if (symmetry) symmetry.fingerprint(next, print);
      else {
        print.set(own);
        fingerprints.change(state, next, print);
      }
      emit(next, index, 0);
    }
  };

  private copied(state: State, { then }: Action<State>): State {
    const copy = copyOf(state);
    then(copy);
    return copy;
  }

  judge = (state: State): Violation | undefined => {
    for (const [property, holds] of this.always) {
      const judgement = holds(state, this.ids);
      if (judgement === true) continue;
      const explanation = typeof judgement === 'string' ? judgement : 'does not hold';
      return { property, explanation };
    }
    for (const [name, seen] of this.sometimes) {
      const judgement = seen(state, this.ids);
      if (judgement !== false) this.sometimes.delete(name);
    }
    return undefined;
  };

  within = (): boolean => true;

  encode = (state: State): string => (this.symmetry ? this.symmetry.canonical(state) : canonicalJson(state));

  describe = (_state: State, index: number): string => (this.actions[index] as Action<State>).name;

  unseen = (): readonly string[] => [...this.sometimes.keys()];
}

/** A deep copy of JSON; lists of plain values are copied at once. */
function copyOf<T>(value: T): T {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) {
    const copy = value.slice();
    for (let i = 0; i < copy.length; i++) {
      const item = copy[i];
      if (typeof item === 'object' && item !== null) copy[i] = copyOf(item);
    }
    return copy as T;
  }
  const copy = { ...value } as Record<string, unknown>;
  for (const key in copy) {
    const field = copy[key];
    if (typeof field === 'object' && field !== null) copy[key] = copyOf(field);
  }
  return copy as T;
}
