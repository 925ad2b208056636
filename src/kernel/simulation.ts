/**
 * The world and its one loop: true time, nodes with clocks and disks, the network, client processes. Everything a run
 * does is determined by the protocol, the workload and the adversary's answers.
 *
 * Two executors share the loop. `mutable` runs handlers on plain state, copying only what is sent or persisted; it is
 * for fuzzing, which only moves forward. `immer` runs the pure `step`, so that every state of a trace can be kept.
 * Both must give the same trace. A message in flight is owned by nobody but its receiver: it is copied once when sent.
 */
import { UsageError } from '../base/errors.ts';
import { cloneJson, type Json } from '../base/json.ts';
import { mix } from '../base/random.ts';
import type { HistoryEvent } from '../history/history.ts';
import { type Adversary, allEffects, lost, noAdversary } from './adversary.ts';
import { Clock } from './clock.ts';
import { checkSpan, type Effect, notANode, repliedTwice } from './effects.ts';
import type { AnyProtocol, Call, CallId, NodeState, Tagged } from './protocol.ts';
import { EventQueue, type Pending, pendingKind } from './queue.ts';
import { drawn, returnedPromise, step } from './step.ts';
import type { EventRef, TraceStep } from './trace.ts';
import type { NodeView, Note, WorldView } from './view.ts';
import { type Vocabulary, vocabularyOf } from './vocabulary.ts';
import { type ClientOperation, callId, clientOf, mostClients, type Workload } from './workload.ts';

/** Milliseconds that a message takes on the happy path. */
export const latency = 10;
/** Milliseconds of calm at the end of each run: no faults, fair delivery. */
export const calmPeriod = 1000;
/** A client's patience on the happy path, in milliseconds. */
const defaultTimeout = 500;

export type Executor = 'mutable' | 'immer';

export interface SimulationOptions {
  readonly nodes: number;
  readonly mutant?: string | null;
  readonly executor?: Executor;
  /** How far a wall clock can be from the true time, ms; `interval()` tells it to the nodes. Default: any distance. */
  readonly clockBound?: number | undefined;
}

/** Kinds of fault, as counters of how often each took effect. */
export const faultCounters = [
  'reorder',
  'drop',
  'duplicate',
  'partition',
  'crash',
  'disk',
  'pause',
  'slow',
  'clock',
  'client',
] as const;
const counter = Object.fromEntries(faultCounters.map((name, index) => [name, index])) as Record<
  (typeof faultCounters)[number],
  number
>;

class LiveNode implements NodeView {
  up = false;
  disk: unknown = undefined;
  memory: unknown = undefined;
  /** What a crash leaves of the disk. */
  durable: unknown = undefined;
  readonly clock: Clock;
  pausedUntil = 0;
  slowUntil = 0;
  slowBy = 0;
  incarnation = 0;
  steps = 0;
  context: unknown = undefined;
  readonly index: number;
  readonly id: string;

  constructor(index: number, id: string, clock: Clock) {
    this.index = index;
    this.id = id;
    this.clock = clock;
  }
}

class LiveClient {
  operations: readonly ClientOperation[] = [];
  cursor = 0;
  process = 0;
  /** The outstanding call, or 0. */
  call: CallId = 0;
  /** The node asked last. */
  node = 0;
  dead = false;
  readonly index: number;
  readonly id: string;

  constructor(index: number, id: string) {
    this.index = index;
    this.id = id;
  }
}

interface Request {
  readonly f: string;
  readonly call: Call<Json>;
}

interface Reply {
  readonly call: CallId;
  readonly output: Json;
  readonly refused: boolean;
}

/** What stopped a run before its end. */
export interface Stop {
  readonly property: string;
  readonly explanation: string;
}

/** Judges the world after each step; what it returns stops the run. */
export type Monitor = (world: WorldView) => Stop | undefined;

export class Simulation implements WorldView {
  readonly vocabulary: Vocabulary;
  readonly nodes: readonly LiveNode[];
  readonly clients: readonly LiveClient[];
  /** Names of nodes, then of clients, by participant index. */
  readonly participants: readonly string[];

  time = 0;
  calmAt = 0;
  calm = false;
  changed: LiveNode | undefined = undefined;
  notes: Note[] = [];
  firstNewNote = 0;
  history: HistoryEvent[] = [];

