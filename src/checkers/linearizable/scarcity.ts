/**
 * Looking ahead: a configuration is dead when an operation must still take effect in a state that can no longer come
 * about in time. Operations that are legal in the same states form a group; to be in such a state again after it was
 * left takes an entry, an operation that leads there. A cas leaves the states it is legal in, so each needs an entry:
 *
 *     p0  |--cas 3 → 0--------|              state 3, then only one entry is left, the cas of p2,
 *     p1  |--cas 3 → 1-------------|         so 3 must not be left by the write of p3
 *     p2      |--cas 1 → 3-----------|       before the cas of p0 or p1 has been in it
 *     p3  |--write 1--------------|
 *
 * Entries are counted, whether or not they can be reached: pending ones, those invoked before the deadline, crashed ones
 * that are left. Exact: it drops nothing that has a linearization. What leads where is read off all reachable states,
 * so it is known only for specs with few of them.
 */
import { UsageError } from '../../base/errors.ts';
import { eventKind, type Problem } from './problem.ts';
import { illegal } from './transitions.ts';

const maxStates = 64;
const maxTransitions = 1 << 15;
/** Groups times events. */
const maxCells = 1 << 24;
const noDeadline = 0x7fffffff;

/** Where the bits of a configuration lie, and the operations that are pending, by slot; crashed ones by lane. */
export interface View {
  readonly mutatorsAt: number;
  readonly readsAt: number;
  readonly lanesAt: number;
  readonly mutators: Int32Array;
  readonly reads: Int32Array;
  readonly supply: Int32Array;
}

/** Operations that are legal in the same states. */
interface Group {
  readonly legal: ReadonlySet<number>;
  /** Before each event, how many operations that enter its states have been invoked. */
  readonly entered: Int32Array;
  /** The earliest deadline of its operations that are invoked after each event. */
  readonly nextDeadline: Int32Array;
}

/** What a class of operations does to groups, by number. */
interface Role {
  /** The group it belongs to, -1 when it is legal everywhere. */
  readonly group: number;
  readonly leaves: boolean;
  readonly enters: readonly number[];
}

export class Scarcity {
  /** All states that the operations can lead to, if they are few. */
  states: readonly number[] | undefined;
  private problem!: Problem;
  private groups: Group[] = [];
  private readonly roles = new Map<number, Role>();
  /** By operation, and by lane. */
  private operationRoles: Role[] = [];
  private laneRoles: Role[] = [];
  /** By group: entries that are left, and operations that want one. */
  private entries = new Int32Array(0);
  private wanting = new Int32Array(0);

  /** Nothing is watched until `prepare`. */
  clear(): void {
    this.groups = [];
    this.states = undefined;
  }

  get watches(): boolean {
    return this.groups.length > 0;
  }

  prepare(problem: Problem): void {
    this.problem = problem;
    this.groups = [];
    const classIds = [...new Set(problem.classes.subarray(0, problem.operations.length))];
    this.states = reachable(problem, classIds);
    if (!this.states) return;
    this.assignRoles(classIds, this.states);
    if (this.groups.length * problem.eventCount > maxCells) this.groups = [];
    if (this.groups.length === 0) return;
    this.operationRoles = problem.operations.map((_, i) => this.roles.get(problem.classes[i]!)!);
    this.laneRoles = problem.lanes.map(({ classId }) => this.roles.get(classId)!);
    this.entries = new Int32Array(this.groups.length);
    this.wanting = new Int32Array(this.groups.length);
    this.tabulate();
  }

  private assignRoles(classIds: readonly number[], states: readonly number[]): void {
    const { transitions, eventCount } = this.problem;
    const byStates = new Map<string, number>();
    const own = new Map<number, number>();
    for (const classId of classIds) {
      const legal = states.filter((state) => transitions.step(state, classId) !== illegal);
      if (legal.length === states.length) continue;
      const name = legal.join();
      if (!byStates.has(name)) {
        byStates.set(name, this.groups.length);
        this.groups.push({
          legal: new Set(legal),
          entered: new Int32Array(eventCount + 1),
          nextDeadline: new Int32Array(eventCount + 1).fill(noDeadline),
        });
      }
      own.set(classId, byStates.get(name)!);
    }
    this.roles.clear();
    for (const classId of classIds) {
      const group = own.get(classId) ?? -1;
      const nexts = states.map((state) => transitions.step(state, classId));
      const enters = [...this.groups.keys()].filter((number) => {
        const { legal } = this.groups[number]!;
        return states.some((state, i) => !legal.has(state) && legal.has(nexts[i]!));
      });
      const leaves = group >= 0 && !nexts.some((next) => this.groups[group]!.legal.has(next));
      this.roles.set(classId, { group, leaves, enters });
    }
  }

