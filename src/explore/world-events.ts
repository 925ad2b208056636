/**
 * What can happen in a world: any message in flight arrives, a client calls, and within the bounds a timer fires, a node
 * crashes (also in the middle of a step), a message is lost or arrives twice, the network splits. Time is left out: a
 * timer may fire as soon as it is set, a message may take for ever; so pauses and slow nodes are among what is searched
 * anyway. Where clocks are kept, time passes in ticks; messages and timers may still take any time from none on, and
 * at each look a clock may be ahead or behind as far as its bound allows.
 */
import { invariant } from '../base/errors.ts';
import type { AnyProtocol } from '../kernel/protocol.ts';
import type { ClientOperation } from '../kernel/workload.ts';
import type { Happening, Message } from './node-steps.ts';
import { WorldPrints } from './world-prints.ts';
import type { PackedWorld, WorldOptions } from './worlds.ts';

/** One thing that can happen in a world. */
export type WorldEvent =
  /** `copy`: another copy stays in flight. */
  | ({ readonly kind: 'deliver'; readonly message: number; readonly copy: boolean } & How)
  | ({ readonly kind: 'own'; readonly message: number } & How)
  | ({ readonly kind: 'timeout'; readonly node: number; readonly timer: number } & How)
  /** `split`: the link is cut. */
  | { readonly kind: 'drop'; readonly message: number; readonly split: boolean }
  | { readonly kind: 'crash'; readonly node: number }
  | ({ readonly kind: 'restart'; readonly node: number } & How)
  /** With its request's arrival, where clients' moves are reduced. */
  | ({
      readonly kind: 'invoke';
      readonly client: number;
      readonly node: number;
      readonly copy: boolean;
    } & How)
  | { readonly kind: 'retry'; readonly client: number; readonly node: number }
  /** The network splits; `side`: who stays with n1, as bits. */
  | { readonly kind: 'split'; readonly side: number }
  | { readonly kind: 'heal' }
  | { readonly kind: 'tick' };

/** How a node takes a step. */
export interface How {
  /** It crashes in that step after so many effects. */
  readonly cut: number;
  /** What it would have written next is torn. */
  readonly torn: boolean;
  /** Its clock is so many milliseconds ahead of the true time; 0 when it does not look. */
  readonly skew: number;
}

/** The `cut` of a step that no crash cuts short. */
export const whole = -1;
export const plainly: How = { cut: whole, torn: false, skew: 0 };

/**
 * Clients' moves are reduced to the order that constrains most. Nodes cannot tell when a client called before its request
 * arrives, nor when an answer reaches it. A history in which an operation begins later or ends sooner, all else the same,
 * has the same operations and more of them in order; if it is linearizable, so is the other. So a call and the arrival
 * of its request are one event, and so are an answer and its arrival: what is left out can violate nothing that what is
 * left does not. A node's messages to itself, which nothing can get between but a crash, go with the step that sends them.
 */
export class WorldEvents extends WorldPrints {
  /** By how many milliseconds a clock can be ahead. */
  private readonly skews: readonly number[];

  constructor(protocol: AnyProtocol, options: WorldOptions) {
    super(protocol, options);
    const { tick, bound } = options.bounds.clocks ?? { tick: 1, bound: 0 };
    const most = bound / tick;
    this.skews = Array.from({ length: 2 * most + 1 }, (_, index) => (index - most) * tick);
  }