  /** Processed events: deliveries, timers, clients' steps and restarts. */
  steps = 0;
  infos = 0;
  /** How often each fault took effect, by index into `faultCounters`. */
  readonly exercised = new Int32Array(faultCounters.length);
  /** Set to record everything that happens. */
  record: TraceStep[] | undefined = undefined;

  private readonly protocol: AnyProtocol;
  private readonly executor: Executor;
  private readonly mutant: string | null;
  private readonly clockBound: number;
  private readonly nodeIds: readonly string[];
  private readonly nodeIndex: Map<string, number>;
  private readonly queue = new EventQueue();
  private readonly width: number;
  /** Events so far by name, sender and receiver. */
  private readonly counts: Int32Array;
  private readonly blockedUntil: Float64Array;
  private readonly heldUntil: Float64Array;
  private readonly timerGeneration: Int32Array;
  private adversary: Adversary = noAdversary;
  private workload: Workload = [];
  private stop: Stop | undefined = undefined;

  // The step that is running.
  private type = 0;
  private f = '';
  private draws = 0;
  private entropy = 0;
  private effectsLeft = allEffects;
  private torn = false;
  private answered: CallId = 0;
  private effects: Effect[] | undefined = undefined;

  constructor(protocol: AnyProtocol, options: SimulationOptions) {
    this.protocol = protocol;
    this.vocabulary = vocabularyOf(protocol);
    this.executor = options.executor ?? 'mutable';
    this.mutant = options.mutant ?? null;
    this.clockBound = options.clockBound ?? Number.POSITIVE_INFINITY;
    this.nodes = Array.from(
      { length: options.nodes },
      (_, index) => new LiveNode(index, `n${index + 1}`, new Clock(options.clockBound)),
    );
    this.clients = Array.from({ length: mostClients }, (_, index) => new LiveClient(index, `c${index + 1}`));
    this.nodeIds = this.nodes.map((node) => node.id);
    this.nodeIndex = new Map(this.nodeIds.map((id, index) => [id, index]));
    this.participants = [...this.nodeIds, ...this.clients.map((client) => client.id)];
    this.width = this.participants.length;
    this.counts = new Int32Array(this.vocabulary.names.length * this.width * this.width);
    this.blockedUntil = new Float64Array(this.width * this.width);
    this.heldUntil = new Float64Array(this.width * this.width);
    this.timerGeneration = new Int32Array(options.nodes * this.vocabulary.names.length);
    if (this.executor === 'mutable') for (const node of this.nodes) node.context = this.mutableContext(node);
  }

  /**
   * Runs to the end of the calm period, which begins at `duration`, or to the first stop by the monitor.
   * Returns what stopped it.
   */
  run(workload: Workload, duration: number, adversary: Adversary, monitor?: Monitor): Stop | undefined {
    this.reset(workload, duration, adversary);
    const { queue } = this;
    const end = duration + calmPeriod;
    for (let item = queue.pop(); item !== undefined; item = queue.pop()) {
      if (item.time > end) break;
      this.time = item.time;
      this.changed = undefined;
      this.firstNewNote = this.notes.length;
      if (this.process(item) && monitor) this.stop ??= monitor(this);
      if (this.stop) break;
    }
    queue.clear();
    return this.stop;
  }

  private reset(workload: Workload, duration: number, adversary: Adversary): void {
    this.time = 0;
    this.calmAt = duration;
    this.calm = false;
    this.changed = undefined;
    this.notes = [];
    this.firstNewNote = 0;
    this.history = [];
    this.steps = 0;
    this.infos = 0;
    this.stop = undefined;
    this.exercised.fill(0);
    this.counts.fill(0);
    this.blockedUntil.fill(0);
    this.heldUntil.fill(0);
    this.workload = workload;
    this.adversary = adversary;
    adversary.begin(this);
    const { disk, memory } = this.protocol.definition;
    for (const node of this.nodes) {
      node.up = false;
      node.disk = disk();
      node.memory = memory();
      node.durable = cloneJson(node.disk);
      node.clock.reset();
      node.pausedUntil = 0;
      node.slowUntil = 0;
      node.steps = 0;
      this.schedule(pendingKind.boot, 0, node.index, node.incarnation);
    }
    for (const client of this.clients) {
      client.operations = workload[client.index] ?? [];
      client.cursor = 0;
      client.process = client.index;
      client.call = 0;
      client.dead = false;
      if (client.operations.length > 0) this.scheduleInvocation(client);
    }
    this.schedule(pendingKind.calm, duration, 0, 0);
  }

