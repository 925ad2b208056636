/**
 * One worker's share of a breadth-first search: the states of the present level that it expands, and those of the next
 * that it was the first to meet. As a rule they are expanded in the order they were met in, since those that were met
 * together are like each other. Where the search may have to stop within a level they are taken by part, that is by the
 * first bits of their fingerprints, so that all workers can stop after the same states wherever those lie.
 */
import { invariant } from '../base/errors.ts';
import type { StateQueue } from './queues.ts';
import type { States } from './states.ts';
import type { TransitionSystem } from './system.ts';

const partsOfLevel = 64;
const partOf = (lane: number): number => lane >>> 26;

export interface HowToTurn {
  /** Whether what is met is expanded in its turn. */
  readonly deeper: boolean;
  readonly inParts: boolean;
  /** The index from which on states belong to the next level. */
  readonly level: number;
}

/** States on their way to another worker: by part, as their queue gives them. */
export type Parcel = readonly unknown[];

export class Share<State> {
  transitions = 0;
  expanded = 0;
  /** States not expanded because of the depth bound or because they are not within the user's bound. */
  cut = 0;
  /** Of the states that break a property, the one of least fingerprint; -1: none. */
  violated = -1;
  /** States of the present level, and of the next. */
  waiting = 0;
  met = 0;
  states: States;
  private readonly system: TransitionSystem<State>;
  /** By part, if there are any. */
  private current: StateQueue<State>[] = [];
  private next: StateQueue<State>;
  private part = 0;
  private parent = -1;
  /** The fingerprint of the state that is being expanded. */
  private readonly known = new Int32Array(4);
  /** Whether what is met is expanded in its turn. */
  private deeper = true;

  constructor(system: TransitionSystem<State>, states: States) {
    this.system = system;
    this.states = states;
    this.next = this.system.queue();
  }

  begin(deeper: boolean): void {
    this.deeper = deeper;
    for (const state of this.system.initial()) {
      this.system.fingerprint(state);
      this.meet(state);
    }
  }

  /** The next level becomes the present one, in one piece or in parts. */
  turn({ deeper, inParts, level }: HowToTurn): void {
    invariant(this.waiting === 0, 'a level is over when all its states are expanded');
    this.deeper = deeper;
    this.states.level = level;
    this.current = [this.next];
    this.next = this.system.queue();
    this.waiting = this.met;
    this.met = 0;
    this.part = 0;
    if (inParts) this.split();
  }

  private split(): void {
    const [whole] = this.current;
    this.current = Array.from({ length: partsOfLevel }, () => this.system.queue());
    while (whole && whole.size > 0) {
      whole.take();
      const part = partOf(this.states.lane(whole.index, 1));
      (this.current[part] as StateQueue<State>).put(whole.state, whole.index);
    }
  }

  /** How many states of the present level wait in each part. */
  waitingByPart(): number[] {
    return this.current.map(({ size }) => size);
  }

  /** Expands the states of the parts before `end`; false when `pause` or want of room came first. */
  expand(end: number, pause: () => boolean): boolean {
    const { system, states, known, emit } = this;
    for (; this.part < end; this.part++) {
      const queue = this.current[this.part] as StateQueue<State>;
      while (queue.size > 0) {
        if (states.crowded || pause()) return false;
        queue.take();
        this.waiting--;
        this.expanded++;
        this.parent = queue.index;
        for (let lane = 0; lane < 4; lane++) known[lane] = states.lane(queue.index, lane);
        system.expand(queue.state, emit, known);
      }
    }
    return true;
  }

  private readonly emit = (next: State): void => {
    this.transitions++;
    this.meet(next);
  };

  private meet(state: State): void {
    const { system, states } = this;
    const met = states.add(system.print, this.parent);
    if (met >= 0) return;
    const index = -1 - met;
    if (system.judge(state)) this.violation(index);
    else if (this.deeper && system.within(state)) {
      this.next.put(state, index);
      this.met++;
    } else this.cut++;
  }

  private violation(index: number): void {
    if (this.violated < 0 || isLess(this.states, index, this.violated)) this.violated = index;
  }

  /** Takes so many states out of the present level, about as many of each part. */
  give(count: number, receiver: number): Parcel {
    const { waiting } = this;
    let [passed, given] = [0, 0];
    this.waiting -= count;
    return this.current.map((queue) => {
      passed += queue.size;
      const due = Math.floor((count * passed) / waiting) - given;
      given += due;
      return queue.give(due, receiver);
    });
  }

  /** Adds states that another worker gave to the present level. */
  receive(parcel: Parcel, sender: number): void {
    parcel.forEach((given, part) => {
      const received = (this.current[part] as StateQueue<State>).receive(given, sender);
      this.waiting += received;
      if (received > 0 && part < this.part) this.part = part;
    });
  }
}

/** Whether the fingerprint of one state comes before that of another. */
export function isLess(states: States, one: number, other: number): boolean {
  for (let lane = 0; lane < 4; lane++) {
    const difference = states.lane(one, lane) - states.lane(other, lane);
    if (difference !== 0) return difference < 0;
  }
  return false;
}
