/** Replays saved counterexamples: does the schedule that once broke the model still break it? */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { invariant } from '../base/errors.ts';
import type { Trace } from '../kernel/trace.ts';
import { vocabularyOf } from '../kernel/vocabulary.ts';
import type { Stop } from '../kernel/world.ts';
import { missInWords } from '../report/misses.ts';
import { shapeOf } from '../report/shape.ts';
import { deviationInWords } from '../report/words.ts';
import { Coverage } from '../schedule/coverage.ts';
import type { Deviation } from '../schedule/schedule.ts';
import type { CheckResult } from './check.ts';
import { type Counterexample, readCounterexample } from './counterexample.ts';
import { Executions } from './execute.ts';
import { fitted } from './fitting.ts';
import type { Model } from './model.ts';
import { savedFolder } from './saved-file.ts';

/** Where counterexamples are kept, below the working directory. */
export const regressionFolder = join('histories', 'regressions');

export interface Replay {
  readonly file: string;
  /** What of the file its model can still do. */
  readonly counterexample: Counterexample;
  /** What the schedule violates today. */
  readonly violation: Stop | undefined;
  /** What could not be judged today, for want of a budget. */
  readonly unknown: Stop | undefined;
  /** The same property as when it was saved. */
  readonly stillFails: boolean;
  /** Deviations, counted from 1 as in the file, whose target never came. */
  readonly skipped: readonly number[];
  /** What of the file does not apply any more and why, a sentence each. */
  readonly misses: readonly string[];
  readonly trace: Trace;
}

export function replay(file: string, saved: Counterexample, model: Model): Replay {
  const { counterexample, numbers, misfits } = fitted(file, saved, model);
  const executions = new Executions(model, counterexample.mutant);
  const { trace, execution } = executions.trace(counterexample.schedule);
  const { schedule } = counterexample;
  const { names } = vocabularyOf(model.protocol);
  const missed = execution.applied.flatMap((applied, index) => (applied ? [] : [index]));
  const misses = missed.map((index) => {
    const deviation = schedule.deviations[index] as Deviation;
    return `deviation ${numbers[index]} found no target (${deviationInWords(deviation)}): ${missInWords(deviation, schedule, trace, names)}`;
  });
  const { violation, unknown } = execution;
  return {
    file,
    counterexample,
    violation,
    unknown,
    stillFails: violation?.property === counterexample.property,
    skipped: missed.map((index) => numbers[index] as number),
    misses: [...misfits, ...misses],
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

/** What a campaign of nothing but this replay, which violates a property, comes to. */
export function resultOf({ counterexample, violation, trace }: Replay, elapsedMs: number): CheckResult {
  const { model, mutant, schedule } = counterexample;
  invariant(violation, `the counterexample of ${model} violates nothing`);
  const { property, explanation } = violation;
  const size = schedule.deviations.length;
  const shrink = { from: size, to: size, executions: 0, elapsedMs: 0, complete: true };
  return {
    ...{ model, mutant, verdict: 'violated', runs: 1, steps: trace.length, stepsPerSecond: 0, seed: 0 },
    elapsedMs: Math.round(elapsedMs),
    ...{ faults: {}, infos: 0, vacuous: [], coverage: { ...new Coverage().report(), sometimes: {} } },
    failure: {
      ...{ property, explanation, schedule, original: schedule, run: 0, runs: 1, shrink },
      shape: shapeOf(trace),
    },
    ...{ others: [], reason: undefined, interrupted: false },
  };
}
