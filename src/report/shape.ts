/**
 * The shape of a shrunk counterexample: which kinds of event led to which in the causal past of its end, and whether a
 * crash made a node forget what was on its disk. Names, times, values and repetitions are left out, and so are the faults
 * that only changed when things happened: the failures that one bug causes under many schedules should have one shape.
 */
import { createHash } from 'node:crypto';
import { equalJson } from '../base/json.ts';
import type { Trace, TraceStep } from '../kernel/trace.ts';
import { causalCone, directCauses, endsOf } from './causes.ts';

/** Eight hexadecimal digits. */
export function shapeOf(trace: Trace): string {
  return createHash('sha256').update(arrowsOf(trace).join('\n')).digest('hex').slice(0, 8);
}

/** `vote > appendEntries`: a handler of the first sent the second. Sorted, each once. */
function arrowsOf(trace: Trace): string[] {
  const causes = directCauses(trace);
  const arrows = new Set<string>();
  for (const index of causalCone(trace, endsOf(trace))) {
    const step = trace[index] as TraceStep;
    if (step.kind === 'fault' && step.nodes.some((node) => forgets(trace, index, node)))
      arrows.add('! forgets');
    if (step.kind !== 'sent') continue;
    const sender = trace[causes[index]?.[0] ?? -1];
    if (sender && step.ref.event !== 'reply') arrows.add(`${label(sender)} > ${step.ref.event}`);
  }
  return [...arrows].sort();
}

const label = (step: TraceStep): string =>
  step.kind === 'step' ? step.cause.event : step.kind === 'client' ? step.f : step.kind;

/** Whether a node's disk is another after the fault than before. */
function forgets(trace: Trace, index: number, node: string): boolean {
  if ((trace[index] as { fault?: string }).fault !== 'crash') return false;
  const own = (step: TraceStep) => step.kind === 'step' && step.node === node;
  // A step that the crash cut off before all of its effects told nobody anything: losing it is losing the message.
  const before = trace.findLast(
    (step, at) => at < index && own(step) && step.kind === 'step' && step.cutAfter !== 0,
  );
  const after = trace.find((step, at) => at > index && own(step));
  if (before?.kind !== 'step' || after?.kind !== 'step') return false;
  return !equalJson(before.disk, after.disk);
}
