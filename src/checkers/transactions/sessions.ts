/**
 * Sessions as chains: the transactions of one process in the order it issued them. An `info` transaction comes
 * after those before it, but nothing comes after it: it may take effect at any later time. So unless it is the
 * last of its process it gets a chain of its own, which hangs on the chain it left.
 */
import { status, type Transactions } from '../../history/transactions.ts';

export interface Sessions {
  readonly count: number;
  /** The chain of each transaction and its place there; -1 for those that do not take part. */
  readonly chain: Int32Array;
  readonly position: Int32Array;
  readonly members: readonly (readonly number[])[];
  /** The transaction that precedes the first of each chain, or -1. */
  readonly parent: readonly number[];
}

export function chainSessions(transactions: Transactions, included: Uint8Array): Sessions {
  const lastOf = new Int32Array(transactions.processes.length).fill(-1);
  for (let t = 0; t < transactions.count; t++) if (included[t]) lastOf[transactions.session[t]!] = t;
  const chain = new Int32Array(transactions.count).fill(-1);
  const position = new Int32Array(transactions.count).fill(-1);
  const members: number[][] = transactions.processes.map(() => []);
  const parent: number[] = transactions.processes.map(() => -1);
  for (let t = 0; t < transactions.count; t++) {
    if (!included[t]) continue;
    const session = transactions.session[t]!;
    const own = members[session]!;
    if (transactions.status[t] === status.info && lastOf[session] !== t) {
      chain[t] = members.push([t]) - 1;
      position[t] = 0;
      parent.push(own[own.length - 1] ?? -1);
    } else {
      chain[t] = session;
      position[t] = own.push(t) - 1;
    }
  }
  return { count: members.length, chain, position, members, parent };
}

/** The transaction before `t` in its session, or -1. */
export function predecessor(sessions: Sessions, t: number): number {
  const chain = sessions.chain[t]!;
  const position = sessions.position[t]!;
  return position > 0 ? sessions.members[chain]![position - 1]! : sessions.parent[chain]!;
}
