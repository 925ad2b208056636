/** Finds models: every export of a file under models/ that `model()` made. */
import { existsSync, readdirSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { UsageError, unknownName } from '../base/errors.ts';
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

const isModel = (value: unknown): value is Model =>
  typeof value === 'object' && value !== null && (value as { kind?: unknown }).kind === 'model';

async function load(file: string): Promise<Record<string, unknown>> {
  try {
    return await import(pathToFileURL(file).href);
  } catch (error) {
    if (error instanceof UsageError) throw new UsageError(`${file}: ${error.message}`);
    throw new UsageError(
      `${file}: cannot be loaded (${error instanceof Error ? `${error.name}: ${error.message}` : String(error)}); expected a module that exports model(…)`,
    );
  }
}

/** All models under `folder` (default: models/ in the working directory), by name. */
export async function loadModels(folder = resolve('models')): Promise<Model[]> {
  if (!existsSync(folder)) {
    throw new UsageError(`no models: there is no folder ${folder}; expected files that export model(…)`);
  }
  const models = new Map<string, Model>();
  for (const file of modelFiles(folder)) {
    const exports = await load(file);
    for (const value of Object.values(exports)) {
      if (!isModel(value)) continue;
      const other = models.get(value.name);
      if (other && other !== value)
        throw new UsageError(`two models are named '${value.name}'; one is in ${file}`);
      models.set(value.name, value);
    }
  }
  return [...models.values()];
}

/** The models of these names, in this order; all when none is named. */
export function selectModels(models: readonly Model[], names: readonly string[]): readonly Model[] {
  if (names.length === 0) return models;
  return names.map((name) => {
    const found = models.find((model) => model.name === name);
    if (!found)
      throw unknownName(
        'model',
        name,
        models.map((model) => model.name),
      );
    return found;
  });
}
