/**
 * From a trace of worlds, in which time is left out, to a schedule, in which everything has its millisecond. Each event
 * gets the earliest time at which it can come after the one before it; a message is delayed until its event, a message
 * that the trace leaves in flight is lost; the rate of a node's clocks makes a timer fire at its event, or after the end, and
 * where clocks are kept a jump makes them show what they should.
 *
 *   trace      invoke   request   election of n2        vote n3→n2
 *   schedule   wait 1   delay 0   drift n2 before the   delay until 34
 *                                 step that set it
 *
 * One thing has no lever: the first node's timers from its first start run at the true rate. Whether the schedule does
 * what the trace did is for its caller to find out, by running it.
 */
import { UsageError } from '../base/errors.ts';
import { cloneJson } from '../base/json.ts';
import { mix } from '../base/random.ts';
import { epoch } from '../kernel/clock.ts';
import type { Effect } from '../kernel/effects.ts';
import type { Reply, Request } from '../kernel/participants.ts';
import type { AnyProtocol, NodeState, Tagged } from '../kernel/protocol.ts';
import { type StepEvent, type StepResult, step } from '../kernel/step.ts';
import type { EventRef } from '../kernel/trace.ts';
import { type ClientOperation, callId, clientOf } from '../kernel/workload.ts';
import { latency } from '../kernel/world.ts';
import type { Deviation, Schedule } from '../schedule/schedule.ts';
import { Flights, type Flying } from './flights.ts';
import { type ClockStep, clocksFor, type Ticking } from './trace-clocks.ts';
import { type How, plainly, type WorldEvent, whole } from './world-events.ts';
import type { WorldSystem } from './world-system.ts';

interface LiveNode {
  state: NodeState<unknown, unknown>;
  durable: unknown;
  down: { at: EventRef; from: number; cut: number | undefined; torn: boolean } | undefined;
  readonly timers: Map<string, Ticking>;
}

/** Requests that clients send again of their own accord, and that are not in the trace: so many are lost. */
const mostRetries = 12;

export function scheduleOf(
  protocol: AnyProtocol,
  system: WorldSystem,
  events: readonly WorldEvent[],
  mutant: string | null,
): Schedule {
  return new Translation(protocol, system, mutant).of(events);
}

class Translation extends Flights {
  private readonly protocol: AnyProtocol;
  private readonly mutant: string | null;
  private readonly nodes: LiveNode[];
  private readonly clients: ClientOperation[][];
  /** When each client's last operation ended, and when its call was made. */
  private readonly freeSince: number[];
  private readonly calledAt: number[];
  private readonly clockSteps: ClockStep[] = [];
  private split: { at: EventRef; from: number; side: number } | undefined;
  private readonly deviations: Deviation[] = [];
  private readonly answered = new Set<number>();
  private crashes = 0;
  private last: EventRef | undefined;
  private lastTime = 0;

  constructor(protocol: AnyProtocol, system: WorldSystem, mutant: string | null) {
    super(system);
    this.protocol = protocol;
    this.mutant = mutant;
    const { disk, memory } = protocol.definition;
    this.nodes = system.nodeIds.map(() => ({
      ...{ state: { disk: disk(), memory: memory() }, durable: disk() },
      ...{ down: undefined, timers: new Map<string, Ticking>() },
    }));
    this.clients = system.bounds.clients.map(() => []);
    this.freeSince = system.bounds.clients.map(() => 0);
    this.calledAt = system.bounds.clients.map(() => 0);
  }

  of(events: readonly WorldEvent[]): Schedule {
    this.nodes.forEach((_, node) => {
      this.handle(node, this.count('start', node, node), { kind: 'start' }, plainly);
    });
    this.settle();
    for (const event of events) {
      this.follow(event);
      this.settle();
    }
    const end = this.time;
    const duration = end + 1;
    this.nodes.forEach(({ down }, node) => {
      if (down) this.restarted(node, duration);
    });
    this.heal(duration);
    const { nodeIds: names, bounds } = this.system;
    const { time, last } = this;
    const clocks = clocksFor(this.clockSteps, { names, bound: bounds.clocks?.bound, end: time, last });
    const planned = [...this.messages(), ...clocks, ...this.deviations, ...this.unasked()];
    return { nodes: this.nodes.length, duration, clients: this.clients, deviations: planned };
  }

