/**
 * Depth-first search for a linearization: Wing and Gong (1993) with Lowe's memoisation (2017), walking the events in
 * real-time order and linearizing only when an operation is about to complete that has not been (just in time).
 * Reads are linearized as soon as they are legal. Of identical pending operations the one that must complete first
 * goes first. Best on valid histories, where it hardly ever turns back; worst case exponential in concurrency.
 * Work goes on in slices, so that it can share a budget with other searches.
 */
import { eventKind, type Problem } from './problem.ts';
import { Scarcity, type View } from './scarcity.ts';
import { illegal } from './transitions.ts';
import { Visited } from './visited.ts';

/** Layout of a configuration: event, state, mutators linearized (words), reads linearized (words), crashed counts (words). */
const stateAt = 1;
const mutatorsAt = 2;

export class DepthFirst {
  private problem!: Problem;
  private readonly visited = new Visited();
  private width = 0;
  private readsAt = 0;
  private lanesAt = 0;
  private current = new Int32Array(16);
  /** Operations linearized so far, a crashed one as the complement of its lane. */
  private order = new Int32Array(256);
  private orderLength = 0;
  private frames = new Int32Array(1024);
  private framesEnd = 0;
  private candidates = new Int32Array(256);
  private candidatesEnd = 0;
  private mutators = new Int32Array(64);
  private reads = new Int32Array(64);
  private supply = new Int32Array(16);
  private scores = new Int32Array(64);
  /** The furthest event that could not be passed. */
  deepest = 0;
  /** The event at which no linearization is left, when the search has failed: looking ahead may tell before it comes. */
  failedEvent = 0;
  private readonly scarcity = new Scarcity();
  private view!: View;
  steps = 0;

  start(problem: Problem): void {
    this.problem = problem;
    const mutatorWords = Math.max(1, (problem.mutatorSlots + 31) >> 5);
    const readWords = Math.max(1, (problem.readSlots + 31) >> 5);
    this.readsAt = mutatorsAt + mutatorWords;
    this.lanesAt = this.readsAt + readWords;
    this.scarcity.clear();
    this.width = this.lanesAt + problem.laneWords;
    this.visited.reset({ keyWords: this.readsAt, readWords, guards: problem.guards, extraWords: 0 });
    if (this.current.length < this.width) this.current = new Int32Array(this.width);
    this.current.fill(0);
    this.current[stateAt] = problem.initialState;
    if (this.order.length < problem.operations.length) {
      this.order = new Int32Array(problem.operations.length * 2);
    }
    this.orderLength = 0;
    this.framesEnd = 0;
    this.candidatesEnd = 0;
    if (this.mutators.length < problem.mutatorSlots) this.mutators = new Int32Array(problem.mutatorSlots * 2);
    if (this.reads.length < problem.readSlots) this.reads = new Int32Array(problem.readSlots * 2);
    if (this.supply.length < problem.lanes.length) this.supply = new Int32Array(problem.lanes.length * 2);
    this.mutators.fill(-1);
    this.reads.fill(-1);
    this.supply.fill(0);
    this.deepest = 0;
    this.failedEvent = 0;
    this.steps = 0;
  }

  /** From here on the search looks ahead, which is worth its preparation only when the search is not a short one. */
  lookAhead(): void {
    const { readsAt, lanesAt, mutators, reads, supply } = this;
    this.view = { mutatorsAt, readsAt, lanesAt, mutators, reads, supply };
    this.scarcity.prepare(this.problem);
  }

  /** All states that the operations can lead to, if they are few and the search looks ahead. */
  get states(): readonly number[] | undefined {
    return this.scarcity.states;
  }

  get bytes(): number {
    return this.visited.bytes + (this.frames.length + this.candidates.length) * 4;
  }

  /** Searches on for about `steps` steps. True: there is a linearization; false: there is none; undefined: not done. */
  run(steps: number): boolean | undefined {
    const end = this.steps + steps;
    const { eventCount } = this.problem;
    for (;;) {
      this.advance();
      if (this.current[0] === eventCount) return true;
      if (this.current[0]! > this.deepest) this.deepest = this.current[0]!;
      if (!this.isDead() && this.visited.add(this.current, 0)) this.pushFrame();
      if (!this.takeCandidate()) return false;
      // The current configuration is a fresh one; it is looked at when the search goes on.
      if (++this.steps >= end) return undefined;
    }
  }

