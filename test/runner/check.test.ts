/** Campaigns: verdicts, counts, shards, what was never shown, authors' mistakes, the same seed. */
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import type { FaultKind } from '../../src/kernel/world.ts';
import { always, historyProperty, sometimes } from '../../src/property/property.ts';
import { type CheckResult, check } from '../../src/runner/check.ts';
import { model } from '../../src/runner/model.ts';
import { loadModels, selectModels } from '../../src/runner/registry.ts';
import { crash, drop, reorder } from '../../src/schedule/nemeses.ts';
import { swarm } from '../../src/schedule/strategies/swarm.ts';
import { type ToyHandlers, toy } from '../kernel/toy.ts';

const [abd] = selectModels(await loadModels(), ['abd']);
if (!abd) throw new Error('no model abd');

/** All that the seed determines. */
const determined = ({ elapsedMs: _elapsed, stepsPerSecond: _rate, failure, ...rest }: CheckResult) => {
  if (!failure) return rest;
  const { elapsedMs: _shrinking, ...shrink } = failure.shrink;
  return { ...rest, failure: { ...failure, shrink } };
};

test('the same seed gives the same result, another seed another', async () => {
  const once = await check(abd, { runs: 60, seed: 9 });
  expect(determined(await check(abd, { runs: 60, seed: 9 }))).toEqual(determined(once));
  expect((await check(abd, { runs: 60, seed: 10 })).steps).not.toBe(once.steps);
  expect(once).toMatchObject({ model: 'abd', mutant: null, verdict: 'holds', runs: 60, seed: 9 });
  expect(once).toMatchObject({ failure: undefined, reason: undefined, interrupted: false });
});

test('the same seed finds and shrinks the same counterexample', async () => {
  const options = { mutant: 'majority-off-by-one', runs: 500, seed: 9 };
  const once = await check(abd, options);
  expect(once.verdict).toBe('violated');
  expect(determined(await check(abd, options))).toEqual(determined(once));
  expect(once.failure?.run).toBe(once.runs - 1);
  expect(once.failure?.shrink).toMatchObject({
    from: once.failure?.original.deviations.length,
    to: once.failure?.schedule.deviations.length,
    complete: true,
  });
});

test.each([2, 3, 7])('%i shards together are the whole campaign, each schedule once', async (of) => {
  const whole = await check(abd, { runs: 50, seed: 4, strategy: swarm });
  const shards: CheckResult[] = [];
  for (let index = 1; index <= of; index++)
    shards.push(await check(abd, { runs: 50, seed: 4, strategy: swarm, shard: { index, of } }));
  const sum = (count: (result: CheckResult) => number) =>
    shards.reduce((total, shard) => total + count(shard), 0);
  expect(sum(({ runs }) => runs)).toBe(50);
  expect(sum(({ steps }) => steps)).toBe(whole.steps);
  expect(sum(({ infos }) => infos)).toBe(whole.infos);
  for (const fault of Object.keys(whole.faults) as FaultKind[])
    expect(sum(({ faults }) => faults[fault] ?? 0)).toBe(whole.faults[fault]);
});

test('a counterexample is found by the shard that its run belongs to, and no other finds it sooner', async () => {
  const options = { mutant: 'no-write-back', runs: 5000, seed: 1, strategy: swarm };
  const { failure } = await check(abd, options);
  const run = failure?.run ?? -1;
  const shard = { index: (run % 4) + 1, of: 4 };
  const found = await check(abd, { ...options, shard });
  expect(found.failure).toMatchObject({ run, schedule: failure?.schedule });
});

test('a campaign ends in time, and counts what it did', async () => {
  const result = await check(abd, { runs: Number.POSITIVE_INFINITY, maxTimeMs: 60, seed: 1 });
  expect(result.verdict).toBe('holds');
  expect(result.runs).toBeGreaterThan(0);
  expect(result.elapsedMs).toBeGreaterThanOrEqual(59);
  expect(result.elapsedMs).toBeLessThan(3000);
});

test('a campaign that is interrupted returns what it has, and tells progress meanwhile', async () => {
  const interrupt = new AbortController();
  const seen: number[] = [];
  const result = await check(abd, {
    runs: Number.POSITIVE_INFINITY,
    seed: 1,
    signal: interrupt.signal,
    onProgress({ runs }) {
      seen.push(runs);
      if (seen.length === 2) interrupt.abort();
    },
  });
  expect(result).toMatchObject({ verdict: 'unknown', interrupted: true, failure: undefined });
  expect(seen).toHaveLength(2);
  expect(result.runs).toBeGreaterThanOrEqual(seen[1] ?? 0);
});

test('only the faults asked for happen, on as many nodes as asked for', async () => {
  const result = await check(abd, { runs: 40, seed: 1, faults: ['crash', 'drop'], nodes: 5 });
  expect(Object.keys(result.faults).sort()).toEqual(['crash', 'drop']);
  await expect(check(abd, { faults: ['crush' as 'crash'] })).rejects.toThrow(
    /unknown fault of abd 'crush'.*crash/,
  );
  await expect(check(abd, { mutant: 'absent' })).rejects.toThrow(
    /unknown mutant of abd 'absent'; expected one of: no-write-back/,
  );
});

const toyModel = (handlers: ToyHandlers, properties: Parameters<typeof model>[1]['properties'] = []) =>
  model(toy(handlers), { nemeses: [reorder(), drop(), crash()], properties, inputs: { do: fc.nat(9) } });

