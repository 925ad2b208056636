/** `clew explore`: every state within bounds, the shortest trace to a violation. */

import type { CAC } from 'cac';
import { UsageError, unknownName } from '../base/errors.ts';
import type { AnyMachine } from '../explore/machine.ts';
import { searchMachine } from '../explore/machine-search.ts';
import {
  type MachineExecutor,
  machineExecutors,
  type SymmetryKind,
  symmetryKinds,
} from '../explore/machine-system.ts';
import { traceOf } from '../explore/machine-trace.ts';
import {
  type FoundViolation,
  type Order,
  orders,
  type SearchOptions,
  type SearchResult,
} from '../explore/search-result.ts';
import { mostWorkers } from '../explore/shared-states.ts';
import { mostClients, mostOperations } from '../kernel/workload.ts';
import {
  boundsInWords,
  machineInWords,
  machineStory,
  reservations,
  told,
  worldStory,
} from '../report/exploration.ts';
import { story } from '../report/story.ts';
import { saveCounterexample } from '../runner/counterexample.ts';
import { explained } from '../runner/explain.ts';
import { type Explored, type ExploreOptions, explore as exploreModel } from '../runner/explore.ts';
import { crewForMachine } from '../runner/explore-work.ts';
import { replayMachine, saveMachineCounterexample } from '../runner/machine-counterexample.ts';
import type { Model } from '../runner/model.ts';
import { loadMachines, loadModels } from '../runner/registry.ts';
import { regressionFolder } from '../runner/regressions.ts';
import { type ExitCode, exitCode } from './command.ts';
import { parseDuration, parseInteger, parseSize } from './options.ts';
import { SearchLine } from './search-line.ts';

interface Flags {
  readonly mutant?: string;
  readonly nodes?: unknown;
  readonly clients?: unknown;
  readonly ops?: unknown;
  readonly crashes?: unknown;
  readonly drops?: unknown;
  readonly duplicates?: unknown;
  readonly partitions?: unknown;
  readonly ticks?: unknown;
  readonly timeouts?: unknown;
  readonly retries?: unknown;
  readonly within?: boolean;
  readonly liveness?: boolean;
  readonly reduction?: boolean;
  readonly symmetry?: unknown;
  readonly executor?: string;
  readonly order?: string;
  readonly depth?: unknown;
  readonly maxStates?: unknown;
  readonly maxTime?: unknown;
  readonly maxMemory?: unknown;
  readonly exact?: boolean;
  readonly workers?: unknown;
  readonly json?: boolean;
}

export function registerExplore(cli: CAC): void {
  cli
    .command('explore <model>', 'Search every state within bounds; print the shortest way to a violation')
    .option('--nodes <n>', 'Number of nodes, or of participants of a machine (default: the model’s)')
    .option('--mutant <name>', 'Plant this bug')
    .option('--clients <list>', 'How many clients (default 2), or what each does: "write,read;x.write(3)"')
    .option('--ops <n>', 'Operations of each client (default 1)')
    .option('--crashes <n>', 'Crashes at most (default 0)')
    .option('--timeouts <n>', 'Firings of timers at each node at most (default 1)')
    .option('--drops <n>', 'Losses at most (default 0: a message that never arrives is looked at anyway)')
    .option('--duplicates <n>', 'Doubled messages at most (default 0)')
    .option('--partitions <n>', 'Splits of the network into two sides at most (default 0: as for --drops)')
    .option('--ticks <n>', 'How long clocks are followed, where the model keeps them (default: the model’s)')
    .option('--retries <n>', 'Requests sent again at most (default 0)')
    .option('--no-reduction', 'Let clients move at any time, not only when that says most')
    .option('--no-liveness', 'Without looking for what fair runs never come to')
    .option('--no-within', 'Without the model’s own bound on worlds')
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
    .option(
      '--workers <n>',
      'Threads that search breadth first (default: one a core when a search takes long)',
    )
    .option('--exact', 'Keep whole states, so that none can be taken for another')
    .option('--json', 'Print one JSON document')
    .action(explore);
}

async function explore(name: string, flags: Flags): Promise<ExitCode> {
  const machines = await loadMachines();
  const found = machines.find((machine) => machine.name === name);
  if (found) return await exploreMachine(found, flags);
  const models = await loadModels();
  const model = models.find((candidate) => candidate.name === name);
  if (model) return await exploreWorlds(model, flags);
  throw unknownName(
    'model',
    name,
    [...models, ...machines].map((known) => known.name),
  );
}

async function exploreWorlds(model: Model, flags: Flags): Promise<ExitCode> {
  refuse(flags, ['executor'], `${model.name} is a protocol; expected a machine`);
  const mutant = flags.mutant ?? null;
  const explored = await supervised(
    model.name,
    (options) => exploreModel(model, { ...worldOptions(flags), mutant, ...options }),
    parseOptions(flags),
  );
  const { failure, result } = explored;
  let file: string | null = null;
  let shown: string | undefined;
  if (failure) {
    const { property, explanation, schedule } = failure;
    if (schedule) {
      const counterexample = { model: model.name, mutant, property, explanation, schedule };
      file = saveCounterexample(counterexample, regressionFolder);
      shown = story(explained(model, counterexample, file));
    } else shown = worldStory(explored);
  }
  const wider = result.verdict === 'holds' ? widerBounds(flags, explored) : [];
  if (flags.json) write(JSON.stringify({ ...worldsAsJson(explored, file), wider }, null, 2));
  else {
    if (shown) write(`${shown}\n`);
    write(told(boundsInWords(explored), result));
    for (const line of reservations(explored)) write(line);
    if (wider.length > 0) write(`      not beyond these bounds; try next ${wider.join(', or ')}`);
  }
  return exitOf(result);
}

