/**
 * The worlds of a protocol: its nodes and their durable disks, its clients, the messages in flight, and what properties
 * remember. A world is a short list of numbers, each standing for a value that is kept once. The layers above add how
 * worlds are told apart, what can happen in them, how they are judged and what steps do; `WorldSystem` is all of them.
 */
import { UsageError } from '../base/errors.ts';
import { epoch } from '../kernel/clock.ts';
import type { Request } from '../kernel/participants.ts';
import type { AnyProtocol } from '../kernel/protocol.ts';
import type { NodeView } from '../kernel/view.ts';
import { type Vocabulary, vocabularyOf } from '../kernel/vocabulary.ts';
import { type ClientOperation, callId } from '../kernel/workload.ts';
import type { HistoryProperty, Property, StateProperty } from '../property/property.ts';
import type { WorldBounds } from './bounds.ts';
import { DeadMessages } from './dead-messages.ts';
import { type HistoryMemory, historyMemory } from './history-memory.ts';
import { PropertyJudge } from './judges.ts';
import { type Happening, NodeSteps, type Outcome } from './node-steps.ts';

/**
 * The numbers of a world, in order:
 *
 *   nodes          local state, durable disk, up and timers, random steps, timeouts so far    (one block each)
 *   clients        operations begun × 2 + whether one is outstanding
 *   faults so far  crashes, drops, duplicates, retries, partitions
 *   now            the side of the network that n1 is on while it is split, as bits, else 0; ticks passed
 *   memories       of history properties, of `always` properties, and, not told apart, of `sometimes` properties
 *   then           the number of the violation, if any, and how many of the messages are a node's to itself
 *   messages       to a node from itself, in order; then in flight, sorted: a multiset
 */
export type PackedWorld = readonly number[];

export interface WorldOptions {
  readonly mutant: string | null;
  readonly properties: readonly Property[];
  readonly bounds: WorldBounds;
  /** Takes worlds that differ only in the names of nodes for one. */
  readonly symmetry?: boolean;
  /**
   * Lets clients move only when that says most: a request arrives as soon as it is made, an answer as soon as it is
   * given, and what a node sends itself in the same step. Default true; false where a history property asks for more or
   * requests may be sent again.
   */
  readonly reduce?: boolean;
  /** Forgets messages that can do nothing any more, as long as clients' moves are reduced; default true. */
  readonly forget?: boolean;
  /**
   * Leaves a message in flight where its delivery would change nothing: all that can follow without it can follow with
   * it. Default as `reduce`.
   */
  readonly leaveIdle?: boolean;
  /** Remembers which timers are set even where they may not fire any more, to tell a run that ends from one that goes on. */
  readonly keepTimers?: boolean;
}

export class Worlds {
  readonly name: string;
  readonly steps: NodeSteps;
  readonly vocabulary: Vocabulary;
  readonly nodeIds: readonly string[];
  readonly bounds: WorldBounds;
  /** Whether clients' moves are reduced. */
  readonly reduced: boolean;
  readonly dead: DeadMessages | undefined;
  protected readonly leavesIdle: boolean;
  protected readonly keepsTimers: boolean;
  /** How many nodes; then, where each kind of number begins. */
  protected readonly n: number;
  protected readonly client: number;
  protected readonly faults: number;
  protected readonly split: number;
  protected readonly ticks: number;
  protected readonly memories: number;
  /** Where numbers end that tell worlds apart, and where `sometimes`, the violation and the messages are. */
  protected readonly hashed: number;
  protected readonly ends: number;
  protected readonly histories: readonly HistoryMemory[];
  protected readonly always: readonly PropertyJudge[];
  protected readonly sometimes: readonly PropertyJudge[];
  private readonly views = new Map<number, NodeView>();
  private readonly invocations: readonly (readonly number[])[];

