/** What the worker of `clew check` does: one file, then it is done. */
import { parentPort, workerData } from 'node:worker_threads';
import { UsageError } from '../base/errors.ts';
import { LimitedBudget } from '../checkers/budget.ts';
import type { HistoryEvent } from '../history/history.ts';
import { type CheckOptions, type FileReport, judgeFile } from './check-job.ts';
import { loadSpec } from './spec-file.ts';

export interface WorkOrder {
  readonly file: string;
  readonly events: readonly HistoryEvent[];
  readonly lines: Int32Array;
  readonly format: string;
  readonly options: CheckOptions;
  readonly timeMs: number | undefined;
  readonly memoryBytes: number;
  /** Set to 1 by the command when the check is to stop. */
  readonly stop: Int32Array;
}

export type WorkResult = { readonly report: FileReport } | { readonly usageError: string };

export async function work(): Promise<void> {
  const { file, events, lines, format, options, timeMs, memoryBytes, stop } = workerData as WorkOrder;
  const limits = new LimitedBudget({ timeMs, memoryBytes });
  const budget = {
    exhausted: () => (Atomics.load(stop, 0) === 1 ? 'it was interrupted' : limits.exhausted()),
  };
  let result: WorkResult;
  try {
    const history = { events, format, lineOf: (event: number) => lines[event]! };
    result = { report: judgeFile(file, history, await loadSpec(options.spec), options, budget) };
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    result = { usageError: error.message };
  }
  parentPort!.postMessage(result);
}
