/** The adversary that does what a schedule says, and notes which deviations found their target. */
import { type Adversary, allEffects, lost, type Stage } from '../kernel/adversary.ts';
import type { CallId } from '../kernel/protocol.ts';
import type { EventRef } from '../kernel/trace.ts';
import { type Deviation, linksCut, type Schedule } from './schedule.ts';

/** One number for an event's name, sender, receiver, copy and how-manieth; no two events of a run share it. */
const eventKey = (width: number, type: number, from: number, to: number, nth: number, copy: number): number =>
  (((type * width + from) * width + to) * 2 + copy) * 0x1_0000 + nth;

interface Fate {
  extra: number;
  copyAfter: number;
  readonly indices: number[];
}

export class ReplayAdversary implements Adversary {
  copyAfter = 0;
  /** By index of the deviation: whether its target came. */
  readonly applied: boolean[];
  /** By index of the deviation: the true time at which its target came, or -1. */
  readonly moments: number[];
  private readonly deviations: readonly Deviation[];
  private readonly fates = new Map<number, Fate>();
  private readonly cuts = new Map<number, number>();
  private readonly strikes = new Map<number, number[]>();
  private readonly calls = new Map<CallId, number[]>();
  private simulation!: Stage;
  private width = 0;

  constructor(schedule: Schedule) {
    this.deviations = schedule.deviations;
    this.applied = schedule.deviations.map(() => false);
    this.moments = schedule.deviations.map(() => -1);
  }

  begin(simulation: Stage): void {
    this.simulation = simulation;
    this.width = simulation.participants.length;
    for (let index = 0; index < this.deviations.length; index++) {
      this.file(this.deviations[index] as Deviation, index);
    }
  }

  /** Puts a deviation where it is found when its target comes. */
  private file(deviation: Deviation, index: number): void {
    switch (deviation.kind) {
      case 'delay':
      case 'drop':
      case 'duplicate':
        return this.addFate(deviation, index);
      case 'give-up':
      case 'retry':
      case 'die':
        return append(this.calls, deviation.call, index);
      case 'disk': {
        const key = this.keyOf(deviation.at);
        if (key !== undefined && !this.cuts.has(key)) this.cuts.set(key, index);
        return;
      }
      default: {
        const key = this.keyOf(deviation.at);
        if (key !== undefined) append(this.strikes, key, index);
      }
    }
  }

  private addFate(deviation: Extract<Deviation, { message: EventRef }>, index: number): void {
    const key = this.keyOf(deviation.message);
    if (key === undefined) return;
    let fate = this.fates.get(key);
    if (!fate) this.fates.set(key, (fate = { extra: 0, copyAfter: 0, indices: [] }));
    fate.indices.push(index);
    if (deviation.kind === 'drop') fate.extra = lost;
    else if (deviation.kind === 'duplicate') fate.copyAfter = deviation.after;
    else if (fate.extra !== lost) fate.extra = deviation.by;
  }

  /** Undefined when the protocol or the world has no such event. */
  private keyOf({ event, from, to, nth, copy }: EventRef): number | undefined {
    const type = this.simulation.vocabulary.find(event);
    const sender = this.simulation.participants.indexOf(from);
    const receiver = this.simulation.participants.indexOf(to);
    if (type === undefined || sender < 0 || receiver < 0) return undefined;
    return eventKey(this.width, type, sender, receiver, nth, copy ? 1 : 0);
  }

  private found(index: number): void {
    this.applied[index] = true;
    if (this.moments[index] === -1) this.moments[index] = this.simulation.time;
  }

  sending(type: number, from: number, to: number, nth: number): number {
    if (this.fates.size === 0) return 0;
    const fate = this.fates.get(eventKey(this.width, type, from, to, nth, 0));
    if (!fate) return 0;
    for (const index of fate.indices) this.found(index);
    this.copyAfter = fate.copyAfter;
    return fate.extra;
  }

  stepping(type: number, from: number, to: number, nth: number, copy: number): number {
    if (this.cuts.size === 0) return allEffects;
    const index = this.cuts.get(eventKey(this.width, type, from, to, nth, copy));
    if (index === undefined) return allEffects;
    const cut = this.deviations[index] as Extract<Deviation, { kind: 'disk' }>;
    this.found(index);
    this.simulation.downFor = cut.for;
    if (cut.torn) this.simulation.tearLastWrite();
    return cut.keep;
  }

  stepped(type: number, from: number, to: number, nth: number, copy: number): void {
    if (this.strikes.size === 0) return;
    const indices = this.strikes.get(eventKey(this.width, type, from, to, nth, copy));
    if (!indices) return;
    for (const index of indices) {
      if (strike(this.simulation, this.deviations[index] as Deviation)) this.found(index);
    }
  }

  invoking(_client: number, call: CallId): void {
    for (const index of this.calls.get(call) ?? []) {
      if (disturbClient(this.simulation, this.deviations[index] as Deviation)) this.found(index);
    }
  }
}

/** Inflicts a deviation that strikes just after an event; false when there is nothing to strike. */
export function strike(simulation: Stage, deviation: Deviation): boolean {
  const names = simulation.participants;
  const nodes = simulation.nodes.length;
  const indexOf = (name: string) => {
    const index = names.indexOf(name);
    return index < nodes ? index : -1;
  };
  switch (deviation.kind) {
    case 'crash': {
      const victims = deviation.nodes.map(indexOf).filter((index) => index >= 0);
      return simulation.crash(victims, deviation.for) > 0;
    }
    case 'pause':
      return simulation.pause(indexOf(deviation.node), deviation.for);
    case 'slow':
      return simulation.slow(indexOf(deviation.node), deviation.for, deviation.by);
    case 'jump':
      return simulation.jumpClock(indexOf(deviation.node), deviation.by);
    case 'drift':
      return simulation.setClockRate(indexOf(deviation.node), deviation.rate);
    case 'hold': {
      const from = names.indexOf(deviation.from);
      const to = names.indexOf(deviation.to);
      if (from < 0 || to < 0) return false;
      simulation.hold(from, to, deviation.for);
      return true;
    }
    case 'partition': {
      const links = linksCut(deviation.groups, names.slice(0, nodes));
      simulation.cut(links, deviation.for);
      return links.length > 0;
    }
    case 'one-way': {
      const links = deviation.from.flatMap((from) =>
        deviation.to.map((to): [number, number] => [indexOf(from), indexOf(to)]),
      );
      const known = links.filter(([from, to]) => from >= 0 && to >= 0 && from !== to);
      simulation.cut(known, deviation.for);
      return known.length > 0;
    }
    default:
      return false;
  }
}

/** Inflicts a deviation on the client that is about to make the call it names; false when it names no node. */
export function disturbClient(simulation: Stage, deviation: Deviation): boolean {
  switch (deviation.kind) {
    case 'give-up':
      return simulation.giveUpAfter(deviation.call, deviation.after);
    case 'retry': {
      const node = simulation.nodes.findIndex(({ id }) => id === deviation.node);
      return node >= 0 && simulation.retryAfter(deviation.call, deviation.after, node);
    }
    case 'die':
      return simulation.dieAfter(deviation.call, deviation.after);
    default:
      return false;
  }
}

function append<K>(map: Map<K, number[]>, key: K, index: number): void {
  const list = map.get(key);
  if (list) list.push(index);
  else map.set(key, [index]);
}
