/** Schedules and traces in words: one phrase for each thing that can happen. */
import type { EventRef, TraceStep } from '../kernel/trace.ts';
import { clientOf } from '../kernel/workload.ts';
import type { Deviation } from '../schedule/schedule.ts';

const ordinal = (n: number): string => {
  const tail = n % 100;
  if (tail >= 11 && tail <= 13) return `${n}th`;
  return `${n}${['th', 'st', 'nd', 'rd'][n % 10] ?? 'th'}`;
};

/** "the 2nd 'vote' n1→n3", "the 1st 'election' of n2". */
export function eventInWords({ event, from, to, nth, copy }: EventRef): string {
  const again = copy ? 'the second copy of ' : '';
  const where = from === to ? `of ${from}` : `${from}→${to}`;
  return `${again}the ${ordinal(nth)} '${event}' ${where}`;
}

export const all = (names: readonly string[]): string =>
  names.length < 2 ? names.join() : `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`;

export function deviationInWords(deviation: Deviation): string {
  switch (deviation.kind) {
    case 'delay':
      return `${eventInWords(deviation.message)} arrives ${deviation.by} ms late`;
    case 'drop':
      return `${eventInWords(deviation.message)} is lost`;
    case 'duplicate':
      return `${eventInWords(deviation.message)} arrives again ${deviation.after} ms later`;
    case 'give-up':
      return `client c${clientOf(deviation.call) + 1} gives up call ${deviation.call} after ${deviation.after} ms`;
    case 'retry':
      return `client c${clientOf(deviation.call) + 1} sends call ${deviation.call} again, to ${deviation.node}, after ${deviation.after} ms`;
    case 'die':
      return `client c${clientOf(deviation.call) + 1} dies ${deviation.after} ms into call ${deviation.call}`;
    case 'disk': {
      const torn = deviation.torn ? ', its last write torn' : '';
      return `${deviation.at.to} crashes within its step for ${eventInWords(deviation.at)}, ${deviation.keep === 0 ? 'before any of its effects' : `after ${deviation.keep} of its effects`}${torn}; ${backAfter(deviation.for)}`;
    }
    default:
      return `after ${eventInWords(deviation.at)}: ${strikeInWords(deviation)}`;
  }
}

const backAfter = (span: number): string => (span === 0 ? 'back at once' : `back ${span} ms later`);

function strikeInWords(
  deviation: Extract<
    Deviation,
    { kind: 'hold' | 'partition' | 'one-way' | 'crash' | 'pause' | 'slow' | 'jump' | 'drift' }
  >,
): string {
  switch (deviation.kind) {
    case 'hold':
      return `messages ${deviation.from}→${deviation.to} are held back for ${deviation.for} ms`;
    case 'partition':
      return `the network splits into ${deviation.groups.map((group) => `{${group.join(' ')}}`).join(' | ')} for ${deviation.for} ms`;
    case 'one-way':
      return `nothing gets from ${all(deviation.from)} to ${all(deviation.to)} for ${deviation.for} ms`;
    case 'crash':
      return `${all(deviation.nodes)} ${deviation.nodes.length > 1 ? 'crash' : 'crashes'}; ${backAfter(deviation.for)}`;
    case 'pause':
      return `${deviation.node} stops for ${deviation.for} ms`;
    case 'slow':
      return `all that ${deviation.node} sends and receives is ${deviation.by} ms late, for ${deviation.for} ms`;
    case 'jump':
      return `the wall clock of ${deviation.node} jumps by ${deviation.by} ms`;
    case 'drift':
      return `the clocks of ${deviation.node} run at ${deviation.rate} of the true rate`;
  }
}

/** A value for people: `{term 1, log [2, 3]}`; no quotes around plain words, long decimals cut. */
export function shown(value: unknown, most = 60): string {
  const text = plain(value);
  return text.length > most ? `${text.slice(0, most - 1)}…` : text;
}

function plain(value: unknown): string {
  if (typeof value === 'string') {
    const short = value.replace(/\d+\.\d{4,}/g, (digits) => `${digits.slice(0, digits.indexOf('.') + 4)}…`);
    return /^[\p{L}\d_.…-]+$/u.test(short) ? short : JSON.stringify(short);
  }
  if (Array.isArray(value)) return `[${value.map(plain).join(', ')}]`;
  if (typeof value === 'number' && !Number.isInteger(value))
    return String(Math.round(value * 10_000) / 10_000);
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'nothing';
  const fields = Object.entries(value).map(([key, field]) =>
    field === true ? plain(key) : field === false ? `not ${plain(key)}` : `${plain(key)} ${plain(field)}`,
  );
  return `{${fields.join(', ')}}`;
}

/** A message without its type, which stands before it. */
export function payloadInWords(payload: unknown, most = 60): string {
  if (typeof payload !== 'object' || payload === null) return payload === null ? '' : shown(payload, most);
  const { type: _type, ...rest } = payload as Record<string, unknown>;
  return Object.keys(rest).length === 0 ? '' : shown(rest, most);
}

/** One line of a trace, without the time. */
export function stepInWords(step: TraceStep): string {
  switch (step.kind) {
    case 'step': {
      const { event, from, to } = step.cause;
      const cut = step.cutAfter === undefined ? '' : ' (crashes within)';
      const what =
        from === to && step.payload === null
          ? `${to}  ${event}`
          : `${from}→${to}  ${event} ${payloadInWords(step.payload)}`;
      const notes = step.effects.flatMap((effect) =>
        effect.kind === 'note' ? [` ‹${effect.name} ${shown(effect.value)}›`] : [],
      );
      return `${what}${notes.join('')}${cut}`;
    }
    case 'sent':
      return `${step.ref.from}→${step.ref.to}  ${step.ref.event} ${payloadInWords(step.payload)} ${step.at === 'lost' ? 'is lost' : `will arrive at ${step.at}`}`;
    case 'undelivered':
      return `${step.ref.from}→${step.ref.to}  ${step.ref.event} ${step.why === 'partition' ? 'is lost at the partition' : 'finds its receiver down'}`;
    case 'client': {
      const key = step.key === undefined ? '' : ` ${step.key}`;
      const value = step.value === null && step.what === 'invoke' ? '' : ` ${shown(step.value)}`;
      return `${step.client}  ${step.what} ${step.f}${key}${value}`;
    }
    case 'fault':
      return `${step.fault} ${step.nodes.join(' ')}${step.nodes.length > 0 ? ' ' : ''}${step.detail}`;
  }
}
