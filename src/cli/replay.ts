/** `clew replay`: does a saved counterexample still fail? */

import type { CAC } from 'cac';
import type { MachineTrace } from '../explore/machine-trace.ts';
import { machineInWords, machineSteps, machineStory, type ToldRun } from '../report/exploration.ts';
import { paint } from '../report/paint.ts';
import { stepsInWords } from '../report/steps.ts';
import { story } from '../report/story.ts';
import { readCounterexample, scheduleFormat } from '../runner/counterexample.ts';
import { explained } from '../runner/explain.ts';
import {
  type MachineReplay,
  machineTraceFormat,
  readMachineCounterexample,
  replayMachine,
} from '../runner/machine-counterexample.ts';
import type { Model } from '../runner/model.ts';
import { loadMachine, loadModels, selectModels } from '../runner/registry.ts';
import { type Replay, replay } from '../runner/regressions.ts';
import { readSaved } from '../runner/saved-file.ts';
import { type ExitCode, exitCode } from './command.ts';

export function registerReplay(cli: CAC): void {
  cli
    .command('replay <file>', 'Replay a saved counterexample: STILL FAILS or FIXED')
    .option('--steps', 'Print every step with what it changed')
    .option('--json', 'Print one JSON document')
    .action(run);
}

interface Flags {
  readonly json?: boolean;
  readonly steps?: boolean;
}

async function run(file: string, flags: Flags): Promise<ExitCode> {
  const { format } = readSaved(file, [scheduleFormat, machineTraceFormat]);
  if (format === machineTraceFormat) return await runMachine(file, flags);
  const counterexample = readCounterexample(file);
  const [model] = selectModels(await loadModels(), [counterexample.model]);
  const replayed = replay(file, counterexample, model!);
  const steps = flags.steps && !flags.json ? `${stepsInWords(replayed.trace)}\n\n` : '';
  const text = flags.json ? JSON.stringify(asJson(replayed), null, 2) : inWords(model!, replayed);
  process.stdout.write(`${steps}${text}\n`);
  return replayed.violation ? exitCode.violated : replayed.unknown ? exitCode.unknown : exitCode.holds;
}

async function runMachine(file: string, flags: Flags): Promise<ExitCode> {
  const counterexample = readMachineCounterexample(file);
  const machine = await loadMachine(counterexample.model);
  const replayed = replayMachine(file, counterexample, machine);
  const { run: done, stillFails } = replayed;
  const { model, mutant, property } = counterexample;
  const { violation = null, hindrance = null } = done;
  if (flags.json) {
    const verdict = stillFails ? 'STILL FAILS' : 'FIXED';
    const told = { file, model, mutant, property, verdict, violation, hindrance };
    process.stdout.write(`${JSON.stringify(told, null, 2)}\n`);
  } else {
    if (flags.steps) process.stdout.write(`${machineSteps(done)}\n\n`);
    process.stdout.write(`${machineInWordsToday(replayed)}\n`);
  }
  return violation ? exitCode.violated : exitCode.holds;
}

function machineInWordsToday({ file, counterexample, run: done, stillFails }: MachineReplay): string {
  const { model, mutant, property, trace } = counterexample;
  const { violation, hindrance } = done;
  if (!violation) return fixed(property, file, hindrance);
  const run = {
    ...violation,
    ...done,
    ...(stillFails ? goesOn(trace) : {}),
  };
  const subject = machineInWords(model, mutant, trace.nodes);
  return [today(property, stillFails, violation.property), '', machineStory(subject, run, file)].join('\n');
}

/** Where the round of a trace begins. */
function goesOn({ actions, round }: MachineTrace): Partial<Pick<ToldRun, 'goesOn'>> {
  if (!round) return {};
  return { goesOn: round.length === 0 ? 'never' : actions.length };
}

/** `hindrance`: why what is saved does not come about. */
const fixed = (property: string, file: string, hindrance?: string): string =>
  `${paint(['green', 'bold'], 'FIXED')} '${property}'${hindrance === undefined ? ` holds under ${file}` : `: ${file} does not come about: ${hindrance}`}`;

const today = (property: string, stillFails: boolean, violated: string): string =>
  stillFails
    ? `${paint(['red', 'bold'], 'STILL FAILS')} '${property}'`
    : `${paint(['yellow', 'bold'], 'FIXED')} '${property}', but now '${violated}' is violated`;

function asJson(replayed: Replay) {
  const { file, counterexample, violation, unknown, stillFails, skipped, misses } = replayed;
  const { model, mutant, property } = counterexample;
  const now = violation ? { property: violation.property, explanation: violation.explanation } : null;
  return {
    file,
    model,
    mutant,
    property,
    verdict: stillFails ? 'STILL FAILS' : violation || !unknown ? 'FIXED' : 'UNKNOWN',
    violation: now,
    skipped,
    misses,
  };
}

function inWords(model: Model, replayed: Replay): string {
  const { file, counterexample, violation, unknown, stillFails, misses } = replayed;
  const { property } = counterexample;
  if (!violation && unknown) {
    const open = `'${unknown.property}' could not be judged: ${unknown.explanation}`;
    return [`${paint(['yellow', 'bold'], 'UNKNOWN')} ${open}`, ...misses].join('\n');
  }
  if (!violation) return [fixed(property, file), ...misses].join('\n');
  const told = story(explained(model, counterexample, file));
  return [today(property, stillFails, violation.property), ...misses, '', told].join('\n');
}
