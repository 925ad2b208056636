/**
 * Forward search: just-in-time linearization as a graph (Lowe 2017, section 5), all configurations abreast in event
 * order. Operations are linearized only when one completes that has not been; a configuration that cannot place it
 * dies. Memory is that of the widest frontier, not of the history, which makes it best on invalid histories.
 *
 * Crashed operations make a sandwich: with an unlimited supply of each class there are fewer configurations and
 * "invalid" is final; with only the first configuration kept per key, "valid" is final; the exact run decides the
 * rest. Dominance (see `Visited`) is exact.
 *
 * The run whose "valid" is final is a beam: of each state it keeps the configurations that used the fewest crashed
 * operations, and it widens when it fails. Depth-first search that spent a crashed operation too early finds out
 * thousands of events later and then tries everything in between; a beam has a thriftier configuration beside it.
 */
import { Nodes } from './nodes.ts';
import { eventKind, type Problem } from './problem.ts';
import { illegal } from './transitions.ts';
import { Visited } from './visited.ts';

export type Supply = 'exact' | 'unlimited' | 'least';

export interface ForwardOptions {
  /** Of the beam; only of use where "valid" alone is final. */
  readonly width?: number;
  /** To begin in any of these states; then "invalid" alone is final. */
  readonly states?: readonly number[];
}

/** Layout of a configuration: state, mutators linearized (words), reads linearized (words), crashed counts (words), node, crashed operations used. */
const stateAt = 0;
const mutatorsAt = 1;

export class BreadthFirst {
  private problem!: Problem;
  private supplyMode: Supply = 'exact';
  private frontier = new Visited();
  private next = new Visited();
  private readonly work = new Visited();
  private readonly nodes = new Nodes();
  private readsAt = 0;
  private lanesAt = 0;
  private nodeAt = 0;
  private usedAt = 0;
  private shape = { keyWords: 1, readWords: 1, guards: [] as readonly number[], extraWords: 2 };
  private width = Number.POSITIVE_INFINITY;
  /** Whether configurations have been left out because the beam was too narrow. */
  pruned = false;
  private mutators = new Int32Array(64);
  private reads = new Int32Array(64);
  private supply = new Int32Array(16);
  private scratch = new Int32Array(16);
  private candidates = new Int32Array(64);
  private event = 0;
  /** Within a completion: the record of the frontier, then of the work, to look at next; 0 before it has begun. */
  private frontierRecord = 0;
  private workRecord = 0;
  private steps = 0;

  start(problem: Problem, supplyMode: Supply, options: ForwardOptions = {}): void {
    const { width = Number.POSITIVE_INFINITY, states = [problem.initialState] } = options;
    this.problem = problem;
    this.supplyMode = supplyMode;
    this.width = width;
    this.pruned = false;
    const mutatorWords = Math.max(1, (problem.mutatorSlots + 31) >> 5);
    const readWords = Math.max(1, (problem.readSlots + 31) >> 5);
    const guards = supplyMode === 'unlimited' ? [] : problem.guards;
    this.readsAt = mutatorsAt + mutatorWords;
    this.lanesAt = this.readsAt + readWords;
    this.nodeAt = this.lanesAt + guards.length;
    this.usedAt = this.nodeAt + 1;
    this.shape = { keyWords: this.readsAt, readWords, guards, extraWords: 2 };
    this.mutators = new Int32Array(problem.mutatorSlots).fill(-1);
    this.reads = new Int32Array(problem.readSlots).fill(-1);
    this.supply = new Int32Array(problem.lanes.length);
    this.scratch = new Int32Array(this.usedAt + 1);
    this.candidates = new Int32Array(problem.mutatorSlots + 1);
    this.nodes.reset();
    this.event = 0;
    this.frontierRecord = 0;
    this.workRecord = 0;
    this.steps = 0;
    this.frontier.reset(this.shape);
    for (const state of states) {
      this.scratch[stateAt] = state;
      this.frontier.add(this.scratch, 0);
    }
  }

  get bytes(): number {
    return this.frontier.bytes + this.next.bytes + this.work.bytes + this.nodes.bytes;
  }

  /** The completion that is being worked on; the one that no configuration can pass when the search has failed. */
  get failedEvent(): number {
    return this.event;
  }

  /** Searches on for about `steps` steps. True: a linearization; false: none (of this mode of supply); undefined: not done. */
  run(steps: number): boolean | undefined {
    const end = this.steps + steps;
    const { problem } = this;
    const { kinds, subjects, slots, eventCount } = problem;
    while (this.event < eventCount) {
      const subject = subjects[this.event]!;
      switch (kinds[this.event]) {
        case eventKind.invokeCrashed:
          this.supply[subject]!++;
          break;
        case eventKind.invokeMutator:
          this.mutators[slots[subject]!] = subject;
          break;
        case eventKind.invokeRead:
          this.reads[slots[subject]!] = subject;
          this.linearizeRead(subject);
          break;
        default:
          if (!this.complete(subject, kinds[this.event] === eventKind.returnMutator, end)) return undefined;
          if (this.event === eventCount) return true;
          if (this.frontier.end === 1) return false;
      }
      this.event++;
      if (this.steps >= end && this.event < eventCount) return undefined;
    }
    return true;
  }