  constructor(protocol: AnyProtocol, options: WorldOptions) {
    const { mutant, properties, bounds } = options;
    const { reduce = true, forget = true, leaveIdle = reduce, keepTimers = false } = options;
    this.name = protocol.definition.name;
    this.bounds = bounds;
    this.vocabulary = vocabularyOf(protocol);
    if (this.vocabulary.timers.length > 20) throw new UsageError(`${this.name} has more than 20 timers`);
    const { nodes, clients } = bounds;
    this.n = nodes;
    this.nodeIds = Array.from({ length: nodes }, (_, index) => `n${index + 1}`);
    this.steps = new NodeSteps(protocol, this.vocabulary, this.nodeIds, mutant, bounds.clocks?.bound);
    const ofKind = (kind: StateProperty['kind']) =>
      properties
        .filter((property): property is StateProperty => property.kind === kind)
        .map((property) => new PropertyJudge(property));
    this.always = ofKind('always');
    this.sometimes = ofKind('sometimes');
    this.histories = properties
      .filter((property): property is HistoryProperty => property.kind === 'history')
      .map(historyMemory);
    // A client whose answer is lost may ask again: then it matters when answers arrive.
    this.reduced = reduce && bounds.retries === 0 && this.histories.every(({ monotonic }) => monotonic);
    this.dead = this.reduced && forget ? new DeadMessages(this.steps, nodes) : undefined;
    this.leavesIdle = leaveIdle;
    this.keepsTimers = keepTimers;
    this.client = 5 * nodes;
    this.faults = this.client + clients.length;
    this.split = this.faults + 5;
    this.ticks = this.faults + 6;
    this.memories = this.faults + 7;
    this.hashed = this.memories + this.histories.length + this.always.length;
    this.ends = this.hashed + this.sometimes.length + 2;
    this.invocations = clients.map((operations, client) =>
      operations.flatMap((operation, index) =>
        this.nodeIds.map((_, node) => this.requestOf(client, index, operation, node)),
      ),
    );
  }

  private requestOf(
    client: number,
    index: number,
    { f, input, key = '' }: ClientOperation,
    node: number,
  ): number {
    const payload: Request = { f, call: { id: callId(client, index), input, key } };
    return this.steps.message({ type: this.vocabulary.request, from: this.n + client, to: node, payload });
  }

  protected operation(client: number, index: number): ClientOperation {
    return (this.bounds.clients[client] as readonly ClientOperation[])[index] as ClientOperation;
  }

  /** The request for the client's current operation. */
  protected invocation(world: PackedWorld, client: number, node: number): number {
    const index = (world[this.client + client] as number) >> 1;
    return (this.invocations[client] as readonly number[])[index * this.n + node] as number;
  }

  /** What the event makes of the node when its clock is so many milliseconds ahead of the true time. */
  protected stepOf(world: PackedWorld, node: number, event: Happening, skew: number): Outcome {
    const local = world[node] as number;
    const draws = world[3 * this.n + node] as number;
    const now = this.reading(world, skew);
    return 'message' in event
      ? this.steps.deliver(local, event.message, draws, now)
      : this.steps.happen(local, node, event.type, draws, now);
  }

  protected reading(world: PackedWorld, skew: number): number {
    return epoch + (world[this.ticks] as number) * (this.bounds.clocks?.tick ?? 0) + skew;
  }

  /** Whether what a node sends itself arrives in the same step, nothing being able to come between. */
  settles(crashes: number): boolean {
    return this.reduced && crashes >= this.bounds.crashes && !this.bounds.clocks;
  }

  view(world: PackedWorld, node: number): NodeView {
    const local = world[node] as number;
    const up = ((world[2 * this.n + node] as number) & 1) === 1;
    const key = (local * 16 + node) * 2 + (up ? 1 : 0);
    let view = this.views.get(key);
    if (!view) {
      const { disk, memory } = this.steps.locals.value(local) as { disk: unknown; memory: unknown };
      this.views.set(key, (view = { id: this.nodeIds[node] as string, up, disk, memory }));
    }
    return view;
  }

  /** Text that is the same for worlds whose nodes look the same. */
  nodesKey(world: PackedWorld): string {
    let key = '';
    for (let node = 0; node < this.n; node++)
      key += `${world[node]},${(world[2 * this.n + node] as number) & 1},`;
    return key;
  }
}
