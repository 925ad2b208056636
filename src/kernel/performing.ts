/**
 * What handlers do to the world. On the mutable executor the context's functions act at once; on the immer executor
 * the effects that `step` recorded are performed afterwards, in order. A node that crashes within a step is one whose
 * further effects do not happen.
 */
import { UsageError } from '../base/errors.ts';
import { cloneJson, type Json } from '../base/json.ts';
import { allEffects } from './adversary.ts';
import { checkSpan, type Effect, notANode, repliedTwice } from './effects.ts';
import { Faults } from './faults.ts';
import type { LiveNode, Reply } from './participants.ts';
import type { AnyProtocol, CallId, Tagged } from './protocol.ts';
import { pendingKind } from './queue.ts';
import { drawn } from './step.ts';
import { clientOf } from './workload.ts';
import type { SimulationOptions } from './world.ts';

export class Effects extends Faults {
  // The step that is running, or ran last.
  type = 0;
  protected f = '';
  protected draws = 0;
  protected entropy = 0;
  protected effectsLeft = allEffects;
  protected torn = false;
  protected readonly answered: CallId[] = [];
  private readonly nodeIndex: Map<string, number>;

  constructor(protocol: AnyProtocol, options: SimulationOptions) {
    super(protocol, options);
    this.nodeIndex = new Map(this.nodeIds.map((id, index) => [id, index]));
    if (this.executor === 'mutable') for (const node of this.nodes) node.context = this.mutableContext(node);
  }

  /** The step about to run will be cut short; the adversary calls this from `stepping` for a torn last write. */
  tearLastWrite(): void {
    this.torn = true;
  }

  /** Names the running handler for an author: `raft.on.vote`. */
  protected readonly by = (): string => this.vocabulary.handlerName(this.type, this.f);

  protected perform(node: LiveNode, effect: Effect): void {
    switch (effect.kind) {
      case 'send':
        return this.send(node, effect.to, effect.message);
      case 'setTimer':
        return this.setTimer(node, effect.timer, effect.after);
      case 'clearTimer':
        return this.clearTimer(node, effect.timer);
      case 'persist':
        return this.persist(node, effect.disk);
      case 'reply':
        return this.reply(node, effect.call, effect.output, false);
      case 'refuse':
        return this.reply(node, effect.call, undefined, true);
      case 'note':
        return this.note(node, effect.name, effect.value);
    }
  }

  protected mutableContext(node: LiveNode) {
    const { nodeIds } = this;
    return {
      self: node.id,
      nodes: nodeIds,
      peers: nodeIds.filter((id) => id !== node.id),
      from: node.id,
      now: 0,
      mutant: this.mutant,
      interval: () => {
        const now = node.clock.wall(this.time);
        return { earliest: now - this.clockBound, latest: now + this.clockBound };
      },
      random: () => drawn(this.entropy, this.draws++),
      send: (to: string, message: Tagged) => this.send(node, to, message),
      broadcast: (message: Tagged) => {
        for (let i = 0; i < nodeIds.length; i++) this.send(node, nodeIds[i] as string, message);
      },
      setTimer: (timer: string, after: number) => this.setTimer(node, timer, after),
      clearTimer: (timer: string) => this.clearTimer(node, timer),
      persist: () => this.persist(node, node.disk),
      reply: (call: CallId, output?: Json) => this.answer(node, call, output, false),
      refuse: (call: CallId) => this.answer(node, call, undefined, true),
      note: (name: string, value: Json) => this.note(node, name, value),
    };
  }

  protected answer(node: LiveNode, call: CallId, output: Json | undefined, refused: boolean): void {
    if (this.answered.includes(call)) throw repliedTwice(call, this.by);
    this.answered.push(call);
    this.reply(node, call, output, refused);
  }

  /** False when the node has crashed in the middle of this step: what it does from here on did not happen. */
  protected allows(effect: () => Effect): boolean {
    if (this.effectsLeft <= 0) {
      // Only the very next effect can be a write that was under way.
      this.torn = false;
      return false;
    }
    if (this.effectsLeft !== allEffects) this.effectsLeft--;
    this.effects?.push(effect());
    return true;
  }

  protected send(node: LiveNode, to: string, message: Tagged): void {
    const index = this.nodeIndex.get(to);
    if (index === undefined) throw notANode(to, this.nodeIds, this.by);
    const type = this.vocabulary.message(message.type, this.by);
    const immer = this.executor === 'immer';
    if (this.effectsLeft !== allEffects || this.effects) {
      if (!this.allows(() => ({ kind: 'send', to, message: immer ? message : cloneJson(message) }))) return;
    }
    const clone = this.vocabulary.clonePayload[type] as <T>(payload: T) => T;
    this.transmit(type, node.index, index, immer ? message : clone(message));
  }

  protected setTimer(node: LiveNode, timer: string, after: number): void {
    const type = this.vocabulary.timer(timer, this.by);
    checkSpan(after, timer, this.by);
    if (this.effects) this.effects.push({ kind: 'setTimer', timer, after });
    const generation = ++(this.timerGeneration as Int32Array)[
      node.index * this.vocabulary.names.length + type
    ]!;
    const item = this.queue.take();
    item.kind = pendingKind.timer;
    item.type = type;
    item.to = node.index;
    item.stamp = generation;
    this.queue.push(item, this.time + node.clock.span(after));
  }

  protected clearTimer(node: LiveNode, timer: string): void {
    const type = this.vocabulary.timer(timer, this.by);
    if (this.effects) this.effects.push({ kind: 'clearTimer', timer });
    this.timerGeneration[node.index * this.vocabulary.names.length + type]!++;
  }

  protected persist(node: LiveNode, disk: unknown): void {
    if (this.effectsLeft !== allEffects || this.effects) {
      const isTorn = this.torn;
      if (!this.allows(() => ({ kind: 'persist', disk: cloneJson(disk) }))) {
        const { torn } = this.protocol.definition;
        if (isTorn && torn) node.durable = torn(cloneJson(node.durable) as never, cloneJson(disk) as never);
        return;
      }
    }
    node.durable = this.executor === 'immer' ? disk : this.vocabulary.cloneDisk(disk);
  }

  protected reply(node: LiveNode, call: CallId, output: Json | undefined, refused: boolean): void {
    const client = this.clients[clientOf(call)];
    if (!client || client.operations.length === 0) {
      throw new UsageError(`${this.by()} answered call ${call}, which no client made`);
    }
    const copy = cloneJson(output);
    if (this.effectsLeft !== allEffects || this.effects) {
      const kind = refused ? 'refuse' : 'reply';
      if (!this.allows(() => (copy === undefined ? { kind, call } : { kind, call, output: copy }))) return;
    }
    const payload: Reply = copy === undefined ? { call, refused } : { call, refused, output: copy };
    this.transmit(this.vocabulary.reply, node.index, this.nodes.length + client.index, payload);
  }

  protected note(node: LiveNode, name: string, value: Json): void {
    if (this.effectsLeft !== allEffects || this.effects) {
      if (!this.allows(() => ({ kind: 'note', name, value: cloneJson(value) }))) return;
    }
    this.notes.push({ node: node.id, name, value: cloneJson(value), time: this.time });
  }
}
