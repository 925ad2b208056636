/** The chain of causes: what happened before the violation and led to it, the lines that tell most, in order. */
import type { Effect } from '../kernel/effects.ts';
import type { NodeStep, Trace, TraceStep } from '../kernel/trace.ts';
import { latency } from '../kernel/world.ts';
import { causalCone, replyTo } from './causes.ts';
import { type Change, changeInWords } from './diff.ts';
import { changesOf, forgotten, isOnDisk } from './states.ts';
import { all, payloadInWords, shown } from './words.ts';

interface Line {
  readonly index: number;
  readonly weight: number;
  readonly text: string;
}

/** At most so many lines of what led to the entries `ends`, each with its time. */
export function chainOfCauses(trace: Trace, ends: readonly number[], most: number): string[] {
  const cone = causalCone(trace, ends);
  const clientsMatter = ends.some((index) => trace[index]?.kind === 'client');
  const lines: Line[] = [];
  const told = new Set<string>();
  for (let index = 0; index < trace.length; index++) {
    const line = lineOf(trace, index, cone.has(index), ends.includes(index), clientsMatter);
    if (!line) continue;
    // A heartbeat that says the same again tells nothing new.
    const { kind } = trace[index] as TraceStep;
    if (kind !== 'client' && kind !== 'fault' && told.has(line.text)) continue;
    told.add(line.text);
    lines.push(line);
  }
  const chosen = [...lines]
    .sort((a, b) => b.weight - a.weight || b.index - a.index)
    .slice(0, most)
    .sort((a, b) => a.index - b.index);
  const last = chosen.at(-1);
  const width = String(Math.floor(last ? (trace[last.index] as TraceStep).time : 0)).length;
  return chosen.map(
    ({ index, text }) => `${String(Math.floor((trace[index] as TraceStep).time)).padStart(width)}  ${text}`,
  );
}

function lineOf(
  trace: Trace,
  index: number,
  inCone: boolean,
  isEnd: boolean,
  clientsMatter: boolean,
): Line | undefined {
  const step = trace[index] as TraceStep;
  switch (step.kind) {
    case 'fault':
      return step.fault === 'calm' || step.fault === 'restart'
        ? undefined
        : { index, weight: 9, text: faultInWords(trace, index) };
    case 'client': {
      if (step.what === 'retry' || step.what === 'late reply') return undefined;
      return inCone || step.what === 'info' || step.what === 'dies'
        ? { index, weight: isEnd ? 10 : clientsMatter ? 8 : 3.2, text: clientInWords(trace, index) }
        : undefined;
    }
    case 'sent': {
      const { event, from, to } = step.ref;
      const late = step.at === 'lost' ? 0 : step.at - step.time - latency;
      if (step.at !== 'lost' && (late <= 0 || from === to)) return undefined;
      const fate = step.at === 'lost' ? 'is lost' : `will be ${Math.round(late)} ms late`;
      return { index, weight: 4, text: `${from}→${to}  ${event} ${payloadInWords(step.payload)} ${fate}` };
    }
    case 'undelivered': {
      const { event, from, to } = step.ref;
      const why = step.why === 'down' ? `${to} is down` : 'the network is split';
      return { index, weight: from === to ? 1 : 3.5, text: `${from}→${to}  ${event} is lost: ${why}` };
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
      return { index, weight, text: stepLine(step, changes, notes) };
    }
  }
}

const arrow = ' ⇒ ';

function stepLine(step: NodeStep, changes: readonly Change[], notes: string): string {
  const { event, from, to } = step.cause;
  const cut = step.cutAfter === undefined ? '' : ', and crashes within this step';
  const effect = changes.length === 0 ? '' : `${arrow}${tersely(changes)}`;
  return `${causeInWords(step, effect === '' ? 60 : 34).trimEnd()}${effect}${notes}${cut}`;

  function causeInWords({ payload }: NodeStep, most: number): string {
    if (from === to && payload === null) return `${to}  ${event === 'start' ? 'starts' : `${event} timer`}`;
    if (event === 'request') return `${from}→${to}  ${requestInWords(payload)}`;
    return `${from === to ? to : `${from}→${to}`}  ${event} ${payloadInWords(payload, most)}`;
  }
}

/** The few changes that tell most: on disk before in memory, short before long. */
export function tersely(changes: readonly Change[], most = 2): string {
  const ranked = [...changes].sort(
    (a, b) => Number(isOnDisk(b)) - Number(isOnDisk(a)) || a.path.length - b.path.length,
  );
  const words = ranked.slice(0, most).map((change) => changeInWords(change, 28));
  return `${words.join(', ')}${changes.length > most ? ', …' : ''}`;
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
  return `asks to ${f}${key}${call.input === null ? '' : ` ${shown(call.input)}`}`;
}

/** A call is told with the node that it went to, an answer with the node that it came from. */
function clientInWords(trace: Trace, index: number): string {
  const step = trace[index] as Extract<TraceStep, { kind: 'client' }>;
  const { client, what, f, value } = step;
  const key = step.key === undefined ? '' : ` ${step.key}`;
  const argument = value === null ? '' : ` ${shown(value)}`;
  switch (what) {
    case 'invoke': {
      const next = trace[index + 1];
      const to = next?.kind === 'sent' && next.ref.from === client ? `→${next.ref.to}` : '';
      return `${client}${to}  calls ${f}${key}${argument}`;
    }
    case 'ok': {
      const reply = trace[replyTo(trace, index, step.call) ?? -1];
      const from = reply?.kind === 'sent' ? `${reply.ref.from}→` : '';
      return `${from}${client}  ${f}${key} is done${value === null ? '' : `: ${shown(value)}`}`;
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
export function lostInWords(changes: readonly Change[], most = 2): string {
  const had = changes.filter((change) => 'before' in change && change.before !== null);
  const ranked = (had.length > 0 ? had : [...changes]).sort((a, b) => a.path.length - b.path.length);
  return all(ranked.slice(0, most).map(({ path, before, after }) => `${path} ${shown(before ?? after, 32)}`));
}

function faultInWords(trace: Trace, index: number): string {
  const step = trace[index] as Extract<TraceStep, { kind: 'fault' }>;
  const { fault, nodes, detail } = step;
  switch (fault) {
    case 'crash': {
      const lost = nodes.flatMap((node) => {
        const changes = forgotten(trace, index, node).filter(isOnDisk);
        return changes.length === 0 ? [] : [`${nodes.length > 1 ? `${node}'s ` : ''}${lostInWords(changes)}`];
      });
      const [crash, are] = nodes.length > 1 ? ['crash', 'are'] : ['crashes', 'is'];
      const until = Number(/\d+/.exec(detail)?.[0] ?? 0);
      const back = until <= step.time ? `${are} back at once` : `${are} back at ${until} ms`;
      const forgets = lost.length === 0 ? '' : `, having forgotten ${lost.join(', ')}`;
      return `${all(nodes)} ${crash}, ${back}${forgets}`;
    }
    case 'pause':
      return `${all(nodes)} stops ${detail} ms`;
    case 'clock':
      return `the clock of ${all(nodes)} ${detail}`;
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
