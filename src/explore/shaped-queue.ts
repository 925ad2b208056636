/** States of one shape that wait to be expanded, as the numbers of their leaves; those that have outgrown it, as they are. */
import { NumbersQueue, ObjectQueue, type StateQueue } from './queues.ts';
import type { Shape } from './shape.ts';

export class ShapedQueue<State> implements StateQueue<State> {
  state = undefined as State;
  index = 0;
  private readonly shaped = new NumbersQueue();
  private readonly others = new ObjectQueue<State>();
  private readonly shape: Shape<State>;
  private readonly areShaped: () => boolean;
  private readonly keep: (state: State) => State;

  /** `areShaped`: whether all states have had this shape so far; `keep`: as a system's. */
  constructor(shape: Shape<State>, areShaped: () => boolean, keep: (state: State) => State) {
    this.shape = shape;
    this.areShaped = areShaped;
    this.keep = keep;
  }

  get size(): number {
    return this.shaped.size + this.others.size;
  }

  put(state: State, index: number): void {
    if (this.areShaped()) this.shaped.put(this.shape.encode(state), index);
    else this.others.put(this.keep(state), index);
  }

  take(): void {
    const from = this.shaped.size > 0 ? this.shaped : this.others;
    from.take();
    this.index = from.index;
    this.state = from === this.shaped ? this.shape.decode(from.state) : (from.state as State);
  }
}
