/**
 * One worker's share of a breadth-first search: the states of the present level that it expands, and those of the next
 * that it was the first to meet. Both are kept by part, that is by the first bits of their fingerprints, so that all
 * workers can stop after the same states wherever those lie.
 */
import { NumbersQueue, ObjectQueue, type StateQueue } from './queues.ts';
import type { States } from './states.ts';
import type { TransitionSystem } from './system.ts';

export const parts = 64;
const partOf = (lane: number): number => lane >>> 26;

type Queues<State> = (StateQueue<State> | undefined)[];

/** States on their way to another worker. */
export interface Parcel {
  readonly indices: readonly number[];
  /** As the system's `sharing` packs them. */
  readonly states: unknown;
}

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
  private current: Queues<State> = [];
  private next: Queues<State> = [];
  private part = 0;
  private parent = -1;
  /** Whether what is met is expanded in its turn. */
  private deeper = true;

  constructor(system: TransitionSystem<State>, states: States) {
    this.system = system;
    this.states = states;
  }

  begin(deeper: boolean): void {
    this.deeper = deeper;
    for (const state of this.system.initial()) {
      this.system.fingerprint(state);
      this.meet(state);
    }
  }

  /** The next level becomes the present one. */
  turn(deeper: boolean): void {
    this.deeper = deeper;
    this.current = this.next;
    this.next = [];
    this.waiting = this.met;
    this.met = 0;
    this.part = 0;
  }

  /** How many states of the present level wait in each part. */
  waitingByPart(): number[] {
    return Array.from({ length: parts }, (_, part) => this.current[part]?.size ?? 0);
  }

  /** Expands the states of the parts before `end`; false when `pause` or want of room came first. */
  expand(end: number, pause: () => boolean): boolean {
    const { system, emit } = this;
    for (; this.part < end; this.part++) {
      const queue = this.current[this.part];
      while (queue && queue.size > 0) {
        if (this.states.crowded || pause()) return false;
        queue.take();
        this.waiting--;
        this.expanded++;
        this.parent = queue.index;
        system.expand(queue.state, emit);
      }
      this.current[this.part] = undefined;
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
      this.put(this.next, partOf(system.print[1] as number), system.keep(state), index);
      this.met++;
    } else this.cut++;
  }

  private violation(index: number): void {
    if (this.violated < 0 || isLess(this.states, index, this.violated)) this.violated = index;
  }

  private put(queues: Queues<State>, part: number, state: State, index: number): void {
    const queue = (queues[part] ??= this.system.numbers
      ? (new NumbersQueue() as unknown as StateQueue<State>)
      : new ObjectQueue<State>());
    queue.put(state, index);
  }

  /** Takes so many states out of the present level, about as many of each part. */
  give(count: number, receiver: number): Parcel {
    const states: State[] = [];
    const indices: number[] = [];
    const [before, waiting] = [this.part, this.waiting];
    let passed = 0;
    for (let part = before; part < parts; part++) {
      const queue = this.current[part];
      if (!queue) continue;
      passed += queue.size;
      for (const due = Math.floor((count * passed) / waiting); states.length < due; ) {
        queue.take();
        states.push(queue.state);
        indices.push(queue.index);
      }
    }
    this.waiting -= states.length;
    return { indices, states: this.system.sharing?.pack(states, receiver) };
  }

  /** Adds states that another worker gave to the present level. */
  receive({ indices, states }: Parcel, sender: number): void {
    const unpacked = this.system.sharing?.unpack(states, sender) ?? [];
    unpacked.forEach((state, at) => {
      const index = indices[at] as number;
      this.put(this.current, partOf(this.states.lane(index, 1)), state, index);
    });
    this.waiting += unpacked.length;
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
