/** What a campaign says that finds more than one thing: two bugs are two findings, and many failures of a bug are one. */
import { expect, test } from 'vitest';
import { check } from '../../src/runner/check.ts';
import type { Model } from '../../src/runner/model.ts';
import { loadModels, selectModels } from '../../src/runner/registry.ts';
import { Folder } from './in-folder.ts';

/** Two bugs at once: what was added is not durable when it is acknowledged, and a request that comes twice counts twice. */
const tally = `
import { counter, crash, duplicate, linearizable, model, protocol, typed } from 'clew';

const tally = protocol({
  name: 'tally',
  implements: counter,
  message: typed<never>(),
  disk: () => ({ total: 0 }),
  memory: () => ({}),
  client: {
    add({ disk }, call, { reply }) {
      disk.total += call.input;
      reply(call.id);
    },
    read({ disk }, call, { reply }) {
      reply(call.id, disk.total);
    },
  },
  on: {},
});

export default model(tally, { nodes: 1, nemeses: [crash(), duplicate()], properties: [linearizable(counter)] });
`.replace('export default', 'export const tallyModel =');

const campaign = 'fuzz tally --runs 300 --seed 1 --findings 100';

test('two bugs planted at once are two findings, each with its story and its file; their failures are counted', async () => {
  const folder = new Folder({ 'tally.ts': tally });
  const { code, stdout } = await folder.run(`${campaign} --json`);
  expect(code).toBe(1);
  const [result] = JSON.parse(stdout);
  expect(result).toMatchObject({ verdict: 'violated', runs: 300, property: 'linearizable counter' });
  const [other, ...more] = result.others;
  expect(more).toEqual([]);
  expect(other.property).toBe('linearizable counter');
  expect(other.counterexample).not.toBe(result.counterexample);
  expect(result.failures).toBeGreaterThan(5);
  expect(other.failures).toBeGreaterThan(5);

  const again = await new Folder({ 'tally.ts': tally }).run(campaign);
  expect(again.stdout.match(/VIOLATED/g)).toHaveLength(2);
  expect(again.stdout).toContain('n1 crashes');
  expect(again.stdout).toContain('arrives again');
  const { failures } = result;
  expect(again.stdout).toContain(
    `${failures + other.failures} schedules failed: 2 findings (${failures} + ${other.failures}).`,
  );
});

test('another property that is violated while a failure is shrunk is told as a second finding', async () => {
  const model = selectModels(await loadModels(), ['lease-lock'])[0] as Model;
  const mutant = 'fencing-token-unchecked';
  let seed = 0;
  for (let further = 0; further === 0; ) {
    const { others } = await check(model, { mutant, seed: ++seed, runs: 1000 });
    further = others.length;
  }
  const args = `fuzz lease-lock --mutant ${mutant} --seed ${seed} --runs 1000`;
  const folder = new Folder();
  const [result] = JSON.parse((await folder.run(`${args} --json`)).stdout);
  const [other] = result.others;
  expect(result.failures).toBe(1);
  expect(other.failures).toBe(0);
  expect(other.property).not.toBe(result.property);
  const { stdout } = await folder.run(args);
  for (const { property, counterexample } of [result, other]) {
    expect(stdout).toContain(`violates '${property}'`);
    expect(stdout).toContain(`npx clew replay ${counterexample}`);
    expect((await folder.run(`replay ${counterexample}`)).stdout).toContain('STILL FAILS');
  }
});