  private isDead(): boolean {
    const event = this.current[0]!;
    if (event > this.failedEvent) this.failedEvent = event;
    if (!this.scarcity.watches) return false;
    const dead = this.scarcity.deadBy(this.current, this.current[stateAt]!, event, this.view);
    if (dead > this.failedEvent) this.failedEvent = dead;
    return dead >= 0;
  }

  /** The linearization that was found: indices of operations. */
  linearization(): number[] {
    const { lanes } = this.problem;
    const used = lanes.map(() => 0);
    return Array.from(this.order.subarray(0, this.orderLength), (entry) =>
      entry >= 0 ? entry : lanes[~entry]!.members[used[~entry]!++]!,
    );
  }

  /** Walks to the next completion of an operation that is not yet linearized, or to the end. */
  private advance(): void {
    const { problem, current } = this;
    const { kinds, subjects, slots, classes, transitions, eventCount } = problem;
    const state = current[stateAt]!;
    let event = current[0]!;
    for (; event < eventCount; event++) {
      const subject = subjects[event]!;
      const kind = kinds[event]!;
      if (kind === eventKind.invokeCrashed) {
        this.supply[subject]!++;
        continue;
      }
      const slot = slots[subject]!;
      const bit = 1 << (slot & 31);
      if (kind === eventKind.invokeMutator) this.mutators[slot] = subject;
      else if (kind === eventKind.invokeRead) {
        this.reads[slot] = subject;
        if (transitions.step(state, classes[subject]!) !== illegal) {
          current[this.readsAt + (slot >> 5)]! |= bit;
          this.order[this.orderLength++] = subject;
        }
      } else {
        const mutates = kind === eventKind.returnMutator;
        const word = (mutates ? mutatorsAt : this.readsAt) + (slot >> 5);
        if ((current[word]! & bit) === 0) break;
        current[word]! ^= bit;
        (mutates ? this.mutators : this.reads)[slot] = -1;
      }
    }
    current[0] = event;
  }

  /** Walks back to an earlier event, putting the pending operations back as they were then. */
  private retreat(to: number): void {
    const { kinds, subjects, slots } = this.problem;
    for (let event = this.current[0]! - 1; event >= to; event--) {
      const subject = subjects[event]!;
      switch (kinds[event]) {
        case eventKind.invokeCrashed:
          this.supply[subject]!--;
          break;
        case eventKind.invokeMutator:
          this.mutators[slots[subject]!] = -1;
          break;
        case eventKind.invokeRead:
          this.reads[slots[subject]!] = -1;
          break;
        case eventKind.returnMutator:
          this.mutators[slots[subject]!] = subject;
          break;
        default:
          this.reads[slots[subject]!] = subject;
      }
    }
  }

  /** A frame: the configuration, the length of the order, and the range of candidates not yet tried. */
  private pushFrame(): void {
    const { width } = this;
    if (this.framesEnd + width + 3 > this.frames.length) {
      const frames = new Int32Array(this.frames.length * 2 + width);
      frames.set(this.frames);
      this.frames = frames;
    }
    const { frames, current } = this;
    let at = this.framesEnd;
    for (let i = 0; i < width; i++) frames[at++] = current[i]!;
    frames[at++] = this.orderLength;
    frames[at++] = this.candidatesEnd;
    this.collectCandidates();
    frames[at] = this.candidatesEnd;
    this.framesEnd += width + 3;
  }

  /** Goes to the next configuration to look at; false when all have been. */
  private takeCandidate(): boolean {
    const { width } = this;
    while (this.framesEnd > 0) {
      const frame = this.framesEnd - width - 3;
      const { frames } = this;
      const start = frames[frame + width + 1]!;
      const end = frames[frame + width + 2]!;
      if (start === end) {
        this.framesEnd = frame;
        this.candidatesEnd = start;
        continue;
      }
      // The best candidate lies last.
      frames[frame + width + 2] = end - 1;
      this.candidatesEnd = end - 1;
      this.retreat(frames[frame]!);
      for (let i = 0; i < width; i++) this.current[i] = frames[frame + i]!;
      this.orderLength = frames[frame + width]!;
      this.linearize(this.candidates[end - 1]!);
      return true;
    }
    return false;
  }

