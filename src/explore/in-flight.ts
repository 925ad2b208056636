/**
 * The messages in flight of the world that is being made: those of the world before, which are in order, but for what has
 * arrived or is lost, and those that were sent, which are few. So nothing is sorted but the latter.
 */
import type { PackedWorld } from './worlds.ts';

/** Which messages are kept. */
export interface Keeping {
  /** Of the world before, by its place there. */
  staysInFlight(message: number, at: number): boolean;
  /** Of those that were sent. */
  isWorthSending(message: number): boolean;
}

export class InFlight {
  private readonly inOrder: (a: number, b: number) => number;
  private world: PackedWorld = [];
  /** Where the messages of the world before begin. */
  private first = 0;
  /** The place of the one that is gone; -1: none. */
  private gone = -1;
  private readonly sent: number[] = [];

  constructor(inOrder: (a: number, b: number) => number) {
    this.inOrder = inOrder;
  }

  /** Begins with the messages of a world, which stand from `first` on. */
  begin(world: PackedWorld, first: number): void {
    this.world = world;
    this.first = first;
    this.gone = -1;
    this.sent.length = 0;
  }

  /** One of the world before is not in flight any more. */
  remove(message: number): void {
    this.gone = this.world.indexOf(message, this.first);
  }

  send(message: number): void {
    this.sent.push(message);
  }

  /** Adds those that are kept to the end of a world, in order. */
  writeTo(next: number[], keeping: Keeping): void {
    const { world, gone, sent, inOrder } = this;
    if (sent.length > 1) sent.sort(inOrder);
    let coming = 0;
    for (let at = this.first; at < world.length; at++) {
      const message = world[at] as number;
      if (at === gone || !keeping.staysInFlight(message, at)) continue;
      for (; coming < sent.length && inOrder(sent[coming] as number, message) < 0; coming++)
        if (keeping.isWorthSending(sent[coming] as number)) next.push(sent[coming] as number);
      next.push(message);
    }
    for (; coming < sent.length; coming++)
      if (keeping.isWorthSending(sent[coming] as number)) next.push(sent[coming] as number);
  }
}
