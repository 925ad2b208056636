/** How small random histories of each spec look. Values are few, so that operations meet; `unique` variants feed the monitors. */
import type { Json } from '../../../src/base/json.ts';
import type { Random } from '../../../src/base/random.ts';
import type { AnySpec } from '../../../src/spec/spec.ts';
import { specs } from '../../../src/spec/specs.ts';
import type { Shape } from './random-history.ts';

const spec = (name: string): AnySpec => specs.get(name) as AnySpec;
const small = (random: Random): number => random.below(4);
const another = (random: Random): Json => (random.chance(0.3) ? null : random.below(6));

export const shapes: Readonly<Record<string, Shape>> = {
  register: {
    spec: spec('register'),
    draw: (random) =>
      random.chance(0.5) ? { f: 'read', input: null } : { f: 'write', input: small(random) },
    twist: another,
  },
  'register, unique writes': {
    spec: spec('register'),
    draw: (random, fresh) =>
      random.chance(0.6) ? { f: 'read', input: null } : { f: 'write', input: fresh() },
    twist: another,
  },
  'cas-register': {
    spec: spec('cas-register'),
    draw: (random) =>
      random.pick([
        { f: 'read', input: null },
        { f: 'write', input: small(random) },
        { f: 'cas', input: [small(random), small(random)] },
      ]),
    twist: (random, _output, f) => (f === 'cas' ? random.pick<Json>([true, false, [1, 2]]) : another(random)),
  },
  kv: {
    spec: spec('kv'),
    draw: (random) => ({
      key: random.below(2),
      ...random.pick([
        { f: 'read', input: null },
        { f: 'get', input: null },
        { f: 'write', input: small(random) },
        { f: 'put', input: small(random) },
        { f: 'append', input: 'x' },
        { f: 'delete', input: null },
        { f: 'cas', input: [small(random), small(random)] },
      ]),
    }),
    twist: another,
  },
  queue: {
    spec: spec('queue'),
    draw: (random, fresh) =>
      random.chance(0.5) ? { f: 'enqueue', input: fresh() } : { f: 'dequeue', input: null },
    twist: another,
  },
  'queue, repeated values': {
    spec: spec('queue'),
    draw: (random) =>
      random.chance(0.5) ? { f: 'enqueue', input: random.below(2) } : { f: 'dequeue', input: null },
    twist: another,
  },
  stack: {
    spec: spec('stack'),
    draw: (random, fresh) => (random.chance(0.5) ? { f: 'push', input: fresh() } : { f: 'pop', input: null }),
    twist: another,
  },
  'priority-queue': {
    spec: spec('priority-queue'),
    draw: (random, fresh) =>
      random.chance(0.5)
        ? { f: 'insert', input: fresh() * (random.chance(0.5) ? 1 : -1) }
        : { f: 'delete-min', input: null },
    twist: (random) => (random.chance(0.3) ? null : random.between(-5, 5)),
  },
  set: {
    spec: spec('set'),
    draw: (random) => ({ f: random.pick(['add', 'remove', 'contains']), input: random.below(2) }),
    twist: (_random, output) => (Array.isArray(output) ? [output[0], !output[1]] : output),
  },
  'grow-set': {
    spec: spec('grow-set'),
    draw: (random, fresh) =>
      random.chance(0.6) ? { f: 'add', input: fresh() } : { f: 'read-all', input: null },
    twist: twistList,
  },
  'grow-set, repeated elements': {
    spec: spec('grow-set'),
    draw: (random) =>
      random.chance(0.6) ? { f: 'add', input: random.below(3) } : { f: 'read-all', input: null },
    twist: twistList,
  },
  counter: {
    spec: spec('counter'),
    draw: (random) =>
      random.chance(0.5) ? { f: 'add', input: random.between(-1, 2) } : { f: 'read', input: null },
    twist: (random, output, f) => (f === 'read' ? (output as number) + random.between(-1, 1) : output),
  },
  'counter, equal amounts': {
    spec: spec('counter'),
    draw: (random) => (random.chance(0.5) ? { f: 'add', input: 1 } : { f: 'read', input: null }),
    twist: (random, output, f) => (f === 'read' ? (output as number) + random.between(-1, 1) : output),
  },
  mutex: {
    spec: spec('mutex'),
    draw: (random) => ({ f: random.pick(['acquire', 'release']), input: null }),
    twist: () => null,
  },
  'reentrant-mutex': {
    spec: spec('reentrant-mutex'),
    draw: (random) => ({ f: random.pick(['acquire', 'release']), input: random.below(2) }),
    twist: (random) => random.chance(0.5),
  },
  semaphore: {
    spec: spec('semaphore'),
    draw: (random) => ({ f: random.pick(['acquire', 'acquire', 'release']), input: null }),
    twist: () => null,
  },
  bank: {
    spec: spec('bank'),
    draw: (random) =>
      random.chance(0.4)
        ? { f: 'read', input: null }
        : {
            f: 'transfer',
            input: {
              from: random.pick(['a', 'b']),
              to: random.pick(['a', 'b']),
              amount: random.between(1, 8),
            },
          },
    twist: (random, output, f) => (f === 'transfer' ? !output : { a: random.between(8, 12), b: 10 }),
  },
  'id-generator': {
    spec: spec('id-generator'),
    draw: () => ({ f: 'generate', input: null }),
    twist: (random) => random.below(5),
  },
  'multi-register': {
    spec: spec('multi-register'),
    draw: (random) =>
      random.pick([
        { f: 'read', input: null },
        { f: 'read', input: ['x'] },
        { f: 'write', input: { [random.pick(['x', 'y'])]: small(random) } },
        {
          f: 'txn',
          input: [
            ['r', 'x', null],
            ['w', 'y', small(random)],
          ],
        },
      ]),
    twist: (random, output, f) => (f === 'read' ? { x: small(random) } : output),
  },
  'multi-register, few keys at once': {
    spec: spec('multi-register'),
    draw: (random) => {
      const key = random.pick(['u', 'v', 'x', 'y']);
      return random.pick([
        { f: 'read', input: [key] },
        { f: 'write', input: { [key]: small(random) } },
        {
          f: 'txn',
          input: [
            ['r', key, null],
            ['w', key === 'u' ? 'v' : key, small(random)],
          ],
        },
      ]);
    },
    twist: twistReads,
  },
  'txn-rw-register': {
    spec: spec('txn-rw-register'),
    draw: (random) => ({ f: 'txn', input: microOperations(random, 'w', small(random)) }),
    twist: twistReads,
  },
  'txn-list-append': {
    spec: spec('txn-list-append'),
    draw: (random, fresh) => ({ f: 'txn', input: microOperations(random, 'append', fresh()) }),
    twist: twistReads,
  },
  'list-append': {
    spec: spec('list-append'),
    draw: (random, fresh) => ({
      key: random.below(2),
      ...(random.chance(0.5) ? { f: 'append', input: fresh() } : { f: 'read-all', input: null }),
    }),
    twist: twistList,
  },
};

/** A read, a write, or both, of the same key or of neighbours. */
function microOperations(random: Random, writes: string, value: number): Json[] {
  const key = random.below(4);
  const other = random.chance(0.2) ? key ^ 1 : key;
  return random.pick<Json[]>([
    [['r', key, null]],
    [[writes, key, value]],
    [
      ['r', key, null],
      [writes, other, value],
    ],
  ]);
}

/** Twists what a read of one key or a list of micro-operations saw. */
function twistReads(random: Random, output: Json): Json {
  if (!Array.isArray(output)) return output;
  return output.map((item): Json => {
    if (!Array.isArray(item) || item[0] !== 'r') return item;
    return [item[0], item[1]!, Array.isArray(item[2]) ? twistList(random, item[2]) : small(random)];
  });
}

function twistList(random: Random, output: Json): Json {
  if (!Array.isArray(output)) return output;
  const list = [...(output as Json[])];
  if (random.chance(0.5)) list.splice(random.below(list.length + 1), 1);
  else list.splice(random.below(list.length + 1), 0, list.pop() ?? random.below(6));
  return list;
}
