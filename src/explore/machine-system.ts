/**
 * A machine as a system to search. Two executors, one meaning: `immer` runs `then` on a draft, so that an action that
 * touches nothing gives the same object; `copying`, the fast one, runs it on a copy of the state, or, where all states
 * have one shape, on a scratch copy that is used again. A successor's fingerprint is its predecessor's with the changed
 * leaves exchanged.
 */
import { Immer } from 'immer';
import { UsageError, unknownName } from '../base/errors.ts';
import { canonicalJson, cloneJson } from '../base/json.ts';
import { Fingerprints } from './fingerprint.ts';
import type { Slot } from './interner.ts';
import { copyLanes } from './lanes.ts';
import { type Action, actionsOf, idsOf, initialStates, type Machine } from './machine.ts';
import { ObjectQueue, type StateQueue } from './queues.ts';
import { Scratch } from './scratch.ts';
import { Shape } from './shape.ts';
import { ShapedQueue } from './shaped-queue.ts';
import { type SortBy, Symmetry } from './symmetry.ts';
import type { Emit, Sharing, TransitionSystem, Violation } from './system.ts';

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
  /** The planted bug in force; default none. */
  readonly mutant?: string | null;
}

/** So many states are watched: who changes what it looks at does so early. */
const mostWatched = 500;

const { produce } = new Immer({ autoFreeze: false });

export interface SearchableMachine<State> extends TransitionSystem<State> {
  /** Whether the action of this number is taken at last when it is possible for ever. */
  readonly fair: (action: number) => boolean;
  /** What the actions are called, by number. */
  readonly names: readonly string[];
}

export function machineSystem<State>(
  machine: Machine<State>,
  bounds: MachineBounds = {},
): SearchableMachine<State> {
  return new MachineSystem(machine, bounds);
}

class MachineSystem<State> implements SearchableMachine<State> {
  readonly name: string;
  readonly names: readonly string[];
  readonly print = new Int32Array(4);
  private readonly ids: readonly string[];
  private readonly machine: Machine<State>;
  private readonly actions: readonly Action<State>[];
  private readonly always: readonly [string, (state: State, ids: readonly string[]) => boolean | string][];
  private readonly sometimes: Map<string, (state: State, ids: readonly string[]) => boolean | string>;
  private readonly fingerprints = new Fingerprints();
  private readonly symmetry: Symmetry | undefined;
  private readonly immer: boolean;
  /** How states are copied and compared, when all have one shape, and the object that actions run on until one has another. */
  private readonly shape: Shape<State> | undefined;
  private scratch: Scratch<State> | undefined;
  /** By place: what each leaf contributes to fingerprints. */
  private readonly slots: readonly Slot[] = [];
  /** How often it was watched that conditions and properties only look. */
  private looks = 0;
  /** The fingerprint of the state that is being expanded, its participants as they are. */
  private readonly own = new Int32Array(4);

