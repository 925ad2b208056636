/**
 * What is going to happen. Time is whole milliseconds and a run is a few thousand of them, so the queue is a list for
 * each millisecond: items of one time come out in the order in which they were put in, and both ends cost a constant.
 * A bit for each millisecond tells whether its list has items. What lies beyond the end of the run is forgotten.
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
  next: Pending | undefined = undefined;
}

export class EventQueue {
  /** By millisecond; holes where nothing has been put. */
  private first: (Pending | undefined)[] = [];
  private last: (Pending | undefined)[] = [];
  /** By millisecond: the last of the items that were put off to then, which lead its list. */
  private postponed: (Pending | undefined)[] = [];
  /** A bit a millisecond: its list is not empty. */
  private occupied = new Int32Array(0);
  private end = -1;
  private now = 0;
  private pool: Pending | undefined = undefined;

  /** Empties the queue for a run that ends at `end`, included. */
  reset(end: number): void {
    for (let time = this.nextTime(); time >= 0; time = this.nextTime()) {
      for (let item = this.first[time]; item; ) {
        const { next } = item;
        this.release(item);
        item = next;
      }
      this.first[time] = undefined;
      this.postponed[time] = undefined;
      this.occupied[time >> 5]! &= ~(1 << (time & 31));
    }
    this.now = 0;
    this.end = end;
    const words = (end >> 5) + 1;
    if (words <= this.occupied.length) return;
    this.occupied = new Int32Array(words);
    this.first = new Array(words << 5).fill(undefined);
    this.last = new Array(words << 5).fill(undefined);
    this.postponed = new Array(words << 5).fill(undefined);
  }

  /** A blank item to fill in and `push`. */
  take(): Pending {
    const item = this.pool;
    if (item === undefined) return new Pending();
    this.pool = item.next;
    item.next = undefined;
    return item;
  }

  /** Gives an item that was popped back for reuse. */
  release(item: Pending): void {
    item.payload = undefined;
    item.next = this.pool;
    this.pool = item;
  }

  /** `time` is in whole milliseconds and not before that of the last `pop`. */
  push(item: Pending, time: number): void {
    if (time > this.end) {
      this.release(item);
      return;
    }
    item.time = time;
    const word = time >> 5;
    const bit = 1 << (time & 31);
    const bits = this.occupied[word] as number;
    if ((bits & bit) === 0) {
      this.occupied[word] = bits | bit;
      this.first[time] = item;
    } else (this.last[time] as Pending).next = item;
    this.last[time] = item;
  }

  /** Puts a popped item off to a later time, before all that is meant for that time but after what was put off before. */
  postpone(item: Pending, time: number): void {
    if (time > this.end) {
      this.release(item);
      return;
    }
    const before = this.postponed[time];
    const bit = 1 << (time & 31);
    const vacant = ((this.occupied[time >> 5] as number) & bit) === 0;
    item.time = time;
    item.next = before ? before.next : vacant ? undefined : this.first[time];
    if (before) before.next = item;
    else this.first[time] = item;
    if (item.next === undefined) this.last[time] = item;
    this.postponed[time] = item;
    this.occupied[time >> 5]! |= bit;
  }

  /** The next item, or undefined at the end of the run. */
  pop(): Pending | undefined {
    const time = this.nextTime();
    if (time < 0) return undefined;
    this.now = time;
    const item = this.first[time] as Pending;
    const { next } = item;
    this.first[time] = next;
    if (next !== undefined) item.next = undefined;
    else {
      this.occupied[time >> 5]! &= ~(1 << (time & 31));
      this.postponed[time] = undefined;
    }
    return item;
  }

  /** The first millisecond from now on that has items, or -1. */
  private nextTime(): number {
    const { occupied, now } = this;
    let word = now >> 5;
    if (word >= occupied.length) return -1;
    let bits = (occupied[word] as number) & (-1 << (now & 31));
    while (bits === 0) {
      if (++word === occupied.length) return -1;
      bits = occupied[word] as number;
    }
    return (word << 5) + 31 - Math.clz32(bits & -bits);
  }
}
