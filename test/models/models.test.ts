/** The models of this repository, each under its faults, a thousand schedules a test; `npm run fuzz` tries more. */
import { loadModels } from '../../src/runner/registry.ts';
import { modelTest } from '../../src/vitest/protocol-test.ts';

for (const model of await loadModels()) {
  modelTest(`${model.name} keeps its properties under ${model.nemeses.length} kinds of fault`, model);
}
