/** `clew view`: one page of HTML for a saved counterexample or a recorded history. */
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import type { CAC } from 'cac';
import { UsageError, unknownName } from '../base/errors.ts';
import { LimitedBudget } from '../checkers/budget.ts';
import { type Level, requireSingle } from '../checkers/ladder/lattice.ts';
import type { RecordedHistory } from '../history/codecs/read.ts';
import { historyPage } from '../report/history-page.ts';
import type { PageData } from '../report/page.ts';
import { originalOf } from '../runner/originals.ts';
import { counterexamplePage } from '../viewer/counterexample-page.ts';
import { machineCounterexamplePage } from '../viewer/machine-counterexample-page.ts';
import { isPage, pageTemplate, pageWith } from '../viewer/template.ts';
import { jsonOrText } from './check.ts';
import { initialOf, operationsFrom, withKeys } from './check-job.ts';
import { columns, optionsFor } from './check-ladder.ts';
import { levels, requireRealTime } from './check-levels.ts';
import { type ExitCode, exitCode, standardInput } from './command.ts';
import { readInput } from './input.ts';
import { parseDuration } from './options.ts';
import { loadSpec } from './spec-file.ts';

interface Flags {
  readonly out?: string;
  readonly spec?: string;
  readonly consistency?: string;
  readonly format?: string;
  readonly initial?: unknown;
  readonly nilRead?: string;
  readonly independent?: boolean;
  readonly maxTime?: unknown;
}

export function registerView(cli: CAC): void {
  cli
    .command('view <file>', 'One HTML page for a counterexample or a recorded history')
    .option('--out <page.html>', 'Where to write it (default: FILE with .html, in the working directory)')
    .option('--spec <name>', 'Judge a history by what this object should do')
    .option(
      '--consistency <level>',
      'How strong: a level as of clew check, or ladder (default: linearizable)',
    )
    .option('--initial <value>', "Initial value, as JSON, when it is not the spec's")
    .option('--nil-read <any>', 'any: a read that answered null tells nothing (Knossos data)')
    .option('--independent', 'Values are [key, value], as of jepsen.independent')
    .option('--format <name>', 'Format of a history (default: told by its content)')
    .option('--max-time <time>', 'Stop judging a history after this time (default 60s)')
    .action(view);
}

async function view(file: string, flags: Flags): Promise<ExitCode> {
  const out = flags.out === undefined ? defaultName(file) : String(flags.out);
  refuseToOverwrite(out);
  const data = await pageOf(file, flags);
  const page = pageWith(await pageTemplate(), data);
  try {
    mkdirSync(dirname(out), { recursive: true });
    writeFileSync(out, page);
  } catch (error) {
    throw new UsageError(`--out ${out}: cannot be written (${(error as NodeJS.ErrnoException).code})`);
  }
  process.stdout.write(`${out}\n`);
  return exitCode.holds;
}

const defaultName = (file: string): string =>
  `${basename(file === standardInput ? 'history' : file)
    .replace(/(\.gz)?$/, '')
    .replace(/\.(json|jsonl|edn|log|txt)$/, '')}.html`;

/** A page may be made anew; anything else that stands there is somebody's. */
function refuseToOverwrite(out: string): void {
  if (!existsSync(out)) return;
  let ours = false;
  try {
    ours = isPage(out);
  } catch {
    // A folder, or what may not be read.
  }
  if (!ours) throw new UsageError(`${out} exists and is not a page of clew; name another with --out`);
}

async function pageOf(file: string, flags: Flags): Promise<PageData> {
  const input = await readInput(file, flags.format);
  const shown = file.split('\\').join('/');
  if (input.kind !== 'history') {
    for (const name of ['spec', 'consistency'] as const) {
      if (flags[name] !== undefined)
        throw new UsageError(`--${name} is for histories; ${file} is a counterexample`);
    }
    if (input.kind === 'machine') return machineCounterexamplePage(shown, input.replayed, input.machine);
    const { counterexample, model } = input;
    return counterexamplePage({ file: shown, counterexample, model, original: originalOf(counterexample) });
  }
  if (flags.consistency !== undefined && flags.spec === undefined)
    throw new UsageError('--consistency needs --spec, such as --spec cas-register');
  const { history } = input;
  const events = flags.independent ? withKeys(history) : history;
  try {
    const judged = flags.spec === undefined ? {} : await judging(shown, events, flags);
    return historyPage({ file: shown, history: events.events, ...judged });
  } catch (error) {
    throw input.located(error);
  }
}

/** What a history is judged by, as `clew check` judges it. */
async function judging(file: string, history: RecordedHistory, flags: Flags) {
  const level = consistencyNamed(flags.consistency ?? 'linearizable');
  const spec = await loadSpec(String(flags.spec));
  const nilReadsAny = flags.nilRead === 'any';
  const operations = operationsFrom(file, history, spec, { nilReadsAny });
  const budget = new LimitedBudget({ timeMs: parseDuration('max-time', flags.maxTime ?? '60s') });
  const initial = initialOf(flags.initial === undefined ? undefined : jsonOrText(flags.initial), history);
  const options = { budget, ...(initial === undefined ? {} : { initial }) };
  if (level === 'linearizable') {
    requireRealTime({ file, history });
    return { spec, operations, options };
  }
  const subject = { file, history, operations, spec, initial, budget, nilReadsAny };
  const transactions = columns(subject);
  if (level !== 'ladder') requireSingle(level, !transactions.single);
  return { spec, operations, options, ladder: { level, transactions, options: optionsFor(subject) } };
}

function consistencyNamed(name: string): Level | 'ladder' {
  if (!Object.hasOwn(levels, name)) throw unknownName('consistency level', name, Object.keys(levels));
  return name as Level | 'ladder';
}
