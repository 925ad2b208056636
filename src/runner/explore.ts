/**
 * Explores a model: every world within bounds, and what is found becomes the same saved counterexample that fuzzing
 * gives. The trace is translated into a schedule, the schedule is run, and only if it breaks the same property is it
 * shrunk and kept.
 */
import { UsageError, unknownName } from '../base/errors.ts';
import { type Clocks, parseClients, usualClients, type WorldBounds } from '../explore/bounds.ts';
import { type SearchOptions, type SearchResult, search } from '../explore/search.ts';
import { scheduleOf } from '../explore/translate.ts';
import { judgeLiveness } from '../explore/world-liveness.ts';
import { WorldSystem } from '../explore/world-system.ts';
import type { PackedWorld } from '../explore/worlds.ts';
import type { Property } from '../property/property.ts';
import { clockBoundOf } from '../schedule/nemeses.ts';
import type { Schedule } from '../schedule/schedule.ts';
import { requireAgreement } from './agreement.ts';
import { Executions } from './execute.ts';
import type { Model } from './model.ts';
import { shrink } from './shrink.ts';

export interface ExploreOptions extends SearchOptions {
  readonly mutant?: string | null;
  readonly nodes?: number;
  /** 'write,read;read', or how many clients; default 2. */
  readonly clients?: string | number;
  /** Operations of each client, when `clients` does not say which; default 1. */
  readonly operations?: number;
  readonly crashes?: number;
  readonly drops?: number;
  readonly duplicates?: number;
  /** Splits of the network into two sides; default 0. */
  readonly partitions?: number;
  /** Firings of timers of each node; default 1. */
  readonly timeouts?: number;
  readonly retries?: number;
  /** How many ticks pass, where the model keeps clocks; default the model's. */
  readonly ticks?: number;
  /** Takes worlds that differ in the names of nodes for one. */
  readonly symmetry?: boolean;
  /** Moves of clients only when they say most; default true. */
  readonly reduce?: boolean;
  /** Judges what fair runs come to at last, too, when nothing else is violated; default true. */
  readonly liveness?: boolean;
  /** Checks the model's own bound; default true. */
  readonly within?: boolean;
}

export interface Explored {
  readonly model: string;
  readonly mutant: string | null;
  readonly result: SearchResult<PackedWorld>;
  readonly bounds: WorldBounds;
  /** Each operation of each client. */
  readonly clients: string;
  /** What the violation became, when there is one. */
  readonly failure: ExploredFailure | undefined;
  /** Properties that exhaustive search has not judged, and why. */
  readonly notJudged: readonly { readonly property: string; readonly why: string }[];
  /** Different steps of nodes; all others were looked up. */
  readonly steps: number;
}

export interface ExploredFailure {
  readonly property: string;
  readonly explanation: string;
  /** Undefined when no schedule was found that does what the trace does. */
  readonly schedule: Schedule | undefined;
  readonly trace: readonly string[];
}

export function boundsOf(model: Model, options: ExploreOptions): { bounds: WorldBounds; clients: string } {
  const { protocol } = model;
  const nodes = options.nodes ?? model.nodes;
  const { clients: who = 2, operations = 1 } = options;
  const clients = typeof who === 'string' ? who : usualClients(protocol, who, operations);
  const bounds = {
    nodes,
    clients: clients === '' ? [] : parseClients(protocol, clients, nodes),
    retries: options.retries ?? 0,
    crashes: options.crashes ?? 0,
    drops: options.drops ?? 0,
    duplicates: options.duplicates ?? 0,
    partitions: options.partitions ?? 0,
    timeouts: options.timeouts ?? 1,
    cuts: model.nemeses.some(({ fault }) => fault === 'disk'),
    // Where only one node answers, a client must be able to ask that one.
    anyNode: protocol.definition.clients?.retry !== undefined,
    within: options.within === false ? undefined : model.explore.within,
    clocks: clocksOf(model, options.ticks),
  };
  return { bounds, clients };
}

