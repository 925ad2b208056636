/**
 * One object's operations made ready for the searches: events in real-time order, each operation in a slot that
 * is free again after its completion, so that "which pending operations have been linearized" is a few bits and
 * never as long as the history. Crashed operations get no slot, since they never complete: identical ones are
 * counted in a lane of bits, one lane per class. Buffers are reused by the next history.
 *
 *     p0  |--write 1--|        |--read--|      slot 0 of the mutators, then slot 0 of the reads
 *     p1      |--write 2--------------|        slot 1 of the mutators
 */

import { invariant } from '../../base/errors.ts';
import type { Operation } from '../../history/history.ts';
import type { AnySpec } from '../../spec/spec.ts';
import { sortedBy } from './sorting.ts';
import type { Transitions } from './transitions.ts';

/** What an event does. Reads are operations that change nothing (see `Spec.reads`). */
export const eventKind = {
  invokeMutator: 0,
  invokeRead: 1,
  invokeCrashed: 2,
  returnMutator: 3,
  returnRead: 4,
} as const;

/** A class of identical crashed operations: its count is `bits` wide at `shift` of word `word`, with a guard bit above. */
interface Lane {
  readonly classId: number;
  /** The operations, by time of invocation. */
  readonly members: number[];
  word: number;
  shift: number;
}

export class Problem {
  transitions!: Transitions;
  initialState = 0;
  operations: readonly Operation[] = [];
  /** Number of events, and for each its kind and the index of its operation (for a crashed one, of its lane). */
  eventCount = 0;
  kinds = new Uint8Array(256);
  subjects = new Int32Array(256);
  /** By index of operation. */
  classes = new Int32Array(128);
  slots = new Int32Array(128);
  /** The event at which it completes: the deadline of its linearization. */
  deadlines = new Int32Array(128);
  /** By which operations are tried: deadlines, or these rearranged as the spec hints. */
  ranks = this.deadlines;
  mutatorSlots = 0;
  readSlots = 0;
  /**
   * Stretches between quiescent points, at which nothing is pending but crashed operations. There a configuration is a
   * state and the crashed operations used, and searches are in each but once: the set of states is carried over.
   */
  windows = 0;
  lanes: Lane[] = [];
  laneWords = 0;
  /** The guard bits of each word of lanes. */
  guards: number[] = [];

  private readonly laneIndex = new Map<number, number>();
  private freeMutators: number[] = [];
  private freeReads: number[] = [];
  private byCompletion = new Int32Array(256);
  private completions = new Int32Array(256);

  /** Takes in operations of one object in order of invocation. */
  load(transitions: Transitions, initialState: number, operations: readonly Operation[]): void {
    this.transitions = transitions;
    this.initialState = initialState;
    this.operations = operations;
    this.reserve(operations.length);
    const completions = this.sortCompletions(operations);
    this.eventCount = 0;
    this.mutatorSlots = 0;
    this.readSlots = 0;
    this.windows = 0;
    this.freeMutators.length = 0;
    this.freeReads.length = 0;
    this.lanes = [];
    this.laneIndex.clear();
    let next = 0;
    for (let i = 0; i < operations.length; i++) {
      const operation = operations[i]!;
      while (next < completions && operations[this.byCompletion[next]!]!.completed < operation.invoked) {
        this.addReturn(this.byCompletion[next++]!);
      }
      this.addInvocation(i, operation);
    }
    while (next < completions) this.addReturn(this.byCompletion[next++]!);
    this.layLanes();
    this.ranks = transitions.spec.order ? this.hintedRanks(transitions.spec.order) : this.deadlines;
  }

