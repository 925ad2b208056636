/**
 * Transactions as Jepsen's Elle workloads have them: `txn` takes micro-operations and answers them with the values
 * read. All keys are one object, so linearizable means strict serializable here. Keys may be any JSON.
 */
import { canonicalJson, type Json } from '../base/json.ts';
import { type MicroOperation, microOperations, onlyReads } from './micro-operations.ts';
import { spec } from './spec.ts';

const writes = ['w', 'write'];
const appends = ['append'];

/** Registers: `[["r", "x", null], ["w", "y", 2]]`; a register never written reads null. */
export const transactionalRegisters = spec({
  name: 'txn-rw-register',
  init: (): { values: Record<string, Json> } => ({ values: {} }),
  ops: {
    txn: (state, operations: readonly MicroOperation[]) =>
      microOperations(operations as unknown as Json, writes).map(([f, key, value]): MicroOperation => {
        const name = canonicalJson(key);
        if (!writes.includes(f))
          return [f, key, Object.hasOwn(state.values, name) ? state.values[name]! : null];
        state.values[name] = value;
        return [f, key, value];
      }),
  },
  unchanged: (f, input) => f === 'txn' && onlyReads(input, writes),
  parts: (_f, input) => microOperations(input, writes).map(([, key]) => key),
});

/** Lists: `[["append", "x", 1], ["r", "x", [1]]]`; an empty list may be answered as null. */
export const transactionalLists = spec({
  name: 'txn-list-append',
  init: (): { lists: Record<string, Json[]> } => ({ lists: {} }),
  ops: {
    txn: (state, operations: readonly MicroOperation[], seen: readonly MicroOperation[] | undefined) =>
      microOperations(operations as unknown as Json, appends).map(([f, key, value], at): MicroOperation => {
        const name = canonicalJson(key);
        const list = Object.hasOwn(state.lists, name) ? state.lists[name]! : [];
        if (f === 'append') {
          state.lists[name] = [...list, value];
          return [f, key, value];
        }
        return [f, key, list.length === 0 && seen?.[at]?.[2] === null ? null : [...list]];
      }),
  },
  unchanged: (f, input) => f === 'txn' && onlyReads(input, appends),
  parts: (_f, input) => microOperations(input, appends).map(([, key]) => key),
});
