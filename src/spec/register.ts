import { equalJson, type Json } from '../base/json.ts';
import { expectInput, spec } from './spec.ts';

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
    cas: (state, pair: readonly [Json, Json]) => compareAndSet(state, pair),
  },
  inputs: { cas: ['value', 'unique'] },
  reads: ['read'],
  unchanged: (f, input, output) => f === 'cas' && changesNothing(input, output),
});

/** Whether a completed compare-and-set failed, or wrote what was there. */
export function changesNothing(input: Json, output: Json): boolean {
  return output === false || (Array.isArray(input) && input.length === 2 && equalJson(input[0], input[1]));
}

/** Sets the value to `to` if it was `from`; whether it did. */
export function compareAndSet(state: { value: Json }, pair: readonly [from: Json, to: Json]): boolean {
  expectInput(Array.isArray(pair) && pair.length === 2, '[from, to]');
  const [from, to] = pair;
  if (!equalJson(state.value, from)) return false;
  state.value = to;
  return true;
}
