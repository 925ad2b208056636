/** States of one shape that wait to be expanded, as the numbers of their leaves; those that have outgrown it, as they are. */
import { NumbersQueue, ObjectQueue, type StateQueue } from './queues.ts';
import type { Shape } from './shape.ts';

/** What a machine's queues have to know of it. */
export interface Shaping<State> {
  readonly shape: Shape<State>;
  /** Whether all states have had this shape so far. */
  readonly areShaped: () => boolean;
  /** States of other shapes have been met. */
  readonly outgrown: () => void;
  /** As a system's. */
  readonly keep: (state: State) => State;
}

export class ShapedQueue<State> implements StateQueue<State> {
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
    const { shape, areShaped, keep } = this.shaping;
    if (areShaped()) this.shaped.put(shape.encode(state), index);
    else this.others.put(keep(state), index);
  }

  take(): void {
    const from = this.shaped.size > 0 ? this.shaped : this.others;
    from.take();
    this.index = from.index;
    this.state = from === this.shaped ? this.shaping.shape.decode(from.state) : (from.state as State);
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
