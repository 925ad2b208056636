/**
 * What touches which rows: by blocks of rows, the steps, bars and messages of a diagram in their order. Made once for a
 * layout, so that what scrolling costs depends on what is in sight, however long the run is.
 */
import type { Diagram, Message } from './diagram.ts';
import type { Layout } from './layout.ts';

export interface Span {
  readonly top: number;
  readonly bottom: number;
}

const blockRows = 32;

export interface InSight {
  /** Indices of what touches rows from one to another, each once and ascending. */
  readonly steps: (from: number, to: number) => readonly number[];
  readonly bars: (from: number, to: number) => readonly number[];
  readonly messages: (from: number, to: number) => readonly number[];
}

const made = new WeakMap<Layout, InSight>();

export function inSight(diagram: Diagram, layout: Layout): InSight {
  let index = made.get(layout);
  if (!index) {
    const { rows, height } = layout;
    const at = (step: number) => rows[step] as number;
    index = {
      steps: blocksOf(diagram.steps.map((_, step) => ({ top: at(step), bottom: at(step) }))),
      bars: blocksOf(
        diagram.bars.map(({ from, to }) => ({ top: at(from), bottom: to === undefined ? height : at(to) })),
      ),
      messages: blocksOf(diagram.messages.map((message) => spanOf(message, layout))),
    };
    made.set(layout, index);
  }
  return index;
}

/** The rows in which a message is sent and arrives, or would have. */
export function spanOf({ sentBy, receivedBy, arrives }: Message, { rows, rowAt }: Layout): Span {
  const top = rows[sentBy] as number;
  if (receivedBy !== undefined) return { top, bottom: rows[receivedBy] as number };
  return { top, bottom: arrives === null ? top + 1 : Math.max(rowAt(arrives), top + 0.6) };
}

function blocksOf(spans: readonly Span[]): (from: number, to: number) => readonly number[] {
  const blocks: number[][] = [];
  spans.forEach(({ top, bottom }, index) => {
    for (let block = blockOf(top); block <= blockOf(bottom); block++) (blocks[block] ??= []).push(index);
  });
  return (from, to) => {
    const found = new Set<number>();
    for (let block = blockOf(from); block <= Math.min(blockOf(to), blocks.length - 1); block++) {
      for (const index of blocks[block] ?? []) found.add(index);
    }
    return [...found].sort((a, b) => a - b);
  };
}

const blockOf = (row: number): number => Math.max(0, Math.floor(row / blockRows));

/** The first index of an ascending list whose row is at least the given one. */
export function firstAt(list: readonly { readonly row: number }[], row: number): number {
  let low = 0;
  let high = list.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((list[middle] as { row: number }).row < row) low = middle + 1;
    else high = middle;
  }
  return low;
}