  private schedule(kind: number, time: number, to: number, stamp: number): Pending {
    const item = this.queue.take();
    item.kind = kind;
    item.to = to;
    item.from = to;
    item.stamp = stamp;
    item.copy = 0;
    this.queue.push(item, time);
    return item;
  }

  /** Handles one item; false when it no longer counts or was put off. */
  private process(item: Pending): boolean {
    if (item.kind === pendingKind.deliver) {
      if (item.to >= this.nodes.length) return this.deliverToClient(item);
      return this.deliverToNode(item);
    }
    if (item.kind === pendingKind.timer) return this.fireTimer(item);
    const { kind, to, stamp } = item;
    this.queue.release(item);
    switch (kind) {
      case pendingKind.boot:
        return this.boot(this.nodes[to] as LiveNode);
      case pendingKind.restart: {
        const node = this.nodes[to] as LiveNode;
        if (node.up || node.incarnation !== stamp) return false;
        this.recordFault('restart', [node.id], '');
        return this.boot(node);
      }
      case pendingKind.invoke:
        return this.invoke(this.clients[to] as LiveClient);
      case pendingKind.giveUp:
        return this.giveUp(this.clients[to] as LiveClient, stamp);
      case pendingKind.clientDies:
        return this.die(this.clients[to] as LiveClient, stamp);
      case pendingKind.retry:
        return this.retry(this.clients[to] as LiveClient, stamp, item.nth);
      default:
        return this.beginCalm();
    }
  }

  // ---- nodes -------------------------------------------------------------------------------------------------

  private boot(node: LiveNode): boolean {
    node.up = true;
    const { start } = this.vocabulary;
    this.handle(node, start, node.index, this.count(start, node.index, node.index), 0, undefined);
    return true;
  }

  private fireTimer(item: Pending): boolean {
    const node = this.nodes[item.to] as LiveNode;
    const slot = node.index * this.vocabulary.names.length + item.type;
    if (this.timerGeneration[slot] !== item.stamp || !node.up) {
      this.queue.release(item);
      return false;
    }
    if (this.isPaused(node, item)) return false;
    const { type } = item;
    this.queue.release(item);
    this.handle(node, type, node.index, this.count(type, node.index, node.index), 0, undefined);
    return true;
  }

  private deliverToNode(item: Pending): boolean {
    const node = this.nodes[item.to] as LiveNode;
    const { type, from, nth, copy, payload, stamp } = item;
    const link = from * this.width + item.to;
    // A node's message to itself does not outlive the incarnation that sent it.
    const stale = from === item.to && stamp !== node.incarnation;
    if (!node.up || stale || (this.blockedUntil[link] as number) > this.time) {
      const cut = node.up && !stale;
      if (cut) this.exercise(counter.partition);
      if (this.record) this.recordUndelivered(item, cut ? 'partition' : 'down');
      this.queue.release(item);
      return false;
    }
    if (this.isPaused(node, item)) return false;
    this.queue.release(item);
    if (copy === 1) this.exercise(counter.duplicate);
    this.handle(node, type, from, nth, copy, payload);
    return true;
  }

  /** A paused node's events wait for its return, in the order they would have come. */
  private isPaused(node: LiveNode, item: Pending): boolean {
    if (node.pausedUntil <= this.time) return false;
    this.exercise(counter.pause);
    this.queue.postpone(item, node.pausedUntil);
    return true;
  }

