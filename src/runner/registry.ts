/** Finds models and machines: every export of a file under models/ that `model()` or `machine()` made. */
import { existsSync, readdirSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { tsImport } from 'tsx/esm/api';
import { UsageError, unknownName } from '../base/errors.ts';
import type { AnyMachine } from '../explore/machine.ts';
import type { AnyProtocol } from '../kernel/protocol.ts';
import type { Model } from './model.ts';

const extensions = /\.(ts|mts|js|mjs)$/;

/** Modules of a folder and of the folders in it, since a model may be a file or a folder. */
function modelFiles(folder: string): string[] {
  return readdirSync(folder)
    .sort()
    .flatMap((entry) => {
      const path = join(folder, entry);
      if (statSync(path).isDirectory()) return modelFiles(path);
      return extensions.test(entry) && !/\.(test|d)\./.test(entry) ? [path] : [];
    });
}

const ofKind = (value: unknown, kind: string): boolean =>
  typeof value === 'object' && value !== null && (value as { kind?: unknown }).kind === kind;

async function importModule(file: string): Promise<Record<string, unknown>> {
  try {
    return await import(pathToFileURL(file).href);
  } catch (error) {
    if (error instanceof UsageError) throw new UsageError(`${file}: ${error.message}`);
    // In a package that does not say that it is of modules, a model is loaded in a namespace of its own.
    if ((error as NodeJS.ErrnoException).code === 'ERR_REQUIRE_CYCLE_MODULE')
      return await tsImport(pathToFileURL(file).href, import.meta.url);
    throw new UsageError(
      `${file}: cannot be loaded (${error instanceof Error ? `${error.name}: ${error.message}` : String(error)}); expected a module that exports model(…)`,
    );
  }
}

/** Where models and machines were found. */
const origins = new WeakMap<object, string>();

/** The file that a model or machine was loaded from; undefined when it was not found by name. */
export const originOf = (found: object): string | undefined => origins.get(found);

/** The model or machine of this name in a file. */
export async function loadFrom<T extends { readonly name: string }>(
  file: string,
  kind: 'model' | 'machine',
  name: string,
): Promise<T> {
  const exports = Object.values(await importModule(file)) as T[];
  const found = exports.find((value) => ofKind(value, kind) && value.name === name);
  if (!found) throw new UsageError(`${file} exports no ${kind} '${name}'`);
  return found;
}

/** The folder models/ of the working directory, if there is one. */
export function ownModels(): string | undefined {
  const folder = resolve('models');
  return existsSync(folder) ? folder : undefined;
}

/** Where there are no models yet, as where clew was just installed, there are those that it brings along. */
const modelFolder = (): string => ownModels() ?? fileURLToPath(new URL('../../models', import.meta.url));

/** All models under `folder`, by name. */
export async function loadModels(folder = modelFolder()): Promise<Model[]> {
  return await load<Model>('model', folder);
}

/** All machines under `folder`, by name. */
export async function loadMachines(folder = modelFolder()): Promise<AnyMachine[]> {
  return await load<AnyMachine>('machine', folder);
}

/** The machine of this name. */
export async function loadMachine(name: string): Promise<AnyMachine> {
  const machines = await loadMachines();
  const found = machines.find((machine) => machine.name === name);
  if (found) return found;
  throw unknownName(
    'machine',
    name,
    machines.map((machine) => machine.name),
  );
}

/** By the name that one might ask for, why there is no such model. */
const shortOfModels = new Map<string, string>();

/** Why a folder that was loaded has no models. */
export function whyNoModels(): string {
  const [why] = shortOfModels.values();
  return why ?? 'no models: no file under models/ exports model(…)';
}

function whyNoModel(value: unknown, file: string): [name: string, why: string] | undefined {
  if (ofKind(value, 'protocol')) {
    const { name } = (value as AnyProtocol).definition;
    const expected = `expected an export of model(${name}, { … })`;
    return [name, `${file} exports the protocol '${name}' and no model of it; ${expected}`];
  }
  if (!ofKind(value, 'machine')) return undefined;
  const { name } = value as AnyMachine;
  return [name, `'${name}' is a machine, without messages to schedule; expected clew explore ${name}`];
}

async function load<T extends { readonly name: string }>(kind: string, folder: string): Promise<T[]> {
  const models = new Map<string, T>();
  for (const file of modelFiles(folder)) {
    const exports = await importModule(file);
    for (const value of Object.values(exports)) {
      const why = whyNoModel(value, file);
      if (why) shortOfModels.set(...why);
      if (!ofKind(value, kind)) continue;
      const found = value as T;
      const other = models.get(found.name);
      if (other && other !== found)
        throw new UsageError(`two ${kind}s are named '${found.name}'; one is in ${file}`);
      models.set(found.name, found);
      origins.set(found, file);
    }
  }
  for (const name of models.keys()) if (kind === 'model') shortOfModels.delete(name);
  return [...models.values()];
}

/** The models of these names, in this order; all when none is named. */
export function selectModels(models: readonly Model[], names: readonly string[]): readonly Model[] {
  if (names.length === 0 && models.length === 0) throw new UsageError(whyNoModels());
  if (names.length === 0) return models;
  return names.map((name) => {
    const found = models.find((model) => model.name === name);
    const why = shortOfModels.get(name);
    if (!found && why) throw new UsageError(why);
    if (!found)
      throw unknownName(
        'model',
        name,
        models.map((model) => model.name),
      );
    return found;
  });
}
