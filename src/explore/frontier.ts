/**
 * The states met and not yet expanded, in the order in which a search takes them: the cheapest first, and among equals
 * the one that waited longest (breadth first when the cost is the depth), or always the newest (depth first).
 */

export interface Frontier<State> {
  readonly size: number;
  /** Set by `pop`, which returns false when nothing is left. */
  state: State;
  index: number;
  depth: number;
  cost: number;
  push(state: State, index: number, depth: number, cost: number): void;
  pop(): boolean;
}

interface Bucket<State> {
  readonly states: State[];
  readonly indices: number[];
  readonly depths: number[];
}

/** First in, first out, bucket by bucket. A bucket that is used up is forgotten. */
export class CheapestFirst<State> implements Frontier<State> {
  size = 0;
  state = undefined as State;
  index = 0;
  depth = 0;
  cost = 0;
  private readonly buckets: (Bucket<State> | undefined)[] = [];
  private head = 0;

  push(state: State, index: number, depth: number, cost: number): void {
    const bucket = (this.buckets[cost] ??= { states: [], indices: [], depths: [] });
    bucket.states.push(state);
    bucket.indices.push(index);
    bucket.depths.push(depth);
    this.size++;
  }

  pop(): boolean {
    if (this.size === 0) return false;
    for (;;) {
      const bucket = this.buckets[this.cost];
      if (bucket && this.head < bucket.states.length) {
        const at = this.head++;
        this.state = bucket.states[at] as State;
        bucket.states[at] = undefined as State;
        this.index = bucket.indices[at] as number;
        this.depth = bucket.depths[at] as number;
        this.size--;
        return true;
      }
      this.buckets[this.cost] = undefined;
      this.cost++;
      this.head = 0;
    }
  }
}

/** Last in, first out: the frontier stays small. */
export class NewestFirst<State> implements Frontier<State> {
  state = undefined as State;
  index = 0;
  depth = 0;
  cost = 0;
  private readonly states: State[] = [];
  private readonly numbers: number[] = [];

  get size(): number {
    return this.states.length;
  }

  push(state: State, index: number, depth: number, cost: number): void {
    this.states.push(state);
    this.numbers.push(index, depth, cost);
  }

  pop(): boolean {
    if (this.states.length === 0) return false;
    this.state = this.states.pop() as State;
    this.cost = this.numbers.pop() as number;
    this.depth = this.numbers.pop() as number;
    this.index = this.numbers.pop() as number;
    return true;
  }
}
