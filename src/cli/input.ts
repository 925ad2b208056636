/** What `view` and `export` are given: a saved counterexample with its model, or a recorded history. */
import { existsSync, readFileSync, statSync } from 'node:fs';
import type { AnyMachine } from '../explore/machine.ts';
import { located, type RecordedHistory, readHistory } from '../history/codecs/read.ts';
import { type Counterexample, readCounterexample, scheduleFormat } from '../runner/counterexample.ts';
import { fitted } from '../runner/fitting.ts';
import {
  type MachineReplay,
  machineTraceFormat,
  readMachineCounterexample,
  replayMachine,
} from '../runner/machine-counterexample.ts';
import type { Model } from '../runner/model.ts';
import { loadMachine, loadModels, selectModels } from '../runner/registry.ts';
import { readSaved } from '../runner/saved-file.ts';
import { standardInput } from './command.ts';

export type Input =
  | { readonly kind: 'counterexample'; readonly counterexample: Counterexample; readonly model: Model }
  | { readonly kind: 'machine'; readonly replayed: MachineReplay; readonly machine: AnyMachine }
  | {
      readonly kind: 'history';
      readonly history: RecordedHistory;
      /** Adds file and line to an error about an event. */
      readonly located: (error: unknown) => unknown;
    };

/** Told apart by content: a counterexample is one JSON object that names its format, a history is anything else. */
export async function readInput(path: string, format?: string): Promise<Input> {
  const file = path === standardInput ? '-' : path;
  if (format === undefined && isCounterexample(file)) {
    const saved = readSaved(file, [scheduleFormat, machineTraceFormat]);
    if (saved.format === machineTraceFormat) {
      const trace = readMachineCounterexample(file);
      const machine = await loadMachine(trace.model);
      return { kind: 'machine', replayed: replayMachine(file, trace, machine), machine };
    }
    const whole = readCounterexample(file);
    const [model] = selectModels(await loadModels(), [whole.model]) as [Model];
    const { counterexample, misfits } = fitted(file, whole, model);
    for (const misfit of misfits) process.stderr.write(`clew: ${file}: ${misfit}\n`);
    return { kind: 'counterexample', counterexample, model };
  }
  const history = await readHistory(file, format);
  return { kind: 'history', history, located: (error) => located(error, file, history) };
}

function isCounterexample(file: string): boolean {
  if (file === '-' || !existsSync(file) || statSync(file).isDirectory()) return false;
  const text = readFileSync(file, 'utf8');
  // A whole object on several lines, or one that names a format of counterexamples: a broken one is told as such.
  return (
    /^\s*\{/.test(text) &&
    (/^[^\n]*"format"\s*:\s*"clew\/(schedule|machine-trace)/.test(text.slice(0, 300).replace(/\n/g, ' ')) ||
      /^\s*\{\s*\n/.test(text))
  );
}
