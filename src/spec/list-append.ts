import type { Json } from '../base/json.ts';
import { listOf, spec } from './spec.ts';

/** A list under each key: `append` adds an element at its end, `read-all` answers the whole list. */
export const listAppend = spec({
  name: 'list-append',
  key: 'independent',
  init: (): { list: Json[] } => ({ list: [] }),
  initial: (value) => ({ list: [...listOf(value)] }),
  ops: {
    append: (state, element: Json) => void state.list.push(element),
    'read-all': (state) => [...state.list],
  },
  reads: ['read-all'],
});