  private tabulate(): void {
    const { kinds, subjects, deadlines, eventCount } = this.problem;
    for (let event = 0; event < eventCount; event++) {
      for (const { entered } of this.groups) entered[event + 1] = entered[event]!;
      const kind = kinds[event]!;
      if (kind >= eventKind.returnMutator) continue;
      const roles = kind === eventKind.invokeCrashed ? this.laneRoles : this.operationRoles;
      for (const group of roles[subjects[event]!]!.enters) this.groups[group]!.entered[event + 1]!++;
    }
    for (let event = eventCount - 1; event >= 0; event--) {
      for (const { nextDeadline } of this.groups) nextDeadline[event] = nextDeadline[event + 1]!;
      const kind = kinds[event]!;
      if (kind !== eventKind.invokeMutator && kind !== eventKind.invokeRead) continue;
      const operation = subjects[event]!;
      const { group } = this.operationRoles[operation]!;
      if (group < 0) continue;
      const { nextDeadline } = this.groups[group]!;
      nextDeadline[event] = Math.min(nextDeadline[event]!, deadlines[operation]!);
    }
  }

  /**
   * Of a configuration in `words` at `event`, a completion: the event by which it is certain that it has no
   * linearization, the completion of an operation that can no longer become legal; -1 when none is known.
   */
  deadBy(words: Int32Array, state: number, event: number, view: View): number {
    this.count(words, state, view);
    const { groups, entries, wanting } = this;
    for (let group = 0; group < groups.length; group++) {
      if (entries[group] === 0) {
        const deadline = groups[group]!.nextDeadline[event]!;
        if (deadline !== noDeadline && !this.isEntered(group, event, deadline, 1)) return deadline;
      }
      if (wanting[group]! <= entries[group]!) continue;
      const deadline = this.missedBy(group, words, event, view);
      if (deadline >= 0) return deadline;
    }
    const { reads, readsAt } = view;
    for (let slot = 0; slot < reads.length; slot++) {
      const read = reads[slot]!;
      if (read < 0 || (words[readsAt + (slot >> 5)]! & (1 << (slot & 31))) !== 0) continue;
      const { group } = this.operationRoles[read]!;
      const deadline = this.problem.deadlines[read]!;
      if (group >= 0 && entries[group] === 0 && !this.isEntered(group, event, deadline, 1)) return deadline;
    }
    return -1;
  }

  /** Counts, by group, being in one of its states, pending and crashed operations that enter it, and pending ones that belong to it. */
  private count(words: Int32Array, state: number, view: View): void {
    const { groups, entries, wanting, operationRoles, laneRoles } = this;
    const { mutators, mutatorsAt, lanesAt, supply } = view;
    for (let group = 0; group < groups.length; group++) {
      entries[group] = groups[group]!.legal.has(state) ? 1 : 0;
      wanting[group] = 0;
    }
    for (let slot = 0; slot < mutators.length; slot++) {
      const operation = mutators[slot]!;
      if (operation < 0 || (words[mutatorsAt + (slot >> 5)]! & (1 << (slot & 31))) !== 0) continue;
      const { group, enters } = operationRoles[operation]!;
      if (group >= 0) wanting[group]!++;
      for (let i = 0; i < enters.length; i++) entries[enters[i]!]!++;
    }
    for (let index = 0; index < laneRoles.length; index++) {
      const { enters } = laneRoles[index]!;
      if (enters.length === 0) continue;
      const { members, word, shift } = this.problem.lanes[index]!;
      const mask = (1 << (32 - Math.clz32(members.length))) - 1;
      const left = supply[index]! - ((words[lanesAt + word]! >>> shift) & mask);
      for (let i = 0; i < enters.length; i++) entries[enters[i]!]! += left;
    }
  }

  /** The earliest deadline by which the pending operations of a group would need more entries than there are, or -1. */
  private missedBy(group: number, words: Int32Array, event: number, view: View): number {
    const { deadlines } = this.problem;
    const leaving: number[] = [];
    for (let slot = 0; slot < view.mutators.length; slot++) {
      const operation = view.mutators[slot]!;
      if (operation < 0 || (words[view.mutatorsAt + (slot >> 5)]! & (1 << (slot & 31))) !== 0) continue;
      const role = this.operationRoles[operation]!;
      if (role.group !== group) continue;
      const deadline = deadlines[operation]!;
      if (role.leaves) leaving.push(deadline);
      else if (!this.isEntered(group, event, deadline, 1)) return deadline;
    }
    leaving.sort((a, b) => a - b);
    for (let i = 0; i < leaving.length; i++) {
      if (!this.isEntered(group, event, leaving[i]!, i + 1)) return leaving[i]!;
    }
    return -1;
  }

  /** Whether a group can be in its states as many times as `wanted` before `deadline`. */
  private isEntered(group: number, event: number, deadline: number, wanted: number): boolean {
    const { entered } = this.groups[group]!;
    return this.entries[group]! + entered[deadline]! - entered[event]! >= wanted;
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
