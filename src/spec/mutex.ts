import { canonicalJson, type Json } from '../base/json.ts';
import { expectInput, spec } from './spec.ts';

/** A lock. A completed `acquire` got it; a completed `release` gave it back. */
export const mutex = spec({
  name: 'mutex',
  init: () => ({ held: false }),
  initial(value) {
    expectInput(typeof value === 'boolean', 'true or false');
    return { held: value };
  },
  ops: {
    acquire: (state) => !state.held && (state.held = true),
    release: (state) => state.held && !(state.held = false),
  },
  unchanged: refused,
});

/** A lock that its owner may take again; the input of both functions names the owner. */
export const reentrantMutex = spec({
  name: 'reentrant-mutex',
  init: (): { owner: string | null; depth: number } => ({ owner: null, depth: 0 }),
  ops: {
    acquire(state, client: Json) {
      const owner = canonicalJson(client);
      if (state.owner !== null && state.owner !== owner) return false;
      state.owner = owner;
      state.depth++;
      return true;
    },
    release(state, client: Json) {
      if (state.owner !== canonicalJson(client)) return false;
      if (--state.depth === 0) state.owner = null;
      return true;
    },
  },
  inputs: { acquire: 'value', release: 'value' },
  unchanged: refused,
});

/** A number of permits, two unless told. */
export const semaphore = spec({
  name: 'semaphore',
  init: () => ({ free: 2, permits: 2 }),
  initial(value) {
    expectInput(typeof value === 'number' && Number.isInteger(value) && value > 0, 'a number of permits');
    return { free: value, permits: value };
  },
  ops: {
    acquire(state) {
      if (state.free === 0) return false;
      state.free--;
      return true;
    },
    release(state) {
      if (state.free === state.permits) return false;
      state.free++;
      return true;
    },
  },
  unchanged: refused,
});

function refused(_f: string, _input: Json, output: Json): boolean {
  return output === false;
}
