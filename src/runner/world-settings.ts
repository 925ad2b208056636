/** How the worlds of a model are bounded and reduced; plain data, so that workers can make the same system. */
import { parseClients, usualClients, type WorldBounds } from '../explore/bounds.ts';
import { WorldSystem } from '../explore/world-system.ts';
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
  /** Firings of timers of each node; default 1. */
  readonly timeouts?: number;
  readonly retries?: number;
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
  const { clients: who = 2, operations = 1 } = options;
  const clients = typeof who === 'string' ? who : usualClients(protocol, who, operations);
  const bounds = {
    nodes,
    clients: clients === '' ? [] : parseClients(protocol, clients, nodes),
    retries: options.retries ?? 0,
    crashes: options.crashes ?? 0,
    drops: options.drops ?? 0,
    duplicates: options.duplicates ?? 0,
    timeouts: options.timeouts ?? 1,
    cuts: model.nemeses.some(({ fault }) => fault === 'disk'),
    // Where only one node answers, a client must be able to ask that one.
    anyNode: protocol.definition.clients?.retry !== undefined,
    within: options.within === false ? undefined : model.explore.within,
  };
  return { bounds, clients };
}

export function systemOf(model: Model, settings: WorldSettings): WorldSystem {
  const { mutant = null, symmetry = false, reduce = true, forget = true } = settings;
  const { bounds } = boundsOf(model, settings);
  const { protocol, properties } = model;
  return new WorldSystem(protocol, { mutant, properties, bounds, symmetry, reduce, forget });
}
