/**
 * The worlds of a protocol as a system to search: its nodes and their durable disks, its clients, the messages in
 * flight, and what properties remember. A world is a short list of numbers, each standing for a value that is kept once.
 * What can happen: any message in flight arrives, a client calls, and within the bounds a timer fires, a node crashes (also
 * in the middle of a step), a message is lost or arrives twice. Time is left out: a timer may fire as soon as it is set,
 * a message may take for ever; so partitions, pauses and slow nodes are among what is searched anyway.
 *
 * Clients' moves are reduced to the order that constrains most. Nodes cannot tell when a client called before its request
 * arrives, nor when an answer reaches it. A history in which an operation begins later or ends sooner, all else the same,
 * has the same operations and more of them in order; if it is linearizable, so is the other. So a call and the arrival
 * of its request are one event, and so are an answer and its arrival: what is left out can violate nothing that what is
 * left does not. A node's messages to itself, which nothing can get between but a crash, go with the step that sends them.
 *
 *   nodes          local state, durable disk, up and timers, random steps, timeouts so far    (one block each)
 *   clients        operations begun × 2 + whether one is outstanding
 *   faults so far  crashes, drops, duplicates, retries
 *   memories       of history properties, of `always` properties, and, not told apart, of `sometimes` properties
 *   messages       to a node from itself, in order; then in flight, sorted: a multiset
 */
import { invariant, UsageError } from '../base/errors.ts';
import { canonicalJson, type Json } from '../base/json.ts';
import type { HistoryEvent } from '../history/history.ts';
import type { Reply, Request } from '../kernel/participants.ts';
import type { AnyProtocol } from '../kernel/protocol.ts';
import type { NodeView, Note } from '../kernel/view.ts';
import { type Vocabulary, vocabularyOf } from '../kernel/vocabulary.ts';
import { type ClientOperation, callId } from '../kernel/workload.ts';
import type { HistoryProperty, Property, StateProperty } from '../property/property.ts';
import type { WorldBounds } from './bounds.ts';
import { DeadMessages } from './dead-messages.ts';
import { type HistoryMemory, historyMemory } from './history-memory.ts';
import { type Interner, Lanes, Slot } from './interner.ts';
import { ghostText, PropertyJudge, type Shown } from './judges.ts';
import { type Message, NodeSteps, type Outcome } from './node-steps.ts';
import { permutations, renamed } from './symmetry.ts';
import type { Emit, TransitionSystem, Violation } from './system.ts';

/** One thing that can happen in a world. */
export type WorldEvent =
  /** `copy`: another copy stays in flight. `cut`: the receiver crashes in that step after so many effects. */
  | { readonly kind: 'deliver'; readonly message: number; readonly copy: boolean; readonly cut: number }
  | { readonly kind: 'own'; readonly message: number; readonly cut: number }
  | { readonly kind: 'timeout'; readonly node: number; readonly timer: number; readonly cut: number }
  | { readonly kind: 'drop'; readonly message: number }
  | { readonly kind: 'crash' | 'restart'; readonly node: number }
  /** With its request's arrival, where clients' moves are reduced. */
  | {
      readonly kind: 'invoke';
      readonly client: number;
      readonly node: number;
      readonly copy: boolean;
      readonly cut: number;
    }
  | { readonly kind: 'retry'; readonly client: number; readonly node: number };

export type PackedWorld = readonly number[];

const whole = -1;
/** More messages to itself in one step than any protocol needs. */
const mostOwn = 1000;

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
}

export class WorldSystem implements TransitionSystem<PackedWorld> {
  readonly name: string;
  readonly print = new Int32Array(4);
  readonly steps: NodeSteps;
  readonly vocabulary: Vocabulary;
  readonly nodeIds: readonly string[];
  readonly bounds: WorldBounds;
  /** Whether clients' moves are reduced. */
  readonly reduced: boolean;
  readonly dead: DeadMessages | undefined;
  private readonly n: number;
  private readonly client: number;
  private readonly faults: number;
  private readonly memories: number;
  /** Where numbers end that tell worlds apart, and where `sometimes`, the violation and the messages are. */
  private readonly hashed: number;
  private readonly ends: number;
  private readonly violations: Violation[] = [];
  private readonly histories: readonly HistoryMemory[];
  private readonly always: readonly PropertyJudge[];
  private readonly sometimes: readonly PropertyJudge[];
  private readonly notSeen: Set<string>;
  private readonly changes = new Map<number, number>();
  private readonly views = new Map<number, NodeView>();
  private readonly invocations: readonly (readonly number[])[];
  private readonly namings: readonly (readonly number[])[];
  private readonly names: readonly ReadonlyMap<string, string>[];
  private readonly lanes = new Lanes();
  private readonly slots: readonly Slot[];
  private readonly ownSlots: Slot[] = [];
  private readonly inFlight: Slot;

