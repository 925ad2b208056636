import { canonicalJson, type Json } from '../base/json.ts';
import { listOf, spec } from './spec.ts';

/** First in, first out. `dequeue` answers null when the queue is empty. */
export const queue = spec({
  name: 'queue',
  init: (): { items: Json[] } => ({ items: [] }),
  initial: (value) => ({ items: [...listOf(value)] }),
  ops: {
    enqueue: (state, value: Json) => void state.items.push(value),
    dequeue: (state) => state.items.shift() ?? null,
  },
  unchanged: (f, _input, output) => f === 'dequeue' && output === null,
});

/** Last in, first out. `pop` answers null when the stack is empty. */
export const stack = spec({
  name: 'stack',
  init: (): { items: Json[] } => ({ items: [] }),
  initial: (value) => ({ items: [...listOf(value)] }),
  ops: {
    push: (state, value: Json) => void state.items.push(value),
    pop: (state) => state.items.pop() ?? null,
  },
  unchanged: (f, _input, output) => f === 'pop' && output === null,
});

/** `delete-min` answers the least item, or null when there is none. Numbers come before texts. */
export const priorityQueue = spec({
  name: 'priority-queue',
  init: (): { items: Json[] } => ({ items: [] }),
  initial: (value) => ({ items: [...listOf(value)].sort(compareItems) }),
  ops: {
    insert(state, value: Json) {
      let at = state.items.length;
      while (at > 0 && compareItems(value, state.items[at - 1] as Json) < 0) at--;
      state.items.splice(at, 0, value);
    },
    'delete-min': (state) => state.items.shift() ?? null,
  },
  unchanged: (f, _input, output) => f === 'delete-min' && output === null,
});

/** Numbers by size, before everything else, by canonical text. */
export function compareItems(a: Json, b: Json): number {
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  if (typeof a === 'number') return -1;
  if (typeof b === 'number') return 1;
  const [left, right] = [canonicalJson(a), canonicalJson(b)];
  return left < right ? -1 : left > right ? 1 : 0;
}
