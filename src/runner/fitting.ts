/**
 * A saved counterexample and its model, whose definition may have changed since: what does not apply any more is told
 * and left out, and the rest still runs. Only without its planted bug there is nothing to run.
 */
import { withOperations } from '../schedule/reduce/edits.ts';
import type { Counterexample } from './counterexample.ts';
import type { Model } from './model.ts';
import { outdated } from './saved-file.ts';

export interface Fitted {
  /** As far as the model can do what it says. */
  readonly counterexample: Counterexample;
  /** By deviation that is left: its number in the file, from 1. */
  readonly numbers: readonly number[];
  /** What does not apply any more, a sentence each. */
  readonly misfits: readonly string[];
}

/** Throws a `UsageError` when the planted bug is gone. */
export function fitted(file: string, counterexample: Counterexample, model: Model): Fitted {
  const { definition } = model.protocol;
  const mutants = Object.keys(definition.mutants ?? {});
  const { mutant, property } = counterexample;
  if (mutant !== null && !mutants.includes(mutant))
    throw outdated(file, `mutant '${mutant}'`, model.name, mutants);
  const misfits: string[] = [];
  const misfit = (what: string, known: readonly string[]) =>
    misfits.push(
      `${what}, which ${model.name} does not have any more (it has: ${known.join(', ') || 'none'})`,
    );
  const properties = [...model.properties.map(({ name }) => name), 'no handler throws'];
  if (!properties.includes(property)) misfit(`it violated '${property}'`, properties);

  const functions = Object.keys(definition.client ?? {});
  let { schedule } = counterexample;
  let numbers = schedule.deviations.map((_, index) => index + 1);
  schedule.clients.forEach((operations, client) => {
    operations.forEach(({ f }, index) => {
      if (!functions.includes(f))
        misfit(`operation ${index + 1} of c${client + 1} is left out: it calls '${f}'`, functions);
    });
    const edit = withOperations(schedule, client, (index) =>
      functions.includes((operations[index] as { f: string }).f),
    );
    const left = edit.origin.map((index) => numbers[index] as number);
    for (const number of numbers.filter((each) => !left.includes(each)))
      misfits.push(`deviation ${number} is left out with the operation that it befalls`);
    ({ schedule } = edit);
    numbers = left;
  });
  return { counterexample: { ...counterexample, schedule }, numbers, misfits };
}
