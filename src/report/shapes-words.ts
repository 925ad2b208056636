/** What the diagram says in words: operations, messages, partitions, times. */
import type { Json } from '../base/json.ts';
import type { Band, Bar, Diagram, DiagramStep, Message } from './diagram.ts';
import { sayNothing } from './operation-text.ts';
import { pathInWords } from './patch.ts';
import { shown } from './words.ts';

export const short = (value: Json | undefined, most = 40): string => {
  const text = value === undefined ? '' : JSON.stringify(value);
  return text.length > most ? `${text.slice(0, most - 1)}…` : text;
};

type Call = Pick<Bar, 'f' | 'key' | 'input' | 'output'>;

/** `write x 3`, without its result; a transaction with what it read, when that is known: `r x 1, w y 2`. */
export function callInWords(call: Call): string {
  const { f, key, input } = call;
  const parts = microInWords(call);
  if (parts) return parts.join(', ');
  const of = key === undefined ? '' : ` ${typeof key === 'string' ? key : short(key)}`;
  return `${f}${of}${input === null ? '' : ` ${short(input)}`}`;
}

/** A call that is too long for one line: the function and what it is given, or the parts of a transaction. */
export function callInLines(call: Call): string[] {
  const parts = microInWords(call);
  if (parts) return parts;
  const words = callInWords(call);
  const space = words.indexOf(' ');
  return space < 0 ? [words] : [words.slice(0, space), words.slice(space + 1)];
}

/** `r x 1`, `w y 2`, `append z 3`; a read whose result nobody knows is `r x`. */
function microInWords({ f, input, output }: Call): string[] | undefined {
  const list = Array.isArray(output) ? output : input;
  if (f !== 'txn' || !Array.isArray(list)) return undefined;
  return list.map((item: Json) => {
    const [verb, key, value] = Array.isArray(item) ? item : [item];
    const shown = list === output || verb !== 'r' ? ` ${short(value, 20)}` : '';
    return `${String(verb)} ${typeof key === 'string' ? key : short(key)}${shown}`;
  });
}

/** `→ 5`, `✓`, `✗ failed`, `? unknown`. */
export function resultInWords({
  type,
  f,
  input,
  output,
}: Pick<Bar, 'type' | 'f' | 'input' | 'output'>): string {
  if (type === 'fail') return '✗ failed';
  if (type === 'info') return '? unknown';
  if (type === 'open') return '… open';
  if (output === undefined) return '✓';
  // A null answers a function that was given nothing; to a write it says that all went well.
  if (output === null) return input === null && !sayNothing(f) ? '→ null' : '✓';
  return f === 'txn' || short(output) === short(input) ? '✓' : `→ ${short(output)}`;
}

export const timeInWords = (time: number): string => {
  const rounded = Math.round(time * 10) / 10;
  return rounded.toLocaleString('en');
};

export function bandInWords({ kind, links }: Band, { lanes }: Diagram): string {
  const name = (lane: number) => lanes[lane]?.id ?? '';
  const both = (a: number, b: number) => links.some(([from, to]) => from === b && to === a);
  const shown = links
    .filter(([from, to]) => from < to || !both(from, to))
    .map(([from, to]) => `${name(from)} ${both(from, to) ? '⇹' : '⇸'} ${name(to)}`);
  return `${kind === 'hold' ? 'held back' : 'partition'}: ${shown.join(', ')}`;
}

/** What became of a message. */
export function fateInWords({ arrives, fate, late }: Pick<Message, 'arrives' | 'fate' | 'late'>): string {
  switch (fate) {
    case 'delivered':
      return late > 0 ? `arrives at ${arrives}, ${timeInWords(late)} ms late` : `arrives at ${arrives}`;
    case 'lost':
      return 'lost';
    case 'partition':
      return `lost at the partition at ${arrives}`;
    case 'down':
      return `finds its receiver down at ${arrives}`;
    case 'in flight':
      return 'still on its way at the end';
  }
}

export function messageInWords(message: Message, { lanes }: Diagram): string {
  const { type, from, to, nth, copy, payload, sentAt } = message;
  return `${type} ${lanes[from]?.id}→${lanes[to]?.id} #${nth}${copy ? ' (second copy)' : ''}, sent at ${sentAt}, ${fateInWords(message)}\n${short(payload, 300)}`;
}

/** `role → leader, votes → [n1]`; the first state of all is not a change from anything. */
export const changesInWords = (changes: DiagramStep['changes']): string =>
  changes
    .filter(({ path }) => path.length > 0)
    .map(({ path, value }) => `${pathInWords(path)} → ${value === undefined ? 'gone' : shown(value)}`)
    .join(', ');

/** What stands beside a step: the first note, or else its name. */
export function stepLabels(step: DiagramStep, client: boolean): { text: string; style: string }[] {
  if (step.notes.length > 0) {
    return step.notes
      .slice(0, 1)
      .map(({ name, value }) => ({ text: `★ ${name} ${short(value)}`, style: 'note' }));
  }
  if (step.clock) return [{ text: clockInWords(step.clock), style: 'clock' }];
  // A band says what it is.
  if (step.kind === 'fault')
    return ['partition', 'hold'].includes(step.label) ? [] : [{ text: step.label, style: 'fault' }];
  if (step.kind === 'timer') return [{ text: step.label, style: 'timer' }];
  return [{ text: client && step.label === 'late reply' ? 'late' : step.label, style: step.kind }];
}

/** A clock that jumps shows another time at once; one that drifts, only later. */
function clockInWords({ before, after, rate }: NonNullable<DiagramStep['clock']>): string {
  return before === after ? `clocks at ${rate}×` : `clock ${before} → ${after}`;
}
