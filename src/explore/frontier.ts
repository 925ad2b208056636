/**
 * The states met and not yet expanded, in the order in which a search by one worker takes them: the one with the fewest
 * deviations first, among equals the one that took the fewest steps, and then the one that waited longest; or always
 * the newest (depth first).
 */

export interface Frontier<State> {
  readonly size: number;
  /** Set by `pop`, which returns false when nothing is left. */
  state: State;
  index: number;
  depth: number;
  deviations: number;
  push(state: State, index: number, depth: number, deviations: number): void;
  pop(): boolean;
}

interface Bucket<State> {
  readonly states: State[];
  readonly indices: number[];
}

/** By deviations and then by depth, first in, first out. What is pushed lies deeper than what was popped last. */
export class CheapestFirst<State> implements Frontier<State> {
  size = 0;
  state = undefined as State;
  index = 0;
  depth = 0;
  deviations = 0;
  private readonly rows: ((Bucket<State> | undefined)[] | undefined)[] = [];
  private head = 0;

  push(state: State, index: number, depth: number, deviations: number): void {
    const row = (this.rows[deviations] ??= []);
    const bucket = (row[depth] ??= { states: [], indices: [] });
    bucket.states.push(state);
    bucket.indices.push(index);
    this.size++;
  }

  pop(): boolean {
    if (this.size === 0) return false;
    for (;;) {
      const row = this.rows[this.deviations];
      const bucket = row?.[this.depth];
      if (bucket && this.head < bucket.states.length) {
        const at = this.head++;
        this.state = bucket.states[at] as State;
        bucket.states[at] = undefined as State;
        this.index = bucket.indices[at] as number;
        this.size--;
        return true;
      }
      this.head = 0;
      if (row && this.depth < row.length) row[this.depth++] = undefined;
      else {
        this.rows[this.deviations++] = undefined;
        this.depth = 0;
      }
    }
  }
}

/** Last in, first out: the frontier stays small. */
export class NewestFirst<State> implements Frontier<State> {
  state = undefined as State;
  index = 0;
  depth = 0;
  deviations = 0;
  private readonly states: State[] = [];
  private readonly numbers: number[] = [];

  get size(): number {
    return this.states.length;
  }

  push(state: State, index: number, depth: number, deviations: number): void {
    this.states.push(state);
    this.numbers.push(index, depth, deviations);
  }

  pop(): boolean {
    if (this.states.length === 0) return false;
    this.state = this.states.pop() as State;
    this.deviations = this.numbers.pop() as number;
    this.depth = this.numbers.pop() as number;
    this.index = this.numbers.pop() as number;
    return true;
  }
}
