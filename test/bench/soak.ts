/**
 * Correct models survive: 100,000 schedules each without a false alarm, or as many as
 * `npm run bench -- soak RUNS [MODEL…] [strategy=all|NAME,…]` says, in one campaign a strategy (default: the portfolio).
 * Also shows that memory stays flat: the heap after each tenth of the runs.
 */
import { check } from '../../src/runner/check.ts';
import type { Model } from '../../src/runner/model.ts';
import { loadModels, selectModels } from '../../src/runner/registry.ts';
import { portfolio, strategies } from '../../src/schedule/strategies/all.ts';
import type { Strategy } from '../../src/schedule/strategies/strategy.ts';

export async function run([count = '100000', ...args]: string[]): Promise<void> {
  const asked = args.find((arg) => arg.startsWith('strategy='))?.slice('strategy='.length) ?? portfolio.name;
  const chosen = strategies.filter(({ name }) => asked === 'all' || asked.split(',').includes(name));
  const names = args.filter((arg) => !arg.includes('='));
  for (const model of selectModels(await loadModels(), names)) {
    for (const strategy of chosen) await soak(model, strategy, Number(count));
  }
}

async function soak(model: Model, strategy: Strategy, runs: number): Promise<void> {
  const heaps: number[] = [];
  const started = performance.now();
  const { verdict, steps, failure, reason } = await check(model, {
    ...{ seed: 1000, runs, strategy },
    onProgress: (progress) => {
      if (progress.runs < ((heaps.length + 1) * runs) / 10) return;
      globalThis.gc?.();
      heaps.push(Math.round(process.memoryUsage().heapUsed / 1e6));
    },
  });
  const seconds = (performance.now() - started) / 1000;
  const told = verdict === 'holds' ? 'holds' : `${verdict.toUpperCase()}: ${failure?.property ?? reason}`;
  const figures = `${runs.toLocaleString('en')} schedules, ${steps.toLocaleString('en')} steps, ${seconds.toFixed(0)} s`;
  console.log(
    `${model.name.padEnd(18)}${strategy.name.padEnd(11)}${told}; ${figures}; heap MB: ${heaps.join(' ')}`,
  );
}
