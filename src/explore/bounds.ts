/** What an exhaustive search of a protocol's worlds may meet: how many of what, and which operations clients make. */
import { UsageError, unknownName } from '../base/errors.ts';
import type { Json } from '../base/json.ts';
import type { AnyProtocol } from '../kernel/protocol.ts';
import type { NodeView } from '../kernel/view.ts';
import { type ClientOperation, mostClients, mostOperations, type Workload } from '../kernel/workload.ts';
import type { AnySpec, InputShape } from '../spec/spec.ts';

/** What a `within` may look at. */
export interface BoundedWorld<Disk = unknown, Memory = unknown> {
  readonly nodes: readonly NodeView<Disk, Memory>[];
}

/** How time is kept, for protocols that read clocks: in ticks, so that clocks differ by whole ticks and no more than a bound. */
export interface Clocks {
  /** Milliseconds of a tick. */
  readonly tick: number;
  /** How far a wall clock may be from the true time at any look, ms; a multiple of `tick`. */
  readonly bound: number;
  /** How many ticks pass at most. */
  readonly ticks: number;
}

export interface WorldBounds {
  readonly nodes: number;
  /** One list of operations for each client. */
  readonly clients: Workload;
  /** How often a client may send a pending request again, to any node; all clients together. */
  readonly retries: number;
  readonly crashes: number;
  readonly drops: number;
  readonly duplicates: number;
  /** How often the network may split into two sides. */
  readonly partitions: number;
  /** How often timers of each node may fire. */
  readonly timeouts: number;
  /** Whether a crash may also strike in the middle of a step. */
  readonly cuts: boolean;
  /** Whether a client may ask any node first, and not only its own: client i's is node i. */
  readonly anyNode: boolean;
  /** Worlds beyond this count and are judged, but what follows them is not looked at. */
  readonly within: ((world: BoundedWorld) => boolean) | undefined;
  /** Undefined: time is left out, and a protocol that reads clocks is refused. */
  readonly clocks: Clocks | undefined;
}

/** `'write,read;read'`: client 1 writes and then reads, client 2 reads. Written values are all different. */
export function parseClients(protocol: AnyProtocol, text: string, nodes: number): Workload {
  const { name, implements: spec, client = {} } = protocol.definition;
  const known = Object.keys(client);
  const inputs = new Inputs(spec);
  const clients = text.split(';').map((list, index) =>
    list
      .split(',')
      .map((f) => f.trim())
      .filter(Boolean)
      .map((f): ClientOperation => {
        if (!known.includes(f)) throw unknownName(`client function of ${name}`, f, known);
        const key = spec?.keyed ? { key: 'x' } : {};
        return { f, input: inputs.next(f), ...key, node: index % nodes, wait: 0 };
      }),
  );
  if (clients.length > mostClients || clients.some((list) => list.length > mostOperations)) {
    throw new UsageError(`too many clients or operations; expected at most ${mostClients} clients`);
  }
  return clients;
}

/** Each of `clients` does `operations`, by turns what changes something and what reads. */
export function usualClients(protocol: AnyProtocol, clients: number, operations: number): string {
  const { implements: spec, client = {} } = protocol.definition;
  const functions = Object.keys(client);
  const reads = functions.filter((f) => spec?.reads.includes(f));
  const order = [...functions.filter((f) => !reads.includes(f)), ...reads];
  if (order.length === 0) return '';
  return Array.from({ length: clients }, (_, index) =>
    Array.from({ length: operations }, (_, turn) => order[(index + turn) % order.length]).join(','),
  ).join(';');
}

class Inputs {
  private readonly spec: AnySpec | undefined;
  private unique = 0;

  constructor(spec: AnySpec | undefined) {
    this.spec = spec;
  }

  next(f: string): Json {
    const takesInput = (this.spec?.ops[f]?.length ?? 0) > 1;
    return this.input(this.spec?.inputs[f] ?? (takesInput ? 'unique' : 'none'));
  }

  private input(shape: InputShape): Json {
    if (shape === 'none') return null;
    if (shape === 'unique') return ++this.unique;
    if (shape === 'value') return this.unique;
    return shape.map((part) => this.input(part));
  }
}
