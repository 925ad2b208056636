/** Every model, correct and with each of its planted bugs, satisfies the laws. */
import { describe, expect, test } from 'vitest';
import { spec } from '../src/index.ts';
import { protocol, typed } from '../src/kernel/protocol.ts';
import { check } from '../src/runner/check.ts';
import { readCounterexample } from '../src/runner/counterexample.ts';
import { Executions } from '../src/runner/execute.ts';
import { model } from '../src/runner/model.ts';
import { loadModels } from '../src/runner/registry.ts';
import { replaySaved, savedCounterexamples } from '../src/runner/regressions.ts';
import { crash, drop, reorder } from '../src/schedule/nemeses.ts';
import {
  allIsJson,
  happyPathHolds,
  nameOf,
  replayReproduces,
  type Subject,
  sameSeedSameTrace,
  subjectsOf,
} from './laws.ts';

const models = await loadModels();
const subjects = subjectsOf(models);
const each = (chosen: readonly Subject[]) =>
  chosen.map((subject): [string, Subject] => [nameOf(subject), subject]);
const correct = subjects.filter(({ mutant }) => mutant === null);
const mutants = subjects.filter(({ mutant }) => mutant !== null);

const patience = Number(process.env['CLEW_LAW_PATIENCE'] ?? 1);

/** More for the correct protocol than for each planted bug, which shares most of its code. */
const seedsFor = ({ mutant }: Subject, some: number, few: number) =>
  Array.from({ length: patience * (mutant === null ? some : few) }, (_, index) => index * 7919);

test('there are models, each with planted bugs, to satisfy the laws', () => {
  expect(models.length).toBeGreaterThan(0);
  for (const { model } of correct) {
    expect(
      mutants.filter((mutant) => mutant.model === model),
      model.name,
    ).not.toEqual([]);
  }
});

describe.each(each(subjects))('%s', (_name, subject) => {
  test('the same seed gives the same schedule and the same trace', () => {
    expect(sameSeedSameTrace(subject, seedsFor(subject, 4, 1))).toBeUndefined();
  });

  test('a generated schedule replayed, on either executor, gives the trace of the run that generated it', () => {
    expect(replayReproduces(subject, seedsFor(subject, 10, 2))).toBeUndefined();
  });

  test('states, messages, effects and schedules are JSON', () => {
    expect(allIsJson(subject, seedsFor(subject, 3, 1))).toBeUndefined();
  });
});

describe.each(each(correct))('%s', (_name, subject) => {
  test('the empty schedule passes all properties, whatever clients do', () => {
    expect(happyPathHolds(subject, seedsFor(subject, 40, 0))).toBeUndefined();
  });

  test('survives many schedules, in which every fault takes effect and every `sometimes` is seen', async () => {
    const result = await check(subject.model, { runs: 400, seed: 2 });
    expect(result.failure).toBeUndefined();
    expect(result).toMatchObject({ verdict: 'holds', runs: 400, vacuous: [] });
  });

  test('survives the schedules that break its planted bugs', () => {
    const executions = new Executions(subject.model, null);
    for (const file of savedCounterexamples(subject.model.name)) {
      expect(executions.run(readCounterexample(file).schedule).violation, file).toBeUndefined();
    }
  });
});

test.each(each(mutants))('%s is caught', async (_name, { model, mutant }) => {
  const saved = replaySaved(model, mutant);
  for (const { file, counterexample, violation, skipped } of saved) {
    expect({ file, property: violation?.property, skipped }).toEqual({
      file,
      property: counterexample.property,
      skipped: [],
    });
  }
  if (saved.length > 0) return;
  const { verdict } = await check(model, { mutant, runs: 4000, seed: 1 });
  expect(verdict).toBe('violated');
});

/** A protocol that breaks each law in one way, to see that the laws see it. */
const counter = spec({ name: 'counter', init: () => ({}), ops: { add: (_state) => {} } });
let outside = 0;
const breaking = (break_: 'seed' | 'executors' | 'json' | 'happy path') =>
  model(
    protocol({
      name: break_.replace(' ', '-'),
      implements: counter,
      message: typed<{ type: 'ping'; list: number[] }>(),
      disk: () => ({}),
      memory: () => ({ list: [] as number[], also: [] as number[], odd: null as unknown }),
      client: {
        add({ memory }, call, { broadcast, reply }) {
          if (break_ === 'seed') memory.list.push(outside++);
          if (break_ === 'executors') memory.also = memory.list;
          memory.list.push(call.id);
          if (break_ === 'json') memory.odd = undefined;
          if (break_ === 'happy path') throw new Error('unhappy');
          broadcast({ type: 'ping', list: memory.list });
          reply(call.id);
        },
      },
      on: {
        ping({ memory }, { list }) {
          memory.also.push(list.length);
        },
      },
    }),
    { nemeses: [reorder(), drop(), crash()], properties: [] },
  );

const seeds = [1, 2, 3, 4, 5];
const subject = (...parameters: Parameters<typeof breaking>): Subject => ({
  model: breaking(...parameters),
  mutant: null,
});

test('the laws see a handler that depends on what lies outside of it', () => {
  expect(sameSeedSameTrace(subject('seed'), seeds)).toMatch(/^seed \d: entry/);
  expect(replayReproduces(subject('seed'), seeds)).toMatch(/^seed \d, mutable: entry/);
});

test('the laws see a handler that keeps one object in two places', () => {
  expect(replayReproduces(subject('executors'), seeds)).toMatch(/^seed \d, immer: entry/);
});

test('the laws see state that is not JSON', () => {
  expect(allIsJson({ model: breaking('json'), mutant: null }, seeds)).toMatch(/memory\.odd is undefined$/);
});

test('the laws see an unhappy path', () => {
  expect(happyPathHolds(subject('happy path'), seeds)).toMatch(/'no handler throws'.*unhappy/);
});
