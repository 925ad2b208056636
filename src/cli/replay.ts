/** `clew replay`: does a saved counterexample still fail? */

import type { CAC } from 'cac';
import { paint } from '../report/paint.ts';
import { story } from '../report/story.ts';
import { deviationInWords } from '../report/words.ts';
import { readCounterexample } from '../runner/counterexample.ts';
import { loadModels, selectModels } from '../runner/registry.ts';
import { type Replay, replay } from '../runner/regressions.ts';
import { type ExitCode, exitCode } from './command.ts';

export function registerReplay(cli: CAC): void {
  cli
    .command('replay <file>', 'Replay a saved counterexample: STILL FAILS or FIXED')
    .option('--json', 'Print one JSON document')
    .action(run);
}

async function run(file: string, flags: { json?: boolean }): Promise<ExitCode> {
  const counterexample = readCounterexample(file);
  const [model] = selectModels(await loadModels(), [counterexample.model]);
  const replayed = replay(file, counterexample, model!);
  process.stdout.write(`${flags.json ? JSON.stringify(asJson(replayed), null, 2) : inWords(replayed)}\n`);
  return replayed.violation ? exitCode.violated : exitCode.holds;
}

function asJson({ file, counterexample, violation, stillFails, skipped }: Replay) {
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
  };
}

function inWords({ file, counterexample, violation, stillFails, skipped, trace }: Replay): string {
  const missing = skipped.map((number) => {
    const deviation = counterexample.schedule.deviations[number - 1];
    return `deviation ${number} found no target: ${deviation ? deviationInWords(deviation) : ''}`;
  });
  const { property } = counterexample;
  if (!violation)
    return [`${paint(['green', 'bold'], 'FIXED')} '${property}' holds under ${file}`, ...missing].join('\n');
  const told = story({ ...counterexample, ...violation, trace, file });
  const head = stillFails
    ? `${paint(['red', 'bold'], 'STILL FAILS')} '${property}'`
    : `${paint(['yellow', 'bold'], 'FIXED')} '${property}', but now '${violation.property}' is violated`;
  return [head, ...missing, '', told].join('\n');
}