  private follow(event: WorldEvent): void {
    switch (event.kind) {
      case 'invoke':
        return this.invoke(event);
      case 'retry': {
        this.time++;
        const call = callId(event.client, (this.clients[event.client]?.length ?? 1) - 1);
        const after = this.time - (this.calledAt[event.client] ?? 0);
        this.deviations.push({ kind: 'retry', call, node: this.name(event.node), after });
        this.request(event.client, event.node);
        return;
      }
      case 'own':
      case 'deliver':
        return this.deliver(event);
      case 'timeout':
        return this.fire(event);
      case 'drop':
        this.find(event.message).waiting = 0;
        return;
      case 'crash':
        if (this.last) this.crash(event.node, this.last, undefined);
        return;
      case 'restart': {
        this.time++;
        this.restarted(event.node, this.time);
        this.handle(event.node, this.count('start', event.node, event.node), { kind: 'start' }, event);
        return;
      }
      case 'split':
        if (this.last) this.split = { at: this.last, from: this.time, side: event.side };
        return;
      case 'heal':
        return this.heal(++this.time);
      case 'tick':
        this.time += this.system.bounds.clocks?.tick ?? 0;
    }
  }

  // Clients ----------------------------------------------------------------------------------------------------

  private heal(time: number): void {
    if (!this.split) return;
    const { at, from, side } = this.split;
    this.deviations.push({ kind: 'partition', at, groups: this.system.sides(side), for: time - from });
    this.split = undefined;
  }

  private invoke(event: Extract<WorldEvent, { kind: 'invoke' }>): void {
    const { client, node, copy } = event;
    this.time++;
    const own = this.clients[client] as ClientOperation[];
    const operation = this.system.bounds.clients[client]?.[own.length] as ClientOperation;
    own.push({ ...operation, node, wait: this.time - (this.freeSince[client] as number) });
    this.calledAt[client] = this.time;
    this.request(client, node);
    if (this.system.reduced) this.arrive(this.flying.at(-1) as Flying, copy, event);
  }

  /** What goes with a step where clients' moves are reduced: messages of a node to itself, then answers to clients. */
  private settle(): void {
    if (!this.system.reduced) return;
    const waiting = (test: (flying: Flying) => boolean) =>
      this.flying.find((flying) => flying.waiting > 0 && test(flying));
    const own = () => waiting(({ from, to }) => from === to);
    if (this.system.settles(this.crashes)) {
      for (let next = own(); next; next = own()) this.arrive(next, false, plainly);
    }
    if (own()) return;
    const answer = () => waiting(({ to }) => to >= this.nodes.length);
    for (let next = answer(); next; next = answer()) {
      const client = next.to - this.nodes.length;
      const made = (this.clients[client] as ClientOperation[]).length;
      const { call } = next.payload as Reply;
      if (call === callId(client, made - 1) && !this.answered.has(call)) {
        this.answered.add(call);
        this.arrive(next, false, plainly);
      } else next.waiting = 0;
    }
  }

  private request(client: number, node: number): void {
    const operations = this.clients[client] as ClientOperation[];
    const { f, input, key = '' } = operations.at(-1) as ClientOperation;
    const payload: Request = { f, call: { id: callId(client, operations.length - 1), input, key } };
    this.send({ type: this.system.vocabulary.request, from: this.nodes.length + client, to: node, payload });
  }

  // Nodes ------------------------------------------------------------------------------------------------------

  private deliver(event: Extract<WorldEvent, { kind: 'deliver' | 'own' }>): void {
    this.arrive(this.find(event.message), event.kind === 'deliver' && event.copy, event);
  }

  private arrive(flying: Flying, copy: boolean, how: How): void {
    const { type, from, to, nth, sent, payload } = flying;
    const own = from === to;
    if (!own) this.time = Math.max(this.time + 1, sent + latency);
    const again = flying.at !== undefined;
    if (again) flying.copyAt = this.time;
    else flying.at = this.time;
    if (!copy) flying.waiting--;
    const cause = this.ref(type, from, to, nth, again);
    if (to >= this.nodes.length) {
      this.freeSince[to - this.nodes.length] = this.time;
      this.happened(cause);
      return;
    }
    const { vocabulary } = this.system;
    const what: StepEvent =
      type === vocabulary.request
        ? { kind: 'request', ...(payload as Request) }
        : { kind: 'message', from: this.name(from), message: payload as Tagged };
    this.handle(to, cause, what, how);
  }

  private fire(event: Extract<WorldEvent, { kind: 'timeout' }>): void {
    const { node, timer } = event;
    const name = this.system.vocabulary.timers[timer] as string;
    const { timers } = this.nodes[node] as LiveNode;
    const ticking = timers.get(name);
    this.time++;
    // Nothing can change the rate before the very first step.
    if (ticking && !ticking.step.before) this.time = Math.max(this.time, ticking.set + ticking.after);
    if (ticking) ticking.fires = this.time;
    timers.delete(name);
    const cause = this.count(name, node, node);
    this.handle(node, cause, { kind: 'timer', timer: name }, event);
  }