  /** Calls `visit` for each thing that can happen, in an order that depends on the world alone. */
  events(world: PackedWorld, visit: (event: WorldEvent) => void): void {
    const { n, bounds, steps, faults } = this;
    const crashable = (world[faults] as number) < bounds.crashes;
    const losable = (world[faults + 1] as number) < bounds.drops;
    const doublable = (world[faults + 2] as number) < bounds.duplicates;
    const ownCount = world[this.ends - 1] as number;
    if (ownCount > 0) {
      // What a node sends itself arrives before anything else happens, unless the node crashes first.
      const message = world[this.ends] as number;
      const node = (steps.messages.value(message) as Message).to;
      for (const how of this.ways(world, node, { message })) visit({ kind: 'own', message, ...how });
      if (crashable) visit({ kind: 'crash', node });
      return;
    }
    this.clientEvents(world, visit);
    for (let at = this.ends; at < world.length; at++) {
      const message = world[at] as number;
      // Of equal messages any one will do.
      if (at > this.ends && world[at - 1] === message) continue;
      const { from, to } = steps.messages.value(message) as Message;
      const split = this.isCut(world, from, to);
      if (losable && !split) visit({ kind: 'drop', message, split });
      if (split) {
        // As good as left in flight, but for what has to happen at last.
        if (!this.leavesIdle) visit({ kind: 'drop', message, split });
        continue;
      }
      if (to >= n) {
        visit({ kind: 'deliver', message, copy: false, ...plainly });
        continue;
      }
      if (((world[2 * n + to] as number) & 1) === 0) continue;
      for (const how of this.ways(world, to, { message })) {
        visit({ kind: 'deliver', message, copy: false, ...how });
        if (doublable && how.cut === whole) visit({ kind: 'deliver', message, copy: true, ...how });
      }
    }
    for (let node = 0; node < n; node++) this.nodeEvents(world, node, crashable, visit);
    this.surroundings(world, visit);
  }

  /** What happens to no node: the network splits and heals, time passes. */
  private surroundings(world: PackedWorld, visit: (event: WorldEvent) => void): void {
    const { n, bounds } = this;
    if ((world[this.split] as number) !== 0) visit({ kind: 'heal' });
    else if ((world[this.faults + 4] as number) < bounds.partitions) {
      for (let side = 1; side < (1 << n) - 1; side += 2) visit({ kind: 'split', side });
    }
    if (bounds.clocks && (world[this.ticks] as number) < bounds.clocks.ticks) visit({ kind: 'tick' });
  }

  /** Whether the network is split between two participants; clients reach every node. */
  private isCut(world: PackedWorld, from: number, to: number): boolean {
    const side = world[this.split] as number;
    return side !== 0 && from < this.n && to < this.n && ((side >> from) & 1) !== ((side >> to) & 1);
  }

  /** The ways in which a node can take a step: by what its clock may show, and where a crash may cut it short. */
  private ways(world: PackedWorld, node: number, event: Happening): readonly How[] {
    const { clocks, cuts, crashes } = this.bounds;
    const cutting = cuts && (world[this.faults] as number) < crashes;
    if (!clocks && !cutting) return justPlainly;
    const skews = clocks && this.stepOf(world, node, event, 0).reads ? this.skews : inTime;
    return skews.flatMap((skew) => {
      const entire = { cut: whole, torn: false, skew };
      if (!cutting) return [entire];
      const { cuts, tears } = this.stepOf(world, node, event, skew);
      return [
        entire,
        ...cuts.map((cut) => ({ cut, torn: false, skew })),
        ...tears.map((cut) => ({ cut, torn: true, skew })),
      ];
    });
  }

  private clientEvents(world: PackedWorld, visit: (event: WorldEvent) => void): void {
    const { bounds, n } = this;
    for (let client = 0; client < bounds.clients.length; client++) {
      const operations = bounds.clients[client] as readonly ClientOperation[];
      const progress = world[this.client + client] as number;
      const outstanding = (progress & 1) === 1;
      if (!outstanding && progress >> 1 < operations.length) {
        const { node: own } = operations[progress >> 1] as ClientOperation;
        if (bounds.anyNode) for (let node = 0; node < n; node++) this.calls(world, client, node, visit);
        else this.calls(world, client, own % n, visit);
      }
      if (outstanding && (world[this.faults + 3] as number) < bounds.retries)
        for (let node = 0; node < n; node++) visit({ kind: 'retry', client, node });
    }
  }

  private calls(world: PackedWorld, client: number, node: number, visit: (event: WorldEvent) => void): void {
    if (this.reduced && ((world[2 * this.n + node] as number) & 1) === 0) return;
    const doubles = this.reduced && (world[this.faults + 2] as number) < this.bounds.duplicates;
    const message = this.invocation(world, client, node);
    for (const how of this.reduced ? this.ways(world, node, { message }) : justPlainly) {
      visit({ kind: 'invoke', client, node, copy: false, ...how });
      if (doubles && how.cut === whole) visit({ kind: 'invoke', client, node, copy: true, ...how });
    }
  }

