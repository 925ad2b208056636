/**
 * Causal consistency and causal convergence of single reads and writes with unique values (Bouajjani, Enea,
 * Guerraoui and Hamza, POPL 2017). With hb = (so ∪ wr)+, where nothing precedes the initial state:
 *   causal              hb has no cycle, and no read misses a write of its key that is between its writer (or the
 *                       initial state) and itself in hb (WriteCORead, WriteCOInitRead)
 *   causal-convergence  moreover the orders "a visible write is older than the one read" have no cycle with hb
 * Each is n·k·log n with k sessions. Convergence is the transactional axiom on transactions of one operation.
 */
import { buildGraph } from '../../base/graph.ts';
import { findCycle, type Violation } from '../transactions/find-cycle.ts';
import type { History } from '../transactions/prepare.ts';
import { source } from '../transactions/reads-from.ts';
import { baseEdges, initialState, type Step } from '../transactions/relations.ts';
import { causalClocks, staleCycle, weakViolation } from '../transactions/weak.ts';
import { lastBefore } from '../transactions/writes-index.ts';
import { unboundedWork, type Work } from '../work.ts';

export function causalConvergenceViolation(history: History, work?: Work): Violation | undefined {
  return weakViolation(history, 'transactional-causal', work);
}

export function causalViolation(history: History, work = unboundedWork()): Violation | undefined {
  const { reads, sessions, writes } = history;
  const { count, first, key } = reads.transactions;
  const clocks = causalClocks(history, work);
  if (!clocks) return () => findCycle(buildGraph(count, baseEdges(reads, sessions)));
  const width = sessions.count;
  for (let t = 0; t < count; t++) {
    const op = first[t]!;
    if (!reads.included[t] || op === first[t + 1]) continue;
    const from = reads.source[op]!;
    if (from < source.initial) continue;
    work.demand(width);
    for (let group = writes.groupStart[key[op]!]!; group < writes.groupStart[key[op]! + 1]!; group++) {
      const chain = writes.groupChain[group]!;
      const bound = clocks[t * width + chain]!;
      if (bound === 0) continue;
      const position = lastBefore(writes, group, bound);
      if (position === -1) continue;
      const writer = sessions.members[chain]![position]!;
      if (writer === from) continue;
      if (from === source.initial) return staleCycle({ operation: op, writer });
      // The last visible writer of the session has the longest past: if `from` is not in it, it is in none before.
      if (clocks[writer * width + sessions.chain[from]!]! > sessions.position[from]!) {
        return overwritten(from, writer, op);
      }
    }
  }
  return undefined;
}

/** The read saw `from` although `writer`, which knew of `from`, was visible to it. */
function overwritten(from: number, writer: number, operation: number): Violation {
  if (from === initialState) return staleCycle({ operation, writer });
  const steps: Step[] = [
    { from, to: writer, relation: 'hb', operation: -1 },
    { from: writer, to: from, relation: 'visible', operation },
  ];
  return () => ({ steps, shortest: true });
}
