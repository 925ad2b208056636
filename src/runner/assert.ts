/** `assert`: what a test wants. Saved counterexamples first, then a campaign; a violation is thrown as its story. */
import { story } from '../report/story.ts';
import { type CheckOptions, type CheckResult, check } from './check.ts';
import { saveCounterexample } from './counterexample.ts';
import { Executions } from './execute.ts';
import type { Model } from './model.ts';
import { rememberOriginal } from './originals.ts';
import { regressionFolder, replaySaved } from './regressions.ts';

/** A property was violated; the message is the story. */
export class PropertyViolated extends Error {
  override name = 'PropertyViolated';
  readonly property: string;
  /** The saved counterexample. */
  readonly file: string;
  constructor(message: string, property: string, file: string) {
    super(message);
    this.property = property;
    this.file = file;
  }
}

export interface AssertOptions extends CheckOptions {
  /** Where counterexamples are kept; default histories/regressions. */
  readonly folder?: string;
}

/**
 * Resolves with the campaign's result when nothing was violated. Throws `PropertyViolated` when a saved counterexample
 * still fails or a new one is found (it is saved first).
 */
export async function assert(model: Model, options: AssertOptions = {}): Promise<CheckResult> {
  const { folder = regressionFolder, ...rest } = options;
  const mutant = options.mutant ?? null;
  for (const { file, counterexample, violation, trace } of replaySaved(model, mutant, folder)) {
    if (!violation) continue;
    const told = story({ ...counterexample, ...violation, trace, file });
    throw new PropertyViolated(`a saved counterexample still fails\n${told}`, violation.property, file);
  }
  const result = await check(model, rest);
  const { failure } = result;
  if (!failure) return result;
  const counterexample = { ...failure, model: model.name, mutant };
  const file = saveCounterexample(counterexample, folder);
  rememberOriginal(counterexample, failure.original);
  const { trace } = new Executions(model, mutant).trace(failure.schedule);
  throw new PropertyViolated(story({ ...counterexample, trace, file }), failure.property, file);
}