  // The world that is being made.
  private fixed: number[] = [];
  private own: number[] = [];
  private flight: number[] = [];
  /** How far clients were before the event. */
  private began = 0;

  constructor(
    protocol: AnyProtocol,
    { mutant, properties, bounds, symmetry = false, reduce = true, forget = true }: WorldOptions,
  ) {
    this.name = protocol.definition.name;
    this.bounds = bounds;
    this.vocabulary = vocabularyOf(protocol);
    if (this.vocabulary.timers.length > 20) throw new UsageError(`${this.name} has more than 20 timers`);
    const { nodes, clients } = bounds;
    this.n = nodes;
    this.nodeIds = Array.from({ length: nodes }, (_, index) => `n${index + 1}`);
    this.steps = new NodeSteps(protocol, this.vocabulary, this.nodeIds, mutant);
    const ofKind = (kind: StateProperty['kind']) =>
      properties
        .filter((property): property is StateProperty => property.kind === kind)
        .map((property) => new PropertyJudge(property));
    this.always = ofKind('always');
    this.sometimes = ofKind('sometimes');
    this.notSeen = new Set(this.sometimes.map(({ property }) => property.name));
    this.histories = properties
      .filter((property): property is HistoryProperty => property.kind === 'history')
      .map(historyMemory);
    // A client whose answer is lost may ask again: then it matters when answers arrive.
    this.reduced = reduce && bounds.retries === 0 && this.histories.every(({ monotonic }) => monotonic);
    this.dead = this.reduced && forget ? new DeadMessages(this.steps, nodes) : undefined;
    this.client = 5 * nodes;
    this.faults = this.client + clients.length;
    this.memories = this.faults + 4;
    this.hashed = this.memories + this.histories.length + this.always.length;
    this.ends = this.hashed + this.sometimes.length + 2;
    this.invocations = clients.map((operations, client) =>
      operations.flatMap((operation, index) =>
        this.nodeIds.map((_, node) => this.requestOf(client, index, operation, node)),
      ),
    );
    this.namings = symmetry ? this.allNamings() : [this.nodeIds.map((_, index) => index)];
    this.names = this.namings.map(
      (naming) =>
        new Map(this.nodeIds.map((id, index) => [id, this.nodeIds[naming[index] as number] as string])),
    );
    this.slots = this.makeSlots();
    this.inFlight = this.slot('flight', this.messageText);
  }

  // Beginning ------------------------------------------------------------------------------------------------

  private requestOf(
    client: number,
    index: number,
    { f, input, key = '' }: ClientOperation,
    node: number,
  ): number {
    const payload: Request = { f, call: { id: callId(client, index), input, key } };
    return this.steps.message({ type: this.vocabulary.request, from: this.n + client, to: node, payload });
  }

  initial = (): readonly PackedWorld[] => {
    const { n, steps, bounds } = this;
    const { disk, memory } = this.vocabulary.protocol.definition;
    this.fixed = new Array<number>(this.ends).fill(0);
    this.own = [];
    this.flight = [];
    for (let node = 0; node < n; node++) {
      const first = disk();
      this.fixed[node] = steps.local({ disk: first, memory: memory() });
      this.fixed[n + node] = steps.disk(first);
    }
    for (let node = 0; node < n; node++) {
      const { start } = this.vocabulary;
      this.fixed[2 * n + node] = 1;
      this.performed(node, steps.happen(this.fixed[node] as number, node, start, 0));
    }
    if (bounds.clients.some((operations) => operations.length > 99))
      throw new UsageError('too many operations');
    if (this.reduced) this.settle();
    return [this.packed()];
  };

  // What can happen --------------------------------------------------------------------------------------------

  expand = (world: PackedWorld, emit: Emit<PackedWorld>): void => {
    let number = 0;
    this.events(world, (event) => {
      const next = this.after(world, event);
      this.fingerprint(next);
      emit(next, number++, deviates(event));
    });
  };

