/** The network: what becomes of a message between a send and its delivery. */
import { lost } from './adversary.ts';
import type { LiveNode } from './participants.ts';
import type { AnyProtocol } from './protocol.ts';
import { type Pending, pendingKind } from './queue.ts';
import { counter, latency, type SimulationOptions, World } from './world.ts';

export class Network extends World {
  /** By link (sender × width + receiver): nothing arrives before then. */
  protected readonly blockedUntil: Float64Array;
  /** By link: what is sent arrives no sooner than then. */
  protected readonly heldUntil: Float64Array;

  constructor(protocol: AnyProtocol, options: SimulationOptions) {
    super(protocol, options);
    this.blockedUntil = new Float64Array(this.width * this.width);
    this.heldUntil = new Float64Array(this.width * this.width);
  }

  /** Sends what now belongs to the network alone. */
  protected transmit(type: number, from: number, to: number, payload: unknown): void {
    const nth = this.count(type, from, to);
    if (from === to) {
      const stamp = (this.nodes[to] as LiveNode).incarnation;
      this.enqueue(type, from, to, nth, 0, stamp, payload, this.time);
      if (this.record) this.recordSent(type, from, to, nth, payload, this.time, 0);
      return;
    }
    const { adversary } = this;
    const chaos = this.time < this.calmAt;
    let extra = 0;
    let copyAfter = 0;
    if (chaos) {
      adversary.copyAfter = 0;
      extra = adversary.sending(type, from, to, nth);
      copyAfter = adversary.copyAfter;
      if (extra === lost) {
        this.exercise(counter.drop);
        if (this.record) this.recordSent(type, from, to, nth, payload, 'lost', 0);
        return;
      }
      if (extra > 0) this.exercise(counter.reorder);
    }
    let at = this.time + latency + extra + this.slowness(from) + this.slowness(to);
    const held = this.heldUntil[from * this.width + to] as number;
    if (held > at) {
      this.exercise(counter.reorder);
      at = held;
    }
    // In the calm period delivery is fair: what was late arrives at its beginning.
    const latest = Math.max(this.time, this.calmAt) + latency;
    if (at > latest) at = latest;
    this.enqueue(type, from, to, nth, 0, 0, payload, at);
    let copyAt = 0;
    if (copyAfter > 0) {
      copyAt = Math.min(at + copyAfter, Math.max(latest, at) + latency);
      this.enqueue(
        type,
        from,
        to,
        nth,
        1,
        0,
        (this.vocabulary.clonePayload[type] as <T>(value: T) => T)(payload),
        copyAt,
      );
    }
    if (this.record) this.recordSent(type, from, to, nth, payload, at, copyAt);
  }

  protected slowness(participant: number): number {
    const node = this.nodes[participant];
    if (node === undefined || node.slowUntil <= this.time) return 0;
    this.exercise(counter.slow);
    return node.slowBy;
  }

  protected enqueue(
    type: number,
    from: number,
    to: number,
    nth: number,
    copy: number,
    stamp: number,
    payload: unknown,
    at: number,
  ): void {
    const item = this.queue.take();
    item.kind = pendingKind.deliver;
    item.type = type;
    item.from = from;
    item.to = to;
    item.nth = nth;
    item.copy = copy;
    item.stamp = stamp;
    item.payload = payload;
    this.queue.push(item, at);
  }

  /** A message that found its link cut at its arrival. */
  protected isCut(item: Pending): boolean {
    if ((this.blockedUntil[item.from * this.width + item.to] as number) <= this.time) return false;
    this.exercise(counter.partition);
    if (this.record) this.recordUndelivered(item, 'partition');
    return true;
  }

  /** Messages of this link arrive no sooner than `span` from now. */
  hold(from: number, to: number, span: number): void {
    const link = from * this.width + to;
    this.heldUntil[link] = Math.max(this.heldUntil[link] as number, this.until(span));
    this.recordFault(
      'hold',
      [this.participants[from] as string, this.participants[to] as string],
      `for ${span}`,
    );
  }

  /** Nothing arrives across these links (pairs of sender and receiver) for `span`. */
  cut(links: readonly (readonly [from: number, to: number])[], span: number): void {
    const until = this.until(span);
    for (const [from, to] of links) {
      const link = from * this.width + to;
      this.blockedUntil[link] = Math.max(this.blockedUntil[link] as number, until);
    }
    if (this.record) {
      const shown = links.map(([from, to]) => `${this.participants[from]}→${this.participants[to]}`);
      this.recordFault('partition', [], `${shown.join(' ')} until ${until}`);
    }
  }
}