/** Flags of the next wider bounds: a bug may need one operation, crash or timeout more. */
function widerBounds({ clients }: Flags, { bounds }: Explored): string[] {
  const operations = Math.max(0, ...bounds.clients.map(({ length }) => length));
  const counted = clients === undefined || /^\d+$/.test(String(clients));
  return [
    ...(counted && operations > 0 ? [`--ops ${operations + 1}`] : []),
    `--crashes ${bounds.crashes + 1}`,
    `--timeouts ${bounds.timeouts + 1}`,
  ];
}

function worldOptions(flags: Flags): ExploreOptions {
  const options: Record<string, unknown> = {
    symmetry: flags.symmetry !== undefined && flags.symmetry !== false && flags.symmetry !== 'none',
    within: flags.within !== false,
    ...(flags.liveness === false ? { liveness: false } : {}),
    reduce: flags.reduction !== false,
  };
  if (flags.nodes !== undefined) options['nodes'] = parseInteger('nodes', flags.nodes, 1, 9);
  if (flags.ops !== undefined) options['operations'] = parseInteger('ops', flags.ops, 0, mostOperations);
  for (const name of [
    'crashes',
    'drops',
    'duplicates',
    'partitions',
    'timeouts',
    'retries',
    'ticks',
  ] as const) {
    if (flags[name] !== undefined) options[name] = parseInteger(name, flags[name], 0);
  }
  if (flags.clients !== undefined) {
    const text = String(flags.clients);
    options['clients'] = /^\d+$/.test(text) ? parseInteger('clients', text, 0, mostClients) : text;
  }
  return options;
}

function worldsAsJson(explored: Explored, file: string | null) {
  const { model, mutant, result, bounds, clients, failure, notJudged, drawn, steps } = explored;
  const { within, clients: _, ...limits } = bounds;
  return {
    ...{ model, mutant, nodes: bounds.nodes, ...asJson(result, file) },
    explanation: failure?.explanation ?? null,
    bounds: { ...limits, clients, within: within !== undefined },
    ...{ steps, notJudged, drawn, trace: failure?.trace ?? null },
  };
}

/** Flags that say something about messages and nodes, or about a machine's actions, alone. */
const flagsOfWorlds = [
  ...(['clients', 'ops', 'crashes', 'drops', 'duplicates', 'partitions'] as const),
  ...(['timeouts', 'ticks', 'retries'] as const),
];

function refuse(flags: Flags, names: readonly (keyof Flags)[], why: string): void {
  const given = names.find((name) => flags[name] !== undefined);
  if (given !== undefined) throw new UsageError(`--${given}: ${why}`);
}

async function exploreMachine(machine: AnyMachine, flags: Flags): Promise<ExitCode> {
  refuse(flags, flagsOfWorlds, `${machine.name} is a machine, which has none`);
  const nodes = flags.nodes === undefined ? machine.nodes : parseInteger('nodes', flags.nodes, 1);
  const symmetry = parseSymmetry(flags.symmetry, machine);
  const executor = parseChoice('executor', flags.executor, machineExecutors) as MachineExecutor | undefined;
  const mutant = flags.mutant ?? null;
  const bounds = { nodes, symmetry, mutant, ...(executor ? { executor } : {}) };
  const crew = crewForMachine(machine, bounds);
  const result = await supervised(machine.name, (options) => searchMachine<never>(machine, bounds, options), {
    ...(crew ? { crew } : {}),
    ...(flags.liveness === false ? { liveness: false } : {}),
    // What sorting leaves apart depends on the order; depth first is the one that others print their counts for.
    ...(symmetry === 'sorted' ? { order: 'depth' } : {}),
    ...parseOptions(flags),
  });
  const { violation } = result;
  const subject = machineInWords(machine.name, mutant, nodes);
  const file = violation ? savedTrace(machine, bounds, violation) : null;
  if (flags.json) {
    const trace = violation && [
      { action: null, state: violation.initial },
      ...violation.steps.map(({ action, state }) => ({ action, state })),
    ];
    write(
      JSON.stringify(
        {
          ...{ model: machine.name, mutant, nodes, symmetry, ...asJson(result, file) },
          ...{ notJudged: result.notJudged, trace: trace ?? null },
        },
        null,
        2,
      ),
    );
  } else {
    if (violation) write(machineStory(subject, violation, file));
    write(told(subject, result));
    for (const line of reservations({ notJudged: result.notJudged, drawn: [] })) write(line);
  }
  return exitOf(result);
}

/** The file that keeps a violation; null for one that does not come about again. */
function savedTrace(
  machine: AnyMachine,
  bounds: { readonly nodes: number; readonly mutant: string | null },
  violation: FoundViolation<never>,
): string | null {
  const { property, explanation } = violation;
  const counterexample = {
    ...{ model: machine.name, mutant: bounds.mutant, property, explanation },
    trace: traceOf(machine, bounds, violation),
  };
  if (!replayMachine('the trace', counterexample, machine).stillFails) return null;
  return saveMachineCounterexample(machine, counterexample);
}

/** Runs a search with its progress shown, until it ends or Ctrl-C does. */
async function supervised<T, Options extends SearchOptions>(
  subject: string,
  run: (options: Options) => Promise<T>,
  options: Options,
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

function parseOptions(flags: Flags): SearchOptions {
  const { order, depth, maxStates, maxTime, maxMemory, exact, workers } = flags;
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
    ...(workers === undefined ? {} : { workers: parseInteger('workers', workers, 1, mostWorkers) }),
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
    workers: result.workers,
    unreachable: result.verdict === 'holds' ? result.unseen : [],
  };
}

function exitOf({ verdict }: SearchResult<unknown>): ExitCode {
  return exitCode[verdict];
}

function write(text: string): void {
  process.stdout.write(`${text}\n`);
}
