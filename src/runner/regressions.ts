/** Replays saved counterexamples: does the schedule that once broke the model still break it? */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Trace } from '../kernel/trace.ts';
import type { Stop } from '../kernel/world.ts';
import { type Counterexample, readCounterexample, requireFits } from './counterexample.ts';
import { Executions } from './execute.ts';
import type { Model } from './model.ts';
import { savedFolder } from './saved-file.ts';

/** Where counterexamples are kept, below the working directory. */
export const regressionFolder = join('histories', 'regressions');

export interface Replay {
  readonly file: string;
  readonly counterexample: Counterexample;
  /** What the schedule violates today. */
  readonly violation: Stop | undefined;
  /** The same property as when it was saved. */
  readonly stillFails: boolean;
  /** Deviations, counted from 1, whose target never came. */
  readonly skipped: readonly number[];
  readonly trace: Trace;
}

export function replay(file: string, counterexample: Counterexample, model: Model): Replay {
  requireFits(file, counterexample, model);
  const executions = new Executions(model, counterexample.mutant);
  const { trace, execution } = executions.trace(counterexample.schedule);
  const skipped = execution.applied.flatMap((applied, index) => (applied ? [] : [index + 1]));
  const { violation } = execution;
  return {
    file,
    counterexample,
    violation,
    stillFails: violation?.property === counterexample.property,
    skipped,
    trace,
  };
}

/** The files of a model's saved counterexamples; a machine of its name has traces beside them. */
export function savedCounterexamples(model: string, folder = regressionFolder): string[] {
  const own = savedFolder(model, folder);
  if (!existsSync(own)) return [];
  return readdirSync(own)
    .filter((name) => name.endsWith('.json') && !name.endsWith('.trace.json'))
    .sort()
    .map((name) => join(own, name));
}

/** Replays what is saved of a model under this mutant (null: the correct protocol), in order of file name. */
export function replaySaved(model: Model, mutant: string | null, folder = regressionFolder): Replay[] {
  return savedCounterexamples(model.name, folder)
    .map((file) => ({ file, counterexample: readCounterexample(file) }))
    .filter(({ counterexample }) => counterexample.mutant === mutant)
    .map(({ file, counterexample }) => replay(file, counterexample, model));
}
