/** The chain of causes: what happened before the violation and led to it, the lines that tell most, in order. */
import type { Effect } from '../kernel/effects.ts';
import type { NodeStep, Trace, TraceStep } from '../kernel/trace.ts';
import { latency } from '../kernel/world.ts';
import { causalCone, replyTo } from './causes.ts';
import { type Change, changeInWords } from './diff.ts';
import { cut, fitting, widthOf } from './fit.ts';
import { changesOf, forgotten, isOnDisk } from './states.ts';
import { all, payloadInWords, shown } from './words.ts';

interface Line {
  readonly index: number;
  readonly weight: number;
  readonly text: string;
}

export interface ChainOptions {
  /** At most so many lines. */
  readonly most: number;
  /** Columns of a line. */
  readonly width: number;
  /** Functions that only read: null is an answer of theirs. */
  readonly reads: readonly string[];
}

/** What led to the entries `ends`, each line with its time. */
export function chainOfCauses(
  trace: Trace,
  ends: readonly number[],
  { most, width, reads }: ChainOptions,
): string[] {
  const digits = String(Math.floor(Math.max(0, ...ends.map((index) => timeOf(trace, index))))).length;
  const told: Telling = {
    trace,
    cone: causalCone(trace, ends),
    ends: new Set(ends),
    clientsMatter: ends.some((index) => trace[index]?.kind === 'client'),
    reads,
    room: width - digits - 2,
  };
  return linesOf(told)
    .sort((a, b) => b.weight - a.weight || b.index - a.index)
    .slice(0, most)
    .sort((a, b) => a.index - b.index)
    .map(({ index, text }) => `${String(Math.floor(timeOf(trace, index))).padStart(digits)}  ${text}`);
}

const timeOf = (trace: Trace, index: number): number => (trace[index] as TraceStep).time;

interface Telling {
  readonly trace: Trace;
  readonly cone: ReadonlySet<number>;
  readonly ends: ReadonlySet<number>;
  readonly clientsMatter: boolean;
  readonly reads: readonly string[];
  /** Columns for a line without its time. */
  readonly room: number;
}

function linesOf(told: Telling): Line[] {
  const lines: Line[] = [];
  const known = new Set<string>();
  /** By what a line repeats with other numbers: its place. */
  const alike = new Map<string, number>();
  for (let index = 0; index < told.trace.length; index++) {
    const line = lineOf(told, index);
    if (!line) continue;
    const step = told.trace[index] as TraceStep;
    // A heartbeat that says the same again tells nothing new.
    if (step.kind !== 'client' && step.kind !== 'fault' && known.has(line.text)) continue;
    known.add(line.text);
    // Of a counter that goes on, only where it got to.
    const same = step.kind === 'step' && line.weight < 4 ? likenessOf(step, told.trace, index) : undefined;
    const before = same === undefined ? undefined : alike.get(same);
    if (before !== undefined) lines[before] = { ...(lines[before] as Line), weight: 0 };
    if (same !== undefined) alike.set(same, lines.length);
    lines.push(line);
  }
  return lines.filter(({ weight }) => weight > 0);
}

const likenessOf = (step: NodeStep, trace: Trace, index: number): string =>
  [step.node, step.cause.event, step.cause.from, ...changesOf(trace, index).map(({ path }) => path)].join(
    ' ',
  );

