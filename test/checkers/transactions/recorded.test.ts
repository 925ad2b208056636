/** The verdicts on recorded and hand-made histories of others are reproduced, every one of them. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { checkLevel } from '../../../src/checkers/ladder/ladder.ts';
import { parseTransactionText } from '../../../src/history/codecs/txn-text.ts';
import { sharedData } from '../../shared-data.ts';

const levels = ['read-committed-be', 'read-atomic', 'transactional-causal'] as const;
const folder = sharedData('txn', 'text');

test.skipIf(!folder)('every verdict of the manifest of text histories is reproduced', () => {
  const manifest = JSON.parse(readFileSync(join(folder!, 'manifest.json'), 'utf8')) as Record<
    string,
    Record<(typeof levels)[number], boolean>
  >;
  const wrong: string[] = [];
  let verdicts = 0;
  for (const [file, expected] of Object.entries(manifest)) {
    const transactions = parseTransactionText(readFileSync(join(folder!, file), 'utf8'));
    for (const level of levels) {
      verdicts++;
      const { verdict } = checkLevel(transactions, level);
      if (verdict !== (expected[level] ? 'holds' : 'violated')) wrong.push(`${file} ${level}: ${verdict}`);
    }
  }
  expect(wrong).toEqual([]);
  expect(verdicts).toBe(3 * Object.keys(manifest).length);
});
