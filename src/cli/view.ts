/** `clew view`: one page of HTML for a saved counterexample or a recorded history. */
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import type { CAC } from 'cac';
import { UsageError } from '../base/errors.ts';
import { LimitedBudget } from '../checkers/budget.ts';
import { historyPage } from '../report/history-page.ts';
import type { PageData } from '../report/page.ts';
import { originalOf } from '../runner/originals.ts';
import { counterexamplePage } from '../viewer/counterexample-page.ts';
import { isPage, pageTemplate, pageWith } from '../viewer/template.ts';
import { jsonOrText } from './check.ts';
import { operationsFrom, withKeys } from './check-job.ts';
import { type ExitCode, exitCode, standardInput } from './command.ts';
import { readInput } from './input.ts';
import { parseDuration } from './options.ts';
import { loadSpec } from './spec-file.ts';

interface Flags {
  readonly out?: string;
  readonly spec?: string;
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
    .option('--spec <name>', 'Judge a history: linearizable with respect to this spec')
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
  if (input.kind === 'counterexample') {
    if (flags.spec !== undefined)
      throw new UsageError(`--spec is for histories; ${file} is a counterexample`);
    const { counterexample, model } = input;
    return counterexamplePage({ file: shown, counterexample, model, original: originalOf(counterexample) });
  }
  const { history } = input;
  const events = flags.independent ? withKeys(history) : history;
  const spec = flags.spec === undefined ? undefined : await loadSpec(flags.spec);
  const initial = flags.initial === undefined ? undefined : jsonOrText(flags.initial);
  const options = {
    budget: new LimitedBudget({ timeMs: parseDuration('max-time', flags.maxTime ?? '60s') }),
    ...(initial === undefined ? {} : { initial }),
  };
  try {
    const operations = spec
      ? { operations: operationsFrom(shown, events, spec, { nilReadsAny: flags.nilRead === 'any' }) }
      : {};
    return historyPage({ file: shown, history: events.events, spec, options, ...operations });
  } catch (error) {
    throw input.located(error);
  }
}