  /** One step of one node, between the adversary's two chances to interfere. */
  private handle(
    node: LiveNode,
    type: number,
    from: number,
    nth: number,
    copy: number,
    payload: unknown,
  ): void {
    const { adversary } = this;
    this.steps++;
    this.changed = node;
    this.type = type;
    this.answered = 0;
    const chaos = this.time < this.calmAt;
    this.torn = false;
    this.effectsLeft = chaos ? adversary.stepping(type, from, node.index, nth, copy) : allEffects;
    const limit = this.effectsLeft;
    this.entropy = mix(node.index * 0x10001 + node.steps++);
    if (this.record) this.effects = [];
    const shown = this.record ? cloneJson(payload) : undefined;
    if (this.executor === 'mutable') this.runMutable(node, type, from, payload);
    else this.runImmer(node, type, from, payload);
    if (this.record) this.recordStep(node, type, from, nth, copy, shown, limit);
    if (this.stop) return;
    if (limit !== allEffects) this.crashNow(node, counter.disk);
    if (chaos) adversary.stepped(type, from, node.index, nth, copy);
  }

  private runMutable(node: LiveNode, type: number, from: number, payload: unknown): void {
    const { vocabulary } = this;
    const context = node.context as { from: string; now: number };
    context.from = this.participants[from] as string;
    context.now = node.clock.wall(this.time);
    this.draws = 0;
    let result: unknown;
    try {
      if (type === vocabulary.request) {
        const { f, call } = payload as Request;
        this.f = f;
        context.from = node.id;
        const handler = this.protocol.definition.client?.[f];
        if (!handler) throw this.noHandler(f);
        result = handler(node as never, call as never, context as never);
      } else {
        const handler = vocabulary.handlers[type];
        if (!handler) return;
        result =
          type < vocabulary.request
            ? handler(node as never, payload as never, context as never)
            : handler(node as never, context as never);
      }
    } catch (error) {
      this.failed(error);
    }
    if (result !== undefined && result instanceof Promise) throw returnedPromise(this.by);
  }

  private runImmer(node: LiveNode, type: number, from: number, payload: unknown): void {
    const { vocabulary } = this;
    const before: NodeState<unknown, unknown> = { disk: node.disk, memory: node.memory };
    if (type === vocabulary.request) this.f = (payload as Request).f;
    try {
      const event =
        type === vocabulary.request
          ? ({ kind: 'request', ...(payload as Request) } as const)
          : type === vocabulary.start
            ? ({ kind: 'start' } as const)
            : vocabulary.isTimer(type)
              ? ({ kind: 'timer', timer: vocabulary.names[type] as string } as const)
              : ({
                  kind: 'message',
                  from: this.participants[from] as string,
                  message: payload as Tagged,
                } as const);
      const result = step(this.protocol, before, event, {
        self: node.id,
        nodes: this.nodeIds,
        now: node.clock.wall(this.time),
        clockBound: this.clockBound,
        entropy: this.entropy,
        mutant: this.mutant,
      });
      node.disk = result.node.disk;
      node.memory = result.node.memory;
      for (const effect of result.effects) this.perform(node, effect);
    } catch (error) {
      this.failed(error);
    }
  }

  /** An author's mistake ends everything; any other error that a handler throws is a finding of this run. */
  private failed(error: unknown): void {
    if (error instanceof UsageError) throw error;
    const { message } = error as Error;
    this.stop = { property: 'no handler throws', explanation: `${this.by()} threw: ${message}` };
  }

  private noHandler(f: string): UsageError {
    const known = Object.keys(this.protocol.definition.client ?? {}).join(', ') || 'none';
    return new UsageError(
      `${this.protocol.definition.name}.client.${f} is missing; its client handlers are: ${known}`,
    );
  }

  /** Names the running handler for an author: `raft.on.vote`. */
  private readonly by = (): string => this.vocabulary.handlerName(this.type, this.f);

  // ---- effects -----------------------------------------------------------------------------------------------

  private perform(node: LiveNode, effect: Effect): void {
    switch (effect.kind) {
      case 'send':
        return this.send(node, effect.to, effect.message);
      case 'setTimer':
        return this.setTimer(node, effect.timer, effect.after);
      case 'clearTimer':
        return this.clearTimer(node, effect.timer);
      case 'persist':
        return this.persist(node, effect.disk);
      case 'reply':
        return this.reply(node, effect.call, effect.output, false);
      case 'refuse':
        return this.reply(node, effect.call, null, true);
      case 'note':
        return this.note(node, effect.name, effect.value);
    }
  }