  /** The deadlines of the operations that have a hint, handed out anew in the order of the hints. */
  private hintedRanks(order: NonNullable<AnySpec['order']>): Int32Array<ArrayBuffer> {
    const ranks = this.deadlines.slice();
    const hints = this.operations.flatMap(({ f, input, output }, i) => {
      const hint = output === undefined ? undefined : order(f, input, output);
      return hint === undefined ? [] : [{ i, hint }];
    });
    const deadlines = hints.map(({ i }) => this.deadlines[i]!).sort((a, b) => a - b);
    hints.sort((a, b) => a.hint - b.hint);
    hints.forEach(({ i }, position) => {
      ranks[i] = deadlines[position]!;
    });
    return ranks;
  }

  private addInvocation(i: number, operation: Operation): void {
    const { transitions } = this;
    const classId = transitions.classOf(operation);
    this.classes[i] = classId;
    const reads = transitions.reads(classId);
    if (operation.type === 'info') {
      this.deadlines[i] = 0x7fffffff;
      if (!reads) this.addEvent(eventKind.invokeCrashed, this.laneOf(classId, i));
    } else if (reads) {
      this.slots[i] = this.freeReads.pop() ?? this.readSlots++;
      this.addEvent(eventKind.invokeRead, i);
    } else {
      this.slots[i] = this.freeMutators.pop() ?? this.mutatorSlots++;
      this.addEvent(eventKind.invokeMutator, i);
    }
  }

  private addReturn(i: number): void {
    this.deadlines[i] = this.eventCount;
    const reads = this.transitions.reads(this.classes[i]!);
    (reads ? this.freeReads : this.freeMutators).push(this.slots[i]!);
    this.addEvent(reads ? eventKind.returnRead : eventKind.returnMutator, i);
    const { freeMutators, freeReads, mutatorSlots, readSlots } = this;
    if (freeMutators.length === mutatorSlots && freeReads.length === readSlots) this.windows++;
  }

  private addEvent(kind: number, subject: number): void {
    this.kinds[this.eventCount] = kind;
    this.subjects[this.eventCount++] = subject;
  }

  private laneOf(classId: number, operation: number): number {
    let index = this.laneIndex.get(classId);
    if (index === undefined) {
      index = this.lanes.push({ classId, members: [], word: 0, shift: 0 }) - 1;
      this.laneIndex.set(classId, index);
    }
    this.lanes[index]!.members.push(operation);
    return index;
  }

  private layLanes(): void {
    this.guards = [];
    let shift = 32;
    for (const lane of this.lanes) {
      const bits = 33 - Math.clz32(lane.members.length);
      invariant(bits <= 31, 'a lane of crashed operations fits a word');
      if (shift + bits > 32) {
        shift = 0;
        this.guards.push(0);
      }
      lane.word = this.guards.length - 1;
      lane.shift = shift;
      this.guards[lane.word]! |= 1 << (shift + bits - 1);
      shift += bits;
    }
    this.laneWords = this.guards.length;
  }

  /** Completed operations by time of completion, into `byCompletion`; returns how many there are. */
  private sortCompletions(operations: readonly Operation[]): number {
    let count = 0;
    let sorted = true;
    let last = -1;
    let latest = 0;
    for (let i = 0; i < operations.length; i++) {
      const { completed, type } = operations[i]!;
      if (type !== 'ok') continue;
      this.byCompletion[count++] = i;
      if (completed < last) sorted = false;
      last = completed;
      if (completed > latest) latest = completed;
    }
    if (!sorted) {
      if (this.completions.length < operations.length) this.completions = new Int32Array(this.classes.length);
      for (let i = 0; i < count; i++)
        this.completions[this.byCompletion[i]!] = operations[this.byCompletion[i]!]!.completed;
      sortedBy(this.byCompletion.subarray(0, count), this.completions);
    }
    return count;
  }

  private reserve(count: number): void {
    if (count <= this.classes.length) return;
    const size = 2 ** Math.ceil(Math.log2(count));
    this.classes = new Int32Array(size);
    this.slots = new Int32Array(size);
    this.deadlines = new Int32Array(size);
    this.byCompletion = new Int32Array(size);
    this.kinds = new Uint8Array(2 * size);
    this.subjects = new Int32Array(2 * size);
  }
}
