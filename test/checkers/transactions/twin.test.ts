/** Every transactional level agrees with enumeration from its definition. */
import { expect, test } from 'vitest';
import { Random } from '../../../src/base/random.ts';
import { checkLevel } from '../../../src/checkers/ladder/ladder.ts';
import { levelNamed } from '../../../src/checkers/ladder/lattice.ts';
import { twinCount } from '../twin-count.ts';
import { show, smallTransactions, toTransactions, twin, twinLevels } from './transaction-twin.ts';

const kinds = [
  { kind: 'registers', lists: false, unique: true },
  { kind: 'lists', lists: true, unique: true },
  { kind: 'registers whose values repeat', lists: false, unique: false },
] as const;

for (const name of twinLevels) {
  for (const { kind, lists, unique } of kinds) {
    test(`${name} agrees with its twin on ${twinCount} random histories of ${kind}`, () => {
      const level = levelNamed(name.split(' ')[0]!);
      const transactions = level === 'parallel-snapshot-isolation' ? 4 : 5;
      const verdicts = { true: 0, false: 0 };
      const wrong: string[] = [];
      for (let seed = 0; seed < twinCount; seed++) {
        const history = smallTransactions(new Random(seed), { lists, unique, transactions });
        const expected = twin(name, history);
        const { verdict } = checkLevel(toTransactions(history), level);
        if (verdict !== (expected ? 'holds' : 'violated'))
          wrong.push(`seed ${seed} ${verdict}: ${show(history)}`);
        verdicts[`${expected}`]++;
      }
      expect(wrong).toEqual([]);
      expect(Math.min(verdicts.true, verdicts.false)).toBeGreaterThan(twinCount / 30);
    });
  }
}
