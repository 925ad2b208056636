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

/**
 * `'write,read;read'`: client 1 writes and then reads, client 2 reads. Written values are all different, unless said:
 * `'x.write(3)'` writes 3 to key x. `draw` gives the inputs of functions for which the spec does not say enough.
 */
export function parseClients(
  protocol: AnyProtocol,
  text: string,
  nodes: number,
  draw: (f: string) => Json | undefined = () => undefined,
): Workload {
  const { name, implements: spec, client = {} } = protocol.definition;
  const known = Object.keys(client);
  const inputs = new Inputs(spec);
  const clients = split(text, ';').map((list, index) =>
    split(list, ',')
      .filter(Boolean)
      .map((call): ClientOperation => {
        const { f, key = 'x', given } = parseCall(call);
        if (!known.includes(f)) throw unknownName(`client function of ${name}`, f, known);
        const input = given === undefined ? (draw(f) ?? inputs.next(f)) : given;
        return { f, input, ...(spec?.keyed ? { key } : {}), node: index % nodes, wait: 0 };
      }),
  );
  if (clients.length > mostClients || clients.some((list) => list.length > mostOperations)) {
    throw new UsageError(
      `${clients.length} clients with up to ${Math.max(...clients.map((list) => list.length))} operations; expected at most ${mostClients} with ${mostOperations}`,
    );
  }
  return clients;
}

/** At this separator, but not within brackets or strings. */
function split(text: string, separator: string): string[] {
  const parts = [''];
  let [depth, quoted] = [0, false];
  for (const [at, character] of [...text].entries()) {
    if (character === '"' && text[at - 1] !== '\\') quoted = !quoted;
    if (!quoted && '([{'.includes(character)) depth++;
    if (!quoted && ')]}'.includes(character)) depth--;
    if (character === separator && depth === 0 && !quoted) parts.push('');
    else parts[parts.length - 1] += character;
  }
  return parts.map((part) => part.trim());
}

/** `write`, `write(3)`, `x.write(3)`. */
function parseCall(call: string): { f: string; key?: string; given: Json | undefined } {
  const [, key, f, input] = /^(?:([^.()\s]+)\.)?([^.()\s]+)(?:\((.*)\))?$/s.exec(call) ?? [];
  const wrong = (why: string) =>
    new UsageError(`--clients: '${call}' ${why}; expected a call such as read, write(3) or x.write(3)`);
  if (f === undefined) throw wrong('is no call');
  const named = key === undefined ? { f } : { f, key };
  if (input === undefined) return { ...named, given: undefined };
  try {
    return { ...named, given: JSON.parse(input) as Json };
  } catch {
    throw wrong('has an input that is not JSON');
  }
}

/**
 * Each of `clients` does `operations`: the first begins with what changes something, each other one a function later, and
 * all end with reads, as long as there are any: a stale read is seen by reading twice.
 */
export function usualClients(protocol: AnyProtocol, clients: number, operations: number): string {
  const { implements: spec, client = {} } = protocol.definition;
  const functions = Object.keys(client);
  const reads = functions.filter((f) => spec?.reads.includes(f));
  const order = [...functions.filter((f) => !reads.includes(f)), ...reads];
  if (order.length === 0) return '';
  const turn = (at: number) => order[reads.length > 0 ? Math.min(at, order.length - 1) : at % order.length];
  return Array.from({ length: clients }, (_, first) =>
    Array.from({ length: operations }, (_, later) => turn(first + later)).join(','),
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
