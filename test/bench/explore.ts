/**
 * Exhaustive search, one core unless said. TwoPhase with seven resource managers through both executors, in generated states a CPU
 * second, beside what TLC (286,000, one worker) and Stateright (4.1 million, Rust) do on a like machine; raft in
 * distinct states a CPU second; and what a stored state costs in bytes, frontier and all that the steps are looked up in.
 */
import { raftModel } from '../../models/raft/properties.ts';
import { twoPhase } from '../../models/two-phase.ts';
import { searchMachine } from '../../src/explore/machine-search.ts';
import { machineSystem } from '../../src/explore/machine-system.ts';
import { search } from '../../src/explore/search.ts';
import { WorldSystem } from '../../src/explore/world-system.ts';
import { explore } from '../../src/runner/explore.ts';
import { crewForMachine } from '../../src/runner/explore-work.ts';
import type { Model } from '../../src/runner/model.ts';
import { loadMachine, loadModels } from '../../src/runner/registry.ts';
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
 * Start-up of the second worker and what both compute included, so the longer the search, the nearer to 2; the median of
 * three rounds, since other work on the machine shows in a single one. Only a quiet machine with two cores can show it.
 */
async function twoWorkers(): Promise<void> {
  const raft = (await loadModels()).find(({ name }) => name === raftModel.name) as Model;
  const machine = await loadMachine(twoPhase.name);
  const crew = crewForMachine(machine, { nodes: 8 });
  const options = { clients: 'write', timeouts: 2, depth: 14, liveness: false };
  const searches = {
    'raft, depth 14': async (workers: number) => (await explore(raft, { ...options, workers })).result,
    'TwoPhase, 8 resource managers': (workers: number) =>
      searchMachine<never>(machine, { nodes: 8 }, { workers, ...(crew ? { crew } : {}) }),
  };
  for (const [name, searched] of Object.entries(searches)) {
    const [alone, together]: [number[], number[]] = [[], []];
    let states = 0;
    for (let round = 0; round < 3; round++) {
      const [one, two] = [await searched(1), await searched(2)];
      if (one.states !== two.states) throw new Error('two workers met other states than one');
      states = one.states;
      alone.push(one.elapsedMs);
      together.push(two.elapsedMs);
    }
    const [one, two] = [median(alone), median(together)];
    console.log(
      `  ${name} (${shown(states).trim()} states): one worker ${shown(one)} ms, two ${shown(two)} ms, ${(one / two).toFixed(2)}×   wanted ≥ 1.7×`,
    );
  }
}

function held(): number {
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}
