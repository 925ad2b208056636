/**
 * `clew check`: judges recorded histories. A check runs right here for a second; one that takes longer, or that runs a
 * user's spec, goes to a worker thread, so that its limits hold even inside the spec's code and Ctrl-C is answered.
 */
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { UsageError, unknownName } from '../base/errors.ts';
import type { Json } from '../base/json.ts';
import { LimitedBudget } from '../checkers/budget.ts';
import { formats, type RecordedHistory, readHistory } from '../history/codecs/read.ts';
import { type CheckOptions, type FileReport, judgeFile } from './check-job.ts';
import { levels } from './check-levels.ts';
import { interrupted, stopReasons, type WorkOrder, type WorkResult } from './check-work.ts';
import { type ExitCode, exitCode, type RegisterCommand, standardInput } from './command.ts';
import { isFile } from './file-export.ts';
import { loadSpec } from './spec-file.ts';

const trialMs = 1000;
/** How long a worker may go on after it was told to stop. */
const graceMs = 1000;
/** What a worker needs beside what it is allowed. */
const spareBytes = 2 ** 28;
const watchMs = 100;
const defaultMemory = '2GB';

interface Limits {
  readonly timeMs: number | undefined;
  readonly memoryBytes: number;
}

export const registerCheck: RegisterCommand = (cli) => {
  cli
    .command(
      'check [...files]',
      'Check recorded histories (files, - for standard input, or folders of a Jepsen store)',
    )
    .option(
      '--spec <name>',
      'What the object should do: a name such as cas-register, or a file such as ./my-spec.ts',
    )
    .option('--consistency <level>', `How strong: ${Object.keys(levels).join(', ')}`, {
      default: 'linearizable',
    })
    .option('--format <name>', `Format of the files, else told by their content: ${formats.join(', ')}`)
    .option('--initial <value>', "Initial value, as JSON, when it is not the spec's")
    .option('--nil-read <any>', 'any: a read that answered null tells nothing (Knossos data)')
    .option('--independent', 'Values are [key, value], as of jepsen.independent')
    .option('--max-time <duration>', 'Give up after this long, such as 60s, 5m, 500ms')
    .option('--max-memory <size>', 'Give up beyond this much memory, such as 512MB', {
      default: defaultMemory,
    })
    .option('--witness', 'Print the order that was found for a valid history')
    .option('--dot <file>', 'Write the graph of a violation, for Graphviz (not for linearizable)')
    .option('--json', 'Print one JSON document')
    .example('  clew check history.edn --spec cas-register --initial null')
    .action(check);
};

async function check(files: readonly string[], flags: Readonly<Record<string, unknown>>): Promise<ExitCode> {
  if (files.length === 0)
    throw new UsageError('expected files to check, such as: clew check history.edn --spec cas-register');
  const options = optionsOf(flags);
  const limits: Limits = {
    timeMs: flags['maxTime'] === undefined ? undefined : durationMs(String(flags['maxTime'])),
    memoryBytes: sizeBytes(String(flags['maxMemory'])),
  };
  const format = flags['format'] === undefined ? undefined : String(flags['format']);
  const spec = isFile(options.spec) ? undefined : await loadSpec(options.spec);
  const documents: Json[] = [];
  let exit: ExitCode = exitCode.holds;
  for (const name of files) {
    const file = name === standardInput ? '-' : name;
    let report: FileReport;
    try {
      const recorded = await readHistory(file, format);
      report = await judge(file, recorded, options, limits, spec);
    } catch (error) {
      if (!(error instanceof UsageError)) throw error;
      report = { exit: exitCode.badInput, json: { file, error: error.message }, text: '' };
      process.stderr.write(`clew: ${error.message}\n`);
    }
    exit = worse(exit, report.exit);
    if (flags['json']) documents.push(report.json);
    else if (report.text !== '') process.stdout.write(`${report.text}\n`);
    if (String(report.json['reason']).startsWith(interrupted)) break;
  }
  if (flags['json']) process.stdout.write(`${JSON.stringify(documents, null, 2)}\n`);
  return exit;
}

/** Bad input is worse than a violation, which is worse than not knowing. */
function worse(a: ExitCode, b: ExitCode): ExitCode {
  const ranks: readonly ExitCode[] = [exitCode.holds, exitCode.unknown, exitCode.violated, exitCode.badInput];
  return ranks.indexOf(a) > ranks.indexOf(b) ? a : b;
}

async function judge(
  file: string,
  recorded: RecordedHistory,
  options: CheckOptions,
  limits: Limits,
  spec: Awaited<ReturnType<typeof loadSpec>> | undefined,
): Promise<FileReport> {
  const started = performance.now();
  if (spec) {
    const timeMs = Math.min(trialMs, limits.timeMs ?? trialMs);
    const budget = new LimitedBudget({ timeMs, memoryBytes: limits.memoryBytes });
    const report = judgeFile(file, recorded, spec, options, budget);
    // A ladder of which a part ran out of time is not done either.
    const unsettled =
      report.exit === exitCode.unknown ||
      (options.consistency === 'ladder' && budget.exhausted() !== undefined);
    if (!unsettled || timeMs === limits.timeMs) return report;
    if (budget.exhausted()?.includes('memory')) return report;
  }
  return judgeInWorker(file, recorded, options, limits, performance.now() - started);
}

