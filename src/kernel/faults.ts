/** Faults of nodes, inflicted by an adversary and ended here; none outlasts the beginning of the calm period. */
import { Network } from './network.ts';
import { pendingKind } from './queue.ts';
import { counter } from './world.ts';

export class Faults extends Network {
  /** Crashes those of the nodes that are up; they restart together. Returns how many went down. */
  crash(nodes: readonly number[], span: number, counted = true): number {
    const at = this.until(span);
    let down = 0;
    for (const index of nodes) {
      const node = this.nodes[index];
      if (!node?.up) continue;
      node.up = false;
      node.incarnation++;
      node.disk = this.executor === 'immer' ? node.durable : this.vocabulary.cloneDisk(node.durable);
      node.memory = this.protocol.definition.memory();
      node.pausedUntil = 0;
      const names = this.vocabulary.names.length;
      for (let type = 0; type < names; type++) this.timerGeneration[index * names + type]!++;
      this.schedule(pendingKind.restart, at, index, node.incarnation);
      if (counted) this.exercise(counter.crash);
      down++;
    }
    if (down > 0 && this.record) {
      this.recordFault(
        'crash',
        nodes.map((index) => this.nodeIds[index] as string),
        `until ${at}`,
      );
    }
    return down;
  }

  /** False when the node is down or paused already. */
  pause(index: number, span: number): boolean {
    const node = this.nodes[index];
    if (!node?.up || node.pausedUntil > this.time) return false;
    node.pausedUntil = this.until(span);
    this.recordFault('pause', [node.id], `until ${node.pausedUntil}`);
    return true;
  }

  /** Everything the node sends and receives is late. */
  slow(index: number, span: number, by: number): boolean {
    const node = this.nodes[index];
    if (!node) return false;
    node.slowUntil = this.until(span);
    node.slowBy = by;
    this.recordFault('slow', [node.id], `by ${by} until ${node.slowUntil}`);
    return true;
  }

  jumpClock(index: number, by: number): boolean {
    const node = this.nodes[index];
    if (!node) return false;
    node.clock.jump(this.time, by);
    this.exercise(counter.clock);
    this.recordFault('clock', [node.id], `jumps by ${by}`);
    return true;
  }

  setClockRate(index: number, rate: number): boolean {
    const node = this.nodes[index];
    if (!node) return false;
    node.clock.setRate(this.time, rate);
    this.exercise(counter.clock);
    this.recordFault('clock', [node.id], `runs at ${rate}`);
    return true;
  }
}
