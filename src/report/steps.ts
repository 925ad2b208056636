/** Every step of a trace with what it changed: only the paths that did, one a line below the step. */
import type { Trace } from '../kernel/trace.ts';
import { changeInWords } from './diff.ts';
import { changesOf } from './states.ts';
import { stepInWords } from './words.ts';

/** Sends are told by their deliveries, unless they are lost; `calm` ends the chaos. */
export function stepsInWords(trace: Trace): string {
  const width = String(Math.floor(trace.at(-1)?.time ?? 0)).length;
  const lines = trace.flatMap((step, index) => {
    if (step.kind === 'sent' && step.at !== 'lost') return [];
    const head = `${String(Math.floor(step.time)).padStart(width)}  ${stepInWords(step)}`;
    const changes = changesOf(trace, index).map(
      (change) => `${' '.repeat(width + 6)}${changeInWords(change, 70)}`,
    );
    return [head, ...changes];
  });
  return lines.join('\n');
}
