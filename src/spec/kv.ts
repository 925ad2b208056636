import type { Json } from '../base/json.ts';
import { changesNothing, compareAndSet } from './register.ts';
import { expectInput, spec } from './spec.ts';

/**
 * A key-value store, key by key. `get` and `put` are other names of `read` and `write`; `append` adds to a string
 * and `delete` leaves what a key that was never written has.
 */
export const kv = spec({
  name: 'kv',
  key: 'independent',
  init: (): { value: Json } => ({ value: null }),
  initial: (value) => ({ value }),
  ops: {
    read: (state) => state.value,
    get: (state) => state.value,
    write: (state, value: Json) => void (state.value = value),
    put: (state, value: Json) => void (state.value = value),
    append(state, text: string) {
      expectInput(typeof text === 'string' || typeof text === 'number', 'a text to append');
      state.value = `${state.value ?? ''}${text}`;
    },
    cas: (state, pair: readonly [Json, Json]) => compareAndSet(state, pair),
    delete: (state) => void (state.value = null),
  },
  inputs: { cas: ['value', 'unique'] },
  reads: ['read', 'get'],
  unchanged: (f, input, output) => f === 'cas' && changesNothing(input, output),
});
