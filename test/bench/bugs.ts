/**
 * Schedules until each planted bug is found, by strategy: the median of eleven fixed seeds, with a cap.
 * `npm run bench -- bugs [MODEL…] [mutant=NAME,…] [strategy=NAME,…] [seeds=11] [cap=20000] [nodes=N]`. The portfolio's worst seed,
 * the seeds it missed and the sizes of its shrunk counterexamples come last. The last column is its median over that of the best single
 * strategy.
 */
import { check } from '../../src/runner/check.ts';
import type { Model } from '../../src/runner/model.ts';
import { loadModels, selectModels } from '../../src/runner/registry.ts';
import { strategies } from '../../src/schedule/strategies/all.ts';
import type { Strategy } from '../../src/schedule/strategies/strategy.ts';

interface Settings {
  readonly seeds: number;
  readonly cap: number;
  readonly nodes: number | undefined;
}

interface Hunt {
  readonly median: number;
  readonly worst: number;
  readonly missed: number;
  readonly sizes: readonly number[];
}

export async function run(args: string[]): Promise<void> {
  const option = (name: string) => args.find((arg) => arg.startsWith(`${name}=`))?.slice(name.length + 1);
  const { seeds, cap, nodes } = { seeds: option('seeds'), cap: option('cap'), nodes: option('nodes') };
  const settings: Settings = {
    seeds: Number(seeds ?? 11),
    cap: Number(cap ?? 20_000),
    nodes: nodes === undefined ? undefined : Number(nodes),
  };
  const [onlyMutants, onlyStrategies] = [option('mutant')?.split(','), option('strategy')?.split(',')];
  const chosen = strategies.filter(({ name }) => onlyStrategies?.includes(name) ?? true);
  const header = ['model', 'planted bug', ...chosen.map(({ name }) => name), 'ratio', 'worst', 'missed'];
  console.log(`${row(header)}   deviations`);
  for (const model of selectModels(
    await loadModels(),
    args.filter((arg) => !arg.includes('=')),
  )) {
    for (const mutant of Object.keys(model.protocol.definition.mutants ?? {})) {
      if (onlyMutants && !onlyMutants.includes(mutant)) continue;
      const hunts: Hunt[] = [];
      for (const strategy of chosen) hunts.push(await hunt(model, mutant, strategy, settings));
      const [first, ...others] = hunts as [Hunt, ...Hunt[]];
      const best = Math.min(...others.map(({ median }) => median));
      const shown = (value: number) => (value > settings.cap ? `>${settings.cap}` : String(value));
      const cells = hunts.map(({ median }) => shown(median));
      const ratio = others.length === 0 || best > settings.cap ? '' : (first.median / best).toFixed(2);
      const tail = [ratio, shown(first.worst), String(first.missed)];
      console.log(`${row([model.name, mutant, ...cells, ...tail])}   ${first.sizes.join(' ')}`);
    }
  }
}

const row = ([model = '', mutant = '', ...cells]: readonly string[]) =>
  `${model.padEnd(18)}${mutant.padEnd(30)}${cells.map((cell) => cell.padStart(10)).join('')}`;

async function hunt(model: Model, mutant: string, strategy: Strategy, settings: Settings): Promise<Hunt> {
  const runs: number[] = [];
  const sizes: number[] = [];
  const { cap, nodes } = settings;
  // Sizes are shown for the first column only.
  const shrinkLimit = strategy === strategies[0] ? 5000 : 0;
  for (let seed = 1; seed <= settings.seeds; seed++) {
    const found = await check(model, {
      ...{ mutant, seed, strategy, runs: cap, shrinkLimit },
      ...(nodes === undefined ? {} : { nodes }),
    });
    runs.push(found.failure ? found.runs : Number.POSITIVE_INFINITY);
    if (found.failure) sizes.push(found.failure.shrink.to);
  }
  runs.sort((a, b) => a - b);
  sizes.sort((a, b) => a - b);
  const median = runs[(settings.seeds - 1) >> 1] as number;
  const missed = runs.filter((count) => count > cap).length;
  return { median, worst: runs.at(-1) as number, missed, sizes };
}
