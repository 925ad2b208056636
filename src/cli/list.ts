/** `clew list`: the models and machines there are. */

import type { CAC } from 'cac';
import type { AnyMachine } from '../explore/machine.ts';
import type { MutantStory } from '../kernel/protocol.ts';
import { paint } from '../report/paint.ts';
import type { Model } from '../runner/model.ts';
import { loadMachines, loadModels, ownModels, whyNoModels } from '../runner/registry.ts';
import { type ExitCode, exitCode } from './command.ts';

export function registerList(cli: CAC): void {
  cli
    .command('list', 'Models and machines with their specs, properties, planted bugs and faults')
    .option('--json', 'Print one JSON document of the models, which are what can be fuzzed')
    .action(list);
}

async function list(flags: { json?: boolean }): Promise<ExitCode> {
  const models = (await loadModels()).map(describe);
  const described = [...models, ...(await loadMachines()).map(describeMachine)];
  const text = flags.json ? JSON.stringify(models, null, 2) : described.map(inWords).join('\n\n');
  process.stdout.write(`${text}\n`);
  if (ownModels() === undefined)
    process.stderr.write('clew: there is no folder models/ here; these models come with clew\n');
  if (described.length === 0) process.stderr.write(`clew: ${whyNoModels()}\n`);
  return exitCode.holds;
}

interface Described {
  readonly model: string;
  /** Of a machine: it is explored, not fuzzed, and has no faults. Programs that fuzz all that is listed do not see it. */
  readonly kind?: 'machine';
  readonly story: string;
  readonly spec: string | null;
  readonly properties: readonly string[];
  readonly faults: readonly string[];
  readonly mutants: readonly (MutantStory & { readonly name: string })[];
}

function describe(model: Model): Described {
  const { story = '', implements: spec, mutants } = model.protocol.definition;
  return {
    ...{ model: model.name, story, spec: spec?.name ?? null },
    properties: model.properties.map(({ name }) => name),
    faults: model.nemeses.map(({ fault }) => fault),
    mutants: named(mutants),
  };
}

function describeMachine({ name, story, definition }: AnyMachine): Described {
  const { always, sometimes, eventually, leadsTo, mutants } = definition;
  return {
    ...{ model: name, kind: 'machine', story, spec: null },
    properties: [always, sometimes, eventually, leadsTo].flatMap((kind) => Object.keys(kind ?? {})),
    faults: [],
    mutants: named(mutants),
  };
}

const named = (mutants: Readonly<Record<string, MutantStory>> = {}) =>
  Object.entries(mutants).map(([name, { story, source }]) => ({ name, story, source }));

function inWords({ model, kind, story, spec, properties, faults, mutants }: Described): string {
  return [
    `${paint('bold', model)}  ${story}`,
    kind === 'machine' ? '  a machine   for clew explore' : `  spec        ${spec ?? 'none'}`,
    ...properties.map((name, index) => `  ${index === 0 ? 'properties' : '          '}  ${name}`),
    ...(kind === 'machine' ? [] : [`  faults      ${faults.join(', ')}`]),
    ...mutants.map(
      ({ name, story: broken }, index) =>
        `  ${index === 0 ? 'mutants   ' : '          '}  ${name}: ${broken}`,
    ),
  ].join('\n');
}
