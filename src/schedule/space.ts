/**
 * Every single deviation that could have befallen a run: the fates of the messages it sent, the strikes after (and
 * within) the events it handled, the moods of its clients. Magnitudes come from a grid, bounded by the nemeses.
 */
import type { EventRef, Trace } from '../kernel/trace.ts';
import { callId } from '../kernel/workload.ts';
import type { FaultKind } from '../kernel/world.ts';
import type { Nemesis } from './nemeses.ts';
import type { Deviation, Schedule } from './schedule.ts';

/** Milliseconds that are tried for each kind of magnitude. */
export interface Grid {
  readonly delays: readonly number[];
  readonly copies: readonly number[];
  /** How long pauses, splits and held links last. */
  readonly spans: readonly number[];
  /** How long a crashed node stays down. */
  readonly downs: readonly number[];
  readonly clientWaits: readonly number[];
  /** By how much wall clocks jump, either way. */
  readonly jumps: readonly number[];
}

export interface Space {
  readonly nemeses: readonly Nemesis[];
  readonly grid: Grid;
  /** Only these kinds, when given. */
  readonly kinds?: readonly Deviation['kind'][];
  readonly clientsRetry: boolean;
  /** Only strikes that concern the node (or client) whose event they follow. */
  readonly close?: boolean;
}

/** The deviations that could have befallen the run of `schedule` that left this trace. */
export function* singleDeviations(schedule: Schedule, trace: Trace, space: Space): Generator<Deviation> {
  const wanted = new Set<Deviation['kind']>(space.kinds ?? []);
  for (const deviation of all(schedule, trace, new Bounds(space))) {
    if (wanted.size === 0 || wanted.has(deviation.kind)) yield deviation;
  }
}

class Bounds {
  readonly grid: Grid;
  readonly clientsRetry: boolean;
  readonly close: boolean;
  private readonly nemeses: readonly Nemesis[];

  constructor({ nemeses, grid, clientsRetry, close = false }: Space) {
    this.nemeses = nemeses;
    this.close = close;
    this.grid = grid;
    this.clientsRetry = clientsRetry;
  }

  has(fault: FaultKind): boolean {
    return this.nemeses.some((nemesis) => nemesis.fault === fault);
  }

  bound(fault: FaultKind, name: string): number {
    return this.nemeses.find((nemesis) => nemesis.fault === fault)?.bounds[name] ?? 0;
  }

  within(values: readonly number[], fault: FaultKind, name = 'most'): number[] {
    const most = this.bound(fault, name);
    return [...new Set(values.map((value) => Math.min(value, most)))];
  }
}

function* all(schedule: Schedule, trace: Trace, bounds: Bounds): Generator<Deviation> {
  const { duration } = schedule;
  for (const step of trace) {
    if (step.time >= duration) continue;
    if (step.kind === 'sent') {
      if (step.ref.from !== step.ref.to) yield* fates(step.ref, bounds);
      if (step.ref.event === 'reply' && step.at !== 'lost' && step.at < duration)
        yield* strikes(step.ref, schedule, bounds);
    } else if (step.kind === 'step') {
      const effects = step.effects.filter(({ kind }) => kind !== 'setTimer' && kind !== 'clearTimer').length;
      if (bounds.has('disk')) {
        for (let keep = 0; keep < effects; keep++) {
          for (const span of bounds.within(bounds.grid.downs, 'disk'))
            yield { kind: 'disk', at: step.cause, keep, for: span };
        }
      }
      yield* strikes(step.cause, schedule, bounds);
    }
  }
  yield* moods(schedule, bounds);
}

function* fates(message: EventRef, bounds: Bounds): Generator<Deviation> {
  if (bounds.has('drop')) yield { kind: 'drop', message };
  if (bounds.has('reorder')) {
    for (const by of bounds.within(bounds.grid.delays, 'reorder')) yield { kind: 'delay', message, by };
  }
  if (bounds.has('duplicate')) {
    for (const after of bounds.within(bounds.grid.copies, 'duplicate'))
      yield { kind: 'duplicate', message, after };
  }
}

/** All that can strike just after an event. */
function* strikes(at: EventRef, schedule: Schedule, bounds: Bounds): Generator<Deviation> {
  const { grid } = bounds;
  const nodes = Array.from({ length: schedule.nodes }, (_, index) => `n${index + 1}`);
  if (bounds.has('crash')) {
    for (const span of bounds.within(grid.downs, 'crash')) {
      for (const victims of subsets(nodes)) {
        if (!bounds.close || victims.includes(at.to)) yield { kind: 'crash', at, nodes: victims, for: span };
      }
    }
  }
  for (const node of nodes) {
    if (bounds.close && node !== at.to) continue;
    if (bounds.has('pause')) {
      for (const span of bounds.within(grid.spans, 'pause')) yield { kind: 'pause', at, node, for: span };
    }
    if (bounds.has('slow')) {
      const [late = 0] = bounds.within([200], 'slow', 'late');
      for (const span of bounds.within(grid.spans, 'slow')) {
        for (const by of new Set([Math.min(30, late), late])) yield { kind: 'slow', at, node, by, for: span };
      }
    }
    if (bounds.has('clock')) yield* clocks(at, node, bounds);
    if (bounds.has('partition') && nodes.length > 1) {
      const rest = nodes.filter((other) => other !== node);
      for (const span of bounds.within(grid.spans, 'partition')) {
        yield { kind: 'partition', at, groups: [[node], rest], for: span };
        yield { kind: 'one-way', at, from: [node], to: rest, for: span };
        yield { kind: 'one-way', at, from: rest, to: [node], for: span };
      }
    }
  }
  if (!bounds.has('reorder')) return;
  const clients = schedule.clients.map((_, index) => `c${index + 1}`);
  for (const from of [...nodes, ...clients]) {
    for (const to of [...nodes, ...clients]) {
      if (from === to || (from.startsWith('c') && to.startsWith('c'))) continue;
      if (bounds.close && from !== at.to && to !== at.to) continue;
      for (const span of bounds.within(grid.spans, 'reorder'))
        yield { kind: 'hold', at, from, to, for: span };
    }
  }
}

function* clocks(at: EventRef, node: string, bounds: Bounds): Generator<Deviation> {
  for (const jump of bounds.within(bounds.grid.jumps, 'clock', 'jump')) {
    for (const by of jump > 0 ? [jump, -jump] : []) yield { kind: 'jump', at, node, by };
  }
  const drift = bounds.bound('clock', 'drift');
  for (const rate of drift > 0 ? [1 + drift, 1 - drift] : []) yield { kind: 'drift', at, node, rate };
}

function* moods(schedule: Schedule, bounds: Bounds): Generator<Deviation> {
  if (!bounds.has('client')) return;
  for (let client = 0; client < schedule.clients.length; client++) {
    for (let index = 0; index < (schedule.clients[client]?.length ?? 0); index++) {
      const call = callId(client, index);
      for (const after of bounds.grid.clientWaits) {
        yield { kind: 'give-up', call, after };
        yield { kind: 'die', call, after };
        if (!bounds.clientsRetry) continue;
        for (let node = 1; node <= schedule.nodes; node++)
          yield { kind: 'retry', call, node: `n${node}`, after };
      }
    }
  }
}

/** Single nodes first, then pairs, up to all. */
function subsets(nodes: readonly string[]): string[][] {
  const found: string[][] = [];
  for (let bits = 1; bits < 1 << nodes.length; bits++)
    found.push(nodes.filter((_, index) => bits & (1 << index)));
  return found.sort((a, b) => a.length - b.length);
}
