/**
 * Schedules until each planted bug is found, by strategy: the median of eleven fixed seeds, with a cap.
 * `npm run bench -- bugs [MODEL…] [mutant=NAME,…] [strategy=NAME,…] [seeds=11] [cap=20000] [more=60] [nodes=N]`. The ratio is the
 * portfolio's median over that of the best single strategy, wanted at most 1.5; its worst seed and the seeds it missed come last.
 *
 * A count to a first find is about exponential, so a median of eleven is off by a third as often as not, and the best of seven
 * such medians is too good. Counts up to 20 are noise. Where a larger ratio is too high, the portfolio and the two best are
 * run again on `more` other seeds, and the ratio of those medians counts: 60 (a ratio off by a quarter), or up to 600 where
 * the bug falls in a few hundred schedules (off by a twelfth). If 60 say that it is too high, too, four times as many decide.
 */
import { check } from '../../src/runner/check.ts';
import type { Model } from '../../src/runner/model.ts';
import { loadModels, selectModels } from '../../src/runner/registry.ts';
import { portfolio, strategies } from '../../src/schedule/strategies/all.ts';
import type { Strategy } from '../../src/schedule/strategies/strategy.ts';

const wantedRatio = 1.5;
const noise = 20;
/** About so many schedules are tried again where a ratio is doubtful. */
const enough = 60_000;
/** A ratio of medians over so many seeds is off by an eighth. */
const enoughSeeds = 240;

interface Settings {
  readonly cap: number;
  readonly nodes: number | undefined;
}

interface Hunt {
  readonly strategy: Strategy;
  readonly median: number;
  readonly worst: number;
  readonly missed: number;
}

export async function run(args: string[]): Promise<void> {
  const option = (name: string) => args.find((arg) => arg.startsWith(`${name}=`))?.slice(name.length + 1);
  const number = (name: string, otherwise: number) => Number(option(name) ?? otherwise);
  const nodes = option('nodes');
  const settings = { cap: number('cap', 20_000), nodes: nodes === undefined ? undefined : Number(nodes) };
  const seeds = sequence(1, number('seeds', 11));
  const more = (median: number) => number('more', Math.max(60, Math.min(600, Math.round(enough / median))));
  const [onlyMutants, onlyStrategies] = [option('mutant')?.split(','), option('strategy')?.split(',')];
  const singles = strategies.filter(
    (strategy) => strategy !== portfolio && (onlyStrategies?.includes(strategy.name) ?? true),
  );
  console.log(
    row([
      'model',
      'planted bug',
      ...[portfolio, ...singles].map(({ name }) => name),
      'ratio',
      'worst',
      'missed',
    ]),
  );
  const names = args.filter((arg) => !arg.includes('='));
  for (const model of selectModels(await loadModels(), names)) {
    for (const mutant of Object.keys(model.protocol.definition.mutants ?? {})) {
      if (onlyMutants && !onlyMutants.includes(mutant)) continue;
      const own = await hunt(model, mutant, portfolio, seeds, settings);
      const hunts: Hunt[] = [];
      for (const strategy of singles) hunts.push(await hunt(model, mutant, strategy, seeds, settings));
      const shown = (value: number) => (value > settings.cap ? `>${settings.cap}` : String(value));
      const ratio = ratioOf(own, hunts, settings.cap);
      const cells = [own, ...hunts].map(({ median }) => shown(median));
      console.log(
        row([
          model.name,
          mutant,
          ...cells,
          Number.isNaN(ratio) ? '' : ratio.toFixed(2),
          shown(own.worst),
          String(own.missed),
        ]),
      );
      if (!(ratio > wantedRatio)) continue;
      if (own.median <= noise) {
        console.log(`${' '.repeat(18)}both counts are at most ${noise}: noise`);
        continue;
      }
      const few = more(own.median);
      let first = seeds.length + 1;
      for (const count of few < enoughSeeds ? [few, 4 * few] : [few]) {
        const others = sequence(first, count);
        const { words, settled } = await lookAgain(model, mutant, twoBest(hunts), others, settings);
        console.log(' '.repeat(18) + words);
        if (settled) break;
        first += count;
      }
    }
  }
}

const sequence = (first: number, count: number): number[] =>
  Array.from({ length: count }, (_, i) => first + i);

const row = ([model = '', mutant = '', ...cells]: readonly string[]) =>
  `${model.padEnd(18)}${mutant.padEnd(34)}${cells.map((cell) => cell.padStart(10)).join('')}`;

const twoBest = (hunts: readonly Hunt[]): Strategy[] =>
  [...hunts]
    .sort((a, b) => a.median - b.median)
    .slice(0, 2)
    .map(({ strategy }) => strategy);

function ratioOf(own: Hunt, singles: readonly Hunt[], cap: number): number {
  const best = Math.min(...singles.map(({ median }) => median));
  return best > cap ? Number.NaN : own.median / best;
}

/** The doubtful rows, on other seeds. */
async function lookAgain(
  model: Model,
  mutant: string,
  rivals: readonly Strategy[],
  seeds: readonly number[],
  settings: Settings,
): Promise<{ words: string; settled: boolean }> {
  const hunts: Hunt[] = [];
  for (const strategy of [portfolio, ...rivals])
    hunts.push(await hunt(model, mutant, strategy, seeds, settings));
  const [own, ...others] = hunts as [Hunt, ...Hunt[]];
  const medians = hunts.map(({ strategy, median }) => `${strategy.name} ${median}`).join(', ');
  const ratio = ratioOf(own, others, settings.cap);
  const remark = ratio <= wantedRatio ? '' : own.median <= noise ? ', noise' : ', too high';
  return {
    words: `on ${seeds.length} other seeds: ${medians}; ratio ${ratio.toFixed(2)}${remark}`,
    settled: remark !== ', too high',
  };
}

async function hunt(
  model: Model,
  mutant: string,
  strategy: Strategy,
  seeds: readonly number[],
  { cap, nodes }: Settings,
): Promise<Hunt> {
  const runs: number[] = [];
  const middle = (seeds.length - 1) >> 1;
  for (const seed of seeds) {
    const budget = { mutant, seed, strategy, runs: cap, shrinkLimit: 0 };
    const found = await check(model, nodes === undefined ? budget : { ...budget, nodes });
    runs.push(found.failure ? found.runs : Number.POSITIVE_INFINITY);
    // Once more than half have missed, so has the median.
    const missed = runs.filter((count) => count > cap).length;
    if (strategy !== portfolio && missed > seeds.length - 1 - middle) break;
  }
  runs.sort((a, b) => a - b);
  const missed = runs.filter((count) => count > cap).length;
  const median = missed > seeds.length - 1 - middle ? Number.POSITIVE_INFINITY : (runs[middle] as number);
  return { strategy, median, worst: runs.at(-1) as number, missed };
}
