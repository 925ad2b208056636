/** Draws a run: from its trace alone, in one pass. */
import { invariant } from '../base/errors.ts';
import type { Json } from '../base/json.ts';
import { Clock, epoch } from '../kernel/clock.ts';
import type { ClientStep, EventRef, FaultStep, NodeStep, Sent, Trace } from '../kernel/trace.ts';
import { latency } from '../kernel/world.ts';
import type { Band, Bar, Block, Diagram, DiagramStep, Lane, Message } from './diagram.ts';
import { patchBetween } from './patch.ts';
import { stepInWords } from './words.ts';

export interface DiagramOptions {
  readonly nodes: number;
  /** How far wall clocks can be from the true time; see `SimulationOptions`. */
  readonly clockBound?: number | undefined;
}

export function diagramOf(trace: Trace, options: DiagramOptions): Diagram {
  const builder = new DiagramBuilder(trace, options);
  for (const entry of trace) {
    if (entry.kind === 'step') builder.nodeStep(entry);
    else if (entry.kind === 'sent') builder.send(entry);
    else if (entry.kind === 'undelivered') builder.undelivered(entry.ref, entry.why, entry.time);
    else if (entry.kind === 'client') builder.clientStep(entry);
    else builder.fault(entry);
  }
  return builder.diagram();
}

type Writable<T> = { -readonly [K in keyof T]: T[K] };

const nameOf = ({ event, from, to, nth, copy }: EventRef): string =>
  `${event} ${from} ${to} ${nth}${copy ? ' copy' : ''}`;

const untilOf = ({ detail, time }: FaultStep): number => Number(/until ([\d.]+)$/.exec(detail)?.[1] ?? time);

class DiagramBuilder {
  private readonly lanes: Lane[] = [];
  private readonly laneOf = new Map<string, number>();
  private readonly steps: DiagramStep[] = [];
  private readonly messages: Writable<Message>[] = [];
  private readonly messageOf = new Map<string, number>();
  private readonly blocks: Writable<Block>[] = [];
  private readonly bands: Band[] = [];
  private readonly bars: Writable<Bar>[] = [];
  /** By lane: its last step, its node's state, what it sent in the step being recorded, its open operation. */
  private readonly last: (readonly number[])[] = [];
  private readonly states: (Json | undefined)[] = [];
  private readonly sending: number[][] = [];
  private readonly open: (number | undefined)[] = [];
  private readonly down: (Writable<Block> | undefined)[] = [];
  private readonly clocks: Clock[] = [];
  private operations = 0;
  private calmAt: number | null = null;
  private readonly end: number;

  constructor(trace: Trace, { nodes, clockBound }: DiagramOptions) {
    for (let node = 1; node <= nodes; node++) {
      this.addLane(`n${node}`, 'node');
      this.clocks.push(new Clock(clockBound));
    }
    const clients = new Set(trace.flatMap((entry) => (entry.kind === 'client' ? [entry.client] : [])));
    for (const client of [...clients].sort()) this.addLane(client, 'client');
    this.end = trace.at(-1)?.time ?? 0;
  }

  private addLane(id: string, kind: Lane['kind']): void {
    this.laneOf.set(id, this.lanes.length);
    this.sending.push([]);
    this.lanes.push({ id, kind });
  }

  private lane(id: string): number {
    const lane = this.laneOf.get(id);
    invariant(lane !== undefined, `a trace speaks of ${id}, which takes no part in it`);
    return lane;
  }

  /** Adds a step; those on a lane come after the lane's last step. */
  private add(step: Omit<DiagramStep, 'causes'>, others: readonly number[] = [], onLanes = true): number {
    const index = this.steps.length;
    const [lane] = step.lanes;
    // Nodes that crash together learn nothing of each other by it: what comes next on a lane has the lane's own past.
    const alone = onLanes && step.lanes.length === 1;
    const before = alone ? this.past(lane as number) : [];
    this.steps.push({ ...step, causes: [...new Set([...before, ...others])] });
    if (alone) this.last[lane as number] = [index];
    else if (onLanes) for (const each of step.lanes) this.last[each] = [...this.past(each), index];
    return index;
  }

  private past(lane: number): readonly number[] {
    return this.last[lane] ?? [];
  }