  private mutableContext(node: LiveNode) {
    const { nodeIds } = this;
    return {
      self: node.id,
      nodes: nodeIds,
      peers: nodeIds.filter((id) => id !== node.id),
      from: node.id,
      now: 0,
      mutant: this.mutant,
      interval: () => {
        const now = node.clock.wall(this.time);
        return { earliest: now - this.clockBound, latest: now + this.clockBound };
      },
      random: () => drawn(this.entropy, this.draws++),
      send: (to: string, message: Tagged) => this.send(node, to, message),
      broadcast: (message: Tagged) => {
        for (let i = 0; i < nodeIds.length; i++) this.send(node, nodeIds[i] as string, message);
      },
      setTimer: (timer: string, after: number) => this.setTimer(node, timer, after),
      clearTimer: (timer: string) => this.clearTimer(node, timer),
      persist: () => this.persist(node, node.disk),
      reply: (call: CallId, output: Json = null) => this.answer(node, call, output, false),
      refuse: (call: CallId) => this.answer(node, call, null, true),
      note: (name: string, value: Json) => this.note(node, name, value),
    };
  }

  private answer(node: LiveNode, call: CallId, output: Json, refused: boolean): void {
    if (this.answered === call) throw repliedTwice(call, this.by);
    this.answered = call;
    this.reply(node, call, output, refused);
  }

  /** False when the node has crashed in the middle of this step: what it does from here on did not happen. */
  private allows(effect: () => Effect): boolean {
    if (this.effectsLeft <= 0) return false;
    if (this.effectsLeft !== allEffects) this.effectsLeft--;
    this.effects?.push(effect());
    return true;
  }

  private send(node: LiveNode, to: string, message: Tagged): void {
    const index = this.nodeIndex.get(to);
    if (index === undefined) throw notANode(to, this.nodeIds, this.by);
    const type = this.vocabulary.message(message.type, this.by);
    const immer = this.executor === 'immer';
    if (this.effectsLeft !== allEffects || this.effects) {
      if (!this.allows(() => ({ kind: 'send', to, message: immer ? message : cloneJson(message) }))) return;
    }
    this.transmit(type, node.index, index, immer ? message : cloneJson(message));
  }

  private setTimer(node: LiveNode, timer: string, after: number): void {
    const type = this.vocabulary.timer(timer, this.by);
    checkSpan(after, timer, this.by);
    if (this.effects) this.effects.push({ kind: 'setTimer', timer, after });
    const generation = ++(this.timerGeneration as Int32Array)[
      node.index * this.vocabulary.names.length + type
    ]!;
    const item = this.queue.take();
    item.kind = pendingKind.timer;
    item.type = type;
    item.to = node.index;
    item.stamp = generation;
    this.queue.push(item, this.time + node.clock.span(after));
  }

  private clearTimer(node: LiveNode, timer: string): void {
    const type = this.vocabulary.timer(timer, this.by);
    if (this.effects) this.effects.push({ kind: 'clearTimer', timer });
    this.timerGeneration[node.index * this.vocabulary.names.length + type]!++;
  }

  private persist(node: LiveNode, disk: unknown): void {
    if (this.effectsLeft !== allEffects || this.effects) {
      if (!this.allows(() => ({ kind: 'persist', disk: cloneJson(disk) }))) {
        const { torn } = this.protocol.definition;
        if (this.torn && torn) {
          node.durable = torn(node.durable as never, cloneJson(disk) as never);
          this.torn = false;
        }
        return;
      }
    }
    node.durable = this.executor === 'immer' ? disk : cloneJson(disk);
  }

  private reply(node: LiveNode, call: CallId, output: Json, refused: boolean): void {
    const client = this.clients[clientOf(call)];
    if (!client || client.operations.length === 0) {
      throw new UsageError(`${this.by()} answered call ${call}, which no client made`);
    }
    if (this.effectsLeft !== allEffects || this.effects) {
      const effect = (): Effect =>
        refused ? { kind: 'refuse', call } : { kind: 'reply', call, output: cloneJson(output) };
      if (!this.allows(effect)) return;
    }
    const payload: Reply = { call, output: cloneJson(output), refused };
    this.transmit(this.vocabulary.reply, node.index, this.nodes.length + client.index, payload);
  }