function judgeInWorker(
  file: string,
  recorded: RecordedHistory,
  options: CheckOptions,
  { timeMs, memoryBytes }: Limits,
  spentMs: number,
): Promise<FileReport> {
  const stop = new Int32Array(new SharedArrayBuffer(4));
  const { events, format, lineOf } = recorded;
  const order: WorkOrder = {
    file,
    events,
    lines: Int32Array.from(events, (_, event) => lineOf(event)),
    format,
    options,
    timeMs,
    memoryBytes,
    stop,
  };
  const worker = new Worker(fileURLToPath(new URL('./check-worker.mjs', import.meta.url)), {
    workerData: order,
    resourceLimits: { maxOldGenerationSizeMb: Math.ceil((memoryBytes + spareBytes) / 2 ** 20) },
  });
  return new Promise((resolve, reject) => {
    let timer: NodeJS.Timeout | undefined;
    // Buffers that a spec makes lie outside the worker's heap, so nothing else bounds them.
    const most = process.memoryUsage.rss() + memoryBytes + spareBytes;
    const watch = setInterval(() => process.memoryUsage.rss() > most && stopWorker(3), watchMs);
    const finish = (settle: () => void): void => {
      clearTimeout(timer);
      clearInterval(watch);
      process.off('SIGINT', interrupt);
      settle();
      void worker.terminate();
    };
    const giveUp = (reason: string): void =>
      finish(() => resolve(unknownReport(file, options, events.length, reason)));
    /** Asks the worker to stop, and ends it when it does not: it may be inside a function of the spec for good. */
    const stopWorker = (reason: 1 | 2 | 3): void => {
      clearTimeout(timer);
      clearInterval(watch);
      Atomics.store(stop, 0, reason);
      timer = setTimeout(
        () => giveUp(`${stopReasons(timeMs)[reason]} inside a function of the spec`),
        graceMs,
      );
    };
    const interrupt = (): void => stopWorker(1);
    process.on('SIGINT', interrupt);
    worker.on('message', (result: WorkResult) => {
      if (result !== 'ready')
        finish(() =>
          'report' in result ? resolve(result.report) : reject(new UsageError(result.usageError)),
        );
      else if (timeMs !== undefined && timer === undefined) {
        timer = setTimeout(() => stopWorker(2), Math.max(0, timeMs - spentMs));
      }
    });
    worker.on('error', (error: Error & { code?: string }) => {
      if (error.code === 'ERR_WORKER_OUT_OF_MEMORY') giveUp('the memory limit was reached');
      else finish(() => reject(error));
    });
  });
}

function unknownReport(file: string, options: CheckOptions, events: number, reason: string): FileReport {
  return {
    exit: exitCode.unknown,
    json: {
      file,
      valid: 'unknown',
      consistency: options.consistency,
      spec: options.spec,
      operations: null,
      elapsedMs: null,
      reason,
    },
    text: `${file}: UNKNOWN  (${options.spec}; ${events.toLocaleString('en-US')} events; ${reason})`,
  };
}

function optionsOf(flags: Readonly<Record<string, unknown>>): CheckOptions {
  const { spec, consistency, nilRead } = flags;
  if (typeof spec !== 'string')
    throw new UsageError('expected --spec with the name of a spec or a file, such as --spec cas-register');
  if (!Object.hasOwn(levels, String(consistency))) {
    throw unknownName('consistency level', String(consistency), Object.keys(levels));
  }
  if (nilRead !== undefined && nilRead !== 'any')
    throw unknownName('value of --nil-read', String(nilRead), ['any']);
  return {
    spec,
    consistency: String(consistency),
    initial: flags['initial'] === undefined ? undefined : jsonOrText(flags['initial']),
    nilReadsAny: nilRead === 'any',
    independent: flags['independent'] === true,
    witness: flags['witness'] === true,
    dot: flags['dot'] === undefined ? undefined : String(flags['dot']),
    columns: process.stdout.columns,
  };
}

/** `--initial 0`, `--initial null`, `--initial '["a"]'`; what is not JSON is text. */
export function jsonOrText(value: unknown): Json {
  if (typeof value !== 'string') return value as Json;
  try {
    return JSON.parse(value) as Json;
  } catch {
    return value;
  }
}

function durationMs(text: string): number {
  const match = /^(\d+(?:\.\d+)?)(ms|s|m|h)?$/.exec(text);
  if (!match) throw new UsageError(`expected a duration such as 60s, 5m or 500ms, received '${text}'`);
  return (
    Number(match[1]) *
    { ms: 1, s: 1000, m: 60_000, h: 3_600_000 }[(match[2] ?? 's') as 'ms' | 's' | 'm' | 'h']
  );
}

function sizeBytes(text: string): number {
  const match = /^(\d+(?:\.\d+)?)\s*(KB|MB|GB)?$/i.exec(text);
  if (!match) throw new UsageError(`expected a size such as 512MB or 2GB, received '${text}'`);
  return (
    Number(match[1]) *
    { KB: 2 ** 10, MB: 2 ** 20, GB: 2 ** 30 }[(match[2] ?? 'MB').toUpperCase() as 'KB' | 'MB' | 'GB']
  );
}