  send({ ref, payload, time, at, copyAt }: Sent): void {
    const from = this.lane(ref.from);
    const to = this.lane(ref.to);
    const message = {
      type: ref.event,
      from,
      to,
      nth: ref.nth,
      payload,
      sentBy: -1,
      sentAt: time,
      fate: at === 'lost' ? ('lost' as const) : ('in flight' as const),
    };
    const usual = from === to ? 0 : latency;
    const late = at === 'lost' ? 0 : at - time - usual;
    this.post(nameOf(ref), { ...message, arrives: at === 'lost' ? null : at, late });
    if (copyAt === undefined) return;
    const copy = { ...message, copy: true, arrives: copyAt, late: copyAt - time - usual } as const;
    this.post(nameOf({ ...ref, copy: true }), copy);
  }

  private post(name: string, message: Message): void {
    const index = this.messages.length;
    this.messages.push({ ...message });
    this.messageOf.set(name, index);
    // What a client sends follows its step in the trace; what a node sends stands before the step that sent it.
    if (this.lanes[message.from]?.kind === 'node') this.sending[message.from]?.push(index);
    else this.sentBy(index, this.past(message.from).at(-1) as number);
  }

  private sentBy(message: number, step: number): void {
    (this.messages[message] as Writable<Message>).sentBy = step;
    const sender = this.steps[step] as Writable<DiagramStep>;
    if (!sender.sent.includes(message)) sender.sent = [...sender.sent, message];
  }

  private arrive(index: number, time: number): Message {
    const message = this.messages[index] as Writable<Message>;
    message.arrives = time;
    message.fate = 'delivered';
    message.late = time - message.sentAt - (message.from === message.to ? 0 : latency);
    message.receivedBy = this.steps.length;
    return message;
  }

  nodeStep(entry: NodeStep): void {
    const { cause, node, time, disk, memory, effects } = entry;
    const lane = this.lane(node);
    const received = this.messageOf.get(nameOf(cause));
    const message = received === undefined ? undefined : this.arrive(received, time);
    const state = { disk, memory } as Json;
    const changes = patchBetween(this.states[lane], state);
    this.states[lane] = state;
    const wall = (this.clocks[lane] as Clock).wall(time);
    const sent = this.sending[lane] as number[];
    this.sending[lane] = [];
    const index = this.add(
      {
        time,
        lanes: [lane],
        kind: message
          ? cause.event === 'request'
            ? 'request'
            : 'message'
          : cause.event === 'start'
            ? 'start'
            : 'timer',
        label: cause.event,
        words: stepInWords(entry),
        payload: message ? null : entry.payload,
        ...(received === undefined ? {} : { received }),
        sent,
        effects: effects.flatMap(effectInWords),
        notes: effects.flatMap((effect) =>
          effect.kind === 'note' ? [{ name: effect.name, value: effect.value }] : [],
        ),
        changes,
        ...(entry.cutAfter === undefined ? {} : { cut: true as const }),
        ...(wall === epoch + Math.floor(time) ? {} : { wall }),
      },
      message ? [message.sentBy] : [],
    );
    for (const each of sent) this.sentBy(each, index);
  }

  undelivered(ref: EventRef, why: 'partition' | 'down', time: number): void {
    const index = this.messageOf.get(nameOf(ref));
    invariant(index !== undefined, `a message was not delivered that was never sent: ${nameOf(ref)}`);
    const message = this.messages[index] as Writable<Message>;
    message.fate = why;
    message.arrives = time;
  }

  clientStep(entry: ClientStep): void {
    const { client, time, what, f, key, value } = entry;
    const lane = this.lane(client);
    const received =
      what === 'ok' || what === 'fail' || what === 'late reply' ? this.replyTo(entry, lane) : undefined;
    const message = received === undefined ? undefined : this.arrive(received, time);
    const index = this.add(
      {
        time,
        lanes: [lane],
        kind: 'client',
        label: what,
        words: stepInWords(entry),
        payload: { f, ...(key === undefined ? {} : { key }), value },
        ...(received === undefined ? {} : { received }),
        sent: [],
        effects: [],
        notes: [],
        changes: [],
      },
      message ? [message.sentBy] : [],
    );
    if (what === 'invoke') this.openBar(entry, lane, index);
    else if (what === 'ok' || what === 'fail' || what === 'info') this.closeBar(lane, index, what, value);
  }

  /** The reply that a client's step is about: clients' steps do not name it, but its call and its time do. */
  private replyTo({ call, time }: ClientStep, lane: number): number | undefined {
    const index = this.messages.findIndex(
      ({ type, to, fate, arrives, payload }) =>
        type === 'reply' &&
        to === lane &&
        fate === 'in flight' &&
        arrives === time &&
        (payload as { call?: unknown } | null)?.call === call,
    );
    return index < 0 ? undefined : index;
  }

