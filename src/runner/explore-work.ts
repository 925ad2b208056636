/** What a worker of `explore` begins with: the model or machine, loaded anew from its file, as a system to search. */
import { parentPort, workerData } from 'node:worker_threads';
import { UsageError } from '../base/errors.ts';
import { type CrewOrder, serve } from '../explore/crew.ts';
import type { AnyMachine } from '../explore/machine.ts';
import { type MachineBounds, machineSystem } from '../explore/machine-system.ts';
import type { Model } from './model.ts';
import { loadFrom, originOf } from './registry.ts';
import { systemOf, type WorldSettings } from './world-settings.ts';

/** What is sent to a worker. */
type Work =
  | { readonly kind: 'model'; readonly file: string; readonly name: string; readonly settings: WorldSettings }
  | {
      readonly kind: 'machine';
      readonly file: string;
      readonly name: string;
      readonly bounds: MachineBounds;
    };

const script = new URL('./explore-worker.mjs', import.meta.url);

/** How to start workers on a model; undefined when its file is not known. */
export function crewFor(model: Model, settings: WorldSettings): CrewOrder | undefined {
  const file = originOf(model);
  return file === undefined
    ? undefined
    : { script, data: { kind: 'model', file, name: model.name, settings } };
}

export function crewForMachine(machine: AnyMachine, bounds: MachineBounds): CrewOrder | undefined {
  const file = originOf(machine);
  return file === undefined
    ? undefined
    : { script, data: { kind: 'machine', file, name: machine.name, bounds } };
}

export async function work(): Promise<void> {
  const port = parentPort!;
  const order = workerData as Work;
  const { file, kind, name } = order;
  try {
    if (kind === 'machine') {
      const machine = await loadFrom<AnyMachine>(file, kind, name);
      serve(port, () => machineSystem(machine, order.bounds));
    } else {
      const model = await loadFrom<Model>(file, kind, name);
      serve(port, () => systemOf(model, order.settings));
    }
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    port.postMessage({ usageError: error.message });
  }
}
