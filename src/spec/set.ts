import { canonicalJson, type Json } from '../base/json.ts';
import { compareItems } from './queue.ts';
import { listOf, spec } from './spec.ts';

/** Elements by their canonical text. */
type Elements = Record<string, true>;

/** `add`, `remove` and `contains` complete with [element, whether it changed something / was there]. */
export const set = spec({
  name: 'set',
  init: (): Elements => ({}),
  initial: (value) => Object.fromEntries(listOf(value).map((element) => [canonicalJson(element), true])),
  ops: {
    add(state, element: Json): [Json, boolean] {
      const name = canonicalJson(element);
      if (state[name]) return [element, false];
      state[name] = true;
      return [element, true];
    },
    remove(state, element: Json): [Json, boolean] {
      const name = canonicalJson(element);
      if (!state[name]) return [element, false];
      delete state[name];
      return [element, true];
    },
    contains: (state, element: Json): [Json, boolean] => [element, state[canonicalJson(element)] ?? false],
  },
  inputs: { add: 'value', remove: 'value', contains: 'value' },
  reads: ['contains'],
  unchanged: (f, _input, output) =>
    (f === 'add' || f === 'remove') && Array.isArray(output) && output[1] === false,
  parts: (_f, element) => [element],
});

/** A set that only grows, read as a whole. The order of the elements of `read-all` means nothing. */
export const growSet = spec({
  name: 'grow-set',
  init: (): { elements: Json[] } => ({ elements: [] }),
  initial: (value) => ({ elements: [...listOf(value)].sort(compareItems) }),
  ops: {
    add(state, element: Json) {
      let at = state.elements.length;
      while (at > 0 && compareItems(element, state.elements[at - 1] as Json) < 0) at--;
      if (at > 0 && compareItems(element, state.elements[at - 1] as Json) === 0) return;
      state.elements.splice(at, 0, element);
    },
    'read-all'(state, _none: unknown, seen: Json | undefined): readonly Json[] {
      if (!Array.isArray(seen) || seen.length !== state.elements.length) return [...state.elements];
      if (seen.every((element, i) => element === state.elements[i])) return seen;
      const sorted = [...(seen as Json[])].sort(compareItems);
      return canonicalJson(sorted) === canonicalJson(state.elements) ? seen : [...state.elements];
    },
  },
  inputs: { 'read-all': 'none' },
  reads: ['read-all'],
});