  private linearize(candidate: number): void {
    const { problem, current } = this;
    const { transitions, classes, slots } = problem;
    let classId: number;
    if (candidate >= 0) {
      classId = classes[candidate]!;
      const slot = slots[candidate]!;
      current[mutatorsAt + (slot >> 5)]! |= 1 << (slot & 31);
    } else {
      const lane = problem.lanes[~candidate]!;
      classId = lane.classId;
      current[this.lanesAt + lane.word]! += 1 << lane.shift;
    }
    const state = transitions.step(current[stateAt]!, classId);
    current[stateAt] = state;
    this.order[this.orderLength++] = candidate;
    for (let slot = 0; slot < problem.readSlots; slot++) {
      const read = this.reads[slot]!;
      if (read < 0) continue;
      const word = this.readsAt + (slot >> 5);
      const bit = 1 << (slot & 31);
      if ((current[word]! & bit) !== 0 || transitions.step(state, classes[read]!) === illegal) continue;
      current[word]! |= bit;
      this.order[this.orderLength++] = read;
    }
  }

  /**
   * The operations that may be linearized next, best last: the one that is about to complete, then those after
   * which it is legal, then by deadline.
   */
  private collectCandidates(): void {
    const { problem, current } = this;
    const { transitions, classes, ranks, lanes } = problem;
    const state = current[stateAt]!;
    const due = problem.subjects[current[0]!]!;
    const dueClass = classes[due]!;
    const start = this.candidatesEnd;
    this.reserveCandidates(problem.mutatorSlots + lanes.length);
    for (let slot = 0; slot < problem.mutatorSlots; slot++) {
      const operation = this.mutators[slot]!;
      if (operation < 0 || (current[mutatorsAt + (slot >> 5)]! & (1 << (slot & 31))) !== 0) continue;
      const next = transitions.step(state, classes[operation]!);
      if (next === illegal || this.hasEarlierTwin(operation, start)) continue;
      const enables = operation === due || transitions.step(next, dueClass) !== illegal;
      this.insertCandidate(
        operation,
        operation === due ? -1 : ranks[operation]! + (enables ? 0 : 0x40000000),
        start,
      );
    }
    for (let index = 0; index < lanes.length; index++) {
      const lane = lanes[index]!;
      const used =
        (current[this.lanesAt + lane.word]! >>> lane.shift) &
        ((1 << (32 - Math.clz32(lane.members.length))) - 1);
      if (used >= this.supply[index]!) continue;
      const next = transitions.step(state, lane.classId);
      // A crashed operation that changes nothing here may as well not have happened.
      if (next === illegal || next === state) continue;
      const enables = transitions.step(next, dueClass) !== illegal;
      this.insertCandidate(~index, enables ? 0x3fffffff : 0x7fffffff, start);
    }
  }

  /** Of identical pending operations only the one with the earliest deadline is a candidate (swap them in any linearization). */
  private hasEarlierTwin(operation: number, start: number): boolean {
    const { classes, deadlines } = this.problem;
    const classId = classes[operation]!;
    for (let i = start; i < this.candidatesEnd; i++) {
      const other = this.candidates[i]!;
      if (classes[other] !== classId) continue;
      if (deadlines[other]! < deadlines[operation]!) return true;
      this.removeCandidate(i);
      return false;
    }
    return false;
  }

  private removeCandidate(index: number): void {
    this.candidates.copyWithin(index, index + 1, this.candidatesEnd);
    this.scores.copyWithin(index, index + 1, this.candidatesEnd);
    this.candidatesEnd--;
  }

  private insertCandidate(candidate: number, score: number, start: number): void {
    let at = this.candidatesEnd++;
    while (at > start && this.scores[at - 1]! < score) {
      this.scores[at] = this.scores[at - 1]!;
      this.candidates[at] = this.candidates[at - 1]!;
      at--;
    }
    this.scores[at] = score;
    this.candidates[at] = candidate;
  }

  private reserveCandidates(more: number): void {
    if (this.candidatesEnd + more <= this.candidates.length && this.scores.length >= this.candidates.length)
      return;
    const size = 2 * (this.candidatesEnd + more);
    const candidates = new Int32Array(size);
    candidates.set(this.candidates.subarray(0, this.candidatesEnd));
    const scores = new Int32Array(size);
    scores.set(this.scores.subarray(0, this.candidatesEnd));
    this.candidates = candidates;
    this.scores = scores;
  }
}
