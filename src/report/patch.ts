/**
 * A patch leads from one state to the next and is small enough to keep for every step: the edits, place by place, of
 * which the state after can be made again. Linear in the size of the states. What reads best is in diff.ts, which looks
 * for what an array's items were before they moved, and from which no state can be made.
 */
import { equalJson, type Json } from '../base/json.ts';

export type Path = readonly (string | number)[];

/** `value` is what stands at the path afterwards; without it, nothing does. */
export interface Edit {
  readonly path: Path;
  readonly value?: Json;
}

const isObject = (value: Json | undefined): value is { readonly [key: string]: Json } =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** What leads from one state to the next, in an order in which it can be applied. `undefined`: there is none yet. */
export function patchBetween(before: Json | undefined, after: Json, path: Path = []): Edit[] {
  if (before === after) return [];
  if (Array.isArray(before) && Array.isArray(after)) return editsOfArray(before, after, path);
  if (isObject(before) && isObject(after)) {
    const gone = Object.keys(before).filter((key) => !Object.hasOwn(after, key));
    return [
      ...gone.map((key) => ({ path: [...path, key] })),
      ...Object.entries(after).flatMap(([key, value]) =>
        patchBetween(Object.hasOwn(before, key) ? before[key] : undefined, value, [...path, key]),
      ),
    ];
  }
  return equalJson(before, after) ? [] : [{ path, value: after }];
}

/** Elements are compared place by place; what an array lost at its end is removed from the last one on. */
function editsOfArray(before: readonly Json[], after: readonly Json[], path: Path): Edit[] {
  const gone = Array.from({ length: Math.max(0, before.length - after.length) }, (_, i) => ({
    path: [...path, before.length - 1 - i],
  }));
  return [
    ...gone,
    ...after.flatMap((value, index) =>
      patchBetween(index < before.length ? before[index] : undefined, value, [...path, index]),
    ),
  ];
}

/** The state after the edits; what they leave alone is shared with the state before. */
export function patched(state: Json | undefined, patch: readonly Edit[]): Json | undefined {
  return patch.reduce((current, { path, value }) => put(current, path, value), state);
}

function put(state: Json | undefined, path: Path, value: Json | undefined): Json | undefined {
  const [head, ...rest] = path;
  if (head === undefined) return value;
  const inner = put(valueAt(state, [head]), rest, value);
  if (Array.isArray(state)) {
    const copy = [...state];
    if (inner === undefined) copy.splice(head as number, 1);
    else copy[head as number] = inner;
    return copy;
  }
  const { [head]: _, ...others } = state as Record<string, Json>;
  if (inner === undefined) return others;
  // A field that is there already keeps its place.
  return { ...(state as Record<string, Json>), [head]: inner };
}

export function valueAt(state: Json | undefined, path: Path): Json | undefined {
  let value: unknown = state;
  for (const part of path) value = (value as Record<string | number, unknown> | null | undefined)?.[part];
  return value as Json | undefined;
}

/** `memory.calls[101].answered[0]`. */
export function pathInWords(path: Path): string {
  return path
    .map((part, index) => {
      if (typeof part === 'number' || !/^[A-Za-z_$][\w$]*$/.test(part)) return `[${part}]`;
      return index === 0 ? part : `.${part}`;
    })
    .join('');
}
