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

interface Line {
  readonly name: string;
  readonly bars: string;
}

/**
 * The lines of the drawing; `marked` operations are underlined. Wider than `width`, it is cut into panels, one below
 * another, where possible between labels.
 */
export function timeline(
  operations: readonly Operation[],
  marked: ReadonlySet<number> = new Set(),
  width = Number.POSITIVE_INFINITY,
): string[] {
  const columns = columnsOf(operations);
  const processes = [...new Set(operations.map(({ process }) => process))].sort((a, b) => a - b);
  const margin = Math.max(...processes.map((process) => `process ${process}`.length)) + 2;
  const lines = processes.flatMap((process) =>
    linesOf(
      process,
      operations.filter((other) => other.process === process),
      columns,
      marked,
    ),
  );
  const panels = cuts(operations, columns, width - margin).map(([from, to]) =>
    lines
      .map(({ name, bars }) => `${name.padEnd(margin)}${bars.slice(from, to)}`.trimEnd())
      .filter((text, i) => text !== '' || lines[i]!.name !== ''),
  );
  return panels.flatMap((panel, i) => (i === 0 ? panel : ['', ...panel]));
}

/** The line of a process and, when an operation of it is marked, the one below. */
function linesOf(
  process: number,
  operations: readonly Operation[],
  columns: ReadonlyMap<number, number>,
  marked: ReadonlySet<number>,
): Line[] {
  let bars = '';
  let below = '';
  for (const operation of operations) {
    const start = columns.get(operation.invoked)!;
    const end = operation.type === 'ok' ? columns.get(operation.completed)! : undefined;
    bars =
      bars.padEnd(start) + bar(describeOperation(operation), end === undefined ? undefined : end - start);
    if (marked.has(operation.id)) below = below.padEnd(start) + '^'.repeat(bars.length - start);
  }
  const line = { name: `process ${process}`, bars };
  return below === '' ? [line] : [line, { name: '', bars: below }];
}

/** The columns that each panel shows, from and to before: cut at the last event that fits and is in no label, else where the room ends. */
function cuts(
  operations: readonly Operation[],
  columns: ReadonlyMap<number, number>,
  room: number,
): [number, number][] {
  const labels = operations.map((operation) => {
    const start = columns.get(operation.invoked)!;
    return { start, end: start + describeOperation(operation).length + 5 };
  });
  const length = Math.max(...labels.map(({ end }) => end), ...columns.values()) + 1;
  const clean = [...columns.values()]
    .filter((column) => labels.every(({ start, end }) => column <= start || column >= end))
    .sort((a, b) => a - b);
  const panels: [number, number][] = [];
  for (let from = 0; from < length; ) {
    // Less than a label has room for helps nobody.
    const limit = from + Math.max(room, 20);
    const to = limit >= length ? length : (clean.filter((at) => at > from && at <= limit).at(-1) ?? limit);
    panels.push([from, to]);
    from = to;
  }
  return panels;
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