test('a handler that keeps one object in two places is told so before anything is believed', async () => {
  const aliasing = toyModel({
    do({ memory }, call, { reply, setTimer }) {
      memory.odd = memory.seen;
      setTimer('tick', 1);
      reply(call.id);
    },
    tick: ({ memory }) => void memory.seen.push(1),
  });
  await expect(check(aliasing, { runs: 3, seed: 1 })).rejects.toThrow(
    /^toy does one thing on immer drafts and another on plain objects, when n\d handles 'tick' at \d+ ms/,
  );
});

test('state that is not JSON is told before anything is believed', async () => {
  const odd = toyModel({ do: ({ memory }) => void (memory.odd = new Set()) });
  await expect(check(odd, { runs: 3, seed: 1 })).rejects.toThrow(/toy\.client\.do left memory\.odd = a Set/);
});

test('a handler that throws after it has sent is a finding, shrunk like any other', async () => {
  const throwing = toyModel({
    do(_state, { input }, { send }) {
      send('n1', { type: 'ping', value: 1 });
      if ((input as number) > 4) throw new Error('too much');
    },
  });
  const { failure } = await check(throwing, { runs: 50, seed: 1 });
  expect(failure).toMatchObject({
    property: 'no handler throws',
    explanation: 'toy.client.do threw: too much',
    schedule: { nodes: 1, deviations: [] },
  });
  expect(failure?.schedule.clients.flat()).toHaveLength(1);
});

test('a shard of a campaign that learns repeats itself', async () => {
  const options = { runs: 120, seed: 4, shard: { index: 2, of: 3 } };
  const once = await check(abd, options);
  expect(once.runs).toBe(40);
  expect(determined(await check(abd, options))).toEqual(determined(once));
});

test('a campaign tells what nodes met, how that grew, and when it is too little', async () => {
  const { coverage: little } = await check(abd, { runs: 2, seed: 1 });
  expect(little.caution).toContain('too little was seen');
  const { coverage } = await check(abd, { runs: 2000, seed: 1 });
  expect(coverage.caution).toBeNull();
  expect(coverage.pairs).toBeGreaterThan(little.pairs);
  expect(coverage.estimate.pairs).toBeGreaterThanOrEqual(coverage.pairs);
  expect(coverage.growth.map(({ pairs }) => pairs)).toEqual(
    coverage.growth.map(({ pairs }) => pairs).sort((a, b) => a - b),
  );
  expect(Object.keys(coverage.events)).toEqual(expect.arrayContaining(['query', 'store', 'request']));
  expect(coverage.faults['crash']).toBeDefined();
  expect(Object.keys(coverage.faultModes['crash'] ?? {})).toEqual(['any']);
  expect(Object.values(coverage.sometimes)).toEqual([true]);
});

test('few schedules are told to be few, however much they had in common', async () => {
  const { coverage } = await check(abd, { runs: 60, seed: 3 });
  expect(coverage.estimate.chanceOfNew).toBeLessThan(0.05);
  // 0.95 of a chance to meet it: 1 - (1 - 1/21)^60 = 0.946, 1 - (1 - 1/20)^60 = 0.954.
  expect(coverage.caution).toBe(
    '60 schedules are few: a bug that shows in one of 21 escapes them with a chance of more than 5 %',
  );
});

test('a campaign tells what it never showed', async () => {
  const quiet = toyModel({}, [
    sometimes(toy({}), 'pigs fly', () => false),
    sometimes(toy({}), 'the sun rises', () => true),
  ]);
  const result = await check({ ...quiet, nemeses: [] }, { runs: 20, seed: 1 });
  expect(result).toMatchObject({
    verdict: 'holds',
    vacuous: ["'pigs fly' was never seen", 'no operation had an unknown outcome'],
  });
  const { vacuous } = await check(quiet, { runs: 1, seed: 5, faults: ['crash'], strategy: swarm });
  expect(vacuous).toContain("the fault 'crash' never took effect");
  const { vacuous: more } = await check(quiet, {
    ...{ runs: 1, seed: 5, faults: ['crash', 'drop'], strategy: swarm },
  });
  expect(more).toContain("the faults 'drop', 'crash' never took effect");
});

test('an answer that a budget kept from being given makes the verdict unknown, a violation does not wait for it', async () => {
  const unsure = historyProperty('hard', () => ({ valid: 'unknown', reason: 'out of budget' }));
  const broken = always(toy({}), 'nobody asks', ({ history }) => history.length === 0);
  expect(await check(toyModel({}, [unsure]), { runs: 5, seed: 1 })).toMatchObject({
    verdict: 'unknown',
    reason: 'hard: out of budget',
  });
  expect(await check(toyModel({}, [unsure, broken]), { runs: 5, seed: 1 })).toMatchObject({
    verdict: 'violated',
    reason: undefined,
  });
});

test('a property may answer with the facts, or just with false', async () => {
  const told = always(toy({}), 'told', ({ history }) => (history.length > 0 ? 'somebody asked' : true));
  const silent = always(toy({}), 'silent', ({ history }) => history.length === 0);
  const first = await check(toyModel({}, [told]), { runs: 5, seed: 1 });
  expect(first.failure?.explanation).toBe('somebody asked');
  const second = await check(toyModel({}, [silent]), { runs: 5, seed: 1 });
  expect(second.failure?.explanation).toBe('does not hold');
});

test('a model that cannot be is refused', () => {
  const property = always(toy({}), 'once', () => true);
  expect(() => toyModel({}, [property, property])).toThrow("model toy has two properties named 'once'");
  for (const nodes of [0, 10, 2.5])
    expect(() => model(toy({}), { nodes, nemeses: [], properties: [] })).toThrow(
      /expected an integer from 1 to 9/,
    );
});
