/** What nodes do: they boot, their timers fire, messages reach them; each is one step of one node. */
import { UsageError } from '../base/errors.ts';
import { cloneJson } from '../base/json.ts';
import { mix } from '../base/random.ts';
import { allEffects } from './adversary.ts';
import type { LiveNode, Request } from './participants.ts';
import { Effects } from './performing.ts';
import type { NodeState, Tagged } from './protocol.ts';
import type { Pending } from './queue.ts';
import { returnedPromise, step } from './step.ts';
import { counter } from './world.ts';

export class Nodes extends Effects {
  /** How long a node stays down after a crash in the middle of a step; set by the adversary from `stepping`. */
  downFor = 0;

  protected boot(node: LiveNode): boolean {
    node.up = true;
    const { start } = this.vocabulary;
    this.handle(node, start, node.index, this.count(start, node.index, node.index), 0, undefined);
    return true;
  }

  protected fireTimer(item: Pending): boolean {
    const node = this.nodes[item.to] as LiveNode;
    const slot = node.index * this.vocabulary.names.length + item.type;
    if (this.timerGeneration[slot] !== item.stamp || !node.up) {
      this.queue.release(item);
      return false;
    }
    if (this.isPaused(node, item)) return false;
    const { type } = item;
    this.queue.release(item);
    this.handle(node, type, node.index, this.count(type, node.index, node.index), 0, undefined);
    return true;
  }

  protected deliverToNode(item: Pending): boolean {
    const node = this.nodes[item.to] as LiveNode;
    const { type, from, nth, copy, payload, stamp } = item;
    // A node's message to itself does not outlive the incarnation that sent it.
    const gone = !node.up || (from === item.to && stamp !== node.incarnation);
    if (gone && this.record) this.recordUndelivered(item, 'down');
    if (gone || this.isCut(item)) {
      this.queue.release(item);
      return false;
    }
    if (this.isPaused(node, item)) return false;
    this.queue.release(item);
    if (copy === 1) this.exercise(counter.duplicate);
    this.handle(node, type, from, nth, copy, payload);
    return true;
  }

  /** A paused node's events wait for its return, in the order in which they came. */
  protected isPaused(node: LiveNode, item: Pending): boolean {
    if (node.pausedUntil <= this.time) return false;
    this.exercise(counter.pause);
    this.queue.postpone(item, node.pausedUntil);
    return true;
  }

  /** One step of one node. The adversary may cut it short now, and strike after it has been judged. */
  protected handle(
    node: LiveNode,
    type: number,
    from: number,
    nth: number,
    copy: number,
    payload: unknown,
  ): void {
    const { adversary } = this;
    this.steps++;
    this.changed = node;
    this.type = type;
    this.answered.length = 0;
    const chaos = this.time < this.calmAt;
    this.torn = false;
    this.effectsLeft = chaos ? adversary.stepping(type, from, node.index, nth, copy) : allEffects;
    const limit = this.effectsLeft;
    // By cause, not by count: what happens elsewhere, or is left out, does not change what this step draws.
    this.entropy = mix(mix(mix(type * 0x101 + from) + node.index) + nth * 2 + copy);
    const { record } = this;
    if (record) this.effects = [];
    const shown = record ? cloneJson(payload) : undefined;
    const mutable = this.executor === 'mutable';
    const { disk, memory } = node;
    const before = record ? (mutable ? cloneJson({ disk, memory }) : { disk, memory }) : undefined;
    const recorded = record?.length ?? 0;
    if (mutable) this.runMutable(node, type, from, payload);
    else this.runImmer(node, type, from, payload);
    if (record && before && this.stop) {
      // A step that threw did nothing, on either executor.
      record.length = recorded;
      this.effects = [];
      Object.assign(node, before);
    }
    if (record) this.recordStep(node, type, from, nth, copy, shown, limit);
    if (this.stop) return;
    if (limit !== allEffects) {
      this.exercise(counter.disk);
      this.crash([node.index], this.downFor, false);
    }
    if (chaos) this.mayStrikeAfter(type, from, node.index, nth, copy);
  }

  protected runMutable(node: LiveNode, type: number, from: number, payload: unknown): void {
    const { vocabulary } = this;
    const context = node.context as { from: string; now: number };
    context.from = this.participants[from] as string;
    context.now = node.clock.wall(this.time);
    this.draws = 0;
    let result: unknown;
    try {
      if (type === vocabulary.request) {
        const { f, call } = payload as Request;
        this.f = f;
        context.from = node.id;
        const handler = this.protocol.definition.client?.[f];
        if (!handler) throw this.noHandler(f);
        result = handler(node as never, call as never, context as never);
      } else {
        const handler = vocabulary.handlers[type];
        if (!handler) return;
        result =
          type < vocabulary.request
            ? handler(node as never, payload as never, context as never)
            : handler(node as never, context as never);
      }
    } catch (error) {
      this.failed(error);
    }
    if (result !== undefined && result instanceof Promise) throw returnedPromise(this.by);
  }

  protected runImmer(node: LiveNode, type: number, from: number, payload: unknown): void {
    const { vocabulary } = this;
    const before: NodeState<unknown, unknown> = { disk: node.disk, memory: node.memory };
    if (type === vocabulary.request) this.f = (payload as Request).f;
    try {
      const event =
        type === vocabulary.request
          ? ({ kind: 'request', ...(payload as Request) } as const)
          : type === vocabulary.start
            ? ({ kind: 'start' } as const)
            : vocabulary.isTimer(type)
              ? ({ kind: 'timer', timer: vocabulary.names[type] as string } as const)
              : ({
                  kind: 'message',
                  from: this.participants[from] as string,
                  message: payload as Tagged,
                } as const);
      const result = step(this.protocol, before, event, {
        self: node.id,
        nodes: this.nodeIds,
        now: node.clock.wall(this.time),
        clockBound: this.clockBound,
        entropy: this.entropy,
        mutant: this.mutant,
      });
      node.disk = result.node.disk;
      node.memory = result.node.memory;
      for (const effect of result.effects) this.perform(node, effect);
    } catch (error) {
      this.failed(error);
    }
  }

  /** An author's mistake ends everything; any other error that a handler throws is a finding of this run. */
  protected failed(error: unknown): void {
    if (error instanceof UsageError) throw error;
    const message = error instanceof Error ? error.message : String(error);
    this.stop = { property: 'no handler throws', explanation: `${this.by()} threw: ${message}` };
  }

  protected noHandler(f: string): UsageError {
    const known = Object.keys(this.protocol.definition.client ?? {}).join(', ') || 'none';
    return new UsageError(
      `${this.protocol.definition.name}.client.${f} is missing; its client handlers are: ${known}`,
    );
  }
}