function lineOf(told: Telling, index: number): Line | undefined {
  const { trace, clientsMatter, room } = told;
  const [inCone, isEnd] = [told.cone.has(index), told.ends.has(index)];
  const step = trace[index] as TraceStep;
  switch (step.kind) {
    case 'fault':
      return step.fault === 'calm' || step.fault === 'restart'
        ? undefined
        : { index, weight: 9, text: faultInWords(trace, index, room) };
    case 'client': {
      if (step.what === 'retry' || step.what === 'late reply') return undefined;
      return inCone || step.what === 'info' || step.what === 'dies'
        ? {
            index,
            weight: isEnd ? 10 : !clientsMatter ? 3.2 : step.what === 'invoke' ? 5 : 8,
            text: clientInWords(told, index),
          }
        : undefined;
    }
    case 'sent': {
      const { event, from, to } = step.ref;
      const late = step.at === 'lost' ? 0 : step.at - step.time - latency;
      if (step.at !== 'lost' && (late <= 0 || from === to)) return undefined;
      const fate = step.at === 'lost' ? 'is lost' : `will be ${Math.round(late)} ms late`;
      if (event === 'request') {
        const text = fitting(
          room,
          () => `${from}→${to}  the request to ${requestInWords(step.payload)} ${fate}`,
        );
        return { index, weight: 4, text };
      }
      const head = `${from}→${to}  ${event}`;
      const payload = payloadInWords(step.payload, room - head.length - fate.length - 2);
      return { index, weight: 4, text: [head, payload, fate].filter(Boolean).join(' ') };
    }
    case 'undelivered': {
      const { event, from, to } = step.ref;
      // What a node sends to itself is lost with it.
      if (from === to) return undefined;
      const why = step.why === 'down' ? `${to} is down` : 'the network is split';
      return { index, weight: 3.5, text: `${from}→${to}  ${event} is lost: ${why}` };
    }
    case 'step': {
      if (!inCone) return undefined;
      const notes = notesOf(step.effects);
      // What a restart finds is told with the crash; that a call is known is told by the call.
      const isTold = step.cause.event === 'start' || step.cause.event === 'request';
      const changes = changesOf(trace, index).filter((change) => !isTold || ('before' in change && !isEnd));
      if (step.cause.event === 'start' && notes === '') return undefined;
      if (changes.length === 0 && notes === '' && !isEnd) return undefined;
      const weight = isEnd ? 10 : notes !== '' ? 7 : changes.some(isOnDisk) ? 6 : 3;
      return { index, weight, text: stepLine(step, changes, notes, room) };
    }
  }
}

const arrow = ' ⇒ ';

/** Notes and changes tell more than the message; it gets the room that they leave. */
function stepLine(step: NodeStep, changes: readonly Change[], notes: string, room: number): string {
  const { event, from, to } = step.cause;
  const isTimer = from === to && step.payload === null;
  const head = isTimer
    ? `${to}  ${event === 'start' ? 'starts' : `${event} timer`}`
    : event === 'request'
      ? `${from}→${to}  asks to ${requestInWords(step.payload)}`
      : `${from === to ? to : `${from}→${to}`}  ${event}`;
  const tail = `${notes}${step.cutAfter === undefined ? '' : ', and crashes within this step'}`;
  const effect = (most: number, value: number) => () =>
    changes.length === 0 ? '' : `${arrow}${tersely(changes, most, value)}`;
  const left = room - widthOf(head) - widthOf(tail);
  const change = fitting(Math.max(left, 0), effect(2, 28), effect(2, 16), effect(1, 28), effect(1, 16));
  const spare = left - widthOf(change) - 1;
  const payload =
    isTimer || event === 'request' || spare < leastForPayload
      ? ''
      : ` ${payloadInWords(step.payload, Math.min(spare, 60))}`.trimEnd();
  return cut(`${head}${payload}${change}${tail}`, room);
}

/** Less of a message than this many characters says nothing. */
const leastForPayload = 16;

/** The few changes that tell most: on disk before in memory, short before long. */
export function tersely(changes: readonly Change[], most = 2, value = 28): string {
  const ranked = [...changes].sort(
    (a, b) => Number(isOnDisk(b)) - Number(isOnDisk(a)) || a.path.length - b.path.length,
  );
  const words = ranked.slice(0, most).map((change) => changeInWords(change, value));
  const more = changes.length > most ? (words.at(-1)?.endsWith('…') ? '' : ', …') : '';
  return `${words.join(', ')}${more}`;
}

export const notesOf = (effects: readonly Effect[]): string =>
  effects
    .flatMap((effect) =>
      effect.kind === 'note' && effect.value !== null ? [` ‹${effect.name} ${shown(effect.value)}›`] : [],
    )
    .join('');

function requestInWords(payload: unknown): string {
  const { f, call } = payload as { f: string; call: { input: unknown; key: string } };
  const key = call.key === '' ? '' : ` ${call.key}`;
  return `${f}${key}${call.input === null ? '' : ` ${shown(call.input)}`}`;
}

