/** `clew view`: one page of HTML for a saved counterexample or a recorded history. */
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import type { CAC } from 'cac';
import { UsageError, unknownName } from '../base/errors.ts';
import { LimitedBudget } from '../checkers/budget.ts';
import { counterexamplePage } from '../report/counterexample-page.ts';
import { historyPage } from '../report/history-page.ts';
import type { PageData } from '../report/page.ts';
import { originalOf } from '../runner/originals.ts';
import { specs } from '../spec/specs.ts';
import { isPage, pageTemplate, pageWith } from '../viewer/template.ts';
import { type ExitCode, exitCode } from './command.ts';
import { readInput } from './input.ts';
import { parseDuration } from './options.ts';

interface Flags {
  readonly out?: string;
  readonly spec?: string;
  readonly format?: string;
  readonly maxTime?: unknown;
}

export function registerView(cli: CAC): void {
  cli
    .command('view <file>', 'One HTML page for a counterexample or a recorded history')
    .option('--out <page.html>', 'Where to write it (default: FILE with .html, in the working directory)')
    .option('--spec <name>', 'Judge a history: linearizable with respect to this spec')
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
  `${basename(file === '-' ? 'history' : file)
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
  const spec = flags.spec === undefined ? undefined : specs.get(flags.spec);
  if (flags.spec !== undefined && !spec) throw unknownName('spec', flags.spec, [...specs.keys()]);
  const budget = new LimitedBudget({ timeMs: parseDuration('max-time', flags.maxTime ?? '60s') });
  try {
    return historyPage({ file: shown, history: input.history.events, spec, options: { budget } });
  } catch (error) {
    throw input.located(error);
  }
}
