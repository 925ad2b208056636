/**
 * Checks a linearization by running the spec along it: every answer is allowed, real time is respected, and no completed
 * operation is left out. Independent of how it was found; linear but for the spec's own work.
 */
import { canonicalJson, type Json } from '../../base/json.ts';
import type { Operation } from '../../history/history.ts';
import { type AnySpec, matches, type SpecFunction } from '../../spec/spec.ts';

/** The reason why `order` (ids of operations) is not a linearization; `undefined` when it is one. */
export function flawOf(
  spec: AnySpec,
  operations: readonly Operation[],
  order: readonly number[],
  initial?: Json,
): string | undefined {
  const size = operations.reduce((greatest, { id }) => Math.max(greatest, id), -1) + 1;
  const positions = new Int32Array(size).fill(-1);
  operations.forEach(({ id }, position) => {
    positions[id] = position;
  });
  const states = new Map<string, unknown>();
  const placed = new Uint8Array(size);
  let latest = -1;
  for (const id of order) {
    const operation = operations[positions[id] ?? -1];
    if (!operation || placed[id] === 1) return `operation ${id} is unknown or occurs twice`;
    placed[id] = 1;
    if (operation.completed < latest)
      return `operation ${id} comes after one that began when it had completed`;
    latest = Math.max(latest, operation.invoked);
    const key = operation.key === undefined ? '' : canonicalJson(operation.key);
    if (!states.has(key)) {
      states.set(key, initial === undefined ? spec.init() : (spec.initial?.(initial) ?? spec.init()));
    }
    const run = spec.ops[operation.f] as SpecFunction<unknown>;
    const result = run(states.get(key), operation.input as never, operation.output as never);
    if (!matches(result, operation.input, operation.output)) {
      return `the spec does not allow operation ${id} where it is placed`;
    }
  }
  const missing = operations.find(({ id, type }) => type === 'ok' && placed[id] === 0);
  return missing && `operation ${missing.id} completed but is left out`;
}
