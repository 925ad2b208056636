/**
 * Exhaustive search, one core unless said. TwoPhase with seven resource managers through both executors, in generated states a CPU
 * second, beside what TLC (286,000, one worker) and Stateright (4.1 million, Rust) do on a like machine; raft in
 * distinct states a CPU second; and what a stored state costs in bytes, frontier and all that the steps are looked up in.
 */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { raftModel } from '../../models/raft/properties.ts';
import { twoPhase } from '../../models/two-phase.ts';
import { machineSystem } from '../../src/explore/machine-system.ts';
import { search } from '../../src/explore/search.ts';
import { WorldSystem } from '../../src/explore/world-system.ts';
import { boundsOf } from '../../src/runner/world-settings.ts';

const shown = (value: number) => Math.round(value).toLocaleString('en').padStart(10);

function report(name: string, value: number, wanted: number, most = false): void {
  const factor = most ? wanted / value : value / wanted;
  console.log(
    `  ${name.padEnd(44)} ${shown(value)}   wanted ${most ? '<' : '≥'} ${shown(wanted)}   ${factor.toFixed(2)}×`,
  );
}

const median = (values: number[]): number => values.sort((a, b) => a - b)[values.length >> 1] as number;

/** CPU seconds that a search took, collecting and compiling included. */
async function timed<T>(body: () => Promise<T>): Promise<{ result: T; seconds: number }> {
  const before = process.cpuUsage();
  const result = await body();
  const { user, system } = process.cpuUsage(before);
  return { result, seconds: (user + system) / 1e6 };
}

export async function run(): Promise<void> {
  console.log('TwoPhase, 7 resource managers, generated states a CPU second (median of 3):');
  for (const [executor, wanted] of [
    ['copying', 1_500_000],
    ['immer', 300_000],
  ] as const) {
    const rates: number[] = [];
    for (let round = 0; round < 3; round++) {
      const { result, seconds } = await timed(() => search(machineSystem(twoPhase, { nodes: 7, executor })));
      if (result.states !== 296_448 || result.transitions + 1 !== 2_744_706) throw new Error('wrong counts');
      rates.push((result.transitions + 1) / seconds);
    }
    report(executor === 'immer' ? 'immer handlers' : 'the fast path', median(rates), wanted);
  }
  console.log('raft, 3 nodes, one write, two timeouts a node (first 200,000 distinct states, median of 3):');
  console.log(
    '  every message kept, so that no state stands for others; the rows below tell what forgetting saves',
  );
  const { bounds } = boundsOf(raftModel, { clients: 'write', timeouts: 2 });
  const rates: number[] = [];
  let bytes = 0;
  for (let round = 0; round < 3; round++) {
    globalThis.gc?.();
    const before = held();
    const system = new WorldSystem(raftModel.protocol, {
      mutant: null,
      properties: raftModel.properties,
      bounds,
      forget: false,
    });
    const { result, seconds } = await timed(() => search(system, { maxStates: 200_000 }));
    rates.push(result.states / seconds);
    bytes = result.bytesPerState;
    if (globalThis.gc) {
      globalThis.gc();
      console.log(
        `  held after the search, all included: ${shown((held() - before) / result.states)} bytes a state`,
      );
    }
    if (system.steps.computed === 0) throw new Error('nothing was computed');
  }
  report('distinct states a CPU second', median(rates), 40_000);
  report('bytes a stored state (the set of states)', bytes, 200, true);
  await forgetting();
  await twoWorkers();
}

/** What the same search costs when messages that can do nothing any more are forgotten, beginning again included. */
async function forgetting(): Promise<void> {
  const searched = async (forget: boolean) => {
    const { bounds } = boundsOf(raftModel, { clients: 'write', timeouts: 2 });
    const { properties, protocol } = raftModel;
    const system = new WorldSystem(protocol, { mutant: null, properties, bounds, forget });
    return await timed(() => search(system, { depth: 10 }));
  };
  const [kept, forgotten] = [await searched(false), await searched(true)];
  const told = ({ result, seconds }: typeof kept) =>
    `${shown(result.states).trim()} states in ${seconds.toFixed(1)} CPU seconds`;
  console.log(
    `  raft to depth 10: all messages kept, ${told(kept)}; dead ones forgotten, ${told(forgotten)}: ${(kept.seconds / forgotten.seconds).toFixed(2)}×`,
  );
}

/**
 * Start-up of the second worker and what both compute included, so the longer the search, the nearer to 2. Two cores share
 * caches and memory: what two searches by one worker each, side by side, lose to each other no search by two can have
 * back. Only a quiet machine with two cores can show either.
 */
async function twoWorkers(): Promise<void> {
  const searches = {
    'raft, depth 14': 'raft --depth 14 --timeouts 2 --clients write --no-liveness',
    'TwoPhase, 9 resource managers': 'two-phase --nodes 9 --no-symmetry',
  };
  for (const [name, words] of Object.entries(searches)) {
    const [one, two] = [await explored(words, 1), await explored(words, 2)];
    if (one.states !== two.states) throw new Error('two workers met other states than one');
    const beside = await Promise.all([explored(words, 1), explored(words, 1)]);
    const slowest = Math.max(...beside.map(({ elapsedMs }) => elapsedMs));
    const ratio = (ms: number) => `${(one.elapsedMs / ms).toFixed(2)}×`;
    console.log(
      `  ${name} (${shown(one.states).trim()} states): one worker ${shown(one.elapsedMs)} ms, two ${shown(two.elapsedMs)} ms, ${ratio(two.elapsedMs)}   wanted ≥ 1.7×; two searches side by side ${shown(slowest)} ms each, ${ratio(slowest / 2)}`,
    );
  }
}

/** A search by a process of its own, as a user starts it. */
async function explored(
  words: string,
  workers: number,
): Promise<{ readonly states: number; readonly elapsedMs: number }> {
  const clew = fileURLToPath(new URL('../../src/cli/clew.mjs', import.meta.url));
  const { stdout } = await promisify(execFile)(process.execPath, [
    ...[clew, 'explore', ...words.split(' ')],
    ...['--workers', String(workers), '--json'],
  ]);
  return JSON.parse(stdout);
}

function held(): number {
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}
