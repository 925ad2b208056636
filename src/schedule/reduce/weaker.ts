/** What can stand in a deviation's place: a weaker fault for one, one stronger fault for two. */

import { type EventRef, sourceOf, type Trace } from '../../kernel/trace.ts';
import { clientOf } from '../../kernel/workload.ts';
import { latency } from '../../kernel/world.ts';
import type { Nemesis } from '../nemeses.ts';
import { type Deviation, faultOf } from '../schedule.ts';

/** At most so many messages are tried in the place of a fault that hit many. */
const mostMessages = 6;

/** How the run that a deviation belongs to went. */
export interface Circumstances {
  /** True time at which the deviation struck. */
  readonly moment: number;
  readonly trace: () => Trace;
  readonly nemeses: readonly Nemesis[];
}

/** The deviation within the bounds of its fault; undefined where the model has no such fault. */
function within(deviation: Deviation, nemeses: readonly Nemesis[]): Deviation | undefined {
  const nemesis = nemeses.find(({ fault }) => fault === faultOf[deviation.kind]);
  if (!nemesis) return undefined;
  const { most = Number.POSITIVE_INFINITY, late = Number.POSITIVE_INFINITY } = nemesis.bounds;
  switch (deviation.kind) {
    case 'delay':
      return { ...deviation, by: Math.min(deviation.by, most) };
    case 'slow':
      return { ...deviation, for: Math.min(deviation.for, most), by: Math.min(deviation.by, late) };
    case 'hold':
    case 'partition':
    case 'one-way':
    case 'crash':
    case 'disk':
    case 'pause':
      return { ...deviation, for: Math.min(deviation.for, most) };
    default:
      return deviation;
  }
}

function* allWithin(candidates: Iterable<Deviation>, nemeses: readonly Nemesis[]): Generator<Deviation> {
  for (const candidate of candidates) {
    const deviation = within(candidate, nemeses);
    if (deviation) yield deviation;
  }
}

/** Weaker or plainer faults that may do as much harm, the weakest first. */
export function* weakerThan(deviation: Deviation, circumstances: Circumstances): Generator<Deviation> {
  yield* allWithin(candidates(deviation, circumstances), circumstances.nemeses);
}

function* candidates(deviation: Deviation, circumstances: Circumstances): Generator<Deviation> {
  switch (deviation.kind) {
    case 'drop':
      yield { kind: 'delay', message: deviation.message, by: 1000 };
      return;
    case 'disk': {
      const { at, for: span } = deviation;
      yield* pauses(at, at.to, span);
      yield { kind: 'crash', at, nodes: [at.to], for: span };
      if (deviation.torn) {
        const { torn, ...whole } = deviation;
        yield whole;
      }
      return;
    }
    case 'crash': {
      const { at, nodes, for: span } = deviation;
      for (const node of nodes) {
        yield* pauses(at, node, span);
        if (nodes.length > 1) yield { kind: 'crash', at, nodes: [node], for: span };
      }
      if (nodes.length > 2) {
        for (const node of nodes) yield { ...deviation, nodes: nodes.filter((other) => other !== node) };
      }
      return;
    }
    case 'partition': {
      yield* oneMessage(deviation, circumstances);
      const { at, groups, for: span } = deviation;
      if (groups.length !== 2) return;
      const [left = [], right = []] = groups;
      yield { kind: 'one-way', at, from: left, to: right, for: span };
      yield { kind: 'one-way', at, from: right, to: left, for: span };
      for (const from of left) {
        for (const to of right) {
          yield { kind: 'hold', at, from, to, for: span };
          yield { kind: 'hold', at, from: to, to: from, for: span };
        }
      }
      return;
    }
    case 'one-way':
      yield* oneMessage(deviation, circumstances);
      for (const from of deviation.from) {
        for (const to of deviation.to) yield { kind: 'hold', at: deviation.at, from, to, for: deviation.for };
      }
      return;
    case 'hold':
    case 'slow':
    case 'pause':
      yield* oneMessage(deviation, circumstances);
      return;
    default:
      return;
  }
}

/** As long as the node was down, and longer: what came in that time was lost, and is only put off now. */
function* pauses(at: EventRef, node: string, span: number): Generator<Deviation> {
  for (const time of new Set([Math.max(1, span), 1000])) yield { kind: 'pause', at, node, for: time };
}