  /** Calls `visit` for each thing that can happen, in an order that depends on the world alone. */
  events(world: PackedWorld, visit: (event: WorldEvent) => void): void {
    const { n, bounds, steps } = this;
    const used = (fault: number) => world[this.faults + fault] as number;
    const crashable = used(0) < bounds.crashes;
    const ownCount = world[this.ends - 1] as number;
    if (ownCount > 0) {
      // What a node sends itself arrives before anything else happens, unless the node crashes first.
      const message = world[this.ends] as number;
      const node = (steps.messages.value(message) as Message).to;
      visit({ kind: 'own', message, cut: whole });
      if (!crashable) return;
      for (const cut of this.cutsOf(world, node, { message })) visit({ kind: 'own', message, cut });
      visit({ kind: 'crash', node });
      return;
    }
    this.clientEvents(world, visit);
    for (let at = this.ends; at < world.length; at++) {
      const message = world[at] as number;
      // Of equal messages any one will do.
      if (at > this.ends && world[at - 1] === message) continue;
      const { to } = steps.messages.value(message) as Message;
      if (used(1) < bounds.drops) visit({ kind: 'drop', message });
      if (to >= n) {
        visit({ kind: 'deliver', message, copy: false, cut: whole });
        continue;
      }
      if (((world[2 * n + to] as number) & 1) === 0) continue;
      visit({ kind: 'deliver', message, copy: false, cut: whole });
      if (used(2) < bounds.duplicates) visit({ kind: 'deliver', message, copy: true, cut: whole });
      if (!crashable) continue;
      for (const cut of this.cutsOf(world, to, { message }))
        visit({ kind: 'deliver', message, copy: false, cut });
    }
    for (let node = 0; node < n; node++) this.nodeEvents(world, node, crashable, visit);
  }

  private clientEvents(world: PackedWorld, visit: (event: WorldEvent) => void): void {
    const { bounds, nodeIds } = this;
    const mayAsk = (node: number) => !this.reduced || ((world[2 * this.n + node] as number) & 1) === 1;
    const doubles = this.reduced && (world[this.faults + 2] as number) < bounds.duplicates;
    const ask = (client: number, node: number) => {
      if (!mayAsk(node)) return;
      visit({ kind: 'invoke', client, node, copy: false, cut: whole });
      if (doubles) visit({ kind: 'invoke', client, node, copy: true, cut: whole });
      if (!this.reduced || (world[this.faults] as number) >= bounds.crashes) return;
      const message = this.invocation(world, client, node);
      for (const cut of this.cutsOf(world, node, { message }))
        visit({ kind: 'invoke', client, node, copy: false, cut });
    };
    bounds.clients.forEach((operations, client) => {
      const progress = world[this.client + client] as number;
      const outstanding = (progress & 1) === 1;
      if (!outstanding && progress >> 1 < operations.length) {
        const { node: own } = operations[progress >> 1] as ClientOperation;
        if (bounds.anyNode) for (let node = 0; node < this.n; node++) ask(client, node);
        else ask(client, own % this.n);
      }
      if (outstanding && (world[this.faults + 3] as number) < bounds.retries) {
        nodeIds.forEach((_, node) => {
          visit({ kind: 'retry', client, node });
        });
      }
    });
  }

  private nodeEvents(
    world: PackedWorld,
    node: number,
    crashable: boolean,
    visit: (event: WorldEvent) => void,
  ): void {
    const { n, vocabulary } = this;
    const flags = world[2 * n + node] as number;
    if ((flags & 1) === 0) {
      visit({ kind: 'restart', node });
      return;
    }
    for (let timer = 0; timer < vocabulary.timers.length; timer++) {
      if ((flags & (2 << timer)) === 0) continue;
      visit({ kind: 'timeout', node, timer, cut: whole });
      if (!crashable) continue;
      const event = { node, type: vocabulary.firstTimer + timer };
      for (const cut of this.cutsOf(world, node, event)) visit({ kind: 'timeout', node, timer, cut });
    }
    if (crashable) visit({ kind: 'crash', node });
  }

  private cutsOf(
    world: PackedWorld,
    node: number,
    event: { message: number } | { node: number; type: number },
  ): readonly number[] {
    if (!this.bounds.cuts) return [];
    return this.stepOf(world, node, event).cuts;
  }

