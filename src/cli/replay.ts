/** `clew replay`: does a saved counterexample still fail? */

import type { CAC } from 'cac';
import { missInWords } from '../report/misses.ts';
import { paint } from '../report/paint.ts';
import { stepsInWords } from '../report/steps.ts';
import { story } from '../report/story.ts';
import { deviationInWords } from '../report/words.ts';
import { readCounterexample } from '../runner/counterexample.ts';
import { explained } from '../runner/explain.ts';
import type { Model } from '../runner/model.ts';
import { loadModels, selectModels } from '../runner/registry.ts';
import { type Replay, replay } from '../runner/regressions.ts';
import type { Deviation } from '../schedule/schedule.ts';
import { type ExitCode, exitCode } from './command.ts';

export function registerReplay(cli: CAC): void {
  cli
    .command('replay <file>', 'Replay a saved counterexample: STILL FAILS or FIXED')
    .option('--steps', 'Print every step with what it changed')
    .option('--json', 'Print one JSON document')
    .action(run);
}

async function run(file: string, flags: { json?: boolean; steps?: boolean }): Promise<ExitCode> {
  const counterexample = readCounterexample(file);
  const [model] = selectModels(await loadModels(), [counterexample.model]);
  const replayed = replay(file, counterexample, model!);
  const steps = flags.steps && !flags.json ? `${stepsInWords(replayed.trace)}\n\n` : '';
  const text = flags.json ? JSON.stringify(asJson(replayed), null, 2) : inWords(model!, replayed);
  process.stdout.write(`${steps}${text}\n`);
  return replayed.violation ? exitCode.violated : exitCode.holds;
}

/** For each deviation that found no target, what it is and why. */
function misses({ counterexample, skipped, trace }: Replay): string[] {
  const { schedule } = counterexample;
  return skipped.map((number) => {
    const deviation = schedule.deviations[number - 1] as Deviation;
    return `deviation ${number} found no target (${deviationInWords(deviation)}): ${missInWords(deviation, schedule, trace)}`;
  });
}

function asJson(replayed: Replay) {
  const { file, counterexample, violation, stillFails, skipped } = replayed;
  const { model, mutant, property } = counterexample;
  const now = violation ? { property: violation.property, explanation: violation.explanation } : null;
  return {
    file,
    model,
    mutant,
    property,
    verdict: stillFails ? 'STILL FAILS' : 'FIXED',
    violation: now,
    skipped,
    misses: misses(replayed),
  };
}

function inWords(model: Model, replayed: Replay): string {
  const { file, counterexample, violation, stillFails } = replayed;
  const missing = misses(replayed);
  const { property } = counterexample;
  if (!violation)
    return [`${paint(['green', 'bold'], 'FIXED')} '${property}' holds under ${file}`, ...missing].join('\n');
  const told = story(explained(model, counterexample, file));
  const head = stillFails
    ? `${paint(['red', 'bold'], 'STILL FAILS')} '${property}'`
    : `${paint(['yellow', 'bold'], 'FIXED')} '${property}', but now '${violation.property}' is violated`;
  return [head, ...missing, '', told].join('\n');
}
