/** Vector clocks over the sessions of a history: what precedes what, in 4 bytes for each transaction and session. */
import type { Graph } from '../../base/graph.ts';
import type { History } from './prepare.ts';

/**
 * Row t, column c: how many transactions of chain c precede t in a graph that contains the session order; `order` is a
 * topological one.
 */
export function clocksOf({ sessions, transactions }: History, graph: Graph, order: Int32Array): Int32Array {
  const width = sessions.count;
  const clocks = new Int32Array(transactions.count * width);
  for (const t of order) {
    const chain = sessions.chain[t]!;
    if (chain === -1) continue;
    const row = t * width;
    for (let i = graph.start[t]!; i < graph.start[t + 1]!; i++) {
      const other = graph.to[i]! * width;
      for (let c = 0; c < width; c++)
        if (clocks[row + c]! > clocks[other + c]!) clocks[other + c] = clocks[row + c]!;
      if (clocks[other + chain]! <= sessions.position[t]!) clocks[other + chain] = sessions.position[t]! + 1;
    }
  }
  return clocks;
}