  private note(node: LiveNode, name: string, value: Json): void {
    if (this.effectsLeft !== allEffects || this.effects) {
      if (!this.allows(() => ({ kind: 'note', name, value: cloneJson(value) }))) return;
    }
    this.notes.push({ node: node.id, name, value: cloneJson(value), time: this.time });
  }

  // ---- network -----------------------------------------------------------------------------------------------

  private count(type: number, from: number, to: number): number {
    return ++(this.counts as Int32Array)[(type * this.width + from) * this.width + to]!;
  }

  /** Sends what now belongs to the network alone. */
  private transmit(type: number, from: number, to: number, payload: unknown): void {
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
      this.enqueue(type, from, to, nth, 1, 0, cloneJson(payload), copyAt);
    }
    if (this.record) this.recordSent(type, from, to, nth, payload, at, copyAt);
  }

  private slowness(participant: number): number {
    const node = this.nodes[participant];
    if (node === undefined || node.slowUntil <= this.time) return 0;
    this.exercise(counter.slow);
    return node.slowBy;
  }

  private enqueue(
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

  // ---- clients -----------------------------------------------------------------------------------------------

  private scheduleInvocation(client: LiveClient): void {
    const operation = client.operations[client.cursor];
    if (client.dead || !operation) return;
    const from = operation.calm && this.time < this.calmAt ? this.calmAt + latency : this.time;
    this.schedule(pendingKind.invoke, from + operation.wait, client.index, 0);
  }

  private invoke(client: LiveClient): boolean {
    const operation = client.operations[client.cursor] as ClientOperation;
    const call = callId(client.index, client.cursor);
    client.call = call;
    client.node = operation.node % this.nodes.length;
    this.steps++;
    this.recordHistory(client, 'invoke', operation, operation.input);
    if (this.time < this.calmAt) this.adversary.invoking(client.index, call);
    this.request(client, operation, client.node);
    const { timeout = defaultTimeout, retry } = this.protocol.definition.clients ?? {};
    this.schedule(pendingKind.giveUp, this.time + timeout, client.index, call);
    if (retry !== undefined) this.scheduleRetry(client, retry, -1);
    return true;
  }

  private request(client: LiveClient, operation: ClientOperation, node: number): void {
    const payload: Request = {
      f: operation.f,
      call: { id: client.call, input: cloneJson(operation.input), key: operation.key ?? '' },
    };
    this.transmit(this.vocabulary.request, this.nodes.length + client.index, node, payload);
  }

  /** `node` -1: to the node after the one asked last, and again after as long. */
  private scheduleRetry(client: LiveClient, after: number, node: number): void {
    this.schedule(pendingKind.retry, this.time + after, client.index, client.call).nth = node;
  }

  private retry(client: LiveClient, call: CallId, node: number): boolean {
    if (client.call !== call) return false;
    const operation = client.operations[client.cursor] as ClientOperation;
    client.node = node >= 0 ? node % this.nodes.length : (client.node + 1) % this.nodes.length;
    this.steps++;
    if (node >= 0) this.exercise(counter.client);
    if (this.record) this.recordClient(client, 'retry', operation, operation.input, call);
    this.request(client, operation, client.node);
    const every = this.protocol.definition.clients?.retry;
    if (node < 0 && every !== undefined) this.scheduleRetry(client, every, -1);
    return true;
  }

  private deliverToClient(item: Pending): boolean {
    const client = this.clients[item.to - this.nodes.length] as LiveClient;
    const { call, output, refused } = item.payload as Reply;
    const { type, from, to, nth, copy } = item;
    const link = from * this.width + to;
    if ((this.blockedUntil[link] as number) > this.time) {
      this.exercise(counter.partition);
      if (this.record) this.recordUndelivered(item, 'partition');
      this.queue.release(item);
      return false;
    }
    this.queue.release(item);
    this.steps++;
    if (copy === 1) this.exercise(counter.duplicate);
    const operation = client.operations[client.cursor];
    if (client.call === call && operation) {
      client.call = 0;
      client.cursor++;
      const value = refused || output === null ? operation.input : output;
      this.recordHistory(client, refused ? 'fail' : 'ok', operation, value, call);
      this.scheduleInvocation(client);
    } else if (this.record) {
      const late = client.operations[(call % 100) - 1];
      if (late) this.recordClient(client, 'late reply', late, output, call);
    }
    if (this.time < this.calmAt) this.adversary.stepped(type, from, to, nth, copy);
    return true;
  }

  private giveUp(client: LiveClient, call: CallId): boolean {
    if (client.call !== call || client.dead) return false;
    this.steps++;
    this.infos++;
    const operation = client.operations[client.cursor] as ClientOperation;
    this.recordHistory(client, 'info', operation, operation.input, call);
    client.call = 0;
    client.cursor++;
    // Nobody may take this process for sequential any more, so the client goes on under a new number.
    client.process += this.workload.length;
    this.scheduleInvocation(client);
    return true;
  }

  private die(client: LiveClient, call: CallId): boolean {
    if (client.call !== call) return false;
    this.exercise(counter.client);
    this.infos++;
    const operation = client.operations[client.cursor] as ClientOperation;
    if (this.record) this.recordClient(client, 'dies', operation, operation.input, call);
    client.call = 0;
    client.dead = true;
    return true;
  }

  private recordHistory(
    client: LiveClient,
    type: HistoryEvent['type'],
    operation: ClientOperation,
    value: Json,
    call: CallId = client.call,
  ): void {
    const event: HistoryEvent =
      operation.key === undefined
        ? { process: client.process, type, f: operation.f, value, time: this.time * 1e6 }
        : { process: client.process, type, f: operation.f, value, key: operation.key, time: this.time * 1e6 };
    this.history.push(event);
    if (this.record) this.recordClient(client, type, operation, value, call);
  }

  // ---- faults: inflicted by an adversary, ended here -----------------------------------------------------------

  private exercise(kind: number): void {
    this.exercised[kind]!++;
  }

  /** When a fault of this length that begins now ends: never later than the calm begins. */
  private until(span: number): number {
    return Math.min(this.time + span, this.calmAt);
  }

  /** The step about to run will be cut short; the adversary calls this from `stepping` for a torn last write. */
  tearLastWrite(): void {
    this.torn = true;
  }

  /** How long the node stays down after a crash in the middle of a step; set by the adversary from `stepping`. */
  downFor = 0;

  private crashNow(node: LiveNode, kind: number): void {
    this.exercise(kind);
    this.crash([node.index], this.downFor, false);
  }

  /** Crashes those of the nodes that are up; they restart together. Returns how many went down. */
  crash(nodes: readonly number[], span: number, counted = true): number {
    const at = this.until(span);
    let down = 0;
    for (const index of nodes) {
      const node = this.nodes[index];
      if (!node?.up) continue;
      node.up = false;
      node.incarnation++;
      node.disk = this.executor === 'immer' ? node.durable : cloneJson(node.durable);
      node.memory = this.protocol.definition.memory();
      node.pausedUntil = 0;
      const names = this.vocabulary.names.length;
      for (let type = 0; type < names; type++) this.timerGeneration[index * names + type]!++;
      this.schedule(pendingKind.restart, at, index, node.incarnation);
      if (counted) this.exercise(counter.crash);
      down++;
    }
    if (down > 0 && this.record) {
      this.recordFault(
        'crash',
        nodes.map((index) => this.nodeIds[index] as string),
        `until ${at}`,
      );
    }
    return down;
  }

  /** False when the node is down or paused already. */
  pause(index: number, span: number): boolean {
    const node = this.nodes[index];
    if (!node?.up || node.pausedUntil > this.time) return false;
    node.pausedUntil = this.until(span);
    this.recordFault('pause', [node.id], `until ${node.pausedUntil}`);
    return true;
  }

  /** Everything the node sends and receives is late. */
  slow(index: number, span: number, by: number): boolean {
    const node = this.nodes[index];
    if (!node) return false;
    node.slowUntil = this.until(span);
    node.slowBy = by;
    this.recordFault('slow', [node.id], `by ${by} until ${node.slowUntil}`);
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
    for (const [from, to] of links) this.blockedUntil[from * this.width + to] = until;
    if (this.record) {
      const shown = links.map(([from, to]) => `${this.participants[from]}→${this.participants[to]}`);
      this.recordFault('partition', [], `${shown.join(' ')} until ${until}`);
    }
  }

  jumpClock(index: number, by: number): boolean {
    const node = this.nodes[index];
    if (!node) return false;
    node.clock.jump(this.time, by);
    this.exercise(counter.clock);
    this.recordFault('clock', [node.id], `jumps by ${by}`);
    return true;
  }

  setClockRate(index: number, rate: number): boolean {
    const node = this.nodes[index];
    if (!node) return false;
    node.clock.setRate(this.time, rate);
    this.exercise(counter.clock);
    this.recordFault('clock', [node.id], `runs at ${rate}`);
    return true;
  }

  /** The client of the call, which is about to be made, loses patience early. */
  giveUpAfter(call: CallId, after: number): void {
    this.exercise(counter.client);
    this.schedule(pendingKind.giveUp, this.time + after, clientOf(call), call);
  }

  /** Whether the protocol lets clients send one request to several nodes. */
  get clientsRetry(): boolean {
    return this.protocol.definition.clients?.retry !== undefined;
  }

  /** The client of the call sends its request again, to that node. */
  retryAfter(call: CallId, after: number, node: number): void {
    if (node < 0 || node >= this.nodes.length) return;
    this.scheduleRetry(this.clients[clientOf(call)] as LiveClient, after, node);
  }

  /** The client of the call is gone for good, the call outstanding. */
  dieAfter(call: CallId, after: number): void {
    this.schedule(pendingKind.clientDies, this.time + after, clientOf(call), call);
  }

  private beginCalm(): boolean {
    this.calm = true;
    for (const node of this.nodes) {
      node.clock.setRate(this.time, 1);
      if (!node.up) this.schedule(pendingKind.restart, this.time, node.index, node.incarnation);
    }
    this.recordFault('calm', [], 'faults stop');
    return true;
  }

  // ---- recording ---------------------------------------------------------------------------------------------

  private ref(type: number, from: number, to: number, nth: number, copy: number): EventRef {
    const ref = {
      event: this.vocabulary.names[type] as string,
      from: this.participants[from] as string,
      to: this.participants[to] as string,
      nth,
    };
    return copy === 1 ? { ...ref, copy: true } : ref;
  }

  private recordStep(
    node: LiveNode,
    type: number,
    from: number,
    nth: number,
    copy: number,
    shown: unknown,
    limit: number,
  ) {
    const cut = limit === allEffects ? {} : { cutAfter: limit };
    const keep = <T>(state: T): T => (this.executor === 'immer' ? state : cloneJson(state));
    this.record?.push({
      kind: 'step',
      time: this.time,
      node: node.id,
      cause: this.ref(type, from, node.index, nth, copy),
      payload: (shown ?? null) as Json,
      effects: this.effects ?? [],
      disk: keep(node.disk),
      memory: keep(node.memory),
      ...cut,
    });
    this.effects = undefined;
  }

  private recordSent(
    type: number,
    from: number,
    to: number,
    nth: number,
    payload: unknown,
    at: number | 'lost',
    copyAt: number,
  ): void {
    const ref = this.ref(type, from, to, nth, 0);
    const sent = { kind: 'sent', time: this.time, ref, payload: cloneJson(payload) as Json, at } as const;
    this.record?.push(copyAt > 0 ? { ...sent, copyAt } : sent);
  }

  private recordUndelivered({ type, from, to, nth, copy }: Pending, why: 'partition' | 'down'): void {
    this.record?.push({
      kind: 'undelivered',
      time: this.time,
      ref: this.ref(type, from, to, nth, copy),
      why,
    });
  }

  private recordClient(
    client: LiveClient,
    what: 'invoke' | 'ok' | 'fail' | 'info' | 'retry' | 'late reply' | 'dies',
    operation: ClientOperation,
    value: Json,
    call: CallId,
  ): void {
    const key = operation.key === undefined ? {} : { key: operation.key };
    const { id, process } = client;
    this.record?.push({
      kind: 'client',
      time: this.time,
      client: id,
      process,
      call,
      what,
      f: operation.f,
      ...key,
      value,
    });
  }

  private recordFault(fault: string, nodes: readonly string[], detail: string): void {
    this.record?.push({ kind: 'fault', time: this.time, fault, nodes, detail });
  }
}
