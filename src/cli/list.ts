/** `clew list`: the models there are. */

import type { CAC } from 'cac';
import { paint } from '../report/paint.ts';
import type { Model } from '../runner/model.ts';
import { loadModels, ownModels, whyNoModels } from '../runner/registry.ts';
import { type ExitCode, exitCode } from './command.ts';

export function registerList(cli: CAC): void {
  cli
    .command('list', 'Models with their specs, properties, planted bugs and faults')
    .option('--json', 'Print one JSON document')
    .action(list);
}

async function list(flags: { json?: boolean }): Promise<ExitCode> {
  const described = (await loadModels()).map(describe);
  const text = flags.json ? JSON.stringify(described, null, 2) : described.map(inWords).join('\n\n');
  process.stdout.write(`${text}\n`);
  if (ownModels() === undefined)
    process.stderr.write('clew: there is no folder models/ here; these models come with clew\n');
  if (described.length === 0) process.stderr.write(`clew: ${whyNoModels()}\n`);
  return exitCode.holds;
}

function describe(model: Model) {
  const { story = '', implements: spec, mutants = {} } = model.protocol.definition;
  return {
    model: model.name,
    story,
    spec: spec?.name ?? null,
    properties: model.properties.map(({ name }) => name),
    faults: model.nemeses.map(({ fault }) => fault),
    mutants: Object.entries(mutants).map(([name, { story: broken, source }]) => ({
      name,
      story: broken,
      source,
    })),
  };
}

function inWords({ model, story, spec, properties, faults, mutants }: ReturnType<typeof describe>): string {
  return [
    `${paint('bold', model)}  ${story}`,
    `  spec        ${spec ?? 'none'}`,
    ...properties.map((name, index) => `  ${index === 0 ? 'properties' : '          '}  ${name}`),
    `  faults      ${faults.join(', ')}`,
    ...mutants.map(
      ({ name, story: broken }, index) =>
        `  ${index === 0 ? 'mutants   ' : '          '}  ${name}: ${broken}`,
    ),
  ].join('\n');
}
