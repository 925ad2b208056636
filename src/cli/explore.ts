/** `clew explore`: every state within bounds, the shortest trace to a violation. */

import type { CAC } from 'cac';
import { UsageError, unknownName } from '../base/errors.ts';
import type { AnyMachine } from '../explore/machine.ts';
import {
  type MachineExecutor,
  machineExecutors,
  machineSystem,
  type SymmetryKind,
  symmetryKinds,
} from '../explore/machine-system.ts';
import { type Order, orders, type SearchOptions, type SearchResult, search } from '../explore/search.ts';
import { machineStory, told } from '../report/exploration.ts';
import { loadMachines } from '../runner/registry.ts';
import { type ExitCode, exitCode } from './command.ts';
import { parseDuration, parseInteger, parseSize } from './options.ts';
import { SearchLine } from './search-line.ts';

interface Flags {
  readonly mutant?: string;
  readonly nodes?: unknown;
  readonly symmetry?: unknown;
  readonly executor?: string;
  readonly order?: string;
  readonly depth?: unknown;
  readonly maxStates?: unknown;
  readonly maxTime?: unknown;
  readonly maxMemory?: unknown;
  readonly exact?: boolean;
  readonly json?: boolean;
}

export function registerExplore(cli: CAC): void {
  cli
    .command('explore <model>', 'Search every state within bounds; print the shortest way to a violation')
    .option('--nodes <n>', 'Number of nodes, or of participants of a machine (default: the model’s)')
    .option(
      '--symmetry [kind]',
      'Take states that differ in the names of interchangeable nodes for one: sorted (partly, cheaper) or full; default, and --no-symmetry: no reduction at all',
    )
    .option('--executor <name>', `How a machine’s actions are run: ${machineExecutors.join(', ')}`)
    .option(
      '--order <name>',
      `What is expanded first: ${orders.join(', ')} (default breadth: shortest traces)`,
    )
    .option('--depth <n>', 'Look no further than so many steps')
    .option('--max-states <n>', 'Stop after so many distinct states')
    .option('--max-time <time>', 'Stop after this time, such as 20s')
    .option('--max-memory <size>', 'Stop when the process uses so much, such as 500MB or 2GB')
    .option('--exact', 'Keep whole states, so that none can be taken for another')
    .option('--json', 'Print one JSON document')
    .action(explore);
}

async function explore(name: string, flags: Flags): Promise<ExitCode> {
  const machines = await loadMachines();
  const found = machines.find((machine) => machine.name === name);
  if (!found)
    throw unknownName(
      'model',
      name,
      machines.map((machine) => machine.name),
    );
  return await exploreMachine(found, flags);
}

async function exploreMachine(machine: AnyMachine, flags: Flags): Promise<ExitCode> {
  const nodes = flags.nodes === undefined ? machine.nodes : parseInteger('nodes', flags.nodes, 1);
  const symmetry = parseSymmetry(flags.symmetry, machine);
  const executor = parseChoice('executor', flags.executor, machineExecutors) as MachineExecutor | undefined;
  const system = machineSystem<never>(machine, { nodes, symmetry, ...(executor ? { executor } : {}) });
  const result = await supervised(machine.name, (options) => search(system, options), {
    // What sorting leaves apart depends on the order; depth first is the one that others print their counts for.
    ...(symmetry === 'sorted' ? { order: 'depth' } : {}),
    ...parseOptions(flags),
  });
  const { violation } = result;
  const subject = `${machine.name} with ${nodes} participants`;
  if (flags.json) {
    const trace = violation && [
      { action: null, state: violation.initial },
      ...violation.steps.map(({ action, state }) => ({ action, state })),
    ];
    write(
      JSON.stringify(
        { model: machine.name, mutant: null, nodes, symmetry, ...asJson(result, null), trace: trace ?? null },
        null,
        2,
      ),
    );
  } else {
    if (violation) write(machineStory(subject, violation));
    write(told(subject, result));
  }
  return exitOf(result);
}

/** Runs a search with its progress shown, until it ends or Ctrl-C does. */
async function supervised<T>(
  subject: string,
  run: (options: SearchOptions) => Promise<T>,
  options: SearchOptions,
): Promise<T> {
  const interrupt = new AbortController();
  const onInterrupt = () => interrupt.abort();
  process.once('SIGINT', onInterrupt);
  const line = new SearchLine(subject);
  try {
    return await run({ ...options, signal: interrupt.signal, onProgress: (progress) => line.show(progress) });
  } finally {
    line.clear();
    process.off('SIGINT', onInterrupt);
  }
}

function parseOptions({ order, depth, maxStates, maxTime, maxMemory, exact }: Flags): SearchOptions {
  const chosen = parseChoice('order', order, orders) as Order | undefined;
  if (chosen === 'deviations' && depth !== undefined) {
    throw new UsageError(
      '--depth with --order deviations; expected one of them, since the fewest deviations can need many steps',
    );
  }
  return {
    ...(chosen ? { order: chosen } : {}),
    ...(depth === undefined ? {} : { depth: parseInteger('depth', depth, 0) }),
    ...(maxStates === undefined ? {} : { maxStates: parseInteger('max-states', maxStates, 1) }),
    ...(maxTime === undefined ? {} : { maxTimeMs: parseDuration('max-time', maxTime) }),
    ...(maxMemory === undefined ? {} : { maxMemory: parseSize('max-memory', maxMemory) }),
    ...(exact ? { exact } : {}),
  };
}

function parseChoice(option: string, value: unknown, known: readonly string[]): string | undefined {
  if (value === undefined) return undefined;
  if (!known.includes(String(value))) throw unknownName(`--${option}`, String(value), known);
  return String(value);
}

function parseSymmetry(value: unknown, machine: AnyMachine): SymmetryKind {
  if (value === undefined || value === false) return 'none';
  if (value === true || value === '') return machine.definition.sortBy ? 'sorted' : 'full';
  return parseChoice('symmetry', value, symmetryKinds) as SymmetryKind;
}

function asJson(result: SearchResult<unknown>, counterexample: string | null) {
  const { verdict, states, transitions, depth, elapsedMs, violation, reason, frontier, cut } = result;
  return {
    ...{ verdict, states, transitions, depth, elapsedMs: Math.round(elapsedMs) },
    property: violation?.property ?? null,
    explanation: violation?.explanation ?? null,
    counterexample,
    ...{ reason: reason ?? null, frontier, cut },
    missProbability: result.missProbability,
    bytesPerState: Math.round(result.bytesPerState),
    unreachable: result.verdict === 'holds' ? result.unseen : [],
  };
}

function exitOf({ verdict }: SearchResult<unknown>): ExitCode {
  return exitCode[verdict];
}

function write(text: string): void {
  process.stdout.write(`${text}\n`);
}
