/**
 * Correct models survive: 100,000 schedules each without a false alarm, or as many as `npm run bench -- soak RUNS [MODEL…]`
 * says. Also shows that memory stays flat: the heap after each tenth of the runs.
 */
import { check } from '../../src/runner/check.ts';
import { loadModels, selectModels } from '../../src/runner/registry.ts';

export async function run([count = '100000', ...names]: string[]): Promise<void> {
  const runs = Number(count);
  for (const model of selectModels(await loadModels(), names)) {
    const heaps: number[] = [];
    let alarms = 0;
    let steps = 0;
    const started = performance.now();
    for (let part = 0; part < 10; part++) {
      const result = await check(model, { seed: 1000 + part, runs: runs / 10 });
      steps += result.steps;
      if (result.verdict !== 'holds') {
        alarms++;
        console.log(
          `${model.name}: ${result.verdict} at seed ${1000 + part}: ${result.failure?.property ?? result.reason}`,
        );
      }
      globalThis.gc?.();
      heaps.push(Math.round(process.memoryUsage().heapUsed / 1e6));
    }
    const seconds = (performance.now() - started) / 1000;
    console.log(
      `${model.name.padEnd(18)} ${runs.toLocaleString('en')} schedules, ${steps.toLocaleString('en')} steps, ${alarms} alarms, ${seconds.toFixed(0)} s; heap MB: ${heaps.join(' ')}`,
    );
  }
}
