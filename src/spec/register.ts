import { equalJson, type Json } from '../base/json.ts';
import { spec } from './spec.ts';

/** One value; the last write wins. */
export const register = spec({
  name: 'register',
  init: (): { value: number | null } => ({ value: 0 }),
  initial: (value) => ({ value: value as number | null }),
  ops: {
    read: (state) => state.value,
    write: (state, value: number) => void (state.value = value),
  },
  reads: ['read'],
});

/** A register with compare-and-set: `cas [from, to]` writes `to` if the value is `from`, and answers whether it did. */
export const casRegister = spec({
  name: 'cas-register',
  init: (): { value: Json } => ({ value: null }),
  initial: (value) => ({ value }),
  ops: {
    read: (state) => state.value,
    write: (state, value: Json) => void (state.value = value),
    cas: (state, [from, to]: readonly [Json, Json]) => compareAndSet(state, from, to),
  },
  inputs: { cas: ['value', 'unique'] },
  reads: ['read'],
  unchanged: (f, input, output) => f === 'cas' && changesNothing(input, output),
});

/** Whether a completed compare-and-set failed, or wrote what was there. */
export function changesNothing(input: Json, output: Json): boolean {
  return output === false || (Array.isArray(input) && equalJson(input[0]!, input[1]!));
}

/** Sets the value if it was `from`; whether it did. */
export function compareAndSet(state: { value: Json }, from: Json, to: Json): boolean {
  if (!equalJson(state.value, from)) return false;
  state.value = to;
  return true;
}
