import type { Json } from '../base/json.ts';
import { expectInput } from './spec.ts';

/** A part of a transaction: `["r", key, null]`, `["w", key, value]` or `["append", key, value]`. */
export type MicroOperation = readonly [f: string, key: Json, value: Json];

/** The micro-operations of a transaction whose writes have one of the names `writes`; refuses anything else. */
export function microOperations(input: Json, writes: readonly string[]): readonly MicroOperation[] {
  const known = new Set<Json | undefined>(['r', 'read', ...writes]);
  expectInput(
    Array.isArray(input) &&
      input.every((item) => Array.isArray(item) && known.has(item[0]) && item[1] !== undefined),
    `a list of ["r", key, null] and ["${writes[0]}", key, value]`,
  );
  return input as unknown as readonly MicroOperation[];
}

/** Whether no micro-operation writes. */
export function onlyReads(input: Json, writes: readonly string[]): boolean {
  return microOperations(input, writes).every(([f]) => !writes.includes(f));
}
