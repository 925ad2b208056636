/** How the worlds of a model are bounded and reduced; plain data, so that workers can make the same system. */
import * as fc from 'fast-check';
import { UsageError } from '../base/errors.ts';
import type { Json } from '../base/json.ts';
import { type Clocks, parseClients, usualClients, type WorldBounds } from '../explore/bounds.ts';
import { WorldSystem } from '../explore/world-system.ts';
import { clockBoundOf } from '../schedule/nemeses.ts';
import type { Model } from './model.ts';

export interface WorldSettings {
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
  /** Checks the model's own bound; default true. */
  readonly within?: boolean;
  /** Forgets messages that can do nothing any more; default true. */
  readonly forget?: boolean;
}

export function boundsOf(model: Model, options: WorldSettings): { bounds: WorldBounds; clients: string } {
  const { protocol } = model;
  const nodes = options.nodes ?? model.nodes;
  requireCounts(options);
  const { clients: who = 2, operations = 1 } = options;
  const clients = typeof who === 'string' ? who : usualClients(protocol, who, operations);
  const bounds = {
    nodes,
    clients: clients === '' ? [] : parseClients(protocol, clients, nodes, drawer(model)),
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

function requireCounts(options: WorldSettings): void {
  const names = ['crashes', 'drops', 'duplicates', 'partitions', 'timeouts', 'retries', 'ticks'] as const;
  for (const name of names) {
    const count = options[name];
    if (count === undefined || (Number.isInteger(count) && count >= 0)) continue;
    if (name === 'timeouts' && count === Number.POSITIVE_INFINITY) continue;
    throw new UsageError(`${name}: ${count}; expected a whole number, 0 or more`);
  }
}

/** Inputs from the author's own arbitraries, each time the same. */
function drawer({ inputs }: Model): (f: string) => Json | undefined {
  let seed = 0;
  return (f) => inputs[f] && fc.sample(inputs[f], { seed: ++seed, numRuns: 1 })[0];
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

export function systemOf(model: Model, settings: WorldSettings): WorldSystem {
  const { mutant = null, symmetry = false, reduce = true, forget = true } = settings;
  const { bounds } = boundsOf(model, settings);
  const { protocol, properties } = model;
  return new WorldSystem(protocol, { mutant, properties, bounds, symmetry, reduce, forget });
}
