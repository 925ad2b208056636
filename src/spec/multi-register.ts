import type { Json } from '../base/json.ts';
import { spec } from './spec.ts';

type Values = Record<string, Json>;
type MicroOperation = readonly [string, string, Json];

/**
 * Several registers that are read and written at once. `write {x: 1, y: 2}`; `read ["x", "y"]` (or null for all)
 * answers a map; `txn [["r", "x", null], ["w", "y", 2]]` answers the list with the values read, as Knossos has it.
 */
export const multiRegister = spec({
  name: 'multi-register',
  init: (): Values => ({}),
  initial: (value) => ({ ...(value as Values) }),
  ops: {
    read: (state, keys: readonly string[] | null) =>
      keys === null ? { ...state } : Object.fromEntries(keys.map((key) => [key, valueAt(state, key)])),
    write: (state, values: Values) => void Object.assign(state, values),
    txn: (state, operations: readonly MicroOperation[]) =>
      operations.map(([f, key, value]): MicroOperation => {
        if (isRead([f])) return [f, key, valueAt(state, key)];
        state[key] = value;
        return [f, key, value];
      }),
  },
  reads: ['read'],
  unchanged: (f, input) => f === 'txn' && (input as MicroOperation[]).every(isRead),
  parts(f, input) {
    if (f === 'read') return (input as readonly string[] | null) ?? undefined;
    return f === 'write' ? Object.keys(input as Values) : (input as MicroOperation[]).map(([, key]) => key);
  },
});

function isRead([f]: readonly unknown[]): boolean {
  return f !== 'w' && f !== 'write';
}

function valueAt(state: Values, key: string): Json {
  return Object.hasOwn(state, key) ? (state[key] as Json) : null;
}
