/**
 * What a property remembers, its ghost, as a value: plain objects, lists, Maps, Sets and primitives, told apart by canonical
 * text. Nothing in it is shared: what stands in two places is two things from the next step on.
 */
import { UsageError } from '../base/errors.ts';

/** A deep copy of a ghost that `ghostText` has taken. */
export function copyOfGhost(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return Array.from(value, copyOfGhost);
  if (value instanceof Map)
    return new Map(Array.from(value, ([key, field]) => [copyOfGhost(key), copyOfGhost(field)]));
  if (value instanceof Set) return new Set(Array.from(value, copyOfGhost));
  const copy = { ...value } as Record<string, unknown>;
  for (const key in copy) copy[key] = copyOfGhost(copy[key]);
  return copy;
}

/** Text that is the same for equal ghosts, whatever the order of keys, and for no others; `property` is for the error. */
export function ghostText(value: unknown, property = ''): string {
  return textOf(value, property, 0);
}

/** Deeper than any ghost that does not hold itself. */
const deepest = 500;

function textOf(value: unknown, property: string, depth: number): string {
  if (typeof value === 'string') return JSON.stringify(value);
  if (typeof value === 'number') return Object.is(value, -0) ? '-0' : String(value);
  if (typeof value === 'bigint') return `${value}n`;
  if (value === undefined || value === null || typeof value === 'boolean') return String(value);
  if (typeof value !== 'object') throw notPlain(property, `a ${typeof value}`);
  if (depth > deepest) throw notPlain(property, 'something that holds itself');
  const below = (part: unknown) => textOf(part, property, depth + 1);
  if (Array.isArray(value)) return `[${Array.from(value, below).join()}]`;
  if (value instanceof Map) {
    const entries = Array.from(value, ([key, field]) => `${below(key)}=>${below(field)}`);
    return `Map{${entries.sort().join()}}`;
  }
  if (value instanceof Set) return `Set{${Array.from(value, below).sort().join()}}`;
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null)
    throw notPlain(property, `a ${value.constructor?.name ?? 'class instance'}`);
  const fields = Object.entries(value)
    .filter(([, field]) => field !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, field]) => `${JSON.stringify(key)}:${below(field)}`);
  return `{${fields.join()}}`;
}

function notPlain(property: string, found: string): UsageError {
  return new UsageError(
    `the ghost of '${property}' holds ${found}; expected plain objects, lists, Maps, Sets and primitives`,
  );
}
