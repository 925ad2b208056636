/**
 * Worlds enumerated by the book: whole states as JSON, every handler run again each time, nothing looked up, nothing
 * hashed, told apart by canonical text. It knows nothing of properties. The slow twin of the search over worlds.
 */
import { canonicalJson, type Json } from '../../src/base/json.ts';
import type { Clocks } from '../../src/explore/bounds.ts';
import { epoch } from '../../src/kernel/clock.ts';
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
  splits: number;
  /** Who is on either side; null while the network is whole. */
  sides: string[][] | null;
  ticks: number;
}

export interface NaiveBounds {
  readonly nodes: number;
  readonly clients: readonly (readonly ClientOperation[])[];
  readonly crashes: number;
  readonly duplicates: number;
  readonly drops: number;
  readonly partitions: number;
  readonly timeouts: number;
  readonly clocks: Clocks | undefined;
  /** Whether crashes also cut steps short. */
  readonly cuts: boolean;
  /** Whether a message stays in flight when its delivery would change nothing else. */
  readonly leaveIdle?: boolean;
}

/** The number of different worlds; `met` is shown the nodes of each. */
export function countWorlds(
  protocol: AnyProtocol,
  mutant: string | null,
  bounds: NaiveBounds,
  met: (nodes: readonly { up: boolean; state: NodeState<unknown, unknown> }[]) => void = () => {},
): number {
  const ids = Array.from({ length: bounds.nodes }, (_, index) => `n${index + 1}`);
  const { disk, memory } = protocol.definition;

  const { tick, bound: clockBound, ticks } = bounds.clocks ?? { tick: 1, bound: 0, ticks: 0 };
  const skews = Array.from({ length: (2 * clockBound) / tick + 1 }, (_, index) => index * tick - clockBound);

  /** One step of a node, by a clock that is ahead by `skew`; after `keep` effects it crashes. */
  const take = (
    world: NaiveWorld,
    index: number,
    event: StepEvent,
    { keep = Number.POSITIVE_INFINITY, skew = 0, tear = false } = {},
  ) => {
    const node = world.nodes[index]!;
    const now = epoch + world.ticks * tick + skew;
    const environment = { self: ids[index]!, nodes: ids, now, clockBound, entropy: 1, mutant };
    const { node: state, effects } = step(protocol, node.state, event, environment);
    node.state = structuredClone(state);
    let left = keep;
    for (const effect of effects) {
      if (effect.kind === 'setTimer') node.timers = [...new Set([...node.timers, effect.timer])].sort();
      else if (effect.kind === 'clearTimer')
        node.timers = node.timers.filter((timer) => timer !== effect.timer);
      else if (left-- <= 0) {
        const torn = protocol.definition.torn as ((before: unknown, after: unknown) => unknown) | undefined;
        if (tear && torn && effect.kind === 'persist')
          node.durable = torn(structuredClone(node.durable), structuredClone(effect.disk));
        break;
      } else if (effect.kind === 'persist') node.durable = structuredClone(effect.disk);
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
    world.own = world.own.filter(({ to }) => to !== ids[index]);
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
      for (const skew of skews) {
        let effects = 0;
        branch((next) => {
          prepare(next);
          effects = take(next, index, event, { skew });
        });
        for (let keep = 0; mayCrash && bounds.cuts && keep <= effects; keep++) {
          for (const tear of [false, true]) {
            branch((next) => {
              prepare(next);
              take(next, index, event, { keep, skew, tear });
            });
          }
        }
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
      const { from, to } = message;
      const side = world.sides?.find((nodes) => nodes.includes(from));
      if (side && ids.includes(to) && !side.includes(to)) {
        if (!bounds.leaveIdle) branch(remove);
        return;
      }
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
        const before = found.length;
        steps(index, eventOf(message), remove);
        if (bounds.leaveIdle) {
          const without = structuredClone(world);
          remove(without);
          const made = found.splice(before);
          found.push(...made.filter((next) => text(next) !== text(without)));
        }
        if (world.duplicates < bounds.duplicates) {
          for (const skew of skews) {
            branch((next) => {
              next.duplicates++;
              take(next, index, eventOf(message), { skew });
            });
          }
        }
      }
    });
    world.nodes.forEach(({ up, timers, fired }, index) => {
      if (!up) {
        steps(index, { kind: 'start' }, (next) => {
          next.nodes[index]!.up = true;
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
    if (world.sides) branch((next) => void (next.sides = null));
    else if (world.splits < bounds.partitions) {
      // Each way to tell the nodes apart, the first being on the first side.
      for (let bits = 0; bits < 2 ** (ids.length - 1) - 1; bits++) {
        const first = ids.filter((_, index) => index === 0 || (bits >> (index - 1)) & 1);
        branch((next) => {
          next.splits++;
          next.sides = [first, ids.filter((id) => !first.includes(id))];
        });
      }
    }
    if (world.ticks < ticks) branch((next) => void next.ticks++);
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
    ...{ flying: [], own: [], crashes: 0, duplicates: 0, drops: 0, splits: 0, sides: null, ticks: 0 },
  };
  ids.forEach((_, index) => void take(first, index, { kind: 'start' }));
  const seen = new Set([text(first)]);
  met(first.nodes);
  for (let layer = [first]; layer.length > 0; ) {
    const next: NaiveWorld[] = [];
    for (const world of layer) {
      for (const after of successors(world)) {
        const name = text(after);
        if (seen.has(name)) continue;
        seen.add(name);
        next.push(after);
        met(after.nodes);
      }
    }
    layer = next;
  }
  return seen.size;
}
