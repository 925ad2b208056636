/**
 * Schedules until each planted bug is found, at ten fixed seeds: median and worst. `npm run bench -- bugs [MODEL…]`.
 * A bug that a seed does not find within the cap is shown as missed.
 */
import { check } from '../../src/runner/check.ts';
import { loadModels, selectModels } from '../../src/runner/registry.ts';

const seeds = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10];
const cap = 10_000;
/** Figure 8 of the Raft paper needs five leaders in a row to fail in the right order. */
const caps: Readonly<Record<string, number>> = { 'commits-old-term-by-counting': 50_000 };

export async function run(names: string[]): Promise<void> {
  console.log(
    `${'model'.padEnd(18)}${'planted bug'.padEnd(32)}${'median'.padStart(8)}${'worst'.padStart(8)}${'missed'.padStart(8)}   deviations, smallest to largest`,
  );
  for (const model of selectModels(await loadModels(), names)) {
    for (const mutant of Object.keys(model.protocol.definition.mutants ?? {})) {
      const runs = caps[mutant] ?? cap;
      const found: number[] = [];
      const sizes: number[] = [];
      let missed = 0;
      for (const seed of seeds) {
        const result = await check(model, { mutant, seed, runs });
        if (result.failure) {
          found.push(result.runs);
          sizes.push(result.failure.shrink.to);
        } else missed++;
      }
      found.sort((a, b) => a - b);
      sizes.sort((a, b) => a - b);
      const median =
        missed > seeds.length / 2 ? `>${runs}` : String(found[Math.floor((seeds.length - 1) / 2)]);
      const worst = missed > 0 ? `>${runs}` : String(found.at(-1));
      console.log(
        `${model.name.padEnd(18)}${mutant.padEnd(32)}${median.padStart(8)}${worst.padStart(8)}${String(missed).padStart(8)}   ${sizes.join(' ')}`,
      );
    }
  }
}
