/**
 * The worlds of a protocol as a system to search: the first world, what each event makes of a world, and what of it can
 * be forgotten since it can make no difference any more.
 */
import { UsageError } from '../base/errors.ts';
import type { Message } from './node-steps.ts';
import { NumbersQueue, type StateQueue } from './queues.ts';
import type { Emit, TransitionSystem } from './system.ts';
import { WorldAssumptions } from './world-assumptions.ts';
import { WorldDuties } from './world-duties.ts';
import { deviates, type WorldEvent } from './world-events.ts';
import { WorldNumbering } from './world-numbering.ts';
import { WorldSharing } from './world-sharing.ts';
import type { PackedWorld } from './worlds.ts';

export class WorldSystem extends WorldDuties implements TransitionSystem<PackedWorld> {
  readonly sharing = this.makeSharing();
  readonly assumptions = this.dead && new WorldAssumptions(this.dead, this.steps);
  private readonly numbering = this.makeNumbering();

  private makeSharing(): WorldSharing {
    const { notSeen, always, histories, steps } = this;
    return new WorldSharing({ notSeen, always, histories, steps });
  }

  private makeNumbering(): WorldNumbering {
    const { n, steps, histories, always, sometimes } = this;
    const { locals, disks, messages } = steps;
    const block = <T>(values: T): T[] => new Array<T>(n).fill(values);
    const plain = (count: number): undefined[] => new Array<undefined>(count).fill(undefined);
    const places = [
      ...block(locals),
      ...block(disks),
      ...plain(this.memories - 2 * n),
      ...histories.map(({ memories }) => memories),
      ...[...always, ...sometimes].map(({ ghosts }) => ghosts),
      ...plain(2),
    ];
    return new WorldNumbering({ places, rest: messages });
  }

  queue = (): StateQueue<PackedWorld> => new NumbersQueue(this.numbering);

  initial = (): readonly PackedWorld[] => {
    const { n, steps, bounds } = this;
    const { disk, memory } = this.vocabulary.protocol.definition;
    this.fixed = new Array<number>(this.ends).fill(0);
    this.own = [];
    this.flight.begin([], 0);
    for (let node = 0; node < n; node++) {
      const first = disk();
      this.fixed[node] = steps.local({ disk: first, memory: memory() });
      this.fixed[n + node] = steps.disk(first);
    }
    for (let node = 0; node < n; node++) {
      const { start } = this.vocabulary;
      this.fixed[2 * n + node] = 1;
      const outcome = steps.happen(this.fixed[node] as number, node, start, 0);
      if (outcome.reads)
        throw new UsageError(`${this.name}.start reads clocks; explore can follow only later steps that do`);
      this.performed(node, outcome);
    }
    if (bounds.clients.some((operations) => operations.length > 99))
      throw new UsageError('too many operations');
    if (this.reduced) this.settle();
    return [this.packed([])];
  };

  expand = (world: PackedWorld, emit: Emit<PackedWorld>, known?: Int32Array): void => {
    let number = 0;
    this.fingerprintBefore(world, known);
    this.events(world, (event) => {
      const next = this.after(world, event);
      const action = number++;
      this.event = event;
      if (this.leavesIdle && event.kind === 'deliver' && this.isIdle(world, next)) return;
      this.fingerprintAfter(world, next);
      emit(next, action, deviates(event));
    });
  };

  /** Whether a delivery made no difference but that the message is gone. */
  private isIdle(world: PackedWorld, next: PackedWorld): boolean {
    if (next.length !== world.length - 1 || next[this.ends - 2] !== 0) return false;
    for (let at = 0; at < this.hashed; at++) if (next[at] !== world[at]) return false;
    return true;
  }

  keep = (world: PackedWorld): PackedWorld => world;

  /** The world after an event. */
  after(world: PackedWorld, event: WorldEvent): PackedWorld {
    const { ends, n } = this;
    const ownCount = world[ends - 1] as number;
    this.fixed = world.slice(0, ends);
    this.own = ownCount > 0 ? world.slice(ends, ends + ownCount) : [];
    this.flight.begin(world, ends + ownCount);
    this.answers = false;
    this.began = this.progress();
    switch (event.kind) {
      case 'deliver': {
        if (!event.copy) this.flight.remove(event.message);
        else this.fixed[this.faults + 2]!++;
        const message = this.steps.messages.value(event.message) as Message;
        if (message.to >= n) this.answered(message);
        else this.stepped(world, message.to, { message: event.message }, event);
        break;
      }
      case 'own': {
        const { to } = this.steps.messages.value(event.message) as Message;
        this.own.shift();
        this.stepped(world, to, { message: event.message }, event);
        break;
      }
      case 'timeout': {
        const { node, timer } = event;
        this.fixed[2 * n + node]! &= ~(2 << timer);
        if (this.bounds.timeouts !== Number.POSITIVE_INFINITY) this.fixed[4 * n + node]!++;
        this.stepped(world, node, { node, type: this.vocabulary.firstTimer + timer }, event);
        break;
      }
      case 'drop':
        this.flight.remove(event.message);
        if (!event.split) this.fixed[this.faults + 1]!++;
        break;
      case 'crash':
        this.crash(event.node);
        this.judgeStep(-1, 0);
        break;
      case 'restart': {
        const { node } = event;
        this.fixed[2 * n + node] = 1;
        this.stepped(world, node, { node, type: this.vocabulary.start }, event);
        break;
      }
      case 'split':
        this.fixed[this.faults + 4]!++;
        this.fixed[this.split] = event.side;
        break;
      case 'heal':
        this.fixed[this.split] = 0;
        break;
      case 'tick':
        this.fixed[this.ticks]!++;
        break;
      case 'invoke':
      case 'retry':
        this.called(world, event);
    }
    if (this.reduced) this.settle();
    return this.packed(world);
  }

  private called(world: PackedWorld, event: Extract<WorldEvent, { kind: 'invoke' | 'retry' }>): void {
    const { client, node } = event;
    const progress = this.fixed[this.client + client] as number;
    const message = this.invocation(world, client, node);
    if (event.kind === 'retry') {
      this.fixed[this.faults + 3]!++;
      this.flight.send(message);
      return;
    }
    this.advance(client, progress | 1);
    const { f, input, key } = this.operation(client, progress >> 1);
    this.saw({ process: client, type: 'invoke', f, value: input, ...(key === undefined ? {} : { key }) });
    if (!this.reduced || event.copy) this.flight.send(message);
    if (event.copy) this.fixed[this.faults + 2]!++;
    if (this.reduced) this.stepped(world, node, { message }, event);
    else this.judgeStep(-1, 0);
  }

  /** Puts together the world that was made of another, without what can make no difference any more. */
  private packed(world: PackedWorld): PackedWorld {
    const { fixed, own, n, bounds } = this;
    const crashed = (fixed[this.faults] as number) >= bounds.crashes;
    for (let node = 0; node < n; node++) {
      // A disk that no crash will go back to, timers that may not fire again.
      if (crashed) fixed[n + node] = 0;
      if (!this.keepsTimers && (fixed[4 * n + node] as number) >= bounds.timeouts) fixed[2 * n + node]! &= 1;
    }
    fixed[this.ends - 1] = own.length;
    for (const message of own) fixed.push(message);
    this.forgetIn(world);
    this.flight.writeTo(fixed, this);
    return fixed;
  }
}
