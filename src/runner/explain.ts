/** From a failure to its file and its story: what the story needs are its run and its runs with one deviation fewer. */
import { type StoryInput, story } from '../report/story.ts';
import { type Counterexample, readCounterexample, saveCounterexample } from './counterexample.ts';
import { Executions } from './execute.ts';
import type { Failure } from './findings.ts';
import type { Model } from './model.ts';
import { rememberOriginal } from './originals.ts';

export interface Told {
  /** Where the counterexample is saved. */
  readonly file: string;
  readonly story: string;
}

/** Saves a failure and tells its story; where a file of the same finding serves, that file's. */
export function saveAndTell(model: Model, mutant: string | null, failure: Failure, folder: string): Told {
  const executions = new Executions(model, mutant);
  const counterexample = { ...failure, model: model.name, mutant };
  const stillFails = ({ schedule, property }: Counterexample) =>
    executions.run(schedule).violation?.property === property;
  const file = saveCounterexample(counterexample, folder, stillFails);
  rememberOriginal(counterexample, failure.original);
  return { file, story: story(explained(model, readCounterexample(file), file)) };
}

/** The story's input. What is violated today may differ from what was when the counterexample was saved. */
export function explained(model: Model, counterexample: Counterexample, file: string): StoryInput {
  const { mutant, schedule } = counterexample;
  const executions = new Executions(model, mutant);
  const { trace, execution } = executions.trace(schedule);
  const { property, explanation } = execution.violation ?? counterexample;
  const judged = model.properties.find(({ name }) => name === property);
  const spec = judged?.kind === 'history' ? judged.spec : undefined;
  const history = execution.simulation.history.slice();
  const { applied } = execution;
  const without = schedule.deviations.map((_, gone) => {
    const deviations = schedule.deviations.filter((_other, index) => index !== gone);
    const other = executions.trace({ ...schedule, deviations });
    return { trace: other.trace, violated: other.execution.violation?.property === property };
  });
  const { name } = model;
  const reads = model.protocol.definition.implements?.reads ?? [];
  const told = { model: name, mutant, schedule, property, explanation, file };
  return { ...told, trace, history, spec, reads, applied, without };
}