/** One message late or lost instead of all that the fault kept up. */
function* oneMessage(
  deviation: Extract<Deviation, { kind: 'partition' | 'one-way' | 'hold' | 'slow' | 'pause' }>,
  { moment, trace }: Circumstances,
): Generator<Deviation> {
  const end = moment + deviation.for;
  let found = 0;
  for (const step of trace()) {
    if (step.time < moment || step.time > end + latency) continue;
    if (found >= mostMessages) return;
    if (step.kind === 'undelivered' && step.why === 'partition') {
      if (deviation.kind !== 'partition' && deviation.kind !== 'one-way') continue;
      const { copy, ...message } = step.ref;
      found++;
      yield { kind: 'delay', message, by: 1000 };
      yield { kind: 'drop', message };
    } else if (step.kind === 'sent' && step.at !== 'lost' && step.ref.from !== step.ref.to) {
      const { from, to } = step.ref;
      const late =
        deviation.kind === 'hold'
          ? from === deviation.from && to === deviation.to
          : deviation.kind === 'slow'
            ? from === deviation.node || to === deviation.node
            : deviation.kind === 'pause' && (to === deviation.node || from === deviation.node);
      if (!late) continue;
      found++;
      const by = deviation.kind === 'slow' ? deviation.by : Math.max(1, Math.ceil(end - step.time));
      yield { kind: 'delay', message: step.ref, by };
    }
  }
}

/** Single deviations that may do what two did. */
export function* insteadOfBoth(
  one: Deviation,
  other: Deviation,
  nodes: readonly string[],
  { trace, nemeses }: Circumstances,
): Generator<Deviation> {
  yield* allWithin(joined(one, other, nodes), nemeses);
  if (!('message' in one) || !('message' in other)) return;
  yield* allWithin(aroundMessages(one.message, other.message, nodes, trace()), nemeses);
}

/** Two messages that went astray may have had a sender, a receiver or a link in common that failed. */
function* aroundMessages(
  one: EventRef,
  other: EventRef,
  nodes: readonly string[],
  trace: Trace,
): Generator<Deviation> {
  const sent = trace.findIndex((step) => step.kind === 'sent' && sourceOf(step.ref) === sourceOf(one));
  // What a step sends stands before it in a trace.
  const sender = trace.slice(sent).find((step) => step.kind === 'step' && step.node === one.from);
  if (sent < 0 || sender?.kind !== 'step') return;
  const at = sender.cause;
  const earlier = trace.slice(0, sent).findLast((step) => step.kind === 'step' && step.node === one.from);
  // What holds or slows messages down must strike before they are sent.
  const before = earlier?.kind === 'step' ? earlier.cause : at;
  if (one.from === other.from && one.to === other.to)
    yield { kind: 'hold', at: before, from: one.from, to: one.to, for: 1000 };
  const shared = [
    ...(one.from === other.from ? [one.from] : []),
    ...(one.to === other.to ? [one.to] : []),
  ].filter((name) => nodes.includes(name));
  for (const node of shared) {
    const rest = nodes.filter((name) => name !== node);
    yield { kind: 'crash', at, nodes: [node], for: 0 };
    // Just long enough to catch what is under way, or as long as can be.
    for (const span of [latency + 5, 1000]) {
      yield { kind: 'pause', at, node, for: span };
      yield { kind: 'slow', at: before, node, by: 200, for: span };
      yield { kind: 'one-way', at, from: [node], to: rest, for: span };
      yield { kind: 'one-way', at, from: rest, to: [node], for: span };
      yield { kind: 'partition', at, groups: [[node], rest], for: span };
    }
  }
}

function* joined(one: Deviation, other: Deviation, nodes: readonly string[]): Generator<Deviation> {
  const most = 1000;
  switch (one.kind) {
    case 'delay':
      if (one.by < most) yield { ...one, by: most };
      yield { kind: 'drop', message: one.message };
      return;
    case 'crash': {
      if (other.kind === 'crash' || other.kind === 'disk') {
        const victims = other.kind === 'crash' ? other.nodes : [other.at.to];
        yield { ...one, nodes: nodes.filter((node) => one.nodes.includes(node) || victims.includes(node)) };
      }
      if (one.nodes.length < nodes.length) yield { ...one, nodes };
      if (one.for < 200) yield { ...one, for: 200 };
      return;
    }
    case 'disk':
      if (other.kind === 'crash' || other.kind === 'disk') {
        const victims = other.kind === 'crash' ? other.nodes : [other.at.to];
        const both = nodes.filter((node) => node === one.at.to || victims.includes(node));
        yield { kind: 'crash', at: one.at, nodes: both, for: one.for };
      }
      if (one.for < 200) yield { ...one, for: 200 };
      return;
    case 'partition':
    case 'one-way':
    case 'hold':
    case 'pause':
    case 'slow':
      if (one.for < most) yield { ...one, for: most };
      return;
    case 'retry':
    case 'give-up':
      if ('call' in other && clientOf(other.call) === clientOf(one.call))
        yield { kind: 'die', call: one.call, after: one.after };
      return;
    default:
      return;
  }
}