  /** A read that begins is linearized at once in the configurations in which it is legal. */
  private linearizeRead(read: number): void {
    const { frontier, problem } = this;
    const { transitions, classes, slots } = problem;
    const word = 1 + this.readsAt + (slots[read]! >> 5);
    const bit = 1 << (slots[read]! & 31);
    const { records, end, stride } = frontier;
    for (let record = 1; record < end; record += stride) {
      if (transitions.step(records[record + 1 + stateAt]!, classes[read]!) !== illegal) {
        records[record + word]! |= bit;
      }
    }
    this.steps += frontier.count >> 2;
  }

  /** Makes every configuration linearize the operation that completes; false when the slice is over before. */
  private complete(operation: number, mutates: boolean, end: number): boolean {
    const slot = this.problem.slots[operation]!;
    const word = (mutates ? mutatorsAt : this.readsAt) + (slot >> 5);
    const bit = 1 << (slot & 31);
    if (this.frontierRecord === 0) {
      this.steps += 1 + (this.frontier.count >> 2);
      if (this.allHave(word, bit)) {
        (mutates ? this.mutators : this.reads)[slot] = -1;
        return true;
      }
      this.next.reset(this.shape);
      this.work.reset(this.shape);
      this.frontierRecord = 1;
      this.workRecord = 1;
    }
    this.splitFrontier(word, bit);
    const { work } = this;
    while (this.workRecord < work.end) {
      if (this.steps >= end) return false;
      // An unlimited supply can make states without end (a crashed `enqueue`): then this mode gives up, as if "valid".
      if (this.supplyMode === 'unlimited' && work.count > 200 + 16 * this.problem.eventCount) {
        this.event = this.problem.eventCount;
        return true;
      }
      if (this.next.count >= 4 * this.width) {
        this.pruned = true;
        break;
      }
      if (!work.isDropped(this.workRecord)) this.expand(this.workRecord, word, bit);
      this.workRecord += work.stride;
    }
    const { frontier } = this;
    this.frontier = this.next;
    this.next = frontier;
    if (this.frontier.count > this.width) this.prune();
    this.compact();
    (mutates ? this.mutators : this.reads)[slot] = -1;
    this.frontierRecord = 0;
    return true;
  }

  /** Whether all configurations have linearized it; if so its bit is cleared in all, which keeps them distinct. */
  private allHave(word: number, bit: number): boolean {
    const { records, end, stride } = this.frontier;
    for (let at = 2 + word; at < end; at += stride) if ((records[at]! & bit) === 0) return false;
    for (let at = 2 + word; at < end; at += stride) records[at]! ^= bit;
    return true;
  }

  /** Configurations that have linearized it go on; the others become work. */
  private splitFrontier(word: number, bit: number): void {
    const { frontier, next, work } = this;
    const { records, end, stride } = frontier;
    for (; this.frontierRecord < end; this.frontierRecord += stride) {
      const at = this.frontierRecord + 1;
      if ((records[at + word]! & bit) === 0) work.add(records, at, false);
      else {
        records[at + word]! ^= bit;
        next.add(records, at, this.supplyMode === 'least');
      }
    }
  }

  /** All ways to linearize one more operation from a configuration that has not linearized the one that completes. */
  private expand(record: number, word: number, bit: number): void {
    const { problem, work, candidates } = this;
    const { transitions, classes, lanes, mutatorSlots, slots, deadlines } = problem;
    let records = work.records;
    const at = record + 1;
    const state = records[at + stateAt]!;
    let count = 0;
    for (let slot = 0; slot < mutatorSlots; slot++) {
      const operation = this.mutators[slot]!;
      if (operation < 0 || (records[at + mutatorsAt + (slot >> 5)]! & (1 << (slot & 31))) !== 0) continue;
      // Of identical pending operations the one with the earliest deadline goes first.
      let twin = 0;
      while (twin < count && classes[candidates[twin]!] !== classes[operation]) twin++;
      if (twin === count) candidates[count++] = operation;
      else if (deadlines[operation]! < deadlines[candidates[twin]!]!) candidates[twin] = operation;
    }
    this.steps += 1 + count;
    for (let i = 0; i < count; i++) {
      const operation = candidates[i]!;
      const next = transitions.step(state, classes[operation]!);
      if (next === illegal) continue;
      const slot = slots[operation]!;
      this.copyRecord(work, record);
      this.scratch[mutatorsAt + (slot >> 5)]! |= 1 << (slot & 31);
      this.place(operation, next, word, bit);
    }
    for (let index = 0; index < lanes.length; index++) {
      const lane = lanes[index]!;
      if (this.supply[index] === 0) continue;
      const next = transitions.step(state, lane.classId);
      if (next === illegal || next === state) continue;
      records = work.records;
      if (this.supplyMode !== 'unlimited') {
        const mask = (1 << (32 - Math.clz32(lane.members.length))) - 1;
        const used = (records[at + this.lanesAt + lane.word]! >>> lane.shift) & mask;
        if (used >= this.supply[index]!) continue;
      }
      this.copyRecord(work, record);
      this.scratch[this.usedAt]!++;
      if (this.supplyMode !== 'unlimited') this.scratch[this.lanesAt + lane.word]! += 1 << lane.shift;
      this.place(~index, next, word, bit);
    }
  }

