/** What the models do not promise: the level above theirs is violated, and the argument says how. */
import { expect, test } from 'vitest';
import { causalStoreModel, keyedRegister } from '../../models/causal-store.ts';
import { snapshotStoreModel } from '../../models/snapshot-store.ts';
import { causalConvergence, causalMemory, sequential, serializable } from '../../src/property/consistent.ts';
import { check } from '../../src/runner/check.ts';
import { Executions } from '../../src/runner/execute.ts';
import { transactionalRegisters } from '../../src/spec/transactions.ts';

test('snapshot isolation lets write skew through: it is not serializable', async () => {
  const model = { ...snapshotStoreModel, properties: [serializable(transactionalRegisters)] };
  expect(await check(model, { runs: 5000, seed: 1 })).toMatchObject({ verdict: 'violated' });
});

test('causal convergence is not sequential', async () => {
  const model = { ...causalStoreModel, properties: [sequential(keyedRegister)] };
  expect(await check(model, { runs: 5000, seed: 1 })).toMatchObject({ verdict: 'violated' });
});

test('causal convergence is not causal memory: a write that lost is not seen between what was written before and after', () => {
  const read = (key: string, wait = 0) => ({ f: 'read', input: null, key, node: 1, wait });
  const write = (key: string, input: number, node: number, wait = 0) => ({
    f: 'write',
    input,
    key,
    node,
    wait,
  });
  const schedule = {
    nodes: 3,
    duration: 1500,
    clients: [
      // Its x = 2 wins over x = 1, which it never sees, although it reads z before and after x = 1 came.
      [write('y', 3, 1, 60), write('x', 2, 1), read('z'), read('z', 500), read('x')],
      [],
      [write('z', 1, 0), write('x', 1, 0), write('z', 4, 0)],
    ],
    deviations: [{ kind: 'delay', message: { event: 'replicate', from: 'n1', to: 'n2', nth: 1 }, by: 300 }],
  } as const;
  const violation = (properties: (typeof causalStoreModel)['properties']) =>
    new Executions({ ...causalStoreModel, properties }, null).run(schedule).violation;
  expect(violation([causalConvergence(keyedRegister)])).toBeUndefined();
  expect(violation([causalMemory(keyedRegister)])).toMatchObject({
    property: 'causal-memory keyed-register',
  });
});
