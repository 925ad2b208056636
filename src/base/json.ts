/**
 * JSON values: the only data that node state, messages and operations may hold, so that they can be
 * hashed, compared, saved and replayed. Canonical text sorts keys, so equal values have equal text.
 */

export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/** A deep copy that shares nothing with its source. The value must be JSON; see `findNonJson`. */
export function cloneJson<T>(value: T): T {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) {
    const copy: unknown[] = value.slice();
    for (let i = 0; i < copy.length; i++) {
      const item = copy[i];
      if (typeof item === 'object' && item !== null) copy[i] = cloneJson(item);
    }
    return copy as T;
  }
  // Spread keeps V8's shape of the source, which `for … in` into an empty object would not.
  const copy = { ...value } as Record<string, unknown>;
  for (const key in copy) {
    const field = copy[key];
    if (typeof field === 'object' && field !== null) copy[key] = cloneJson(field);
  }
  return copy as T;
}

/** JSON text with sorted keys and no spaces: equal values, equal text. */
export function canonicalJson(value: unknown): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null';
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  const fields = Object.entries(value)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, field]) => `${JSON.stringify(key)}:${canonicalJson(field)}`);
  return `{${fields.join(',')}}`;
}

/** Structural equality of two JSON values; key order does not matter. */
export function equalJson(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  if (Array.isArray(a) !== Array.isArray(b)) return false;
  if (Array.isArray(a) && Array.isArray(b)) {
    return a.length === b.length && a.every((item, i) => equalJson(item, b[i]));
  }
  const left = a as Record<string, unknown>;
  const right = b as Record<string, unknown>;
  const keys = Object.keys(left);
  return (
    keys.length === Object.keys(right).length &&
    keys.every((key) => Object.hasOwn(right, key) && equalJson(left[key], right[key]))
  );
}

/** Where a value stops being JSON: the path to it (such as `.votes[2]`) and what stands there; `undefined` when all is JSON. */
export function findNonJson(value: unknown): { path: string; found: string } | undefined {
  return isJson(value) ? undefined : whereNotJson(value, '');
}

function isJson(value: unknown): boolean {
  if (typeof value === 'string' || typeof value === 'boolean' || value === null) return true;
  if (typeof value === 'number') return Number.isFinite(value) && !Object.is(value, -0);
  if (typeof value !== 'object') return false;
  if (Array.isArray(value)) {
    // A plain loop, because array methods skip holes and a hole is not JSON.
    for (let i = 0; i < value.length; i++) if (!isJson(value[i])) return false;
    return true;
  }
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) return false;
  for (const key in value) if (!isJson((value as Record<string, unknown>)[key])) return false;
  return true;
}

function whereNotJson(value: unknown, path: string): { path: string; found: string } | undefined {
  if (isJson(value)) return undefined;
  if (typeof value === 'number') return { path, found: Object.is(value, -0) ? '-0' : String(value) };
  if (typeof value !== 'object' || value === null)
    return { path, found: value === undefined ? 'undefined' : `a ${typeof value}` };
  const isList = Array.isArray(value);
  const prototype: unknown = Object.getPrototypeOf(value);
  if (!isList && prototype !== Object.prototype && prototype !== null)
    return { path, found: `a ${value.constructor?.name ?? 'class instance'}` };
  const step = (key: string) => (/^[A-Za-z_$][\w$]*$/.test(key) ? `.${key}` : `[${JSON.stringify(key)}]`);
  const fields: [string, unknown][] = isList
    ? Array.from(value, (item, index) => [`[${index}]`, item])
    : Object.entries(value).map(([key, field]) => [step(key), field]);
  for (const [below, field] of fields) {
    const problem = whereNotJson(field, path + below);
    if (problem) return problem;
  }
  return undefined;
}
