/**
 * What can happen in a world: any message in flight arrives, a client calls, and within the bounds a timer fires, a node
 * crashes (also in the middle of a step), a message is lost or arrives twice. Time is left out: a timer may fire as soon
 * as it is set, a message may take for ever; so partitions, pauses and slow nodes are among what is searched anyway.
 */
import { invariant } from '../base/errors.ts';
import type { ClientOperation } from '../kernel/workload.ts';
import type { Happening, Message } from './node-steps.ts';
import { WorldPrints } from './world-prints.ts';
import type { PackedWorld } from './worlds.ts';

/** One thing that can happen in a world. */
export type WorldEvent =
  /** `copy`: another copy stays in flight. `cut`: the receiver crashes in that step after so many effects. */
  | { readonly kind: 'deliver'; readonly message: number; readonly copy: boolean; readonly cut: number }
  | { readonly kind: 'own'; readonly message: number; readonly cut: number }
  | { readonly kind: 'timeout'; readonly node: number; readonly timer: number; readonly cut: number }
  | { readonly kind: 'drop'; readonly message: number }
  | { readonly kind: 'crash' | 'restart'; readonly node: number }
  /** With its request's arrival, where clients' moves are reduced. */
  | {
      readonly kind: 'invoke';
      readonly client: number;
      readonly node: number;
      readonly copy: boolean;
      readonly cut: number;
    }
  | { readonly kind: 'retry'; readonly client: number; readonly node: number };

/** The `cut` of a step that no crash cuts short. */
export const whole = -1;

/**
 * Clients' moves are reduced to the order that constrains most. Nodes cannot tell when a client called before its request
 * arrives, nor when an answer reaches it. A history in which an operation begins later or ends sooner, all else the same,
 * has the same operations and more of them in order; if it is linearizable, so is the other. So a call and the arrival
 * of its request are one event, and so are an answer and its arrival: what is left out can violate nothing that what is
 * left does not. A node's messages to itself, which nothing can get between but a crash, go with the step that sends them.
 */
export class WorldEvents extends WorldPrints {
  /** Calls `visit` for each thing that can happen, in an order that depends on the world alone. */
  events(world: PackedWorld, visit: (event: WorldEvent) => void): void {
    const { n, bounds, steps } = this;
    const used = (fault: number) => world[this.faults + fault] as number;
    const crashable = used(0) < bounds.crashes;
    const ownCount = world[this.ends - 1] as number;
    if (ownCount > 0) {
      // What a node sends itself arrives before anything else happens, unless the node crashes first.
      const message = world[this.ends] as number;
      const node = (steps.messages.value(message) as Message).to;
      visit({ kind: 'own', message, cut: whole });
      if (!crashable) return;
      for (const cut of this.cutsOf(world, node, { message })) visit({ kind: 'own', message, cut });
      visit({ kind: 'crash', node });
      return;
    }
    this.clientEvents(world, visit);
    for (let at = this.ends; at < world.length; at++) {
      const message = world[at] as number;
      // Of equal messages any one will do.
      if (at > this.ends && world[at - 1] === message) continue;
      const { to } = steps.messages.value(message) as Message;
      if (used(1) < bounds.drops) visit({ kind: 'drop', message });
      if (to >= n) {
        visit({ kind: 'deliver', message, copy: false, cut: whole });
        continue;
      }
      if (((world[2 * n + to] as number) & 1) === 0) continue;
      visit({ kind: 'deliver', message, copy: false, cut: whole });
      if (used(2) < bounds.duplicates) visit({ kind: 'deliver', message, copy: true, cut: whole });
      if (!crashable) continue;
      for (const cut of this.cutsOf(world, to, { message }))
        visit({ kind: 'deliver', message, copy: false, cut });
    }
    for (let node = 0; node < n; node++) this.nodeEvents(world, node, crashable, visit);
  }

  private clientEvents(world: PackedWorld, visit: (event: WorldEvent) => void): void {
    const { bounds, nodeIds } = this;
    const mayAsk = (node: number) => !this.reduced || ((world[2 * this.n + node] as number) & 1) === 1;
    const doubles = this.reduced && (world[this.faults + 2] as number) < bounds.duplicates;
    const ask = (client: number, node: number) => {
      if (!mayAsk(node)) return;
      visit({ kind: 'invoke', client, node, copy: false, cut: whole });
      if (doubles) visit({ kind: 'invoke', client, node, copy: true, cut: whole });
      if (!this.reduced || (world[this.faults] as number) >= bounds.crashes) return;
      const message = this.invocation(world, client, node);
      for (const cut of this.cutsOf(world, node, { message }))
        visit({ kind: 'invoke', client, node, copy: false, cut });
    };
    bounds.clients.forEach((operations, client) => {
      const progress = world[this.client + client] as number;
      const outstanding = (progress & 1) === 1;
      if (!outstanding && progress >> 1 < operations.length) {
        const { node: own } = operations[progress >> 1] as ClientOperation;
        if (bounds.anyNode) for (let node = 0; node < this.n; node++) ask(client, node);
        else ask(client, own % this.n);
      }
      if (outstanding && (world[this.faults + 3] as number) < bounds.retries) {
        nodeIds.forEach((_, node) => {
          visit({ kind: 'retry', client, node });
        });
      }
    });
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
      visit({ kind: 'restart', node });
      return;
    }
    for (let timer = 0; timer < vocabulary.timers.length; timer++) {
      if ((flags & (2 << timer)) === 0) continue;
      visit({ kind: 'timeout', node, timer, cut: whole });
      if (!crashable) continue;
      const event = { node, type: vocabulary.firstTimer + timer };
      for (const cut of this.cutsOf(world, node, event)) visit({ kind: 'timeout', node, timer, cut });
    }
    if (crashable) visit({ kind: 'crash', node });
  }

  private cutsOf(world: PackedWorld, node: number, event: Happening): readonly number[] {
    if (!this.bounds.cuts) return [];
    return this.stepOf(world, node, event).cuts;
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

  describe = (world: PackedWorld, action: number): string => this.inWords(this.eventOf(world, action));

  inWords(event: WorldEvent): string {
    const crashes = 'cut' in event && event.cut !== whole ? `, and crashes after ${event.cut} effects` : '';
    switch (event.kind) {
      case 'own':
      case 'deliver':
      case 'drop': {
        const { type, from, to, payload } = this.steps.messages.value(event.message) as Message;
        const who = (participant: number) => this.nodeIds[participant] ?? `c${participant - this.n + 1}`;
        const how =
          event.kind === 'drop' ? ' is lost' : 'copy' in event && event.copy ? ' (a copy stays)' : '';
        return `${who(from)}→${who(to)}  ${this.vocabulary.names[type]} ${JSON.stringify(payload)}${how}${crashes}`;
      }
      case 'timeout':
        return `${this.nodeIds[event.node]}  ${this.vocabulary.timers[event.timer]}${crashes}`;
      case 'crash':
        return `crash ${this.nodeIds[event.node]}`;
      case 'restart':
        return `restart ${this.nodeIds[event.node]}`;
      default:
        return `c${event.client + 1}  ${event.kind} at ${this.nodeIds[event.node]}${crashes}`;
    }
  }
}

/** Steps that no run on the happy path has; that messages overtake each other is not counted. */
export function deviates(event: WorldEvent): number {
  const { kind } = event;
  if ('cut' in event && event.cut !== whole) return 1;
  if (kind === 'deliver') return event.copy ? 1 : 0;
  return kind === 'invoke' || kind === 'restart' || kind === 'own' ? 0 : 1;
}
