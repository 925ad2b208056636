/** The text form of transactions, and what is said about text of another form. */
import { expect, test } from 'vitest';
import { describeTransaction } from '../../src/checkers/ladder/in-words.ts';
import { parseTransactionText } from '../../src/history/codecs/txn-text.ts';

test('lines become transactions of their session, in order of first mention', () => {
  const text = 'w(1,5,0,7)\nr(2,0,1,8)\nr(1,5,0,7)\n\nw(3,9,0,-1)\n';
  const transactions = parseTransactionText(text);
  expect([0, 1, 2].map((t) => describeTransaction(transactions, t))).toEqual([
    '[w 1 5, r 1 5] (process 0)',
    '[r 2 0] (process 1)',
    '[w 3 9] (process 0, failed)',
  ]);
});

test('spaces and a missing last newline are fine', () => {
  expect(parseTransactionText(' r( 1, 2 ,3, 4 )').count).toBe(1);
});

const malformed = ['x(1,2,3,4)', 'r(1,2,3)', 'r(1,2,3,4,5)', 'r(1,a,3,4)', 'r(1,2,3,4) more', 'r(1,2.5,3,4)'];
for (const line of malformed) {
  test(`'${line}' is refused with its line`, () => {
    expect(() => parseTransactionText(`w(1,1,1,1)\n${line}\n`)).toThrow(
      `line 2: ${JSON.stringify(line)}; expected r(key,value,session,transaction) or w(key,value,session,transaction) with integers`,
    );
  });
}