  private stepOf(
    world: PackedWorld,
    node: number,
    event: { message: number } | { node: number; type: number },
  ): Outcome {
    const local = world[node] as number;
    const draws = world[3 * this.n + node] as number;
    return 'message' in event
      ? this.steps.deliver(local, event.message, draws)
      : this.steps.happen(local, node, event.type, draws);
  }

  // What follows ------------------------------------------------------------------------------------------------

  /** The world after an event. */
  after(world: PackedWorld, event: WorldEvent): PackedWorld {
    const { ends, n } = this;
    const ownCount = world[ends - 1] as number;
    this.fixed = world.slice(0, ends);
    this.own = ownCount > 0 ? world.slice(ends, ends + ownCount) : [];
    this.flight = world.slice(ends + ownCount);
    this.began = this.progress();
    switch (event.kind) {
      case 'deliver': {
        if (!event.copy) this.flight.splice(this.flight.indexOf(event.message), 1);
        else this.fixed[this.faults + 2]!++;
        const message = this.steps.messages.value(event.message) as Message;
        if (message.to >= n) this.answered(message);
        else this.stepped(world, message.to, { message: event.message }, event.cut);
        break;
      }
      case 'own': {
        const { to } = this.steps.messages.value(event.message) as Message;
        this.own.shift();
        this.stepped(world, to, { message: event.message }, event.cut);
        break;
      }
      case 'timeout': {
        const { node, timer } = event;
        this.fixed[2 * n + node]! &= ~(2 << timer);
        this.fixed[4 * n + node]!++;
        this.stepped(world, node, { node, type: this.vocabulary.firstTimer + timer }, event.cut);
        break;
      }
      case 'drop':
        this.flight.splice(this.flight.indexOf(event.message), 1);
        this.fixed[this.faults + 1]!++;
        break;
      case 'crash':
        this.crash(event.node);
        this.judgeStep(-1, 0);
        break;
      case 'restart': {
        const { node } = event;
        this.fixed[2 * n + node] = 1;
        this.performed(node, this.stepOf(world, node, { node, type: this.vocabulary.start }));
        break;
      }
      case 'invoke':
      case 'retry':
        this.called(world, event);
    }
    if (this.reduced) this.settle();
    return this.packed();
  }

  private called(world: PackedWorld, event: Extract<WorldEvent, { kind: 'invoke' | 'retry' }>): void {
    const { client, node } = event;
    const progress = this.fixed[this.client + client] as number;
    const message = this.invocation(world, client, node);
    if (event.kind === 'retry') {
      this.fixed[this.faults + 3]!++;
      this.flight.push(message);
      return;
    }
    this.advance(client, progress | 1);
    const { f, input, key } = this.operation(client, progress >> 1);
    this.saw({ process: client, type: 'invoke', f, value: input, ...(key === undefined ? {} : { key }) });
    if (!this.reduced || event.copy) this.flight.push(message);
    if (event.copy) this.fixed[this.faults + 2]!++;
    if (this.reduced) this.stepped(world, node, { message }, event.cut);
    else this.judgeStep(-1, 0);
  }

  private advance(client: number, progress: number): void {
    this.fixed[this.client + client] = progress;
  }

  /** How far clients are, as a number. */
  private progress(): number {
    return this.dead?.progress(this.fixed.slice(this.client, this.faults)) ?? 0;
  }

  /** The request for the client's current operation. */
  private invocation(world: PackedWorld, client: number, node: number): number {
    const index = (world[this.client + client] as number) >> 1;
    return (this.invocations[client] as readonly number[])[index * this.n + node] as number;
  }

  /** What a node has sent itself, where no crash can come between. */
  private settle(): void {
    const { fixed, own, steps, n } = this;
    if ((fixed[this.faults] as number) < this.bounds.crashes) return;
    for (let count = 0; own.length > 0; count++) {
      if (count > mostOwn) throw new UsageError(`${this.name} sends messages to itself without end`);
      const message = own.shift() as number;
      const { to } = steps.messages.value(message) as Message;
      this.performed(to, steps.deliver(fixed[to] as number, message, fixed[3 * n + to] as number));
    }
  }

  private operation(client: number, index: number): ClientOperation {
    return (this.bounds.clients[client] as readonly ClientOperation[])[index] as ClientOperation;
  }

