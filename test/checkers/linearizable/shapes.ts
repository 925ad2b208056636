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
  'list-append': {
    spec: spec('list-append'),
    draw: (random, fresh) => ({
      key: random.below(2),
      ...(random.chance(0.5) ? { f: 'append', input: fresh() } : { f: 'read-all', input: null }),
    }),
    twist: (random, output) => twistList(random, output),
  },
};

function twistList(random: Random, output: Json): Json {
  if (!Array.isArray(output)) return output;
  const list = [...(output as Json[])];
  if (random.chance(0.5)) list.splice(random.below(list.length + 1), 1);
  else list.splice(random.below(list.length + 1), 0, list.pop() ?? random.below(6));
  return list;
}
