/**
 * Looking ahead: a configuration is dead when an operation that must still take effect is not legal in its state and
 * nothing is left that could make it legal. Values that are written once and read for a while are such a bottleneck:
 *
 *     p0  |--write 7--|          |--read → 7--|       whatever p1 wrote must come before 7,
 *     p1  |--write 1----|                             and without looking ahead that is found out only at the read
 *
 * Which operations can make which legal is read off all reachable states, so it is known only for specs with few of
 * them; only operations with few suppliers are watched. Exact: it drops nothing that has a linearization.
 */
import { UsageError } from '../../base/errors.ts';
import { eventKind, type Problem } from './problem.ts';
import { illegal } from './transitions.ts';

const maxStates = 64;
const maxTransitions = 1 << 15;
const maxSuppliers = 4;
const maxScarce = 8;

/** Where the bits of a configuration lie. */
export interface Layout {
  readonly mutatorsAt: number;
  readonly readsAt: number;
  readonly lanesAt: number;
}

/** A class of operations that few others make legal. */
interface Scarce {
  readonly classId: number;
  /** Completed operations, and lanes of crashed ones, that can make it legal. */
  readonly suppliers: readonly number[];
  readonly lanes: readonly number[];
  /** Its completed operations by time of invocation, and for each the latest deadline up to it. */
  readonly demands: readonly number[];
  readonly latest: readonly number[];
}

export class Scarcity {
  private problem!: Problem;
  private scarce: Scarce[] = [];
  private invoked = new Int32Array(0);

  /** Nothing is watched until `prepare`. */
  clear(): void {
    this.scarce = [];
  }

  get watches(): boolean {
    return this.scarce.length > 0;
  }

  prepare(problem: Problem): void {
    this.problem = problem;
    this.scarce = [];
    const classIds = [...new Set(problem.classes.subarray(0, problem.operations.length))];
    const states = reachable(problem, classIds);
    if (!states) return;
    this.invoked = invocationsOf(problem);
    const byClass = new Map<number, number[]>(classIds.map((classId) => [classId, []]));
    problem.operations.forEach(({ type }, i) => {
      if (type === 'ok') byClass.get(problem.classes[i]!)!.push(i);
    });
    for (const classId of classIds) {
      if (this.scarce.length === maxScarce) break;
      const demands = byClass.get(classId)!;
      if (demands.length > 0) this.watch(classId, demands, states, byClass);
    }
  }

  private watch(
    classId: number,
    demands: readonly number[],
    states: readonly number[],
    byClass: ReadonlyMap<number, readonly number[]>,
  ): void {
    const { transitions, lanes } = this.problem;
    const legal = (state: number): boolean => transitions.step(state, classId) !== illegal;
    const without = states.filter((state) => !legal(state));
    if (without.length === 0) return;
    const supplies = (other: number): boolean =>
      without.some((state) => {
        const next = transitions.step(state, other);
        return next !== illegal && legal(next);
      });
    const suppliers: number[] = [];
    for (const [other, operations] of byClass) {
      if (operations.length === 0 || !supplies(other)) continue;
      suppliers.push(...operations);
      if (suppliers.length > maxSuppliers) return;
    }
    const supplyingLanes = [...lanes.keys()].filter((index) => supplies(lanes[index]!.classId));
    if (supplyingLanes.length > maxSuppliers) return;
    let latest = -1;
    this.scarce.push({
      classId,
      suppliers,
      lanes: supplyingLanes,
      demands,
      latest: demands.map((demand) => (latest = Math.max(latest, this.problem.deadlines[demand]!))),
    });
  }

  /**
   * Of a configuration in `words` at `event`: the event by which it is certain that it has no linearization, the
   * completion of an operation that can no longer become legal; -1 when none is known.
   */
  deadBy(words: Int32Array, state: number, event: number, layout: Layout): number {
    const { transitions } = this.problem;
    for (const scarce of this.scarce) {
      if (transitions.step(state, scarce.classId) !== illegal) continue;
      if (this.supplied(scarce, words, event, layout)) continue;
      const demand = this.demanded(scarce, words, event, layout);
      if (demand >= 0) return this.problem.deadlines[demand]!;
    }
    return -1;
  }

  private supplied(scarce: Scarce, words: Int32Array, event: number, layout: Layout): boolean {
    const { lanes } = this.problem;
    for (const supplier of scarce.suppliers) if (this.isLeft(supplier, words, event, layout)) return true;
    for (const index of scarce.lanes) {
      const { members, word, shift } = lanes[index]!;
      const mask = (1 << (32 - Math.clz32(members.length))) - 1;
      if (((words[layout.lanesAt + word]! >>> shift) & mask) < members.length) return true;
    }
    return false;
  }

  /** An operation of the class that has not taken effect, or -1. */
  private demanded({ demands, latest }: Scarce, words: Int32Array, event: number, layout: Layout): number {
    let [low, high] = [0, demands.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.invoked[demands[middle]!]! > event) high = middle;
      else low = middle + 1;
    }
    for (let i = low - 1; i >= 0 && latest[i]! >= event; i--) {
      if (this.isLeft(demands[i]!, words, event, layout)) return demands[i]!;
    }
    return low < demands.length ? demands[low]! : -1;
  }

  /** Whether a completed operation has not taken effect: it has not begun, or is pending and its bit is not set. */
  private isLeft(operation: number, words: Int32Array, event: number, layout: Layout): boolean {
    const { deadlines, slots, classes, transitions } = this.problem;
    if (this.invoked[operation]! > event) return true;
    if (deadlines[operation]! < event) return false;
    const slot = slots[operation]!;
    const at = transitions.reads(classes[operation]!) ? layout.readsAt : layout.mutatorsAt;
    return (words[at + (slot >> 5)]! & (1 << (slot & 31))) === 0;
  }
}

/** All states that any sequence of the operations leads to; `undefined` when they are many or the spec throws. */
function reachable(
  { transitions, initialState }: Problem,
  classIds: readonly number[],
): number[] | undefined {
  const states = new Set([initialState]);
  try {
    // A set is walked in order of insertion, also over what is added meanwhile.
    for (const state of states) {
      if (states.size > maxStates || states.size * classIds.length > maxTransitions) return undefined;
      for (const classId of classIds) {
        const next = transitions.step(state, classId);
        if (next !== illegal) states.add(next);
      }
    }
  } catch (error) {
    // A spec may refuse, by throwing, states and inputs that never meet in this history.
    if (error instanceof UsageError) return undefined;
    throw error;
  }
  return [...states];
}

/** By operation, the event of its invocation. */
function invocationsOf({ operations, eventCount, kinds, subjects }: Problem): Int32Array<ArrayBuffer> {
  const invoked = new Int32Array(operations.length);
  for (let event = 0; event < eventCount; event++) {
    const kind = kinds[event];
    if (kind === eventKind.invokeMutator || kind === eventKind.invokeRead) invoked[subjects[event]!] = event;
  }
  return invoked;
}
