/**
 * What is going to happen: a binary heap ordered by time, then by the order of scheduling, so that equal times
 * keep their causal order. Items are pooled, since a run makes and forgets thousands of them.
 */

/** What kind of thing is pending. */
export const pendingKind = {
  boot: 0,
  deliver: 1,
  timer: 2,
  invoke: 3,
  giveUp: 4,
  retry: 5,
  restart: 6,
  calm: 7,
  clientDies: 8,
} as const;

/** One shape for all kinds, so that the loop stays monomorphic; unused fields are 0. */
export class Pending {
  time = 0;
  order = 0;
  kind = 0;
  /** Index of the event's name in the vocabulary. */
  type = 0;
  from = 0;
  to = 0;
  /** The how-manieth of its name, sender and receiver; counted from 1. */
  nth = 0;
  /** 1 for the second copy of a doubled message. */
  copy = 0;
  /** What must still be so for the item to count: a timer's generation, a node's incarnation, a call's id. */
  stamp = 0;
  payload: unknown = undefined;
}

/** What was put off comes before all that was meant for that time: its order is less than any scheduled one's. */
const firstPostponed = -0x4000_0000;

export class EventQueue {
  private readonly heap: Pending[] = [];
  private readonly pool: Pending[] = [];
  private size = 0;
  private scheduled = 0;
  private postponed = firstPostponed;

  get length(): number {
    return this.size;
  }

  /** A blank item to fill in and `push`. */
  take(): Pending {
    return this.pool.pop() ?? new Pending();
  }

  /** Gives an item that was popped back for reuse. */
  release(item: Pending): void {
    item.payload = undefined;
    this.pool.push(item);
  }

  push(item: Pending, time: number): void {
    item.time = time;
    item.order = this.scheduled++;
    this.sift(item);
  }

  /** Puts a popped item off. Those put off to one time come in the order in which they were popped, then the others. */
  postpone(item: Pending, time: number): void {
    item.time = time;
    item.order = this.postponed++;
    this.sift(item);
  }

  private sift(item: Pending): void {
    const heap = this.heap;
    let hole = this.size++;
    while (hole > 0) {
      const parentIndex = (hole - 1) >> 1;
      const parent = heap[parentIndex] as Pending;
      if (parent.time < item.time || (parent.time === item.time && parent.order < item.order)) break;
      heap[hole] = parent;
      hole = parentIndex;
    }
    heap[hole] = item;
  }

  pop(): Pending | undefined {
    if (this.size === 0) return undefined;
    const heap = this.heap;
    const top = heap[0] as Pending;
    const size = --this.size;
    const last = heap[size] as Pending;
    let hole = 0;
    for (let child = 1; child < size; child = 2 * hole + 1) {
      let least = heap[child] as Pending;
      const right = child + 1;
      if (right < size) {
        const other = heap[right] as Pending;
        if (other.time < least.time || (other.time === least.time && other.order < least.order)) {
          least = other;
          child = right;
        }
      }
      if (last.time < least.time || (last.time === least.time && last.order < least.order)) break;
      heap[hole] = least;
      hole = child;
    }
    heap[hole] = last;
    return top;
  }

  clear(): void {
    for (let i = 0; i < this.size; i++) this.release(this.heap[i] as Pending);
    this.size = 0;
    this.scheduled = 0;
    this.postponed = firstPostponed;
  }
}