  private nodeEvents(
    world: PackedWorld,
    node: number,
    crashable: boolean,
    visit: (event: WorldEvent) => void,
  ): void {
    const { n, vocabulary } = this;
    const flags = world[2 * n + node] as number;
    if ((flags & 1) === 0) {
      for (const how of this.ways(world, node, { node, type: vocabulary.start }))
        visit({ kind: 'restart', node, ...how });
      return;
    }
    const mayFire = (world[4 * n + node] as number) < this.bounds.timeouts;
    for (let timer = 0; mayFire && timer < vocabulary.timers.length; timer++) {
      if ((flags & (2 << timer)) === 0) continue;
      const event = { node, type: vocabulary.firstTimer + timer };
      for (const how of this.ways(world, node, event)) visit({ kind: 'timeout', node, timer, ...how });
    }
    if (crashable) visit({ kind: 'crash', node });
  }

  // Words -----------------------------------------------------------------------------------------------------------

  /** The event that `expand` numbered so. */
  eventOf(world: PackedWorld, action: number): WorldEvent {
    let number = 0;
    let found: WorldEvent | undefined;
    this.events(world, (event) => {
      if (number++ === action) found = event;
    });
    invariant(found, `there is no event ${action} in this world of ${this.name}`);
    return found;
  }

  /** The nodes on either side of a split network. */
  sides(side: number): readonly (readonly string[])[] {
    const on = (bit: number) => this.nodeIds.filter((_, node) => ((side >> node) & 1) === bit);
    return [on(1), on(0)];
  }

  describe = (world: PackedWorld, action: number): string => this.inWords(this.eventOf(world, action));

  inWords(event: WorldEvent): string {
    const crashes = 'cut' in event ? inWordsHow(event) : '';
    switch (event.kind) {
      case 'own':
      case 'deliver':
      case 'drop': {
        const { type, from, to, payload } = this.steps.messages.value(event.message) as Message;
        const who = (participant: number) => this.nodeIds[participant] ?? `c${participant - this.n + 1}`;
        const how =
          event.kind === 'drop'
            ? ` is lost${event.split ? ', the network being split' : ''}`
            : 'copy' in event && event.copy
              ? ' (a copy stays)'
              : '';
        return `${who(from)}→${who(to)}  ${this.vocabulary.names[type]} ${JSON.stringify(payload)}${how}${crashes}`;
      }
      case 'timeout':
        return `${this.nodeIds[event.node]}  ${this.vocabulary.timers[event.timer]}${crashes}`;
      case 'crash':
        return `crash ${this.nodeIds[event.node]}`;
      case 'restart':
        return `restart ${this.nodeIds[event.node]}${crashes}`;
      case 'split':
        return `split ${this.sides(event.side)
          .map((nodes) => nodes.join(' '))
          .join(' | ')}`;
      case 'heal':
        return 'heal';
      case 'tick':
        return `${this.bounds.clocks?.tick} ms pass`;
      default:
        return `c${event.client + 1}  ${event.kind} at ${this.nodeIds[event.node]}${crashes}`;
    }
  }
}

/** Steps that no run on the happy path has; that messages overtake each other is not counted. */
export function deviates(event: WorldEvent): number {
  const { kind } = event;
  if ('cut' in event && (event.cut !== whole || event.skew !== 0)) return 1;
  if (kind === 'deliver' || kind === 'invoke') return event.copy ? 1 : 0;
  return happy.includes(kind) ? 0 : 1;
}

const happy: readonly WorldEvent['kind'][] = ['restart', 'own', 'heal', 'tick'];
const justPlainly = [plainly];
const inTime = [0];

function inWordsHow({ cut, torn, skew }: How): string {
  const clock = skew === 0 ? '' : `, its clock ${Math.abs(skew)} ms ${skew > 0 ? 'ahead' : 'behind'}`;
  const write = torn ? ', its last write torn' : '';
  return `${clock}${cut === whole ? '' : `, and crashes after ${cut} effects${write}`}`;
}
