/** The chain of causes: what happened before the violation and led to it, the lines that tell most, in order. */
import type { Effect } from '../kernel/effects.ts';
import type { Trace, TraceStep } from '../kernel/trace.ts';
import { latency } from '../kernel/world.ts';
import { causalCone } from './causes.ts';
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
  const lines: Line[] = [];
  const told = new Set<string>();
  for (let index = 0; index < trace.length; index++) {
    const line = lineOf(trace, index, cone.has(index), ends.includes(index));
    // The same words at the same moment, or a heartbeat that says the same again, tell nothing new.
    if (!line || told.has(line.text)) continue;
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

function lineOf(trace: Trace, index: number, inCone: boolean, isEnd: boolean): Line | undefined {
  const step = trace[index] as TraceStep;
  switch (step.kind) {
    case 'fault':
      return step.fault === 'calm' || step.fault === 'restart'
        ? undefined
        : { index, weight: 9, text: faultInWords(trace, index) };
    case 'client': {
      if (step.what === 'retry' || step.what === 'late reply') return undefined;
      return inCone || step.what === 'info' || step.what === 'dies'
        ? { index, weight: isEnd ? 10 : 8, text: clientInWords(step) }
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
      const changes = changesOf(trace, index);
      const notes = notesOf(step.effects);
      if (changes.length === 0 && notes === '' && !isEnd) return undefined;
      const weight = isEnd ? 10 : notes !== '' ? 7 : changes.some(isOnDisk) ? 6 : 3;
      return { index, weight, text: stepLine(step, changes, notes) };
    }
  }
}

function stepLine(
  step: Extract<TraceStep, { kind: 'step' }>,
  changes: readonly Change[],
  notes: string,
): string {
  const { event, from, to } = step.cause;
  const cut = step.cutAfter === undefined ? '' : ', and crashes within this step';
  const what =
    from === to && step.payload === null
      ? `${to}  ${event === 'start' ? 'starts' : `${event} timer`}`
      : event === 'request'
        ? `${from}→${to}  ${requestInWords(step.payload)}`
        : from === to
          ? `${to}  ${event} ${payloadInWords(step.payload)}`
          : `${from}→${to}  ${event} ${payloadInWords(step.payload)}`;
  const effect = changes.length === 0 ? '' : ` ⇒ ${to}: ${tersely(changes)}`;
  return `${what.trimEnd()}${effect}${notes}${cut}`;
}

/** The few changes that tell most: on disk before in memory, short before long. */
export function tersely(changes: readonly Change[], most = 2): string {
  const ranked = [...changes].sort(
    (a, b) => Number(isOnDisk(b)) - Number(isOnDisk(a)) || a.path.length - b.path.length,
  );
  const words = ranked.slice(0, most).map((change) => changeInWords(change, 32));
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

export function clientInWords(step: Extract<TraceStep, { kind: 'client' }>): string {
  const { client, what, f, value } = step;
  const key = step.key === undefined ? '' : ` ${step.key}`;
  const argument = value === null ? '' : ` ${shown(value)}`;
  switch (what) {
    case 'invoke':
      return `${client}  begins ${f}${key}${argument}`;
    case 'ok':
      return `${client}  ${f}${key} is done${value === null ? '' : `: ${shown(value)}`}`;
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

function faultInWords(trace: Trace, index: number): string {
  const step = trace[index] as Extract<TraceStep, { kind: 'fault' }>;
  const { fault, nodes, detail } = step;
  switch (fault) {
    case 'crash': {
      const lost = nodes.flatMap((node) =>
        forgotten(trace, index, node)
          .filter(isOnDisk)
          .map((change) => ({ ...change, path: `${node}: ${change.path}` })),
      );
      const forgets =
        lost.length === 0 ? '' : ` and forget${nodes.length > 1 ? '' : 's'} ${tersely(lost, 3)}`;
      return `${all(nodes)} crash${nodes.length > 1 ? '' : 'es'}, ${detail.replace('until', 'down until')} ms${forgets}`;
    }
    case 'pause':
      return `${all(nodes)} stops ${detail} ms`;
    case 'clock':
      return `the clock of ${all(nodes)} ${detail}`;
    case 'slow':
      return `${all(nodes)} is slow ${detail} ms`;
    case 'hold':
      return `messages ${nodes.join('→')} are held back ${detail} ms`;
    default:
      return `${fault} ${all(nodes)} ${detail}`.replace(/ +/g, ' ');
  }
}