  /** A reply has reached its client. */
  private answered({ to, payload }: Message): void {
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
    // Other answers to the same call change nothing any more.
    this.flight = this.flight.filter((number) => !this.isLate(number));
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

  private saw(event: HistoryEvent): void {
    this.histories.forEach((memory, index) => {
      const at = this.memories + index;
      const { number, violation } = memory.after(this.fixed[at] as number, event);
      this.fixed[at] = number;
      if (violation) this.violated(violation);
    });
    if (
      this.bounds.clients.every(
        (operations, client) => (this.fixed[this.client + client] as number) >> 1 === operations.length,
      )
    ) {
      this.histories.forEach((memory, index) => {
        const violation = memory.atEnd(this.fixed[this.memories + index] as number);
        if (violation) this.violated(violation);
      });
    }
  }

  private stepped(
    world: PackedWorld,
    node: number,
    event: { message: number } | { node: number; type: number },
    cut: number,
  ): void {
    if (cut === whole) {
      this.performed(node, this.stepOf(world, node, event));
      return;
    }
    const local = world[node] as number;
    const outcome = this.steps.cut(local, event, world[3 * this.n + node] as number, cut);
    if (!this.perform(node, outcome)) return;
    this.crash(node);
    this.judgeStep(node, outcome.notes);
  }

  private performed(node: number, outcome: Outcome): void {
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
      else this.flight.push(number);
    }
    return true;
  }

  private crash(node: number): void {
    const { fixed, n } = this;
    fixed[this.faults]!++;
    fixed[2 * n + node] = 0;
    const fresh = this.steps.afterCrash(fixed[n + node] as number);
    this.dead?.went(fixed[node] as number, fresh, this.began);
    fixed[node] = fresh;
    this.own = [];
  }

  /** Puts together the world that was made, without what can make no difference any more. */
  private packed(): PackedWorld {
    const { fixed, own, n, bounds, dead } = this;
    const progress = dead ? this.progress() : 0;
    dead?.progressed(this.began, progress);
    const flight = dead
      ? this.flight.filter((message) => !dead.claim(message, fixed, progress))
      : this.flight;
    const crashed = (fixed[this.faults] as number) >= bounds.crashes;
    for (let node = 0; node < n; node++) {
      // A disk that no crash will go back to, timers that may not fire again.
      if (crashed) fixed[n + node] = 0;
      if ((fixed[4 * n + node] as number) >= bounds.timeouts) fixed[2 * n + node]! &= 1;
    }
    fixed[this.ends - 1] = own.length;
    if (flight.length > 1) flight.sort(ascending);
    return own.length > 0 ? fixed.concat(own, flight) : fixed.concat(flight);
  }

  // Judging -------------------------------------------------------------------------------------------------------

  private violated(violation: Violation): void {
    const at = this.ends - 2;
    if (this.fixed[at] === 0) this.fixed[at] = this.violations.push(violation);
  }

  judge = (world: PackedWorld): Violation | undefined =>
    this.violations[(world[this.ends - 2] as number) - 1];

  /** Lets properties see the step that the node has just taken; -1: it was no node's. */
  private judgeStep(node: number, notes: number): void {
    const { always, sometimes, fixed, memories, histories } = this;
    const shown = this.shown(node, notes);
    for (let index = 0; index < always.length; index++) {
      const at = memories + histories.length + index;
      const { ghost, violation } = (always[index] as PropertyJudge).judge(fixed[at] as number, shown);
      fixed[at] = ghost;
      if (violation) this.violated(violation);
    }
    if (this.notSeen.size === 0) return;
    sometimes.forEach((judge, index) => {
      if (!this.notSeen.has(judge.property.name)) return;
      const at = this.hashed + index;
      const { ghost, seen } = judge.judge(fixed[at] as number, shown);
      fixed[at] = ghost;
      if (seen) this.notSeen.delete(judge.property.name);
    });
  }

