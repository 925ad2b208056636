/** What the models do not promise: the level above theirs is violated, and the argument says how. */
import { expect, test } from 'vitest';
import { causalStoreModel, keyedRegister } from '../../models/causal-store.ts';
import { snapshotStoreModel } from '../../models/snapshot-store.ts';
import { sequential, serializable } from '../../src/property/consistent.ts';
import { check } from '../../src/runner/check.ts';
import { transactionalRegisters } from '../../src/spec/transactions.ts';

test('snapshot isolation lets write skew through: it is not serializable', async () => {
  const model = { ...snapshotStoreModel, properties: [serializable(transactionalRegisters)] };
  expect(await check(model, { runs: 5000, seed: 1 })).toMatchObject({ verdict: 'violated' });
});

test('causal convergence is not sequential', async () => {
  const model = { ...causalStoreModel, properties: [sequential(keyedRegister)] };
  expect(await check(model, { runs: 5000, seed: 1 })).toMatchObject({ verdict: 'violated' });
});
