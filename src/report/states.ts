/** The states of nodes along a trace: what each step found, what it left, and so what it changed. */
import type { NodeStep, Trace } from '../kernel/trace.ts';
import { type Change, changesBetween } from './diff.ts';

export interface State {
  readonly disk: unknown;
  readonly memory: unknown;
}

/** The last step of a node before an entry of the trace. */
export function stepBefore(trace: Trace, index: number, node: string): NodeStep | undefined {
  for (let at = index - 1; at >= 0; at--) {
    const step = trace[at];
    if (step?.kind === 'step' && step.node === node) return step;
  }
  return undefined;
}

/** The first step of a node after an entry of the trace. */
export function stepAfter(trace: Trace, index: number, node: string): NodeStep | undefined {
  for (let at = index + 1; at < trace.length; at++) {
    const step = trace[at];
    if (step?.kind === 'step' && step.node === node) return step;
  }
  return undefined;
}

/** What a step changed in its node's state; what a crash took away before is not its doing, but shows here too. */
export function changesOf(trace: Trace, index: number): Change[] {
  const step = trace[index];
  if (step?.kind !== 'step') return [];
  const before = stepBefore(trace, index, step.node);
  return before ? changesBetween(stateOf(before), stateOf(step)) : [];
}

export const stateOf = ({ disk, memory }: State): State => ({ disk, memory });
export const isOnDisk = ({ path }: Change): boolean => path.startsWith('disk');

/** What a crash made a node forget, its disk first: by comparing its last step before with its first one after. */
export function forgotten(trace: Trace, index: number, node: string): Change[] {
  const before = stepBefore(trace, index, node);
  const after = stepAfter(trace, index, node);
  if (!before || !after) return [];
  const changes = changesBetween(stateOf(before), stateOf(after));
  return [...changes.filter(isOnDisk), ...changes.filter((change) => !isOnDisk(change))];
}
