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
  const byId = new Map(operations.map((operation) => [operation.id, operation]));
  const states = new Map<string, unknown>();
  const placed = new Set<number>();
  let latest = -1;
  for (const id of order) {
    const operation = byId.get(id);
    if (!operation || placed.has(id)) return `operation ${id} is unknown or occurs twice`;
    placed.add(id);
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
  const missing = operations.find(({ id, type }) => type === 'ok' && !placed.has(id));
  return missing && `operation ${missing.id} completed but is left out`;
}
