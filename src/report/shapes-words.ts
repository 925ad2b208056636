/** What the diagram says in words: operations, messages, partitions, times. */
import type { Json } from '../base/json.ts';
import type { Band, Bar, Diagram, DiagramStep, Message } from './diagram.ts';

export const short = (value: Json | undefined, most = 40): string => {
  const text = value === undefined ? '' : JSON.stringify(value);
  return text.length > most ? `${text.slice(0, most - 1)}…` : text;
};

/** `write x 3`, without its result. */
export function callInWords({ f, key, input }: Pick<Bar, 'f' | 'key' | 'input'>): string {
  const of = key === undefined ? '' : ` ${typeof key === 'string' ? key : short(key)}`;
  return `${f}${of}${input === null ? '' : ` ${short(input)}`}`;
}

/** `→ 5`, `✓`, `✗ failed`, `? unknown`. */
export function resultInWords({ type, input, output }: Pick<Bar, 'type' | 'input' | 'output'>): string {
  if (type === 'fail') return '✗ failed';
  if (type === 'info') return '? unknown';
  if (type === 'open') return '… open';
  return output === undefined || (output !== null && short(output) === short(input)) || output === null
    ? '✓'
    : `→ ${short(output)}`;
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

export function messageInWords(
  { type, from, to, nth, copy, payload, sentAt, arrives, fate, late }: Message,
  { lanes }: Diagram,
): string {
  const what = {
    delivered: late > 0 ? `arrives at ${arrives}, ${timeInWords(late)} ms late` : `arrives at ${arrives}`,
    lost: 'lost',
    partition: `lost at the partition at ${arrives}`,
    down: `finds its receiver down at ${arrives}`,
    'in flight': 'still on its way at the end',
  }[fate];
  return `${type} ${lanes[from]?.id}→${lanes[to]?.id} #${nth}${copy ? ' (second copy)' : ''}, sent at ${sentAt}, ${what}\n${short(payload, 300)}`;
}

/** What stands beside a step: the first note, or else its name. */
export function stepLabels(step: DiagramStep, client: boolean): { text: string; style: string }[] {
  if (step.notes.length > 0) {
    return step.notes
      .slice(0, 1)
      .map(({ name, value }) => ({ text: `★ ${name} ${short(value)}`, style: 'note' }));
  }
  if (step.clock) return [{ text: `clock ${step.clock.before} → ${step.clock.after}`, style: 'clock' }];
  if (step.kind === 'fault') return step.label === 'partition' ? [] : [{ text: step.label, style: 'fault' }];
  if (step.kind === 'timer') return [{ text: step.label, style: 'timer' }];
  return [{ text: client && step.label === 'late reply' ? 'late' : step.label, style: step.kind }];
}
