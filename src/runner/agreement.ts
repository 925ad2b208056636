/**
 * The two executors must do the same. Where they differ, a handler lets two places of a node's state, or a state and a
 * message, share one mutable object, which immer's drafts keep apart and plain objects do not.
 */
import { UsageError } from '../base/errors.ts';
import { canonicalJson } from '../base/json.ts';
import type { TraceStep } from '../kernel/trace.ts';
import type { Schedule } from '../schedule/schedule.ts';
import type { Executions } from './execute.ts';

export interface Disagreement {
  /** Index of the first entry in which the traces differ. */
  readonly index: number;
  readonly mutable: TraceStep | undefined;
  readonly immer: TraceStep | undefined;
}

/** The first difference between the traces of both executors, or undefined. */
export function disagreement(executions: Executions, schedule: Schedule): Disagreement | undefined {
  const immer = executions.trace(schedule, 'immer').trace;
  const mutable = executions.trace(schedule, 'mutable').trace;
  const length = Math.max(mutable.length, immer.length);
  for (let index = 0; index < length; index++) {
    if (canonicalJson(mutable[index]) !== canonicalJson(immer[index])) {
      return { index, mutable: mutable[index], immer: immer[index] };
    }
  }
  return undefined;
}

/** Throws the author's mistake that makes the executors differ. */
export function requireAgreement(model: string, executions: Executions, schedule: Schedule): void {
  const difference = disagreement(executions, schedule);
  if (!difference) return;
  const { mutable, immer } = difference;
  const step = immer ?? mutable;
  const where =
    step?.kind === 'step'
      ? `when ${step.node} handles '${step.cause.event}' at ${step.time} ms`
      : 'in what it sends';
  throw new UsageError(
    `${model} does one thing on immer drafts and another on plain objects, ${where}: ` +
      'a handler keeps one object in two places (copy it), or changes a message it was given',
  );
}
