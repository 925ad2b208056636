/** `assert`: what a test wants. Saved counterexamples first, then a campaign; a violation is thrown as its story. */
import { story } from '../report/story.ts';
import { type CheckOptions, type CheckResult, check } from './check.ts';
import { explained, saveAndTell } from './explain.ts';
import type { Model } from './model.ts';
import { type Replay, regressionFolder, replaySaved } from './regressions.ts';

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
  /** Told of each saved counterexample that violates nothing any more; its file stays, as a regression test. */
  readonly onFixed?: (replayed: Replay) => void;
}

/**
 * Resolves with the campaign's result when nothing was violated. Throws `PropertyViolated` when a saved counterexample
 * still fails or a new one is found (it is saved first).
 */
export async function assert(model: Model, options: AssertOptions = {}): Promise<CheckResult> {
  const { folder = regressionFolder, onFixed, ...rest } = options;
  const mutant = options.mutant ?? null;
  for (const replayed of replaySaved(model, mutant, folder)) {
    const { file, counterexample, violation, unknown, misses } = replayed;
    if (!violation) {
      if (!unknown) onFixed?.(replayed);
      continue;
    }
    const told = [...misses, story(explained(model, counterexample, file))].join('\n');
    throw new PropertyViolated(`a saved counterexample still fails\n${told}`, violation.property, file);
  }
  const result = await check(model, rest);
  const { failure } = result;
  if (!failure) return result;
  const told = [failure, ...result.others].map((found) => saveAndTell(model, mutant, found, folder));
  const message = told.map((one) => one.story).join('\n\n');
  throw new PropertyViolated(message, failure.property, told[0]!.file);
}
