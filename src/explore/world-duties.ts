/**
 * What a fair run of worlds has to do at last: messages arrive, timers fire, nodes come back, networks heal, clients call.
 * Faults need not happen. Where the bounds keep a duty from being done, a run is not over, although nothing follows.
 */
import type { WorldView } from '../kernel/view.ts';
import type { Judgement } from '../property/property.ts';
import { lookAt } from './judges.ts';
import { WorldEffects } from './world-effects.ts';
import { type WorldEvent, whole } from './world-events.ts';
import type { PackedWorld } from './worlds.ts';

/** Kinds of duty; a duty is its kind plus so many times what it is about. */
const duties = { message: 0, timer: 1, restart: 2, client: 3, heal: 4, tick: 5, within: 6, kinds: 7 };
const mostTimers = 32;

export class WorldDuties extends WorldEffects {
  /** The event that is being emitted. */
  protected event: WorldEvent | undefined;

  /** What a fair run does not put off for ever, while an event of it is emitted; -1: it need not happen. */
  duty = (): number => {
    const { event } = this;
    if (!event || ('cut' in event && event.cut !== whole) || ('copy' in event && event.copy)) return -1;
    switch (event.kind) {
      case 'deliver':
      case 'own':
        return duties.message + duties.kinds * event.message;
      case 'drop':
        return event.split ? duties.message + duties.kinds * event.message : -1;
      case 'timeout':
        return duties.timer + duties.kinds * (event.node * mostTimers + event.timer);
      case 'restart':
        return duties.restart + duties.kinds * event.node;
      case 'invoke':
      case 'retry':
        return duties.client + duties.kinds * event.client;
      case 'heal':
        return duties.heal;
      case 'tick':
        return duties.tick;
      default:
        return -1;
    }
  };

  /** Duties that the bounds keep from being done: timers that may not fire, calls that may not be repeated or made. */
  beyond = (world: PackedWorld): readonly number[] => {
    const { n, bounds, vocabulary } = this;
    const owed: number[] = [];
    if (!this.within(world)) owed.push(duties.within);
    if (bounds.clocks && (world[this.ticks] as number) >= bounds.clocks.ticks) owed.push(duties.tick);
    for (let node = 0; node < n; node++) {
      if ((world[4 * n + node] as number) < bounds.timeouts) continue;
      const flags = world[2 * n + node] as number;
      vocabulary.timers.forEach((_, timer) => {
        if (flags & (2 << timer)) owed.push(duties.timer + duties.kinds * (node * mostTimers + timer));
      });
    }
    const { retry } = vocabulary.protocol.definition.clients ?? {};
    const retries = retry !== undefined && (world[this.faults + 3] as number) >= bounds.retries;
    bounds.clients.forEach((operations, client) => {
      const progress = world[this.client + client] as number;
      const more = retries || (progress >> 1) + 1 < operations.length;
      if ((progress & 1) === 1 && more) owed.push(duties.client + duties.kinds * client);
    });
    return owed;
  };

  /** Whether something is true of the nodes of a world; `looked`: what else it would have to know. */
  look(world: PackedWorld, judge: (view: WorldView) => Judgement): ReturnType<typeof lookAt<Judgement>> {
    return lookAt(
      this.nodeIds.map((_, node) => this.view(world, node)),
      judge,
    );
  }
}