/** A call is told with the node that it went to, an answer with the node that it came from. */
function clientInWords({ trace, reads, room }: Telling, index: number): string {
  const step = trace[index] as Extract<TraceStep, { kind: 'client' }>;
  const { client, what, f, value } = step;
  const key = step.key === undefined ? '' : ` ${step.key}`;
  const argument = value === null ? '' : ` ${shown(value)}`;
  switch (what) {
    case 'invoke': {
      const next = trace[index + 1];
      const to = next?.kind === 'sent' && next.ref.from === client ? `→${next.ref.to}` : '';
      return cut(`${client}${to}  calls ${f}${key}${argument}`, room);
    }
    case 'ok': {
      const reply = trace[replyTo(trace, index, step.call) ?? -1];
      const from = reply?.kind === 'sent' ? `${reply.ref.from}→` : '';
      const answer = value === null && !reads.includes(f) ? '' : `: ${shown(value)}`;
      const call = trace.find((other) => other.kind === 'client' && other.call === step.call);
      const input = call?.kind === 'client' && call.value !== null ? ` ${shown(call.value)}` : '';
      return fitting(
        room,
        () => `${from}${client}  ${f}${key}${input} is done${answer}`,
        () => `${from}${client}  ${f}${key} is done${answer}`,
      );
    }
    case 'fail':
      return `${client}  ${f}${key}${argument} is refused`;
    case 'info':
      return `${client}  gives up ${f}${key}${argument}: nobody knows its outcome`;
    case 'dies':
      return `${client}  dies during ${f}${key}${argument}`;
    default:
      return `${client}  ${what} ${f}${key}${argument}`;
  }
}

/** What was there before and is not any more: short paths first. */
export function lostInWords(changes: readonly Change[], most = 2, value = 32): string {
  const had = changes.filter((change) => 'before' in change && change.before !== null);
  const ranked = (had.length > 0 ? had : [...changes]).sort((a, b) => a.path.length - b.path.length);
  return all(
    ranked.slice(0, most).map(({ path, before, after }) => `${path} ${shown(before ?? after, value)}`),
  );
}

function faultInWords(trace: Trace, index: number, room: number): string {
  const step = trace[index] as Extract<TraceStep, { kind: 'fault' }>;
  const { fault, nodes, detail } = step;
  switch (fault) {
    case 'crash': {
      const lost = nodes
        .map((node) => ({ node, changes: forgotten(trace, index, node).filter(isOnDisk) }))
        .filter(({ changes }) => changes.length > 0);
      const [crash, are] = nodes.length > 1 ? ['crash', 'are'] : ['crashes', 'is'];
      const until = Number(/\d+/.exec(detail)?.[0] ?? 0);
      const back = until <= step.time ? `${are} back at once` : `${are} back at ${until} ms`;
      const forgetting = (most: number, value: number) => () => {
        const words = lost.map(
          ({ node, changes }) =>
            `${nodes.length > 1 ? `${node}'s ` : ''}${lostInWords(changes, most, value)}`,
        );
        const forgets = words.length === 0 ? '' : `, having forgotten ${words.join(', ')}`;
        return `${all(nodes)} ${crash}, ${back}${forgets}`;
      };
      const vaguely = () => `${all(nodes)} ${crash}, ${back}, having forgotten what was not made durable`;
      return fitting(
        room,
        forgetting(2, 32),
        forgetting(2, 16),
        forgetting(1, 32),
        forgetting(1, 16),
        vaguely,
      );
    }
    case 'pause':
      return `${all(nodes)} stops ${detail} ms`;
    case 'clock':
      return `the clock of ${all(nodes)} ${detail}${detail.startsWith('jumps') ? ' ms' : ''}`;
    case 'slow':
      return `${all(nodes)} is slow ${detail} ms`;
    case 'hold':
      return `messages ${nodes.join('→')} are held back ${detail} ms`;
    case 'partition':
      return splitInWords(detail);
    default:
      return `${fault} ${all(nodes)} ${detail}`.replace(/ +/g, ' ');
  }
}

/** `n1→n3 n3→n1 n2→n3 until 577` as `the network splits until 577 ms: n1 ↮ n3, n2 ↛ n3`. */
function splitInWords(detail: string): string {
  const [links = '', until = ''] = detail.split(' until ');
  const cut = links.split(' ');
  const told = cut.flatMap((link) => {
    const [from = '', to = ''] = link.split('→');
    if (!cut.includes(`${to}→${from}`)) return [`${from} ↛ ${to}`];
    return from < to ? [`${from} ↮ ${to}`] : [];
  });
  return `the network splits until ${until} ms: ${told.join(', ')}`;
}