  constructor(
    machine: Machine<State>,
    { nodes = machine.nodes, symmetry = 'none', executor, mutant = null }: MachineBounds,
  ) {
    const { definition, name } = machine;
    if (symmetry !== 'none' && !machine.symmetric) {
      throw new UsageError(
        `${name} declares nothing interchangeable; expected symmetry: true or values in machine(…)`,
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
    this.actions = actionsOf(definition, this.ids, mutant);
    this.names = this.actions.map((each) => each.name);
    this.always = Object.entries(definition.always ?? {});
    this.sometimes = new Map(Object.entries(definition.sometimes ?? {}));
    this.symmetry = this.symmetryOf(symmetry);
    this.immer = executor === 'immer';
    const [first, ...others] = this.initial();
    const shape = executor === 'immer' || this.symmetry || !first ? undefined : Shape.of<State>(first);
    this.shape = others.every((state) => shape?.fits(state) === true) ? shape : undefined;
    if (this.shape && first) {
      const { leafPaths, leaves } = this.shape;
      this.slots = leafPaths.map((path) => this.fingerprints.slot(path, (number) => leaves[number]));
      this.scratch = new Scratch(this.shape, first);
    }
  }

  private symmetryOf(kind: SymmetryKind): Symmetry | undefined {
    const { symmetry, values = [], sortBy } = this.machine.definition;
    if (kind === 'none') return undefined;
    if (kind === 'sorted') return new Symmetry([this.ids], sortBy as SortBy);
    return new Symmetry([...(symmetry ? [this.ids] : []), ...values]);
  }

  initial = (): readonly State[] => initialStates(this.machine.definition, this.ids);

  fingerprint = (state: State): void => {
    if (this.symmetry) this.symmetry.fingerprint(state, this.print);
    else this.fingerprints.of(state, this.print);
  };

  expand = (state: State, emit: Emit<State>, known?: Int32Array): void => {
    if (this.looks < mostWatched) {
      const own = this.keep(state);
      this.watched(own, 'a condition', () => {
        for (const { when } of this.actions) when(own);
      });
    }
    if (!this.symmetry) {
      if (known) copyLanes(known, this.own);
      else this.fingerprints.of(state, this.own);
    }
    const { scratch } = this;
    if (!scratch) {
      this.expandFrom(0, state, emit);
      return;
    }
    if (state !== scratch.state) scratch.load((this.shape as Shape<State>).encode(state));
    const misfit = this.expandShaped(scratch, emit);
    if (misfit < 0) return;
    // From here on states may have other shapes.
    this.scratch = undefined;
    this.expandFrom(misfit, scratch.loaded(), emit);
  };

  /** Runs what only looks at a state, and sees to it that it does: for the first states. */
  private watched<T>(state: State, what: string, look: () => T): T {
    this.looks++;
    const [before, after] = [new Int32Array(4), new Int32Array(4)];
    this.fingerprints.of(state, before);
    const found = look();
    this.fingerprints.of(state, after);
    if (before.some((lane, index) => lane !== after[index])) {
      throw new UsageError(
        `${what} of machine ${this.name} changed the state that it was given; expected it only to look`,
      );
    }
    return found;
  }

  /** Takes the actions from this one on. */
  private expandFrom(first: number, state: State, emit: Emit<State>): void {
    const { actions, fingerprints, own, print, symmetry } = this;
    for (let index = first; index < actions.length; index++) {
      const act = actions[index] as Action<State>;
      if (!act.when(state)) continue;
      const next = this.immer ? this.produced(state, act) : this.copied(state, act);
      if (symmetry) symmetry.fingerprint(next, print);
      else {
        copyLanes(own, print);
        fingerprints.change(state, next, print);
      }
      emit(next, index, 0);
    }
  }

  /** What is emitted is the scratch copy: who keeps it takes a copy of it with `keep`. The first action that breaks the shape; -1: none. */
  private expandShaped(scratch: Scratch<State>, emit: Emit<State>): number {
    const { actions, own, print } = this;
    const { state } = scratch;
    for (let index = 0; index < actions.length; index++) {
      const { when, then } = actions[index] as Action<State>;
      if (!when(state)) continue;
      try {
        then(state);
      } catch (error) {
        if (error instanceof TypeError) return index;
        throw error;
      }
      copyLanes(own, print);
      if (!scratch.changes(this.exchange)) return index;
      emit(state, index, 0);
      scratch.undo();
    }
    return -1;
  }

  private readonly exchange = (place: number, from: number, to: number): void => {
    const slot = this.slots[place] as Slot;
    this.fingerprints.exchangeAt(slot.offset(from), slot.offset(to), this.print);
  };

  queue = (): StateQueue<State> => {
    const { shape, keep } = this;
    if (!shape) return new ObjectQueue();
    const outgrown = () => {
      this.scratch = undefined;
    };
    return new ShapedQueue({ shape, scratch: () => this.scratch, outgrown, keep });
  };

  keep = (state: State): State =>
    state === this.scratch?.state ? (this.shape as Shape<State>).compiled.copy(state) : state;

  /** What `then` returns is nothing to immer. */
  private produced(state: State, { then }: Action<State>): State {
    return produce(state, (draft) => {
      then(draft as State);
    });
  }

  private copied(state: State, { then }: Action<State>): State {
    const copy = cloneJson(state);
    then(copy);
    return copy;
  }

  judge = (state: State): Violation | undefined =>
    this.looks < mostWatched
      ? this.watched(state, 'a property', () => this.judgeNow(state))
      : this.judgeNow(state);

  private judgeNow(state: State): Violation | undefined {
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
  }

  within = (): boolean => true;

  encode = (state: State): string => (this.symmetry ? this.symmetry.canonical(state) : canonicalJson(state));

  describe = (_state: State, index: number): string => (this.actions[index] as Action<State>).name;

  fair = (index: number): boolean => (this.actions[index] as Action<State>).fair;

  unseen = (): readonly string[] => [...this.sometimes.keys()];

  readonly sharing: Sharing = {
    learned: () => this.unseen(),
    learn: (learned) => {
      const unseen = learned as readonly string[];
      for (const name of this.unseen()) if (!unseen.includes(name)) this.sometimes.delete(name);
    },
  };
}
