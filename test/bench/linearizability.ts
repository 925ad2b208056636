/**
 * How fast linearizability is judged: `npm run bench -- linearizability [CASE]`. Medians after warm-up, the check alone,
 * against the figures to reach; beside the clock, the processor's time, which tells more on a busy machine. Data come from the shared generator when it is there, else from our own.
 */
import { execFileSync } from 'node:child_process';
import { createWriteStream, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { Random } from '../../src/base/random.ts';
import { LimitedBudget } from '../../src/checkers/budget.ts';
import { linearizabilityChecker } from '../../src/checkers/linearizable/linearizable.ts';
import { readHistory } from '../../src/history/codecs/read.ts';
import type { Operation } from '../../src/history/history.ts';
import { operationsOf } from '../../src/history/operations.ts';
import type { AnySpec } from '../../src/spec/spec.ts';
import { specs } from '../../src/spec/specs.ts';
import { randomHistory } from '../checkers/linearizable/random-history.ts';
import { shapes } from '../checkers/linearizable/shapes.ts';
import { sharedData } from '../shared-data.ts';
import { generateHistory, type Wanted } from './generate-history.ts';

const specOf: Readonly<Record<Wanted['model'], string>> = {
  cas: 'cas-register',
  uniq: 'register',
  kv: 'kv',
  queue: 'queue',
  stack: 'stack',
  set: 'set',
  gset: 'grow-set',
  append: 'list-append',
};

interface Case extends Wanted {
  readonly atMostMs: number;
}

function wanted(
  model: Wanted['model'],
  clients: number,
  operations: number,
  infoPercent: number,
  bad: boolean,
  atMostMs: number,
): Case {
  return { model, clients, operations, infoPercent, bad, atMostMs };
}

const cases: readonly Case[] = [
  wanted('cas', 20, 1000, 0, false, 40),
  wanted('cas', 5, 10_000, 0, false, 10),
  wanted('cas', 10, 10_000, 0, false, 40),
  wanted('cas', 10, 10_000, 0, true, 200),
  wanted('cas', 20, 300, 0, true, 300),
  wanted('cas', 5, 1000, 1, true, 50),
  wanted('cas', 5, 1000, 5, true, 50),
  ...[0, 1, 5].map((info) => wanted('cas', 20, 10_000, info, false, 5000)),
  ...[false, true].map((bad) => wanted('uniq', 5, 100_000, 0, bad, 60)),
  ...(['queue', 'stack', 'set'] as const).flatMap((model) =>
    [false, true].map((bad) => wanted(model, 5, 100_000, 0, bad, 200)),
  ),
  ...[300, 1000, 3000, 10_000].map((operations) => wanted('queue', 10, operations, 0, false, 50)),
  wanted('queue', 50, 10_000, 0, false, 200),
  wanted('kv', 50, 100_000, 5, false, 2000),
  wanted('kv', 5, 10_000, 5, true, 1000),
  ...(['gset', 'append'] as const).flatMap((model) =>
    [false, true].map((bad) => wanted(model, 20, 10_000, 0, bad, 500)),
  ),
];

export async function run(args: string[]): Promise<void> {
  const only = args.find((word) => !word.startsWith('--'));
  const data = sharedData('linearizability');
  const generator = data && join(data, '../../tools/generate-history.py');
  const source = generator && existsSync(generator) ? generator : undefined;
  console.log(
    `Histories by ${source ? 'the shared generator' : 'our own generator'}, seed 1. Milliseconds: medians, the check alone.\n`,
  );
  console.log(row(['case', 'verdict', 'median', 'at most', '', 'processor', 'twice as long', 'by']));
  if (data && !only) await etcd(data);
  const missed: string[] = [];
  for (const one of cases) {
    const name = nameOf(one);
    if (only && !name.includes(only)) continue;
    const operations = await make(one, source);
    const measured = measure(one, operations);
    // One doubling of operations, to show how the cost grows.
    const doubled = measure(one, await make({ ...one, operations: one.operations * 2 }, source));
    const right = measured.valid === !one.bad;
    const fast = measured.median <= one.atMostMs;
    if (!right || !fast) missed.push(name);
    console.log(
      row([
        name,
        String(measured.valid),
        measured.median.toFixed(2),
        String(one.atMostMs),
        right ? (fast ? 'ok' : 'SLOW') : 'WRONG',
        measured.processor.toFixed(2),
        `×${(doubled.processor / measured.processor).toFixed(1)}`,
        measured.by,
      ]),
    );
  }
  if (!only) {
    fuzzing();
    cancelled();
    await million(source);
  }
  if (missed.length > 0) {
    console.log(`\nNot reached: ${missed.join('; ')}`);
    process.exitCode = 1;
  }
}

function nameOf({ model, clients, operations, infoPercent, bad }: Wanted): string {
  return `${model} ${clients} clients ${operations.toLocaleString('en-US')}${infoPercent > 0 ? `, ${infoPercent} % info` : ''}${bad ? ', bad' : ''}`;
}

function row(cells: readonly string[]): string {
  const widths = [38, 8, 9, 8, 5, 9, 13, 0];
  return cells
    .map((cell, i) => (i > 1 && i !== 4 && i < 6 ? cell.padStart(widths[i]!) : cell.padEnd(widths[i]!)))
    .join('  ')
    .trimEnd();
}

async function make(one: Wanted, generator: string | undefined): Promise<Operation[]> {
  if (!generator) return operationsOf(generateHistory(one));
  const folder = mkdtempSync(join(tmpdir(), 'clew-bench-'));
  const file = join(folder, 'history.jsonl');
  try {
    await writeHistory(one, generator, file);
    return operationsOf((await readHistory(file)).events);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

async function writeHistory(one: Wanted, generator: string | undefined, file: string): Promise<void> {
  const { model, clients, operations, infoPercent, bad } = one;
  if (generator) {
    const args = [model, clients, operations, infoPercent, 1, file, ...(bad ? ['--bad'] : [])].map(String);
    execFileSync('python3', [generator, ...args]);
    return;
  }
  const lines = generateHistory(one).values();
  await pipeline(
    Readable.from(
      (function* () {
        for (const event of lines) yield `${JSON.stringify(event)}\n`;
      })(),
    ),
    createWriteStream(file),
  );
}

interface Measured {
  readonly valid: boolean | 'unknown';
  readonly median: number;
  readonly processor: number;
  readonly by: string;
}

/** A new checker each time, so that no table of an earlier run helps; warmed-up code. */
function measure(one: Wanted, operations: readonly Operation[]): Measured {
  const spec = specs.get(specOf[one.model]) as AnySpec;
  const initial = one.model === 'uniq' || one.model === 'cas' ? { initial: null } : {};
  const times: number[] = [];
  const processorTimes: number[] = [];
  let valid: boolean | 'unknown' = 'unknown';
  let by = '';
  const begin = performance.now();
  while (times.length < 9 && (times.length < 3 || performance.now() - begin < 3000)) {
    const checker = linearizabilityChecker(spec);
    const processorStarted = process.cpuUsage().user;
    const started = performance.now();
    const result = checker.check(operations, { ...initial, budget: new LimitedBudget({ timeMs: 60_000 }) });
    times.push(performance.now() - started);
    processorTimes.push((process.cpuUsage().user - processorStarted) / 1000);
    valid = result.valid;
    by = 'by' in result ? result.by.join(', ') : result.reason;
  }
  return { valid, median: medianOf(times), processor: medianOf(processorTimes), by };
}

function medianOf(times: readonly number[]): number {
  return [...times].sort((a, b) => a - b)[times.length >> 1]!;
}

/** The sum of all the etcd histories, one checker for all, as a campaign would have it. */
async function etcd(data: string): Promise<void> {
  const folder = join(data, 'etcd');
  const histories: Operation[][] = [];
  for (const file of readdirSync(folder))
    histories.push(operationsOf((await readHistory(join(folder, file))).events));
  const processorTimes: number[] = [];
  const times = Array.from({ length: 15 }, () => {
    const checker = linearizabilityChecker(specs.get('cas-register') as AnySpec);
    const processorStarted = process.cpuUsage().user;
    const started = performance.now();
    for (const operations of histories) checker.check(operations, { initial: null });
    processorTimes.push((process.cpuUsage().user - processorStarted) / 1000);
    return performance.now() - started;
  });
  const median = medianOf(times);
  console.log(
    row([
      `etcd, ${histories.length} histories, sum`,
      '',
      median.toFixed(2),
      '20',
      median <= 20 ? 'ok' : 'SLOW',
      medianOf(processorTimes).toFixed(2),
    ]),
  );
}

/** What checking costs while fuzzing: histories of 30 operations, one checker. */
function fuzzing(): void {
  console.log(
    '\nHistories of 30 operations, 5 clients, 3 % crashed; microseconds each, at most 30, and of the processor',
  );
  for (const name of ['register', 'cas-register', 'kv', 'queue', 'list-append', 'counter', 'mutex']) {
    const shape = shapes[name]!;
    const random = new Random(1);
    const size = { operations: 30, processes: 5, crash: 0.03, twist: 0 };
    const histories = Array.from({ length: 2000 }, () => operationsOf(randomHistory(shape, random, size)));
    const checker = linearizabilityChecker(shape.spec);
    const processorTimes: number[] = [];
    const times = Array.from({ length: 7 }, () => {
      const processorStarted = process.cpuUsage().user;
      const started = performance.now();
      for (const operations of histories) checker.check(operations);
      processorTimes.push((process.cpuUsage().user - processorStarted) / histories.length);
      return ((performance.now() - started) / histories.length) * 1000;
    });
    console.log(
      row([
        name,
        '',
        medianOf(times).toFixed(1),
        '30',
        medianOf(times) <= 30 ? 'ok' : 'SLOW',
        medianOf(processorTimes).toFixed(1),
      ]),
    );
  }
}

function cancelled(): void {
  const operations = operationsOf(
    generateHistory({ model: 'cas', clients: 20, operations: 10_000, infoPercent: 5 }),
  );
  const budget = new LimitedBudget();
  budget.cancel('it was cancelled');
  const started = performance.now();
  const { valid } = linearizabilityChecker(specs.get('cas-register') as AnySpec).check(operations, {
    budget,
  });
  console.log(
    `\nA check with a cancelled budget answers ${valid} after ${(performance.now() - started).toFixed(1)} ms (at most 50).`,
  );
}

/** The whole command on a file of a million operations, in a process of its own: its memory is the question. */
async function million(generator: string | undefined): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'clew-bench-'));
  const file = join(folder, 'million.jsonl');
  try {
    await writeHistory(
      { model: 'uniq', clients: 10, operations: 1_000_000, infoPercent: 0 },
      generator,
      file,
    );
    const program = `
      process.argv = ['node', 'clew', 'check', '${file}', '--spec', 'register', '--initial', 'null'];
      process.on('exit', () => console.log(process.resourceUsage().maxRSS));
      await import('./src/cli/clew.mjs');`;
    const started = performance.now();
    const output = execFileSync('node', ['--input-type=module', '-e', program], { encoding: 'utf8' })
      .trim()
      .split('\n');
    const seconds = (performance.now() - started) / 1000;
    const megabytes = Number(output.at(-1)) / 1024;
    console.log(
      `${output[0]?.replace(/^.*: (?=LINEAR)/, '1,000,000 operations, 10 clients, unique register: ')}`,
    );
    console.log(
      `The whole command: ${seconds.toFixed(1)} s, ${megabytes.toFixed(0)} MB at most (at most 1,024).`,
    );
  } finally {
    rmSync(folder, { recursive: true });
  }
}
