/** States of one shape that wait to be expanded, as the numbers of their leaves; those that have outgrown it, as they are. */
import { NumbersQueue, ObjectQueue, type StateQueue } from './queues.ts';
import type { Scratch } from './scratch.ts';
import type { Shape } from './shape.ts';

/** What a machine's queues have to know of it. */
export interface Shaping<State> {
  readonly shape: Shape<State>;
  /** Undefined once states of other shapes have been met. */
  readonly scratch: () => Scratch<State> | undefined;
  readonly outgrown: () => void;
  /** As a system's. */
  readonly keep: (state: State) => State;
}

export class ShapedQueue<State> implements StateQueue<State> {
  /** Good until something else is done with the machine. */
  state = undefined as State;
  index = 0;
  private readonly shaped: NumbersQueue;
  private readonly others = new ObjectQueue<State>();
  private readonly shaping: Shaping<State>;

  constructor(shaping: Shaping<State>) {
    this.shaping = shaping;
    this.shaped = new NumbersQueue(shaping.shape);
  }

  get size(): number {
    return this.shaped.size + this.others.size;
  }

  put(state: State, index: number): void {
    const { shape, keep } = this.shaping;
    const scratch = this.shaping.scratch();
    if (!scratch) this.others.put(keep(state), index);
    else this.shaped.put(state === scratch.state ? scratch.encode() : shape.encode(state), index);
  }

  take(): void {
    const scratch = this.shaping.scratch();
    const from = this.shaped.size > 0 ? this.shaped : this.others;
    from.take();
    this.index = from.index;
    if (from === this.others) this.state = this.others.state;
    else if (scratch) {
      scratch.load(this.shaped.state);
      this.state = scratch.state;
    } else this.state = this.shaping.shape.decode(this.shaped.state);
  }

  give(count: number, receiver: number): Given {
    const shaped = Math.min(count, this.shaped.size);
    return { shaped: this.shaped.give(shaped, receiver), others: this.others.give(count - shaped) };
  }

  receive(given: unknown, sender: number): number {
    const { shaped, others } = given as Given;
    const received = this.others.receive(others);
    if (received > 0) this.shaping.outgrown();
    return received + this.shaped.receive(shaped, sender);
  }
}

interface Given {
  readonly shaped: unknown;
  readonly others: unknown;
}