  private copyRecord(from: Visited, record: number): void {
    const { records } = from;
    const { scratch } = this;
    for (let i = 0; i <= this.usedAt; i++) scratch[i] = records[record + 1 + i]!;
  }

  /** Completes the configuration in `scratch`, after `entry` led to `state`, and files it. */
  private place(entry: number, state: number, word: number, bit: number): void {
    const { scratch, reads, problem } = this;
    const { transitions, classes, readSlots } = problem;
    scratch[stateAt] = state;
    for (let slot = 0; slot < readSlots; slot++) {
      const read = reads[slot]!;
      if (read >= 0 && transitions.step(state, classes[read]!) !== illegal) {
        scratch[this.readsAt + (slot >> 5)]! |= 1 << (slot & 31);
      }
    }
    const done = (scratch[word]! & bit) !== 0;
    if (done) scratch[word]! ^= bit;
    const target = done ? this.next : this.work;
    if (!target.add(scratch, 0, this.supplyMode === 'least')) return;
    const node = this.nodes.add(scratch[this.nodeAt]!, entry, this.event);
    target.records[target.end - target.stride + 1 + this.nodeAt] = node;
  }

  /** Keeps `width` configurations: in turn of each state the one that has used the fewest crashed operations. */
  private prune(): void {
    const { frontier, usedAt, width } = this;
    const { records, end, stride } = frontier;
    const byState = new Map<number, number[]>();
    for (let record = 1; record < end; record += stride) {
      if (frontier.isDropped(record)) continue;
      const state = records[record + 1 + stateAt]!;
      const same = byState.get(state);
      if (same) same.push(record);
      else byState.set(state, [record]);
    }
    const used = (record: number): number => records[record + 1 + usedAt]!;
    const ranked = [...byState.values()].flatMap((same) =>
      same.sort((a, b) => used(a) - used(b)).map((record, rank) => ({ record, rank })),
    );
    ranked.sort((a, b) => a.rank - b.rank);
    for (const { record } of ranked.slice(width)) {
      frontier.drop(record);
      this.pruned = true;
    }
  }

  /** Closes the gaps that dropped configurations left, and collects dead branches of the tree. */
  private compact(): void {
    const { frontier } = this;
    const { records, stride } = frontier;
    let to = 1;
    for (let record = 1; record < frontier.end; record += stride) {
      if (frontier.isDropped(record)) continue;
      if (to !== record) records.copyWithin(to, record, record + stride);
      to += stride;
    }
    frontier.end = to;
    if (this.nodes.isFull) this.nodes.collect(records, 2 + this.nodeAt, stride, to);
  }

  /**
   * After a failure: the configurations from which the operation could not be placed, at most `limit`. Each has a
   * linearization of all that completed before, perhaps with pending operations.
   */
  stuck(limit: number): { state: number; order: number[] }[] {
    const { records, end, stride } = this.work;
    const stuck: { state: number; order: number[] }[] = [];
    for (let record = 1; record < end && stuck.length < limit; record += stride) {
      if (this.work.isDropped(record)) continue;
      const state = records[record + 1 + stateAt]!;
      stuck.push({ state, order: this.replay(records[record + 1 + this.nodeAt]!) });
    }
    return stuck;
  }

  /** The linearization that was found: indices of operations. Only of a mode whose "valid" is final. */
  linearization(): number[] {
    return this.replay(this.frontier.records[2 + this.nodeAt]!);
  }

  /** The order behind a node, with the reads put where they became legal. */
  private replay(node: number): number[] {
    const { transitions, kinds, subjects, classes, lanes, initialState } = this.problem;
    const path = this.nodes.path(node);
    const used = lanes.map(() => 0);
    const order: number[] = [];
    let pendingReads: number[] = [];
    let state = initialState;
    let next = 0;
    const takeReads = (): void => {
      pendingReads = pendingReads.filter((read) => {
        if (transitions.step(state, classes[read]!) === illegal) return true;
        order.push(read);
        return false;
      });
    };
    for (let event = 0; event <= Math.min(this.event, this.problem.eventCount - 1); event++) {
      if (kinds[event] === eventKind.invokeRead) {
        pendingReads.push(subjects[event]!);
        takeReads();
      }
      for (; next < path.length && path[next]!.event === event; next++) {
        const { entry } = path[next]!;
        const operation = entry >= 0 ? entry : lanes[~entry]!.members[used[~entry]!++]!;
        state = transitions.step(state, classes[operation]!);
        order.push(operation);
        takeReads();
      }
    }
    return order;
  }
}