  private openBar({ process, f, key, value }: ClientStep, lane: number, from: number): void {
    this.open[lane] = this.bars.length;
    this.bars.push({
      lane,
      process,
      f,
      ...(key === undefined ? {} : { key }),
      input: value,
      type: 'open',
      from,
    });
  }

  private closeBar(lane: number, to: number, type: 'ok' | 'fail' | 'info', value: Json): void {
    const bar = this.bars[this.open[lane] as number] as Writable<Bar>;
    this.open[lane] = undefined;
    bar.type = type;
    bar.to = to;
    if (type === 'ok') bar.output = value;
  }

  fault(entry: FaultStep): void {
    const { fault, time } = entry;
    const links = fault === 'partition' ? linksOf(entry) : fault === 'hold' ? [entry.nodes] : [];
    const pairs = links.map(([from, to]) => [this.lane(from as string), this.lane(to as string)] as const);
    const onNetwork = fault === 'partition' || fault === 'hold' || fault === 'calm';
    const lanes = onNetwork ? [...new Set(pairs.flat())].sort((a, b) => a - b) : this.victims(entry);
    const clock = fault === 'clock' ? this.tamper(entry, lanes[0] as number) : undefined;
    const step = {
      time,
      lanes,
      kind: 'fault' as const,
      label: fault,
      words: stepInWords(entry).trim(),
      payload: null,
      sent: [],
      effects: [],
      notes: [],
      changes: [],
      ...(clock ? { clock } : {}),
    };
    const from = this.add(step, [], !onNetwork);
    if (fault === 'calm') {
      this.calmAt = time;
      for (const each of this.clocks) each.setRate(time, 1);
    } else if (fault === 'partition') {
      this.bands.push({ kind: 'partition', links: pairs, from, until: untilOf(entry) });
    } else if (fault === 'hold') {
      const span = Number(/for ([\d.]+)$/.exec(entry.detail)?.[1] ?? 0);
      this.bands.push({ kind: 'hold', links: pairs, from, until: time + span });
    } else for (const lane of lanes) this.block(entry, lane, from);
  }

  /** A crash names nodes that are down already too; nothing happens to them. */
  private victims({ fault, nodes }: FaultStep): number[] {
    const lanes = nodes.map((node) => this.lane(node));
    return fault === 'crash' ? lanes.filter((lane) => !this.down[lane]) : lanes;
  }

  private block(entry: FaultStep, lane: number, from: number): void {
    const { fault, time } = entry;
    if (fault === 'restart') {
      const block = this.down[lane];
      if (block) Object.assign(block, { until: time, to: from });
      this.down[lane] = undefined;
    } else if (fault === 'crash' || fault === 'pause' || fault === 'slow') {
      const block = {
        lane,
        kind: fault,
        from,
        until: fault === 'crash' ? this.end : untilOf(entry),
      } as const;
      this.blocks.push(block);
      if (fault === 'crash') this.down[lane] = block;
    }
  }

  private tamper({ detail, time }: FaultStep, lane: number): NonNullable<DiagramStep['clock']> {
    const clock = this.clocks[lane] as Clock;
    const [, what, amount] = /^(jumps by|runs at) (.+)$/.exec(detail) ?? [];
    const before = clock.wall(time);
    if (what === 'jumps by') clock.jump(time, Number(amount));
    else clock.setRate(time, Number(amount));
    return { before, after: clock.wall(time), rate: clock.rate };
  }

  diagram(): Diagram {
    const { lanes, steps, messages, blocks, bands, bars, calmAt, end } = this;
    // Ids of operations count those that did not fail, in order of invocation; see `operationsOf`.
    for (const bar of bars) if (bar.type !== 'fail') bar.operation = this.operations++;
    return { lanes, steps, messages, blocks, bands, bars, calmAt, end };
  }
}

const linksOf = ({ detail }: FaultStep): string[][] =>
  [...detail.matchAll(/(\w+)→(\w+)/g)].map(([, from, to]) => [from as string, to as string]);

type Effect = NodeStep['effects'][number];

function effectInWords(effect: Effect): string[] {
  switch (effect.kind) {
    case 'setTimer':
      return [`sets the timer '${effect.timer}' to ${effect.after} ms`];
    case 'clearTimer':
      return [`clears the timer '${effect.timer}'`];
    case 'persist':
      return ['makes its disk durable'];
    case 'refuse':
      return [`refuses call ${effect.call}`];
    case 'reply':
      return [`answers call ${effect.call} with ${JSON.stringify(effect.output)}`];
    default:
      return [];
  }
}
