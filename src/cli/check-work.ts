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
  /** Set by the command when the check is to stop: to an index of `stopReasons`. */
  readonly stop: Int32Array;
}

/** `ready` comes first: from then on the time counts. */
export type WorkResult = { readonly report: FileReport } | { readonly usageError: string } | 'ready';

export const interrupted = 'it was interrupted';

/** Why the command may stop its worker. */
export function stopReasons(timeMs: number | undefined): readonly (string | undefined)[] {
  return [
    undefined,
    interrupted,
    `the time limit of ${(timeMs ?? 0) / 1000} s was reached`,
    'the memory limit was reached',
  ];
}

export async function work(): Promise<void> {
  const { file, events, lines, format, options, timeMs, memoryBytes, stop } = workerData as WorkOrder;
  const limits = new LimitedBudget({ memoryBytes });
  const budget = { exhausted: () => stopReasons(timeMs)[Atomics.load(stop, 0)] ?? limits.exhausted() };
  let result: WorkResult;
  try {
    const spec = await loadSpec(options.spec);
    parentPort!.postMessage('ready' satisfies WorkResult);
    const history = { events, format, lineOf: (event: number) => lines[event]! };
    result = { report: judgeFile(file, history, spec, options, budget) };
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    result = { usageError: error.message };
  }
  parentPort!.postMessage(result);
}
