/**
 * Worlds enumerated by the book: whole states as JSON, every handler run again each time, nothing looked up, nothing
 * hashed, told apart by canonical text. It knows nothing of properties. The slow twin of the search over worlds.
 */
import { canonicalJson, type Json } from '../../src/base/json.ts';
import type { AnyProtocol, NodeState } from '../../src/kernel/protocol.ts';
import { type StepEvent, step } from '../../src/kernel/step.ts';
import { type ClientOperation, callId, clientOf } from '../../src/kernel/workload.ts';

interface Flying {
  event: string;
  from: string;
  to: string;
  payload: Json;
}

interface NaiveNode {
  state: NodeState<unknown, unknown>;
  durable: unknown;
  up: boolean;
  timers: string[];
  fired: number;
}

interface NaiveWorld {
  nodes: NaiveNode[];
  clients: { done: number; waiting: boolean }[];
  flying: Flying[];
  own: Flying[];
  crashes: number;
  duplicates: number;
  drops: number;
}

export interface NaiveBounds {
  readonly nodes: number;
  readonly clients: readonly (readonly ClientOperation[])[];
  readonly crashes: number;
  readonly duplicates: number;
  readonly drops: number;
  readonly timeouts: number;
  /** Whether crashes also cut steps short. */
  readonly cuts: boolean;
  /** Whether a message stays in flight when its delivery would change nothing else. */
  readonly leaveIdle?: boolean;
}

