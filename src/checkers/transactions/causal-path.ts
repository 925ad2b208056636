/** The shortest path of session order and reads-from from one transaction to another. Linear, but for long sessions. */
import type { History } from './prepare.ts';
import type { Step } from './relations.ts';
import { predecessor } from './sessions.ts';

export interface Hop {
  readonly from: number;
  readonly to: number;
  /** The read that saw the earlier one's write; -1 when both are of one session. */
  readonly operation: number;
}

/** Undefined when there is none. A step along a session may pass over several of its transactions. */
export function causalPath(history: History, from: number, to: number): Hop[] | undefined {
  const { reads, sessions, transactions } = history;
  const next = new Map<number, Hop>();
  const chain = sessions.chain[from]!;
  // Sessions whose part before a transaction has been looked at: only what lies beyond is new.
  const queue = [to];
  const seen = new Set(queue);
  for (const t of queue) {
    if (t === from) break;
    // A later transaction of the same session is one step away, however far.
    if (sessions.chain[t] === chain && sessions.position[t]! > sessions.position[from]! && !seen.has(from)) {
      next.set(from, { from, to: t, operation: -1 });
      break;
    }
    const before = predecessor(sessions, t);
    if (before !== -1 && !seen.has(before)) {
      seen.add(before);
      next.set(before, { from: before, to: t, operation: -1 });
      queue.push(before);
    }
    for (let op = transactions.first[t]!; op < transactions.first[t + 1]!; op++) {
      const writer = reads.source[op]!;
      if (writer < 0 || seen.has(writer)) continue;
      seen.add(writer);
      next.set(writer, { from: writer, to: t, operation: op });
      queue.push(writer);
    }
  }
  const hops: Hop[] = [];
  for (let t = from; t !== to; ) {
    const hop = next.get(t);
    if (!hop) return undefined;
    const last = hops[hops.length - 1];
    // A run along one session is one step.
    if (last && last.operation === -1 && hop.operation === -1)
      hops[hops.length - 1] = { ...last, to: hop.to };
    else hops.push(hop);
    t = hop.to;
  }
  return hops;
}

/** The transactions of a cycle, with those that make its steps visible. */
export function supportOf(history: History, steps: readonly Step[]): Set<number> {
  const support = new Set<number>();
  for (const step of steps) {
    if (step.from >= 0) support.add(step.from);
    if (step.to >= 0) support.add(step.to);
    if (step.operation < 0 && step.relation !== 'hb') continue;
    const reader = step.operation >= 0 ? history.reads.owner[step.operation]! : step.to;
    support.add(reader);
    if (step.from < 0 || (step.relation !== 'visible' && step.relation !== 'hb')) continue;
    for (const hop of causalPath(history, step.from, reader) ?? []) support.add(hop.from).add(hop.to);
  }
  return support;
}
