import { expect, test } from 'vitest';
import type { HistoryEvent } from '../../src/history/history.ts';
import { kv } from '../../src/spec/kv.ts';
import { register } from '../../src/spec/register.ts';
import { transactionalRegisters } from '../../src/spec/transactions.ts';
import '../../src/vitest/matchers.ts';

type Write = readonly [process: number, f: string, key: string, value: number | null];

/** Operations one after the other. */
const inTurn = (...operations: readonly Write[]): HistoryEvent[] =>
  operations.flatMap(([process, f, key, value]) => [
    { process, type: 'invoke', f, key, value: f === 'read' ? null : value },
    { process, type: 'ok', f, key, value },
  ]);

const fresh = inTurn([0, 'write', 'x', 1], [1, 'read', 'x', 1]);
const stale = inTurn([0, 'write', 'x', 1], [1, 'read', 'x', null]);
/** The answer to the question is seen without the question. */
const effectWithoutCause = inTurn(
  [0, 'write', 'x', 1],
  [1, 'read', 'x', 1],
  [1, 'write', 'y', 2],
  [2, 'read', 'y', 2],
  [2, 'read', 'x', null],
);

const txn = (
  process: number,
  type: 'invoke' | 'ok',
  ...value: (string | number | null)[][]
): HistoryEvent => ({
  process,
  type,
  f: 'txn',
  value,
});
const readBoth = [
  ['r', 'x', null],
  ['r', 'y', null],
];
/** Each reads both keys and writes one of them. */
const writeSkew = [
  txn(0, 'invoke', ...readBoth, ['w', 'x', 1]),
  txn(1, 'invoke', ...readBoth, ['w', 'y', 2]),
  txn(0, 'ok', ...readBoth, ['w', 'x', 1]),
  txn(1, 'ok', ...readBoth, ['w', 'y', 2]),
];
const lostUpdate = [
  txn(0, 'invoke', ['r', 'x', null], ['w', 'x', 1]),
  txn(1, 'invoke', ['r', 'x', null], ['w', 'x', 2]),
  txn(0, 'ok', ['r', 'x', null], ['w', 'x', 1]),
  txn(1, 'ok', ['r', 'x', null], ['w', 'x', 2]),
];

function messageOf(assertion: () => void): string {
  try {
    assertion();
  } catch (error) {
    return (error as Error).message;
  }
  throw new Error('the assertion passed');
}

test('a history is or is not linearizable, and the message says why not', () => {
  expect(fresh).toBeLinearizable(kv);
  expect(stale).not.toBeLinearizable(kv);
  expect(messageOf(() => expect(stale).toBeLinearizable(kv))).toMatchInlineSnapshot(`
    "the history is not linearizable

      read → null by process 1 (event 3) has no place in the history of key "x".
      read could have answered 1.

      These 2 operations contradict each other:

        process 0  |--write 1--|
        process 1                |--read → null--|
                                 ^^^^^^^^^^^^^^^^^

      The longest orders before read → null, and the state each leaves:

        write 1  ⇒  {"value":1}"
  `);
  expect(messageOf(() => expect(fresh).not.toBeLinearizable(kv))).toMatchInlineSnapshot(
    `"expected the history not to be linearizable, but it is"`,
  );
});

test('a history is or is not causal, and the message is the argument', () => {
  expect(stale).toBeCausal();
  expect(effectWithoutCause).not.toBeCausal();
  expect(messageOf(() => expect(effectWithoutCause).toBeCausal())).toMatchInlineSnapshot(`
    "the history is not causal

    Let
      O1 = [w x 1] (process 0)
      O2 = [r x 1] (process 1)
      O3 = [w y 2] (process 1)
      O4 = [r y 2] (process 2)
      O5 = [r x null] (process 2)

    The initial state precedes O1, because nothing precedes the initial state, and O1 wrote.
    But O1 precedes the initial state, because O5 read the initial x = null although it could see O1, which wrote x (O2 read x = 1 from O1, O2 came before O3 in their session, O4 read y = 2 from O3, O4 came before O5 in their session): a contradiction!"
  `);
  expect(messageOf(() => expect(stale).not.toBeCausal())).toMatchInlineSnapshot(
    `"expected the history not to be causal, but it is"`,
  );
});

test('the spec says what an object that nobody wrote reads', () => {
  const readsZero: HistoryEvent[] = [
    { process: 0, type: 'invoke', f: 'read', value: null },
    { process: 0, type: 'ok', f: 'read', value: 0 },
  ];
  expect(readsZero).toBeCausal(register);
  expect(readsZero).not.toBeCausal();
});

test('a history satisfies a level by its name', () => {
  expect(writeSkew).toSatisfy('snapshot-isolation');
  expect(writeSkew).not.toSatisfy('serializable');
  expect(lostUpdate).not.toSatisfy('snapshot-isolation');
  expect(stale).toSatisfy('sequential', kv);
  expect(stale).not.toSatisfy('linearizable');
  expect(writeSkew).not.toSatisfy('linearizable', transactionalRegisters);
  expect(messageOf(() => expect(writeSkew).toSatisfy('serializable'))).toMatchInlineSnapshot(`
    "the history is not serializable

    Let
      T1 = [r y null, w x 1] (process 0)
      T2 = [r x null, w y 2] (process 1)

    T1 precedes T2, because T1 read the initial y = null, which T2 overwrote.
    But T2 precedes T1, because T2 read the initial x = null, which T1 overwrote: a contradiction!"
  `);
});

test("Vitest's own toSatisfy goes on to work", () => {
  expect(18).toSatisfy((age) => age >= 18);
  expect(17).not.toSatisfy((age: number) => age >= 18);
  expect({ age: 18 }).toEqual({ age: expect.toSatisfy((age: number) => age >= 18) });
  expect(messageOf(() => expect(17).toSatisfy((age) => age >= 18, 'be of age'))).toContain('be of age');
});

test('what is no history, or no level, is refused whichever way one asks', () => {
  expect(() => expect(3).toBeCausal()).toThrow('expected a history, which is a list of events; received 3');
  expect(() => expect([{ age: 3 }]).not.toBeCausal()).toThrow('event 1: {"age":3} is no event');
  // @ts-expect-error a level that does not exist
  expect(() => expect(fresh).not.toSatisfy('casual')).toThrow("'casual'");
  expect(() => expect(writeSkew).not.toBeCausal(transactionalRegisters)).toThrow('causal judges read, get');
});

test('a verdict that cannot be reached fails, whichever way one asks', () => {
  expect(() => expect(fresh).toSatisfy('strong-eventual')).toThrow('is unknown: no read carries');
  expect(() => expect(fresh).not.toSatisfy('strong-eventual')).toThrow('is unknown: no read carries');
  expect(() => expect([]).toSatisfy('eventual')).toThrow(
    'no two processes read the same key after its last write',
  );
});

test('misuse does not compile', () => {
  const neverRun = () => {
    // @ts-expect-error a spec is needed
    expect(fresh).toBeLinearizable();
    // @ts-expect-error a spec, not its name
    expect(fresh).toBeCausal('kv');
    // @ts-expect-error a predicate takes what is expected
    expect(3).toSatisfy((age) => age.length > 3);
    // @ts-expect-error neither a level nor a predicate
    expect(3).toSatisfy(3);
  };
  expect(neverRun).toBeTypeOf('function');
});
