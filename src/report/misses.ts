/** Why a deviation found no target in a run: what the model has now in the place of what it names. */
import type { EventRef, Trace } from '../kernel/trace.ts';
import { clientOf } from '../kernel/workload.ts';
import { type Deviation, refOf, type Schedule } from '../schedule/schedule.ts';
import { eventInWords } from './words.ts';

/** `events`: the names of all events that the model has. */
export function missInWords(
  deviation: Deviation,
  { nodes, clients }: Schedule,
  trace: Trace,
  events: readonly string[],
): string {
  if ('call' in deviation) {
    const client = clientOf(deviation.call);
    const made = trace.some((step) => step.kind === 'client' && step.call === deviation.call);
    return made
      ? `client c${client + 1} makes call ${deviation.call} only after faults have stopped`
      : `client c${client + 1} never makes call ${deviation.call} (it has ${clients[client]?.length ?? 0} operations)`;
  }
  const ref = refOf(deviation) as EventRef;
  if (!events.includes(ref.event))
    return `there is no event '${ref.event}' any more (there are: ${events.join(', ')})`;
  const stranger = [ref.from, ref.to].find((name) => name.startsWith('n') && Number(name.slice(1)) > nodes);
  if (stranger !== undefined) return `${stranger} is not one of the ${nodes} nodes`;
  const count = trace.filter((step) => {
    const own = step.kind === 'sent' ? step.ref : step.kind === 'step' ? step.cause : undefined;
    const wanted = 'message' in deviation || ref.event === 'reply' ? 'sent' : 'step';
    return step.kind === wanted && own?.event === ref.event && own.from === ref.from && own.to === ref.to;
  }).length;
  const where = ref.from === ref.to ? `of ${ref.from}` : `${ref.from}→${ref.to}`;
  if (count < ref.nth)
    return `there is no ${eventInWords(ref).replace(/^.*?the /, '')} any more: the run has ${count === 0 ? `no '${ref.event}' ${where}` : `${count} of them`}`;
  return 'its target comes when faults have stopped, or finds nothing to strike';
}