function clocksOf(
  { name, explore: { clocks }, nemeses }: Model,
  ticks: number | undefined,
): Clocks | undefined {
  if (!clocks) {
    if (ticks === undefined) return undefined;
    throw new UsageError(
      `${name} keeps no clocks; expected explore: { clocks: { tick, ticks } } in model(…)`,
    );
  }
  const { tick } = clocks;
  const bound = clockBoundOf(nemeses);
  if (bound === undefined || !Number.isInteger(bound / tick)) {
    throw new UsageError(
      `${name} has ticks of ${tick} ms and clocks that are off by ${bound ?? 'any number of'} ms; expected a multiple of a tick`,
    );
  }
  return { tick, bound, ticks: ticks ?? clocks.ticks };
}

export async function explore(model: Model, options: ExploreOptions = {}): Promise<Explored> {
  const { protocol, properties } = model;
  const mutant = options.mutant ?? null;
  const mutants = Object.keys(protocol.definition.mutants ?? {});
  if (mutant !== null && !mutants.includes(mutant))
    throw unknownName(`mutant of ${model.name}`, mutant, mutants);
  if (options.symmetry && !model.explore.symmetry) {
    throw new UsageError(
      `${model.name} does not declare its nodes interchangeable; expected explore: { symmetry: true } in model(…)`,
    );
  }
  const { bounds, clients } = boundsOf(model, options);
  const symmetry = options.symmetry ?? false;
  const reduce = options.reduce ?? true;
  const settings = { mutant, properties, bounds, symmetry, reduce };
  let system = new WorldSystem(protocol, settings);
  let result = await search(system, options);
  if (result.verdict === 'holds' && system.dead && !system.dead.verified()) {
    // A message that was taken for dead could still have done something.
    system = new WorldSystem(protocol, { ...settings, forget: false });
    result = await search(system, options);
  }
  const notJudged = system
    .notJudged()
    .map(({ property, looked: at }) => ({ property, why: `it looks at ${at}` }));
  if (result.verdict === 'holds') {
    const { liveness = true, maxTimeMs = Number.POSITIVE_INFINITY } = options;
    const left = { ...options, mutant, bounds, maxTimeMs: maxTimeMs - result.elapsedMs };
    const judged = liveness ? await judgeLiveness(protocol, properties, left) : undefined;
    notJudged.push(...(judged?.notJudged ?? liveProperties(properties)));
    if (judged?.violation) {
      system = judged.system;
      result = { ...result, verdict: 'violated', violation: judged.violation };
    } else if (judged?.reason !== undefined)
      result = { ...result, verdict: 'unknown', reason: judged.reason };
  } else if (result.verdict === 'unknown') notJudged.push(...liveProperties(properties));
  return {
    ...{ model: model.name, mutant, result, bounds, clients, steps: system.steps.computed },
    failure: result.violation ? await failureOf(model, mutant, system, result, options) : undefined,
    notJudged,
  };
}

const liveProperties = (properties: readonly Property[]) =>
  properties
    .filter(({ kind }) => kind === 'eventually' || kind === 'leads-to')
    .map(({ name }) => ({ property: name, why: 'it is about what fair runs come to at last' }));

async function failureOf(
  model: Model,
  mutant: string | null,
  system: WorldSystem,
  { violation }: SearchResult<PackedWorld>,
  { signal }: ExploreOptions,
): Promise<ExploredFailure> {
  const { property = '', explanation = '', initial, actions = [], steps = [] } = violation ?? {};
  let world = initial as PackedWorld;
  const events = actions.map((action, index) => {
    const event = system.eventOf(world, action);
    world = steps[index]?.state as PackedWorld;
    return event;
  });
  const trace = events.map((event) => system.inWords(event));
  const failure = { property, explanation, trace };
  const executions = new Executions(model, mutant);
  const schedule = scheduleOf(model.protocol, system, events, mutant);
  if (executions.run(schedule).violation?.property !== property) return { ...failure, schedule: undefined };
  const shrunk = await shrink(executions, schedule, property, { signal });
  requireAgreement(model.name, executions, shrunk.schedule);
  const confirmed = executions.run(shrunk.schedule, 'immer').violation;
  return { ...failure, explanation: confirmed?.explanation ?? explanation, schedule: shrunk.schedule };
}
