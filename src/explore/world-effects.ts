/**
 * What steps of nodes, crashes and answers to clients do to the world that is being made. A handler's effects are
 * looked up, each step being computed once.
 */
import { UsageError } from '../base/errors.ts';
import type { Reply } from '../kernel/participants.ts';
import { callId } from '../kernel/workload.ts';
import { InFlight, type Keeping } from './in-flight.ts';
import type { Happening, Message, Outcome } from './node-steps.ts';
import { type How, whole } from './world-events.ts';
import { WorldJudging } from './world-judging.ts';
import type { PackedWorld } from './worlds.ts';

/** More messages to itself in one step than any protocol needs. */
const mostOwn = 1000;

export class WorldEffects extends WorldJudging implements Keeping {
  protected own: number[] = [];
  protected readonly flight = new InFlight(this.inOrder);
  /** How far clients were before the event. */
  protected began = 0;
  /** Whether a client has been answered, so that other answers to the same call change nothing any more. */
  protected answers = false;
  private progressed = 0;
  /** Nodes that are in another state than before the event, as bits; all, where clients are further than before. */
  private changed = 0;
  /** By place of a message in the world it was made for: the nodes on whose states it depends whether it is dead, as bits. */
  private concerned: PackedWorld = [];
  private readonly concerns: number[] = [];

  protected stepped(world: PackedWorld, node: number, event: Happening, { cut, torn, skew }: How): void {
    if (cut === whole) {
      this.performed(node, this.stepOf(world, node, event, skew));
      return;
    }
    const chance = { draws: world[3 * this.n + node] as number, now: this.reading(world, skew) };
    const outcome = this.steps.cut(world[node] as number, event, chance, cut);
    if (!this.perform(node, outcome)) return;
    const disk = this.n + node;
    if (torn) this.fixed[disk] = this.steps.torn(this.fixed[disk] as number, outcome.tearing);
    this.crash(node);
    this.judgeStep(node, outcome.notes);
  }

  protected performed(node: number, outcome: Outcome): void {
    if (this.perform(node, outcome)) this.judgeStep(node, outcome.notes);
  }

  /** False when the handler threw. */
  private perform(node: number, outcome: Outcome): boolean {
    const { fixed, n } = this;
    if (outcome.thrown) {
      this.violated(outcome.thrown);
      return false;
    }
    this.dead?.went(fixed[node] as number, outcome.local, this.began);
    fixed[node] = outcome.local;
    if (outcome.durable >= 0) fixed[n + node] = outcome.durable;
    const flags = fixed[2 * n + node] as number;
    fixed[2 * n + node] = (flags & 1) | ((((flags >> 1) & outcome.keep) | outcome.set) << 1);
    if (outcome.random) fixed[3 * n + node]!++;
    for (const message of outcome.own) this.own.push(message);
    for (const number of outcome.sent) {
      if (this.isLate(number)) continue;
      const message = this.steps.messages.value(number) as Message;
      if (this.reduced && message.to >= n) this.answered(message);
      else this.flight.send(number);
    }
    return true;
  }

  protected crash(node: number): void {
    const { fixed, n } = this;
    fixed[this.faults]!++;
    fixed[2 * n + node] = 0;
    const fresh = this.steps.afterCrash(fixed[n + node] as number);
    this.dead?.went(fixed[node] as number, fresh, this.began);
    fixed[node] = fresh;
    // Before all nodes have begun, messages of several to themselves wait.
    this.own = this.own.filter((message) => (this.steps.messages.value(message) as Message).to !== node);
  }

  /** What a node has sent itself, where no crash can come between. */
  protected settle(): void {
    const { fixed, own, steps, n } = this;
    if (!this.settles(fixed[this.faults] as number)) return;
    for (let count = 0; own.length > 0; count++) {
      if (count > mostOwn) throw new UsageError(`${this.name} sends messages to itself without end`);
      const message = own.shift() as number;
      const { to } = steps.messages.value(message) as Message;
      this.performed(to, steps.deliver(fixed[to] as number, message, fixed[3 * n + to] as number));
    }
  }

  /** A reply has reached its client. */
  protected answered({ to, payload }: Message): void {
    const client = to - this.n;
    const { output, refused } = payload as Reply;
    const progress = this.fixed[this.client + client] as number;
    const { f, input, key } = this.operation(client, progress >> 1);
    const value = output === undefined ? input : output;
    // Counted: the next operation is not outstanding yet.
    this.advance(client, progress + 1);
    this.saw({
      process: client,
      type: refused ? 'fail' : 'ok',
      f,
      value,
      ...(key === undefined ? {} : { key }),
    });
    this.answers = true;
    if (!this.reduced) this.judgeStep(-1, 0);
  }

  /** Whether a message is an answer to a call that its client no longer waits for. */
  private isLate(number: number): boolean {
    const { to, payload } = this.steps.messages.value(number) as Message;
    if (to < this.n) return false;
    const client = to - this.n;
    const progress = this.fixed[this.client + client] as number;
    return (progress & 1) === 0 || (payload as Reply).call !== callId(client, progress >> 1);
  }

  /** Gets ready to say which messages stay in flight after an event in this world, now that all it did is known. */
  protected forgetIn(world: PackedWorld): void {
    const { dead, n, fixed } = this;
    if (!dead) return;
    this.progressed = this.progress();
    dead.progressed(this.began, this.progressed);
    this.changed = this.progressed === this.began ? 0 : -1;
    for (let node = 0; node < n; node++) if (fixed[node] !== world[node]) this.changed |= 1 << node;
    if (this.concerned === world) return;
    this.concerned = world;
    const end = world.length;
    for (let at = this.ends + (world[this.ends - 1] as number); at < end; at++)
      this.concerns[at] = dead.concerns(world[at] as number, world);
  }

  /** A message that was not dead in the world before is not unless something that this depends on has changed. */
  staysInFlight(message: number, at: number): boolean {
    if (this.answers && this.isLate(message)) return false;
    const { dead, changed } = this;
    if (!dead || ((this.concerns[at] as number) & changed) === 0) return true;
    return !dead.claim(message, this.fixed, this.progressed);
  }

  isWorthSending(message: number): boolean {
    if (this.answers && this.isLate(message)) return false;
    return !this.dead?.claim(message, this.fixed, this.progressed);
  }

  protected advance(client: number, progress: number): void {
    this.fixed[this.client + client] = progress;
  }

  /** How far clients are, as a number. */
  protected progress(): number {
    return this.dead?.progress(this.fixed, this.client, this.faults) ?? 0;
  }
}
