/**
 * Explores a model: every world within bounds, and what is found becomes the same saved counterexample that fuzzing
 * gives. The trace is translated into a schedule, the schedule is run, and only if it breaks the same property is it
 * shrunk and kept.
 */
import { UsageError, unknownName } from '../base/errors.ts';
import type { WorldBounds } from '../explore/bounds.ts';
import { aboutFairRuns } from '../explore/liveness.ts';
import { search } from '../explore/search.ts';
import type { SearchOptions, SearchResult } from '../explore/search-result.ts';
import { Supervision } from '../explore/supervision.ts';
import { scheduleOf } from '../explore/translate.ts';
import { judgeLiveness } from '../explore/world-liveness.ts';
import type { WorldSystem } from '../explore/world-system.ts';
import type { PackedWorld } from '../explore/worlds.ts';
import type { Property } from '../property/property.ts';
import type { Schedule } from '../schedule/schedule.ts';
import { requireAgreement } from './agreement.ts';
import { Executions } from './execute.ts';
import { crewFor } from './explore-work.ts';
import type { Model } from './model.ts';
import { shrink } from './shrink.ts';
import { boundsOf, systemOf, type WorldSettings } from './world-settings.ts';

export interface ExploreOptions extends SearchOptions, WorldSettings {
  /** Judges what fair runs come to at last, too, when nothing else is violated; default true, unless `depth` is bounded. */
  readonly liveness?: boolean;
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
  /** Events at which random numbers matter: one draw of each step was tried, not all. */
  readonly drawn: readonly string[];
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
  let system = systemOf(model, settingsOf(options));
  const supervision = new Supervision(options);
  const crew = crewFor(model, settingsOf(options));
  let result = await search(system, { ...options, ...(crew ? { crew } : {}) }, supervision);
  const notJudged = [...system.notJudged()];
  if (result.verdict === 'holds') {
    // Fair runs are looked for in whole graphs: a bound of steps would end them all.
    const { depth, liveness = depth === undefined } = options;
    const judged = liveness
      ? await judgeLiveness(protocol, properties, { ...options, mutant, bounds }, supervision)
      : undefined;
    notJudged.push(...(judged?.notJudged ?? liveProperties(properties)));
    if (judged?.violation) {
      system = judged.system;
      result = { ...result, verdict: 'violated', violation: judged.violation };
    } else if (judged?.reason !== undefined)
      result = { ...result, verdict: 'unknown', reason: judged.reason };
    result = { ...result, elapsedMs: supervision.elapsedMs };
  } else if (result.verdict === 'unknown') notJudged.push(...liveProperties(properties));
  return {
    ...{ model: model.name, mutant, result, bounds, clients, steps: system.steps.computed },
    failure: result.violation ? await failureOf(model, mutant, system, result, options) : undefined,
    notJudged,
    drawn: [...system.steps.drawn],
  };
}

/** What tells how worlds are, without what tells how they are searched. */
function settingsOf(options: ExploreOptions): WorldSettings {
  const {
    order,
    depth,
    maxStates,
    maxTimeMs,
    maxMemory,
    exact,
    signal,
    onProgress,
    workers,
    together,
    crew,
    liveness,
    ...settings
  } = options;
  return settings;
}

const liveProperties = (properties: readonly Property[]) =>
  properties
    .filter(({ kind }) => kind === 'eventually' || kind === 'leads-to')
    .map(({ name }) => ({ property: name, why: aboutFairRuns }));

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