/** The number of different worlds. */
export function countWorlds(protocol: AnyProtocol, mutant: string | null, bounds: NaiveBounds): number {
  const ids = Array.from({ length: bounds.nodes }, (_, index) => `n${index + 1}`);
  const { disk, memory } = protocol.definition;

  /** One step of a node; after `keep` effects it crashes. */
  const take = (world: NaiveWorld, index: number, event: StepEvent, keep = Number.POSITIVE_INFINITY) => {
    const node = world.nodes[index]!;
    const environment = { self: ids[index]!, nodes: ids, now: 0, clockBound: 0, entropy: 1, mutant };
    const { node: state, effects } = step(protocol, node.state, event, environment);
    node.state = structuredClone(state);
    let left = keep;
    for (const effect of effects) {
      if (effect.kind === 'setTimer') node.timers = [...new Set([...node.timers, effect.timer])].sort();
      else if (effect.kind === 'clearTimer')
        node.timers = node.timers.filter((timer) => timer !== effect.timer);
      else if (left-- <= 0) break;
      else if (effect.kind === 'persist') node.durable = structuredClone(effect.disk);
      else if (effect.kind === 'send') {
        const flying = {
          event: effect.message.type,
          from: ids[index]!,
          to: effect.to,
          payload: effect.message as never,
        };
        (effect.to === ids[index] ? world.own : world.flying).push(flying);
      } else if (effect.kind !== 'note') {
        const payload =
          effect.kind === 'reply' && effect.output !== undefined
            ? { call: effect.call, output: effect.output }
            : { call: effect.call };
        world.flying.push({
          event: effect.kind,
          from: ids[index]!,
          to: `c${clientOf(effect.call) + 1}`,
          payload,
        });
      }
    }
    if (keep !== Number.POSITIVE_INFINITY) crash(world, index);
    return effects.filter(({ kind }) => kind !== 'setTimer' && kind !== 'clearTimer').length;
  };
  const crash = (world: NaiveWorld, index: number) => {
    const node = world.nodes[index]!;
    Object.assign(node, {
      state: { disk: structuredClone(node.durable), memory: memory() },
      up: false,
      timers: [],
    });
    world.own = [];
    world.crashes++;
  };
  const eventOf = ({ event, from, payload }: Flying): StepEvent =>
    event === 'request'
      ? ({ kind: 'request', ...(payload as object) } as StepEvent)
      : { kind: 'message', from, message: payload as never };

  const successors = (world: NaiveWorld): NaiveWorld[] => {
    const found: NaiveWorld[] = [];
    const branch = (change: (next: NaiveWorld) => void) => {
      const next = structuredClone(world);
      change(next);
      found.push(next);
    };
    const mayCrash = world.crashes < bounds.crashes;
    /** The step whole and, while crashes are left, cut after each of its effects. */
    const steps = (index: number, event: StepEvent, prepare: (next: NaiveWorld) => void) => {
      let effects = 0;
      branch((next) => {
        prepare(next);
        effects = take(next, index, event);
      });
      for (let keep = 0; mayCrash && bounds.cuts && keep <= effects; keep++) {
        branch((next) => {
          prepare(next);
          take(next, index, event, keep);
        });
      }
    };
    const [own] = world.own;
    if (own) {
      steps(ids.indexOf(own.to), eventOf(own), (next) => void next.own.shift());
      if (mayCrash) branch((next) => crash(next, ids.indexOf(own.to)));
      return found;
    }
    world.clients.forEach(({ done, waiting }, client) => {
      const operation = bounds.clients[client]![done];
      if (waiting || !operation) return;
      branch((next) => {
        next.clients[client]!.waiting = true;
        const { f, input, key = '' } = operation;
        const payload = { f, call: { id: callId(client, done), input, key } };
        next.flying.push({ event: 'request', from: `c${client + 1}`, to: ids[operation.node]!, payload });
      });
    });
    world.flying.forEach((message, at) => {
      const remove = (next: NaiveWorld) => void next.flying.splice(at, 1);
      if (world.drops < bounds.drops) {
        branch((next) => {
          remove(next);
          next.drops++;
        });
      }
      const index = ids.indexOf(message.to);
      if (index < 0) {
        branch((next) => {
          remove(next);
          const client = next.clients[Number(message.to.slice(1)) - 1]!;
          const { call } = message.payload as { call: number };
          if (!client.waiting || call !== callId(Number(message.to.slice(1)) - 1, client.done)) return;
          client.waiting = false;
          client.done++;
        });
      } else if (world.nodes[index]!.up) {
        steps(index, eventOf(message), remove);
        if (bounds.leaveIdle) {
          const without = structuredClone(world);
          remove(without);
          if (text(found.at(-1)!) === text(without)) found.pop();
        }
        if (world.duplicates < bounds.duplicates) {
          branch((next) => {
            next.duplicates++;
            take(next, index, eventOf(message));
          });
        }
      }
    });
    world.nodes.forEach(({ up, timers, fired }, index) => {
      if (!up) {
        branch((next) => {
          next.nodes[index]!.up = true;
          take(next, index, { kind: 'start' });
        });
        return;
      }
      for (const timer of fired < bounds.timeouts ? timers : []) {
        steps(index, { kind: 'timer', timer }, (next) => {
          const node = next.nodes[index]!;
          node.timers = node.timers.filter((other) => other !== timer);
          node.fired++;
        });
      }
      if (mayCrash) branch((next) => crash(next, index));
    });
    return found;
  };

  /** Without what no longer makes a difference, and with the flying messages in a fixed order. */
  const text = (world: NaiveWorld): string =>
    canonicalJson({
      ...world,
      nodes: world.nodes.map((node) => ({
        ...node,
        timers: node.fired < bounds.timeouts ? node.timers : [],
        durable: world.crashes < bounds.crashes ? node.durable : null,
      })),
      flying: world.flying
        .filter(({ to, payload }) => {
          const client = to.startsWith('c') ? world.clients[Number(to.slice(1)) - 1] : undefined;
          const { call } = payload as { call?: number };
          return !client || (client.waiting && call === callId(Number(to.slice(1)) - 1, client.done));
        })
        .map(canonicalJson)
        .sort(),
    } as unknown as Json);

  const first: NaiveWorld = {
    nodes: ids.map(() => ({
      ...{ state: { disk: disk(), memory: memory() }, durable: disk(), up: true },
      ...{ timers: [], fired: 0 },
    })),
    clients: bounds.clients.map(() => ({ done: 0, waiting: false })),
    ...{ flying: [], own: [], crashes: 0, duplicates: 0, drops: 0 },
  };
  ids.forEach((_, index) => void take(first, index, { kind: 'start' }));
  const seen = new Set([text(first)]);
  for (let layer = [first]; layer.length > 0; ) {
    const next: NaiveWorld[] = [];
    for (const world of layer) {
      for (const after of successors(world)) {
        const name = text(after);
        if (!seen.has(name)) next.push(after);
        seen.add(name);
      }
    }
    layer = next;
  }
  return seen.size;
}
