import { expect, test } from 'vitest';
import { Random } from '../../../src/base/random.ts';
import { LimitedBudget } from '../../../src/checkers/budget.ts';
import {
  checkLinearizable,
  linearizabilityChecker,
} from '../../../src/checkers/linearizable/linearizable.ts';
import type { HistoryEvent } from '../../../src/history/history.ts';
import { operationsOf } from '../../../src/history/operations.ts';
import { withNilReadsAny } from '../../../src/spec/nil-reads.ts';
import { casRegister } from '../../../src/spec/register.ts';
import { oneOf, spec } from '../../../src/spec/spec.ts';
import { generateHistory } from '../../bench/generate-history.ts';
import { Agreement } from './agreement.ts';

function sequential(
  ...calls: [f: string, input: HistoryEvent['value'], output: HistoryEvent['value']][]
): HistoryEvent[] {
  return calls.flatMap(([f, input, output]): HistoryEvent[] => [
    { process: 0, type: 'invoke', f, value: input },
    { process: 0, type: 'ok', f, value: output },
  ]);
}

test('a function may answer one of several values', () => {
  const regular = spec({
    name: 'regular',
    init: () => ({ value: 0, before: 0 }),
    ops: {
      read: (state) => oneOf([state.value, state.before]),
      write(state, value: number) {
        state.before = state.value;
        state.value = value;
      },
    },
  });
  const read = (value: number) =>
    checkLinearizable(regular, sequential(['write', 1, 1], ['write', 2, 2], ['read', null, value])).valid;
  expect([read(2), read(1), read(0)]).toEqual([true, true, false]);
});

test('a hint of the order changes no verdict, even when it is wrong', () => {
  const random = new Random(4);
  for (const sign of [1, -1]) {
    const hinted = spec({
      name: 'hinted',
      init: () => ({ value: 0 }),
      ops: { read: (state) => state.value, write: (state, value: number) => void (state.value = value) },
      order: (_f, _input, output) => sign * Number(output),
    });
    const agreement = new Agreement(
      {
        spec: hinted,
        draw: (draws) =>
          draws.chance(0.5) ? { f: 'read', input: null } : { f: 'write', input: draws.below(5) },
        twist: (draws) => draws.below(5),
      },
      random,
    );
    for (let run = 0; run < 300; run++) expect(agreement.tryChecker()).toBeUndefined();
  }
});

test('a function that is declared a read but changes something is found out', () => {
  const liar = spec({
    name: 'liar',
    init: () => ({ reads: 0 }),
    ops: { read: (state) => ++state.reads },
    reads: ['read'],
  });
  expect(() => checkLinearizable(liar, sequential(['read', null, 1]))).toThrow(
    'liar.read is declared to change nothing, but changed {"reads":0} to {"reads":1}',
  );
});

test('a state that is not JSON is refused with its place', () => {
  const bag = spec({ name: 'bag', init: () => ({ items: new Set() }), ops: { read: () => null } });
  expect(() => checkLinearizable(bag, sequential(['read', null, null]))).toThrow(
    'bag.init left a state that is not JSON: state.items is a Set',
  );
});

test('an input that the spec cannot take is refused with the input', () => {
  expect(() => checkLinearizable(casRegister, sequential(['cas', 3, true]))).toThrow(
    'cas-register.cas cannot take the input 3: expected [from, to]',
  );
});

test('a read whose answer was lost tells nothing when nil reads match any value', () => {
  const operations = operationsOf(sequential(['write', 1, 1], ['read', null, null]));
  const checker = linearizabilityChecker(casRegister);
  expect(checker.check(operations).valid).toBe(false);
  expect(checker.check(withNilReadsAny(casRegister, operations)).valid).toBe(true);
});

test('a budget that is cancelled is noticed at once, and one that runs out in time', () => {
  const operations = operationsOf(
    generateHistory({ model: 'cas', clients: 20, operations: 5000, infoPercent: 5 }),
  );
  const cancelled = new LimitedBudget();
  cancelled.cancel('it was cancelled');
  const result = linearizabilityChecker(casRegister).check(operations, { budget: cancelled, initial: null });
  expect(result).toMatchObject({ valid: 'unknown', reason: 'it was cancelled' });
});

test('an empty history is linearizable', () => {
  expect(checkLinearizable(casRegister, [])).toMatchObject({ valid: true, witness: [] });
});
