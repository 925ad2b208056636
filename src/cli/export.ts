/** `clew export`: a counterexample or a history in the formats of other tools. */
import { writeFileSync } from 'node:fs';
import { UsageError, unknownName } from '../base/errors.ts';
import type { History } from '../history/history.ts';
import { asDot } from '../report/exports/dot.ts';
import { historyAsEdn, historyAsJsonLines } from '../report/exports/history-text.ts';
import { asItf, machineAsItf } from '../report/exports/itf.ts';
import { asShiviz } from '../report/exports/shiviz.ts';
import { asSvg } from '../report/exports/svg.ts';
import { historyPage } from '../report/history-page.ts';
import type { PageData, PageRun } from '../report/page.ts';
import { Executions } from '../runner/execute.ts';
import type { MachineReplay } from '../runner/machine-counterexample.ts';
import { counterexamplePage } from '../viewer/counterexample-page.ts';
import { machineCounterexamplePage } from '../viewer/machine-counterexample-page.ts';
import { type ExitCode, exitCode, type RegisterCommand } from './command.ts';
import { type Input, readInput } from './input.ts';

interface Subject {
  readonly file: string;
  readonly title: string;
  readonly history: History;
  /** Prepared only where it is asked for. */
  readonly run: () => PageRun;
}

/** By name; `of` says what of a run a format can hold. */
const formats: Readonly<Record<string, (subject: Subject) => string>> = {
  edn: ({ history }) => historyAsEdn(history),
  jsonl: ({ history }) => historyAsJsonLines(history),
  shiviz: ({ run }) => asShiviz(run().diagram),
  itf: ({ run, file }) => asItf(run().diagram, file),
  dot: ({ run, title }) => asDot(run().diagram, title),
  svg: ({ run, title }) => asSvg(run(), title),
};

interface Flags {
  readonly format?: unknown;
  readonly out?: unknown;
}

export const registerExport: RegisterCommand = (cli) => {
  cli
    .command('export <file>', 'A counterexample or a history for other tools')
    .option(
      '--format <name>',
      'edn (Jepsen) or jsonl: the history; shiviz, itf (TLA+, Quint), dot, svg: the run',
    )
    .option('--out <file>', 'Where to write it (default: standard output)')
    .action(run);
};

async function run(file: string, flags: Flags): Promise<ExitCode> {
  const names = Object.keys(formats);
  if (flags.format === undefined) throw new UsageError(`expected --format, one of: ${names.join(', ')}`);
  const format = Object.hasOwn(formats, String(flags.format)) ? formats[String(flags.format)] : undefined;
  if (!format) throw unknownName('format', String(flags.format), names);
  const input = await readInput(file);
  let text: string;
  try {
    text =
      input.kind === 'machine'
        ? machineText(file, input, String(flags.format))
        : format(subjectOf(file, input));
  } catch (error) {
    throw input.kind === 'history' ? input.located(error) : error;
  }
  if (flags.out === undefined) {
    process.stdout.write(text);
    return exitCode.holds;
  }
  const out = String(flags.out);
  try {
    writeFileSync(out, text, { flag: 'wx' });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new UsageError(
      code === 'EEXIST'
        ? `${out} exists; name another file with --out`
        : `--out ${out}: cannot be written (${code})`,
    );
  }
  process.stdout.write(`${out}\n`);
  return exitCode.holds;
}

/** A machine has no history and no messages, so only what shows states makes sense. */
function machineText(file: string, { replayed, machine }: MachineInput, format: string): string {
  const run = firstRun(machineCounterexamplePage(file, replayed, machine));
  const { mutant, property } = replayed.counterexample;
  if (format === 'itf') return machineAsItf(run.diagram, { source: file, loop: roundOf(replayed) });
  if (format === 'svg')
    return asSvg(run, `${machine.name}${mutant === null ? '' : ` (${mutant})`}: ${property}`);
  throw new UsageError(
    `--format ${format}: ${file} is of a machine, which has no messages and no history; expected itf or svg`,
  );
}

/** Where a run goes back to for ever; undefined when it ends. */
function roundOf({ counterexample, stillFails }: MachineReplay): number | undefined {
  const { actions, round } = counterexample.trace;
  return stillFails && round && round.length > 0 ? actions.length : undefined;
}

type MachineInput = Extract<Input, { kind: 'machine' }>;

function subjectOf(file: string, input: Exclude<Input, MachineInput>): Subject {
  if (input.kind === 'history') {
    const history = input.history.events;
    const data = () => historyPage({ file, history });
    return { file, title: file, history, run: () => firstRun(data()) };
  }
  const { counterexample, model } = input;
  const { mutant, property, schedule } = counterexample;
  const execution = new Executions(model, mutant).run(schedule);
  const { history } = execution.simulation;
  const title = `${model.name}${mutant === null ? '' : ` (${mutant})`}: ${property}`;
  return { file, title, history, run: () => firstRun(counterexamplePage({ file, counterexample, model })) };
}

const firstRun = ({ runs }: PageData): PageRun => runs[0] as PageRun;
