/** Versions that a history states are read from files, and those that cannot be are refused. */
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { checkLevel } from '../../src/checkers/ladder/ladder.ts';
import { readHistory } from '../../src/history/codecs/read.ts';
import { transactionsFromEvents } from '../../src/history/transactions-from-events.ts';

const folder = mkdtempSync(join(tmpdir(), 'clew-versions-'));

async function read(text: string) {
  const path = join(folder, 'history');
  writeFileSync(path, text);
  return (await readHistory(path)).events;
}

/** Two sessions that write x; the first then reads its own value, so the other's version must be the older one. */
const lines = (first: string, second: string) => `
{"process":0,"type":"invoke","f":"write","key":"x","value":1}
{"process":0,"type":"ok","f":"write","key":"x","value":1${first}}
{"process":1,"type":"invoke","f":"write","key":"x","value":2}
{"process":1,"type":"ok","f":"write","key":"x","value":2${second}}
{"process":1,"type":"invoke","f":"read","key":"x","value":null}
{"process":1,"type":"ok","f":"read","key":"x","value":1}
{"process":1,"type":"invoke","f":"read","key":"x","value":null}
{"process":1,"type":"ok","f":"read","key":"x","value":1}`;

async function levelsOf(text: string) {
  const transactions = transactionsFromEvents(await read(text));
  return (['sequential', 'causal-convergence', 'read-your-writes', 'causal'] as const).map(
    (level) => checkLevel(transactions, level).verdict,
  );
}

test('versions decide between orders that values alone leave open', async () => {
  expect(await levelsOf(lines('', ''))).toEqual(['holds', 'holds', 'holds', 'holds']);
  expect(await levelsOf(lines(',"version":8', ',"version":7'))).toEqual(['holds', 'holds', 'holds', 'holds']);
  expect(await levelsOf(lines(',"version":7', ',"version":8'))).toEqual([
    'violated',
    'violated',
    'violated',
    'holds',
  ]);
});

test('the version of a transaction is that of all it wrote', async () => {
  const edn = (version: number) => `
{:process 0, :type :invoke, :f :txn, :value [[:w :x 1]]}
{:process 0, :type :ok, :f :txn, :value [[:w :x 1]], :version ${version}}
{:process 1, :type :invoke, :f :txn, :value [[:r :x nil] [:w :x 2]]}
{:process 1, :type :ok, :f :txn, :value [[:r :x 1] [:w :x 2]], :version 5}`;
  const verdict = async (version: number) =>
    checkLevel(transactionsFromEvents(await read(edn(version))), 'serializable').verdict;
  expect(await verdict(4)).toBe('holds');
  expect(await verdict(6)).toBe('violated');
});

test.each([
  [lines(',"version":"a"', ''), /history:3: event 2: expected an integer as 'version', received "a"/],
  [
    lines('', '').replace('"value":1}', '"value":1,"version":3}'),
    /history:2: event 1: expected a 'version' only where 'type' is ok, received it with "invoke"/,
  ],
])('a version that cannot be is refused with file and line', async (text, message) => {
  await expect(read(text)).rejects.toThrow(message);
});

test.each([
  [
    lines(',"version":3', ',"version":3'),
    /event 4: "x" = 2 is version 3, but so is 1 of event 2; expected different versions/,
  ],
  [
    lines(',"version":3', '').replace(/"value":1}$/, '"value":1,"version":4}'),
    /event 8: "x" = 1 is version 4, but event 2 has it as version 3/,
  ],
  [
    lines(',"version":3', '').replace(/"value":1}$/, '"value":null,"version":9}'),
    /event 2?8?: "x" = 1 is version 3, older than the initial null, which is version 9/,
  ],
])('versions that contradict each other are refused', async (text, message) => {
  const events = await read(text);
  expect(() => transactionsFromEvents(events)).toThrow(message);
});