  private shown(node: number, notes: number): Shown {
    const { fixed, n } = this;
    let changedKey = 0;
    if (node >= 0) {
      const key = ((fixed[node] as number) * 16 + node) * 0x40_0000 + notes;
      changedKey = this.changes.get(key) ?? 0;
      if (changedKey === 0) this.changes.set(key, (changedKey = this.changes.size + 1));
    }
    return {
      nodes: () => this.nodeIds.map((_, index) => this.view(fixed, index)),
      nodesKey: () =>
        `${fixed.slice(0, n).join()} ${fixed
          .slice(2 * n, 3 * n)
          .map((flags) => flags & 1)
          .join()}`,
      changed: node >= 0 ? this.view(fixed, node) : undefined,
      changedKey,
      notes: this.steps.notes.value(notes) as readonly Note[],
    };
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

  within = (world: PackedWorld): boolean => {
    const { within } = this.bounds;
    return !within || within({ nodes: this.nodeIds.map((_, node) => this.view(world, node)) });
  };

  keep = (world: PackedWorld): PackedWorld => world;

  unseen = (): readonly string[] => [...this.notSeen];

  /** Properties that looked at what worlds do not hold, such as earlier notes or the time, with what that was. */
  notJudged(): readonly { property: string; looked: string }[] {
    return this.always.flatMap(({ property, looked }) =>
      looked === undefined ? [] : [{ property: property.name, looked }],
    );
  }

  // Telling worlds apart ------------------------------------------------------------------------------------------

  /** Namings of nodes that clients, who each ask their own, cannot tell from the given one. */
  private allNamings(): number[][] {
    const { clients, anyNode } = this.bounds;
    const asked = anyNode ? [] : clients.flat().map(({ node }) => node % this.n);
    const all = permutations(this.nodeIds.map((_, index) => index));
    return all.filter((naming) => asked.every((node) => naming[node] === node));
  }

  private slot(name: string, text: (number: number, naming: number) => string): Slot {
    const count = this.namings.length;
    return new Slot(this.lanes, name, (number) => text(Math.floor(number / count), number % count));
  }

  private readonly messageText = (number: number, naming: number): string => {
    const { type, from, to, payload } = this.steps.messages.value(number) as Message;
    const who = (participant: number) => this.nodeIds[participant] ?? `c${participant - this.n + 1}`;
    const message = { type: this.vocabulary.names[type], from: who(from), to: who(to), payload };
    return canonicalJson(renamed(message, this.names[naming] as ReadonlyMap<string, string>));
  };

  private makeSlots(): Slot[] {
    const { steps } = this;
    const json = (values: Interner<unknown>) => (number: number, naming: number) =>
      canonicalJson(renamed(values.value(number), this.names[naming] as ReadonlyMap<string, string>));
    const ghost = (values: Interner<unknown>) => (number: number, naming: number) =>
      ghostText(renamed(values.value(number), this.names[naming] as ReadonlyMap<string, string>));
    const plain = (number: number) => String(number);
    const block = (name: string, text: (number: number, naming: number) => string) =>
      this.nodeIds.map((_, node) => this.slot(`${name} ${node}`, text));
    const disk = json(steps.disks);
    return [
      ...block('local', json(steps.locals)),
      // Where no crash is left to go back to it, the disk's number is 0 and stands for nothing.
      ...block('durable', this.bounds.crashes > 0 ? disk : plain),
      ...block('flags', plain),
      ...block('draws', plain),
      ...block('timeouts', plain),
      ...this.bounds.clients.map((_, client) => this.slot(`client ${client}`, plain)),
      ...['crashes', 'drops', 'duplicates', 'retries'].map((name) => this.slot(name, plain)),
      ...this.histories.map((memory, index) =>
        this.slot(`history ${index}`, (number) => memory.text(number)),
      ),
      ...this.always.map((judge, index) => this.slot(`ghost ${index}`, ghost(judge.ghosts))),
    ];
  }

  fingerprint = (world: PackedWorld): void => {
    const { print, namings } = this;
    this.sum(world, 0, print);
    if (namings.length === 1) return;
    const other = [0, 0, 0, 0] as unknown as Int32Array;
    for (let naming = 1; naming < namings.length; naming++) {
      this.sum(world, naming, other);
      let lane = 0;
      while (lane < 3 && other[lane] === print[lane]) lane++;
      if ((other[lane] as number) < (print[lane] as number)) print.set(other);
    }
  };

  /** Adds up what stands at each place, nodes having the names that this naming gives them. */
  private sum(world: PackedWorld, naming: number, print: Int32Array): void {
    const { namings, n, slots, lanes, hashed, ends } = this;
    const count = namings.length;
    const places = namings[naming] as readonly number[];
    const ownEnd = ends + (world[ends - 1] as number);
    let [a, b, c, d] = [0, 0, 0, 0];
    const total = hashed + world.length - ends;
    for (let step = 0; step < total; step++) {
      let slot: Slot;
      let number: number;
      if (step < hashed) {
        number = world[step] as number;
        const block = step < 5 * n ? step - (step % n) : -1;
        slot = slots[block < 0 ? step : block + (places[step - block] as number)] as Slot;
      } else {
        const at = step - hashed + ends;
        number = world[at] as number;
        slot = at < ownEnd ? this.ownSlot(at - ends) : this.inFlight;
      }
      const offset = slot.offset(number * count + naming);
      const { data } = lanes;
      a = (a + (data[offset] as number)) | 0;
      b = (b + (data[offset + 1] as number)) | 0;
      c = (c + (data[offset + 2] as number)) | 0;
      d = (d + (data[offset + 3] as number)) | 0;
    }
    print[0] = a;
    print[1] = b;
    print[2] = c;
    print[3] = d;
  }

  private ownSlot(index: number): Slot {
    return (this.ownSlots[index] ??= this.slot(`own ${index}`, this.messageText));
  }

  encode = (world: PackedWorld): string =>
    this.namings.map((_, naming) => this.text(world, naming)).reduce((a, b) => (a < b ? a : b));

  /** The world in full, as canonical text, without anything that its numbers are used for. */
  private text(world: PackedWorld, naming: number): string {
    const { n, ends, steps, bounds } = this;
    const names = this.names[naming] as ReadonlyMap<string, string>;
    const places = this.namings[naming] as readonly number[];
    const nodes: Json[] = [];
    for (let node = 0; node < n; node++) {
      const at = (block: number) => world[block * n + node] as number;
      const durable = bounds.crashes > (world[this.faults] as number) ? steps.disks.value(at(1)) : null;
      nodes[places[node] as number] = renamed(
        { state: steps.locals.value(at(0)), durable, flags: at(2), draws: at(3), timeouts: at(4) },
        names,
      ) as Json;
    }
    const ownEnd = ends + (world[ends - 1] as number);
    return JSON.stringify([
      canonicalJson(nodes),
      world.slice(this.client, this.memories),
      this.histories.map((memory, index) => memory.text(world[this.memories + index] as number)),
      this.always.map(({ ghosts }, index) =>
        ghostText(
          renamed(ghosts.value(world[this.memories + this.histories.length + index] as number), names),
        ),
      ),
      world.slice(ends, ownEnd).map((message) => this.messageText(message, naming)),
      world
        .slice(ownEnd)
        .map((message) => this.messageText(message, naming))
        .sort(),
    ]);
  }

  // Words -----------------------------------------------------------------------------------------------------------

  /** The event that `expand` numbered so. */
  eventOf(world: PackedWorld, action: number): WorldEvent {
    let number = 0;
    let found: WorldEvent | undefined;
    this.events(world, (event) => {
      if (number++ === action) found = event;
    });
    invariant(found, `there is no event ${action} in this world of ${this.name}`);
    return found;
  }

  describe = (world: PackedWorld, action: number): string => this.inWords(this.eventOf(world, action));

  inWords(event: WorldEvent): string {
    const crashes = 'cut' in event && event.cut !== whole ? `, and crashes after ${event.cut} effects` : '';
    switch (event.kind) {
      case 'own':
      case 'deliver':
      case 'drop': {
        const { type, from, to, payload } = this.steps.messages.value(event.message) as Message;
        const who = (participant: number) => this.nodeIds[participant] ?? `c${participant - this.n + 1}`;
        const how =
          event.kind === 'drop' ? ' is lost' : 'copy' in event && event.copy ? ' (a copy stays)' : '';
        return `${who(from)}→${who(to)}  ${this.vocabulary.names[type]} ${JSON.stringify(payload)}${how}${crashes}`;
      }
      case 'timeout':
        return `${this.nodeIds[event.node]}  ${this.vocabulary.timers[event.timer]}${crashes}`;
      case 'crash':
        return `crash ${this.nodeIds[event.node]}`;
      case 'restart':
        return `restart ${this.nodeIds[event.node]}`;
      default:
        return `c${event.client + 1}  ${event.kind} at ${this.nodeIds[event.node]}${crashes}`;
    }
  }
}

const ascending = (a: number, b: number): number => a - b;

/** Steps that no run on the happy path has; that messages overtake each other is not counted. */
function deviates(event: WorldEvent): number {
  const { kind } = event;
  if ('cut' in event && event.cut !== whole) return 1;
  if (kind === 'deliver') return event.copy ? 1 : 0;
  return kind === 'invoke' || kind === 'restart' || kind === 'own' ? 0 : 1;
}
