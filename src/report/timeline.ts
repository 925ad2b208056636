/**
 * Operations drawn against time, a line a process:
 *
 *     process 0  |--write 1--|   |--write 2--|
 *     process 1                      |--read → 1--|
 *
 * Only the order of events is to scale: columns are given so that every label fits.
 */
import type { Operation } from '../history/history.ts';
import { describeOperation } from './operation-text.ts';

const gap = 2;

/** The lines of the drawing; `marked` operations are underlined. */
export function timeline(
  operations: readonly Operation[],
  marked: ReadonlySet<number> = new Set(),
): string[] {
  const columns = columnsOf(operations);
  const processes = [...new Set(operations.map(({ process }) => process))].sort((a, b) => a - b);
  const margin = Math.max(...processes.map((process) => `process ${process}`.length)) + 2;
  const lines: string[] = [];
  for (const process of processes) {
    let line = `process ${process}`;
    let below = '';
    for (const operation of operations.filter((other) => other.process === process)) {
      const start = margin + columns.get(operation.invoked)!;
      const label = describeOperation(operation);
      const end = operation.type === 'ok' ? margin + columns.get(operation.completed)! : undefined;
      line = line.padEnd(start) + bar(label, end === undefined ? undefined : end - start);
      if (marked.has(operation.id)) below = below.padEnd(start) + '^'.repeat(line.length - start);
    }
    lines.push(line);
    if (below !== '') lines.push(below);
  }
  return lines;
}

/** `|--label----|`, open at the end while pending. */
function bar(label: string, width: number | undefined): string {
  return width === undefined ? `|--${label}--…` : `|${`--${label}`.padEnd(width - 1, '-')}|`;
}

/** A column for each event: after the one before, and far enough from the operation's begin for its label. */
function columnsOf(operations: readonly Operation[]): Map<number, number> {
  const events = operations.flatMap((operation) => [
    { at: operation.invoked, operation },
    ...(operation.type === 'ok' ? [{ at: operation.completed, operation }] : []),
  ]);
  events.sort((a, b) => a.at - b.at);
  const columns = new Map<number, number>();
  // A process whose operation stays pending may go on: its next bar begins behind the open one.
  const free = new Map<number, number>();
  let column = -gap;
  for (const { at, operation } of events) {
    column += gap;
    const width = describeOperation(operation).length + 5;
    if (at === operation.completed) column = Math.max(column, columns.get(operation.invoked)! + width);
    else {
      column = Math.max(column, free.get(operation.process) ?? 0);
      free.set(operation.process, column + width + gap);
    }
    columns.set(at, column);
  }
  return columns;
}
