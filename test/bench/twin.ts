/**
 * Agreement with the brute-force twin on many random histories: `npm run bench -- twin [N]`, 100,000 unless told, shared
 * out over all specs and, for each, over the checker, the searches and the monitor.
 */
import { Random } from '../../src/base/random.ts';
import { Agreement } from '../checkers/linearizable/agreement.ts';
import { shapes } from '../checkers/linearizable/shapes.ts';

export function run(args: string[]): void {
  const total = Number(args[0] ?? 100_000);
  const names = Object.keys(shapes);
  const each = Math.ceil(total / names.length / 3);
  let histories = 0;
  for (const [number, [name, shape]] of Object.entries(shapes).entries()) {
    const agreement = new Agreement(shape, new Random(number + 1));
    for (let round = 0; round < each; round++) {
      for (const attempt of ['tryChecker', 'trySearches', 'tryMonitor'] as const) {
        histories++;
        const disagreement = agreement[attempt]();
        if (!disagreement) continue;
        console.log(
          `${name}, ${attempt}: the twin says ${disagreement.expected}, found ${disagreement.found}`,
        );
        for (const event of disagreement.history) console.log(JSON.stringify(event));
        process.exitCode = 1;
        return;
      }
    }
    const share = Math.round((100 * agreement.invalid) / each);
    console.log(
      `${name.padEnd(30)} ${(3 * each).toLocaleString('en-US')} histories agree; ${share} % invalid; ${agreement.monitored.toLocaleString('en-US')} judged by a monitor`,
    );
  }
  console.log(`\n${histories.toLocaleString('en-US')} histories, no disagreement.`);
}
