/**
 * The one loop. Everything a run does is determined by the protocol, the workload and the adversary's answers.
 *
 * Two executors share it. `mutable` runs handlers on plain state, copying only what is sent or persisted; it is for
 * fuzzing, which only moves forward. `immer` runs the pure `step`, so that every state of a trace can be kept. Both
 * must give the same trace. A message in flight belongs to its receiver alone: it is copied once, when sent.
 */
import { cloneJson } from '../base/json.ts';
import type { Adversary, Stage } from './adversary.ts';
import { Clients } from './clients.ts';
import type { LiveClient, LiveNode } from './participants.ts';
import { type Pending, pendingKind } from './queue.ts';
import type { WorldView } from './view.ts';
import type { Workload } from './workload.ts';
import { calmPeriod, type Stop } from './world.ts';

/** Judges the world after each step; what it returns stops the run. */
export type Monitor = (world: WorldView) => Stop | undefined;

export class Simulation extends Clients implements Stage {
  /**
   * Runs to the end of the calm period, which begins at `duration`, or to the first stop by the monitor.
   * Returns what stopped it.
   */
  run(workload: Workload, duration: number, adversary: Adversary, monitor?: Monitor): Stop | undefined {
    this.reset(workload, duration, adversary);
    const { queue, strikeAfter } = this;
    strikeAfter.type = -1;
    for (let item = queue.pop(); item !== undefined; item = queue.pop()) {
      this.time = item.time;
      this.changed = undefined;
      this.firstNewNote = this.notes.length;
      if (this.process(item) && monitor) this.stop ??= monitor(this);
      if (this.stop) break;
      if (strikeAfter.type < 0) continue;
      adversary.stepped(
        strikeAfter.type,
        strikeAfter.from,
        strikeAfter.to,
        strikeAfter.nth,
        strikeAfter.copy,
      );
      strikeAfter.type = -1;
    }
    return this.stop;
  }

  private reset(workload: Workload, duration: number, adversary: Adversary): void {
    this.queue.reset(duration + calmPeriod);
    this.time = 0;
    this.calmAt = duration;
    this.calm = false;
    this.changed = undefined;
    this.notes = [];
    this.firstNewNote = 0;
    this.history = [];
    this.steps = 0;
    this.infos = 0;
    this.stop = undefined;
    this.exercised.fill(0);
    this.counts.fill(0);
    this.blockedUntil.fill(0);
    this.heldUntil.fill(0);
    this.workload = workload;
    this.adversary = adversary;
    adversary.begin(this);
    const { disk, memory } = this.protocol.definition;
    for (const node of this.nodes) {
      node.up = false;
      node.disk = disk();
      node.memory = memory();
      node.durable = cloneJson(node.disk);
      node.clock.reset();
      node.pausedUntil = 0;
      node.slowUntil = 0;
      this.schedule(pendingKind.boot, 0, node.index, node.incarnation);
    }
    for (const client of this.clients) {
      client.operations = workload[client.index] ?? [];
      client.cursor = 0;
      client.process = client.index;
      client.call = 0;
      client.dead = false;
      if (client.operations.length > 0) this.scheduleInvocation(client);
    }
    this.schedule(pendingKind.calm, duration, 0, 0);
  }

  /** Handles one item; false when it no longer counts or was put off. */
  private process(item: Pending): boolean {
    if (item.kind === pendingKind.deliver) {
      if (item.to >= this.nodes.length) return this.deliverToClient(item);
      return this.deliverToNode(item);
    }
    if (item.kind === pendingKind.timer) return this.fireTimer(item);
    const { kind, to, stamp } = item;
    this.queue.release(item);
    switch (kind) {
      case pendingKind.boot:
        return this.boot(this.nodes[to] as LiveNode);
      case pendingKind.restart: {
        const node = this.nodes[to] as LiveNode;
        if (node.up || node.incarnation !== stamp) return false;
        this.recordFault('restart', [node.id], '');
        return this.boot(node);
      }
      case pendingKind.invoke:
        return this.invoke(this.clients[to] as LiveClient);
      case pendingKind.giveUp:
        return this.giveUp(this.clients[to] as LiveClient, stamp, item.nth);
      case pendingKind.clientDies:
        return this.die(this.clients[to] as LiveClient, stamp);
      case pendingKind.retry:
        return this.retry(this.clients[to] as LiveClient, stamp, item.nth);
      default:
        return this.beginCalm();
    }
  }

  private beginCalm(): boolean {
    this.calm = true;
    for (const node of this.nodes) {
      node.clock.setRate(this.time, 1);
      if (!node.up) this.schedule(pendingKind.restart, this.time, node.index, node.incarnation);
    }
    this.recordFault('calm', [], 'faults stop');
    return true;
  }
}
