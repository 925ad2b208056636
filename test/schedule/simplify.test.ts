/** Beyond removal: what shrinking puts in the place of a fault, of two faults, of a workload, of names and values. */
import { expect, test } from 'vitest';
import {
  drop,
  model,
  type Nemesis,
  partition,
  pause,
  protocol,
  register,
  reorder,
  slow,
  typed,
} from '../../src/index.ts';
import { always, type ViewOf } from '../../src/property/property.ts';
import { Executions } from '../../src/runner/execute.ts';
import { shrink } from '../../src/runner/shrink.ts';
import { crash } from '../../src/schedule/nemeses.ts';
import type { Deviation, Schedule } from '../../src/schedule/schedule.ts';

/** A write is told to all nodes, once; a read asks nobody. */
const gossip = protocol({
  name: 'gossip',
  implements: register,
  message: typed<{ type: 'tell'; value: number }>(),
  disk: () => ({}),
  memory: (): { heard: number[] } => ({ heard: [] }),
  client: {
    write(_, call, { broadcast, reply }) {
      broadcast({ type: 'tell', value: call.input });
      reply(call.id);
    },
    read: (_, call, { reply }) => reply(call.id, 0),
  },
  on: {
    tell: ({ memory }, { value }) => void memory.heard.push(value),
  },
});

type World = ViewOf<typeof gossip>;

/** Shrinks by single changes, without a search, what breaks "it never comes to that". */
async function shrunk(schedule: Schedule, nemeses: readonly Nemesis[], comesTo: (world: World) => boolean) {
  const name = 'it never comes to that';
  const properties = [always(gossip, name, (world) => !comesTo(world))];
  const executions = new Executions(model(gossip, { nemeses, properties }), null);
  expect(executions.run(schedule).violation?.property).toBe(name);
  const result = await shrink(executions, schedule, name, { brief: true });
  expect(executions.run(result.schedule).violation?.property).toBe(name);
  return result.schedule;
}

const write = (input: number, node = 0, wait = 0) => ({ f: 'write', input, node, wait });
const heard = (world: World) => world.nodes.flatMap(({ memory }) => memory.heard);
/** When a client reads, some time after a write, somebody has heard of it, but not these nodes. */
const lacks = ({ history, nodes, time }: World, ...names: string[]) => {
  const since = (f: string) => time - (history.find((event) => event.f === f)?.time ?? Number.NaN) / 1e6;
  const deaf = nodes.filter(({ memory }) => memory.heard.length === 0).map(({ id }) => id);
  const some = deaf.length < nodes.length && names.every((name) => deaf.includes(name));
  return some && since('write') >= 50 && since('read') === 0;
};
const at = { event: 'request', from: 'c1', to: 'n1', nth: 1 };
const started = { event: 'start', from: 'n2', to: 'n2', nth: 1 };
const told = (to: string) => ({ event: 'tell', from: 'n1', to, nth: 1 });
/** One client writes at n1, another reads later, and faults strike. */
const writing = (...deviations: Deviation[]): Schedule => ({
  nodes: 3,
  duration: 200,
  clients: [[write(1)], [{ f: 'read', input: null, node: 0, wait: 60 }]],
  deviations,
});
const split: Deviation = { kind: 'partition', at, groups: [['n1'], ['n2', 'n3']], for: 200 };

const faults: [string, Deviation, Nemesis[], Deviation['kind']][] = [
  ['a crash, a pause', { kind: 'crash', at, nodes: ['n2'], for: 100 }, [crash(), pause()], 'pause'],
  ['a crash within a step, a pause', { kind: 'disk', at: started, keep: 0, for: 100 }, [pause()], 'pause'],
  ['a partition, one lost message', split, [partition(), drop()], 'drop'],
  ['a partition, one late message', split, [partition(), reorder()], 'delay'],
  ['a partition, one direction of it', split, [partition()], 'one-way'],
  ['a pause, one late message', { kind: 'pause', at, node: 'n2', for: 100 }, [pause(), reorder()], 'delay'],
  ['a lost message, a late one', { kind: 'drop', message: told('n2') }, [drop(), reorder()], 'delay'],
];

test.each(faults)('a fault is replaced by a weaker one: %s', async (_, fault, nemeses, kind) => {
  const { deviations } = await shrunk(writing(fault), nemeses, (world) => lacks(world, 'n2'));
  expect(deviations.map((deviation) => deviation.kind)).toEqual([kind]);
});

