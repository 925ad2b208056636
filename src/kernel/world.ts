/**
 * The state of a run, and the one true time, which no node can read. The layers above add what can happen to it:
 * the network, faults, what nodes do, what clients do; `Simulation` is the loop over all of them.
 */
import { cloneJson, type Json } from '../base/json.ts';
import type { HistoryEvent } from '../history/history.ts';
import { type Adversary, allEffects, noAdversary } from './adversary.ts';
import { Clock } from './clock.ts';
import type { Effect } from './effects.ts';
import { LiveClient, LiveNode } from './participants.ts';
import type { AnyProtocol, CallId } from './protocol.ts';
import { EventQueue, type Pending } from './queue.ts';
import type { EventRef, TraceStep } from './trace.ts';
import type { Note, WorldView } from './view.ts';
import { type Vocabulary, vocabularyOf } from './vocabulary.ts';
import { type ClientOperation, mostClients } from './workload.ts';

/** Milliseconds that a message takes on the happy path. */
export const latency = 10;
/** Milliseconds of calm at the end of each run: no faults, fair delivery. */
export const calmPeriod = 1000;

export type Executor = 'mutable' | 'immer';

export interface SimulationOptions {
  readonly nodes: number;
  readonly mutant?: string | null;
  readonly executor?: Executor;
  /** How far a wall clock can be from the true time, ms; `interval()` tells it to the nodes. Default: any distance. */
  readonly clockBound?: number | undefined;
}

/** Kinds of fault by the names users switch them by, in the order of the counters of how often each took effect. */
export const faultKinds = [
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
export type FaultKind = (typeof faultKinds)[number];

/** The index of each kind's counter. */
export const counter = Object.fromEntries(faultKinds.map((name, index) => [name, index])) as Record<
  FaultKind,
  number
>;

/** What stopped a run before its end. */
export interface Stop {
  readonly property: string;
  readonly explanation: string;
}

export class World implements WorldView {
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

  /** Events handled: deliveries, timers, clients' moves and restarts. */
  steps = 0;
  /** Operations whose outcome nobody knows. */
  infos = 0;
  /** Which faults took effect lately, a bit for each of `faultKinds`; whoever watches clears it. */
  effective = 0;
  /** How often each fault took effect, by index into `faultKinds`. */
  readonly exercised = new Int32Array(faultKinds.length);
  /** Set to record everything that happens. */
  record: TraceStep[] | undefined = undefined;

  protected readonly protocol: AnyProtocol;
  protected readonly executor: Executor;
  protected readonly mutant: string | null;
  protected readonly clockBound: number;
  protected readonly nodeIds: readonly string[];
  protected readonly queue = new EventQueue();
  protected readonly width: number;
  /** Events so far by name, sender and receiver. */
  protected readonly counts: Int32Array;
  /** By node and timer: a pending firing of another generation no longer counts. */
  protected readonly timerGeneration: Int32Array;
  protected adversary: Adversary = noAdversary;
  protected stop: Stop | undefined = undefined;
  /** The event after which the adversary may strike once it has been judged; `type` -1 when there is none. */
  protected readonly strikeAfter = { type: -1, from: 0, to: 0, nth: 0, copy: 0 };
  /** The effects of the running step, while recording. */
  protected effects: Effect[] | undefined = undefined;

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
    this.participants = [...this.nodeIds, ...this.clients.map((client) => client.id)];
    this.width = this.participants.length;
    this.counts = new Int32Array(this.vocabulary.names.length * this.width * this.width);
    this.timerGeneration = new Int32Array(options.nodes * this.vocabulary.names.length);
  }

  protected schedule(kind: number, time: number, to: number, stamp: number): Pending {
    const item = this.queue.take();
    item.kind = kind;
    item.to = to;
    item.from = to;
    item.stamp = stamp;
    item.copy = 0;
    this.queue.push(item, time);
    return item;
  }

  /** Counts one more event of this name, sender and receiver, and returns the how-manieth it is. */
  protected count(type: number, from: number, to: number): number {
    const slot = (type * this.width + from) * this.width + to;
    const nth = (this.counts[slot] as number) + 1;
    this.counts[slot] = nth;
    return nth;
  }

  protected mayStrikeAfter(type: number, from: number, to: number, nth: number, copy: number): void {
    const event = this.strikeAfter;
    event.type = type;
    event.from = from;
    event.to = to;
    event.nth = nth;
    event.copy = copy;
  }

  protected exercise(kind: number): void {
    this.exercised[kind]!++;
    this.effective |= 1 << kind;
  }

  /** When a fault of this length that begins now ends: never later than the calm begins. */
  protected until(span: number): number {
    return Math.min(this.time + span, this.calmAt);
  }

  protected ref(type: number, from: number, to: number, nth: number, copy: number): EventRef {
    const ref = {
      event: this.vocabulary.names[type] as string,
      from: this.participants[from] as string,
      to: this.participants[to] as string,
      nth,
    };
    return copy === 1 ? { ...ref, copy: true } : ref;
  }

  protected recordStep(
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

  protected recordSent(
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

  protected recordUndelivered({ type, from, to, nth, copy }: Pending, why: 'partition' | 'down'): void {
    this.record?.push({
      kind: 'undelivered',
      time: this.time,
      ref: this.ref(type, from, to, nth, copy),
      why,
    });
  }

  protected recordClient(
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

  protected recordFault(fault: string, nodes: readonly string[], detail: string): void {
    this.record?.push({ kind: 'fault', time: this.time, fault, nodes, detail });
  }
}
