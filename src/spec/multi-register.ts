import type { Json } from '../base/json.ts';
import { type MicroOperation, microOperations, onlyReads } from './micro-operations.ts';
import { expectInput, spec } from './spec.ts';

type Values = Record<string, Json>;

const writes = ['w', 'write'];

/**
 * Several registers that are read and written at once. `write {x: 1, y: 2}`; `read ["x", "y"]` (or null for all)
 * answers a map; `txn [["r", "x", null], ["w", "y", 2]]` answers the list with the values read, as Knossos has it.
 */
export const multiRegister = spec({
  name: 'multi-register',
  init: (): Values => ({}),
  initial: (value) => ({ ...valuesOf(value) }),
  ops: {
    read(state, input: readonly string[] | null) {
      const keys = keysOf(input);
      return keys === null ? { ...state } : Object.fromEntries(keys.map((key) => [key, valueAt(state, key)]));
    },
    write: (state, values: Values) => void Object.assign(state, valuesOf(values)),
    txn: (state, operations: readonly MicroOperation[]) =>
      microOperations(operations as unknown as Json, writes).map(([f, name, value]): MicroOperation => {
        const key = keyOf(name);
        if (!writes.includes(f)) return [f, key, valueAt(state, key)];
        state[key] = value;
        return [f, key, value];
      }),
  },
  reads: ['read'],
  unchanged: (f, input) => f === 'txn' && onlyReads(input, writes),
  parts(f, input) {
    if (f === 'read') return keysOf(input) ?? undefined;
    return f === 'write'
      ? Object.keys(valuesOf(input))
      : microOperations(input, writes).map(([, key]) => key);
  },
});

function keysOf(input: unknown): readonly string[] | null {
  expectInput(input === null || Array.isArray(input), 'a list of keys, or null for all');
  return input === null ? null : input.map(keyOf);
}

function keyOf(key: unknown): string {
  expectInput((typeof key === 'string' && key !== '__proto__') || typeof key === 'number', 'texts as keys');
  return String(key);
}

function valuesOf(input: Json): Values {
  expectInput(typeof input === 'object' && input !== null && !Array.isArray(input), 'a map of values by key');
  return input as Values;
}

function valueAt(state: Values, key: string): Json {
  return Object.hasOwn(state, key) ? (state[key] as Json) : null;
}