const both = (one: Deviation, other: Deviation) => writing(one, other);
const pairs: [string, Schedule, Nemesis[], Deviation['kind'][]][] = [
  [
    'two crashes, one of both nodes',
    both({ kind: 'crash', at, nodes: ['n2'], for: 100 }, { kind: 'crash', at, nodes: ['n3'], for: 100 }),
    [crash()],
    ['crash'],
  ],
  [
    'two lost messages, a sender cut off',
    both({ kind: 'drop', message: told('n2') }, { kind: 'drop', message: told('n3') }),
    [drop(), partition()],
    ['one-way'],
  ],
];

test.each(pairs)('two deviations are replaced by one: %s', async (_, schedule, nemeses, kinds) => {
  const { deviations } = await shrunk(schedule, nemeses, (world) => lacks(world, 'n2', 'n3'));
  expect(deviations.map(({ kind }) => kind)).toEqual(kinds);
});

test('two messages that are late are replaced by a slow receiver', async () => {
  const late = { kind: 'delay', by: 100 } as const;
  const deviations = [
    { ...late, message: told('n2') },
    { ...late, message: { ...told('n2'), from: 'n3' } },
  ];
  const writers = writing(...deviations);
  const schedule = { ...writers, clients: [...writers.clients, [write(2, 2)]] };
  const both = (world: World) => lacks(world, 'n2') && new Set(heard(world)).size === 2;
  expect((await shrunk(schedule, [slow()], both)).deviations).toMatchObject([{ kind: 'slow', node: 'n2' }]);
});

const calm = (nodes: number, ...clients: Schedule['clients'][number][]): Schedule => ({
  nodes,
  duration: 200,
  clients,
  deviations: [],
});

test('two clients are merged into one, which does what both did', async () => {
  const schedule = calm(3, [write(1)], [write(2, 0, 40)]);
  const { clients } = await shrunk(schedule, [], (world) => new Set(heard(world)).size === 2);
  expect(clients).toEqual([[write(1), write(2)]]);
});

test('clients stand in the order in which they begin', async () => {
  const pending = ({ history }: World) => history.filter(({ type }) => type === 'invoke');
  const late = (world: World) => {
    const [first, second, ...more] = pending(world);
    return more.length === 0 && first?.time === 0 && second?.time === 5e6 && world.history.length === 2;
  };
  const { clients } = await shrunk(calm(3, [write(1, 0, 5)], [write(2)]), [], late);
  expect(clients.map(([first]) => first?.wait)).toEqual([0, 5]);
});

test('nodes that play no part go, the first ones too', async () => {
  const schedule = calm(3, [write(1, 2)]);
  expect((await shrunk(schedule, [], (world) => heard(world).length > 0)).nodes).toBe(1);
});

test('values, nodes and keys get the plainest names that do', async () => {
  const schedule = calm(3, [{ ...write(40, 2, 30), key: 'y', calm: true }], [write(7, 1)]);
  const needed = (world: World) => world.nodes.length === 3 && new Set(heard(world)).size === 2;
  const { clients } = await shrunk(schedule, [], needed);
  const [one, other] = clients.flat();
  expect(one).toMatchObject({ input: 1, node: 0, wait: 0 });
  expect(other).toMatchObject({ input: 2, node: 0, wait: 0 });
  expect(clients.flat().find(({ key }) => key !== undefined)?.key).toBe('x');
  expect(clients.flat().some((operation) => operation.calm)).toBe(false);
});

test('numbers are lowered as far as it goes: spans, waits, the chaos', async () => {
  const fault: Deviation = { kind: 'pause', at, node: 'n2', for: 170 };
  const schedule = await shrunk(writing(fault), [pause()], (world) => lacks(world, 'n2'));
  // It strikes at 10 ms and must last until after the look at 50 ms; so must the chaos.
  expect(schedule).toMatchObject({ duration: 51, deviations: [{ kind: 'pause', for: 41 }] });
});

test('a protocol that cannot do with fewer nodes keeps those that it has', async () => {
  const pair = protocol({
    ...gossip.definition,
    name: 'pair',
    client: {
      ...gossip.definition.client,
      write: (
        _: unknown,
        call: { input: number },
        { send }: { send: (to: string, message: object) => void },
      ) => send('n2', { type: 'tell', value: call.input }),
    },
  } as never);
  const properties = [
    always(
      pair as never,
      'n2 hears nothing',
      ({ nodes }: World) => (nodes[1]?.memory.heard.length ?? 0) === 0,
    ),
  ];
  const executions = new Executions(model(pair as never, { nemeses: [], properties }), null);
  const result = await shrink(executions, calm(3, [write(1)]), 'n2 hears nothing');
  expect(result).toMatchObject({ complete: true, schedule: { nodes: 2 } });
});
