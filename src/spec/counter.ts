import { canonicalJson, type Json } from '../base/json.ts';
import { expectInput, impossible, listOf, spec } from './spec.ts';

/** A number to which any number, negative ones too, may be added. */
export const counter = spec({
  name: 'counter',
  init: () => ({ value: 0 }),
  initial(value) {
    expectInput(typeof value === 'number', 'a number');
    return { value };
  },
  ops: {
    add(state, amount: number) {
      expectInput(typeof amount === 'number', 'a number');
      state.value += amount;
    },
    read: (state) => state.value,
  },
  reads: ['read'],
});

/** Accounts by name. `transfer` answers whether there was enough; `read` answers all balances. */
export const bank = spec({
  name: 'bank',
  init: (): Record<string, number> => ({ a: 10, b: 10 }),
  initial: (value) => ({ ...(value as Record<string, number>) }),
  ops: {
    read: (state) => ({ ...state }),
    transfer(state, transfer: { from: string; to: string; amount: number }) {
      const { from, to, amount } = transfer ?? {};
      expectInput(
        typeof from === 'string' && typeof to === 'string' && typeof amount === 'number',
        '{from, to, amount}, two names and a number',
      );
      const balance = state[from] ?? 0;
      if (balance < amount) return false;
      state[from] = balance - amount;
      state[to] = (state[to] ?? 0) + amount;
      return true;
    },
  },
  reads: ['read'],
  unchanged: (f, _input, output) => f === 'transfer' && output === false,
});

/** `generate` answers an id that was never answered before. What an unfinished one answered nobody knows. */
export const idGenerator = spec({
  name: 'id-generator',
  init: (): Record<string, true> => ({}),
  initial: (value) => Object.fromEntries(listOf(value).map((id) => [canonicalJson(id), true])),
  ops: {
    generate(state, _none: unknown, id: Json | undefined) {
      if (id === undefined) return undefined;
      const name = canonicalJson(id);
      if (state[name]) return impossible;
      state[name] = true;
      return undefined;
    },
  },
  inputs: { generate: 'none' },
  parts: (_f, _none, id) => (id === undefined ? [] : [id]),
});
