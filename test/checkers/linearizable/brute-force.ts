/**
 * The twin of every checker of linearizability: tries all orders that real time allows, with nothing clever.
 * Exponential; for histories of about eight operations.
 */
import { canonicalJson, cloneJson } from '../../../src/base/json.ts';
import type { Operation } from '../../../src/history/history.ts';
import { type AnySpec, matches, type SpecFunction } from '../../../src/spec/spec.ts';

export function bruteForce(spec: AnySpec, operations: readonly Operation[], initial?: unknown): boolean {
  const keys = new Set(operations.map((operation) => canonicalJson(operation.key ?? null)));
  return [...keys].every((key) =>
    canPlace(
      spec,
      operations.filter((operation) => canonicalJson(operation.key ?? null) === key),
      initial ?? spec.init(),
    ),
  );
}

/** Whether the remaining operations have an order from this state. Crashed ones may be left out. */
function canPlace(spec: AnySpec, remaining: readonly Operation[], state: unknown): boolean {
  if (remaining.every((operation) => operation.type === 'info')) return true;
  return remaining.some((operation) => {
    const preceded = remaining.some((other) => other.completed < operation.invoked);
    if (preceded) return false;
    const next = step(spec, state, operation);
    return (
      next !== undefined &&
      canPlace(
        spec,
        remaining.filter((other) => other !== operation),
        next.state,
      )
    );
  });
}

/** The state after the operation, if the spec allows what the client saw. */
function step(
  spec: AnySpec,
  before: unknown,
  { f, input, output }: Operation,
): { state: unknown } | undefined {
  const state = cloneJson(before);
  const result = (spec.ops[f] as SpecFunction<unknown>)(state, input as never, output as never);
  return matches(result, input, output) ? { state } : undefined;
}

/** Whether an order of operations is a linearization: respects real time, is allowed by the spec, leaves out no completed one. */
export function isLinearization(
  spec: AnySpec,
  operations: readonly Operation[],
  order: readonly number[],
  initial?: unknown,
): boolean {
  const states = new Map<string, unknown>();
  const placed = order.map((id) => operations[id] as Operation);
  if (new Set(order).size !== order.length) return false;
  if (operations.some((operation) => operation.type === 'ok' && !order.includes(operation.id))) return false;
  return placed.every((operation, at) => {
    if (placed.slice(at + 1).some((later) => later.completed < operation.invoked)) return false;
    const key = canonicalJson(operation.key ?? null);
    const next = step(spec, states.get(key) ?? initial ?? spec.init(), operation);
    if (next) states.set(key, next.state);
    return next !== undefined;
  });
}
