/** The one object that stands for whichever state of a shape is looked at, and on which actions run. */
import type { Shape } from './shape.ts';

/** Receives the place of a leaf that has changed, and the numbers of what stood and stands there. */
export type Exchange = (place: number, from: number, to: number) => void;

export class Scratch<State> {
  /** Sealed. */
  readonly state: State;
  private readonly shape: Shape<State>;
  private readonly containers: readonly unknown[];
  /** The leaves of the loaded state, and their numbers. */
  private readonly leaves: unknown[] = [];
  private numbers: readonly number[] = [];
  /** In how many places the state differs from the loaded one; which these are, and the numbers of the leaves there. */
  private count = 0;
  private readonly places: number[] = [];
  private readonly others: number[] = [];
  private misfit = false;

  constructor(shape: Shape<State>, state: State) {
    this.shape = shape;
    this.state = shape.compiled.copy(state);
    this.containers = shape.seal(this.state);
    this.load(shape.encode(state));
  }

  /** Makes it the state whose leaves have these numbers. */
  load(numbers: readonly number[]): void {
    const { shape, leaves, state } = this;
    this.numbers = numbers;
    for (let place = 0; place < numbers.length; place++)
      leaves[place] = shape.leaves[numbers[place] as number];
    shape.compiled.load(state, leaves);
    this.count = 0;
  }

  /** What an action has changed; false when the state no longer has the shape, and has to be thrown away. */
  changes(exchange: Exchange): boolean {
    const { shape, state, leaves, containers, places, others, numbers } = this;
    this.misfit = false;
    if (!shape.compiled.compare(state, leaves, containers, this.changed) || this.misfit) return false;
    for (let at = 0; at < this.count; at++) {
      const place = places[at] as number;
      exchange(place, numbers[place] as number, others[at] as number);
    }
    return true;
  }

  private readonly changed = (place: number, leaf: unknown): void => {
    if (typeof leaf === 'object' && leaf !== null) {
      this.misfit = true;
      return;
    }
    this.places[this.count] = place;
    this.others[this.count++] = this.shape.number(leaf);
  };

  /** Makes it the loaded state again. */
  undo(): void {
    const { shape, state, leaves, places } = this;
    const { undo } = shape.compiled;
    for (let at = 0; at < this.count; at++) undo[places[at] as number]?.(state, leaves);
    this.count = 0;
  }

  /** The numbers of its leaves. */
  encode(): readonly number[] {
    const { numbers, places, others, count } = this;
    if (count === 0) return numbers;
    const encoded = numbers.slice();
    for (let at = 0; at < count; at++) encoded[places[at] as number] = others[at] as number;
    return encoded;
  }

  /** The loaded state as an object of its own. */
  loaded(): State {
    return this.shape.compiled.make(this.leaves);
  }
}