  private handle(index: number, cause: EventRef, event: StepEvent, { cut, torn, skew }: How): void {
    const node = this.nodes[index] as LiveNode;
    let looked = false;
    const environment = {
      ...{ self: this.name(index), nodes: this.system.nodeIds, now: epoch + this.time + skew },
      ...{ entropy: this.entropy(cause, index), mutant: this.mutant },
      ...{ clockBound: this.system.bounds.clocks?.bound ?? 0, onClock: () => (looked = true) },
    };
    let taken: StepResult;
    try {
      taken = step(this.protocol, node.state, event, environment);
    } catch (error) {
      if (error instanceof UsageError) throw error;
      // What the trace leads to: a handler that throws.
      this.last = cause;
      return;
    }
    const { node: state, effects } = taken;
    node.state = state;
    const timers: Ticking[] = [];
    const clockStep: ClockStep = {
      ...{ node: index, time: this.time, timers, skew: looked ? skew : undefined },
      before: this.last && { event: this.last, time: this.lastTime },
    };
    let left = cut === whole ? Number.POSITIVE_INFINITY : cut;
    for (const effect of effects) {
      if (effect.kind === 'setTimer') {
        const ticking = { after: effect.after, set: this.time, step: clockStep, fires: undefined };
        timers.push(ticking);
        node.timers.set(effect.timer, ticking);
      } else if (effect.kind === 'clearTimer') node.timers.delete(effect.timer);
      else if (left-- > 0) this.perform(index, effect);
      else if (torn && left === -1 && effect.kind === 'persist') this.tear(node, effect.disk);
    }
    if (timers.length > 0 || looked) this.clockSteps.push(clockStep);
    this.happened(cause);
    if (cut !== whole) this.crash(index, cause, cut, torn);
  }

  private happened(event: EventRef): void {
    this.last = event;
    this.lastTime = this.time;
  }

  /** As the kernel draws it. */
  private entropy({ event, from, nth, copy }: EventRef, index: number): number {
    const { vocabulary, nodeIds } = this.system;
    const sender = from.startsWith('c') ? nodeIds.length + Number(from.slice(1)) - 1 : nodeIds.indexOf(from);
    const type = vocabulary.find(event) ?? 0;
    return mix(mix(mix(type * 0x101 + sender) + index) + nth * 2 + (copy ? 1 : 0));
  }

  private perform(index: number, effect: Effect): void {
    const { vocabulary, nodeIds } = this.system;
    const by = () => this.name(index);
    switch (effect.kind) {
      case 'persist':
        (this.nodes[index] as LiveNode).durable = effect.disk;
        return;
      case 'send': {
        const type = vocabulary.message(effect.message.type, by);
        const to = nodeIds.indexOf(effect.to);
        return this.send({ type, from: index, to, payload: effect.message });
      }
      case 'reply':
      case 'refuse': {
        const output =
          effect.kind === 'reply' && effect.output !== undefined ? { output: effect.output } : {};
        const payload: Reply = { call: effect.call, ...output, refused: effect.kind === 'refuse' };
        const to = this.nodes.length + clientOf(effect.call);
        return this.send({ type: vocabulary.reply, from: index, to, payload });
      }
      default:
    }
  }

  private tear(node: LiveNode, disk: unknown): void {
    const { torn } = this.protocol.definition;
    if (torn) node.durable = torn(cloneJson(node.durable) as never, cloneJson(disk) as never);
  }

  private crash(index: number, at: EventRef, cut: number | undefined, torn = false): void {
    const node = this.nodes[index] as LiveNode;
    this.crashes++;
    node.state = { disk: node.durable, memory: this.protocol.definition.memory() };
    node.timers.clear();
    for (const flying of this.flying) if (flying.from === index && flying.to === index) flying.waiting = 0;
    node.down = { at, from: this.time, cut, torn };
  }

  private restarted(index: number, time: number): void {
    const node = this.nodes[index] as LiveNode;
    const { down } = node;
    if (!down) return;
    node.down = undefined;
    const span = time - down.from;
    if (down.cut === undefined) {
      this.deviations.push({ kind: 'crash', at: down.at, nodes: [this.name(index)], for: span });
    } else {
      const torn = down.torn ? { torn: true as const } : {};
      this.deviations.push({ kind: 'disk', at: down.at, keep: down.cut, for: span, ...torn });
    }
  }

  /** Requests that clients repeat by themselves, which the trace knows nothing of. */
  private unasked(): Deviation[] {
    if (this.protocol.definition.clients?.retry === undefined) return [];
    const { request } = this.system.vocabulary;
    return this.clients.flatMap((_, client) =>
      this.nodes.flatMap((_node, node) => {
        const from = this.nodes.length + client;
        const sent = this.counts.get(`request ${from} ${node}`) ?? 0;
        return Array.from({ length: mostRetries }, (_more, index): Deviation => {
          return { kind: 'drop', message: this.ref(request, from, node, sent + index + 1, false) };
        });
      }),
    );
  }
}
