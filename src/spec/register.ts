import { spec } from './spec.ts';

/** One value; the last write wins. */
export const register = spec({
  name: 'register',
  init: (): { value: number | null } => ({ value: 0 }),
  ops: {
    read: (state) => state.value,
    write: (state, value: number) => void (state.value = value),
  },
});
