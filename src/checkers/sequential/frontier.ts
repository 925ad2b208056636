/**
 * Sequential consistency by a memoised search over frontiers: how far each session has come (Gibbons and Korach 1997;
 * Biswas and Enea 2019). A read that can run now runs at once, for it changes nothing. A write may run when no one
 * still has to read the version it replaces. So the frontier alone decides what is possible, and each is tried once:
 * n^k frontiers for k sessions at worst, under a budget.
 */

import type { History } from '../transactions/prepare.ts';
import { source } from '../transactions/reads-from.ts';
import type { Work } from '../work.ts';

export function searchFrontiers(history: History, work: Work): 'holds' | 'violated' | 'unknown' {
  return new FrontierSearch(history, work).run();
}

class FrontierSearch {
  private readonly history: History;
  private readonly work: Work;
  private readonly at: Int32Array;
  /** The transaction whose version each key holds, or `source.initial`. */
  private readonly current: Int32Array;
  /** Reads that still have to see each transaction's version; the initial versions stand by key behind them. */
  private readonly waiting: Int32Array;
  private readonly done: Uint8Array;
  private readonly visited = new Set<string>();
  private readonly total: number;
  private ran: number[] = [];

  constructor(history: History, work: Work) {
    const { transactions, reads, sessions } = history;
    this.history = history;
    this.work = work;
    this.at = new Int32Array(sessions.count);
    this.current = new Int32Array(transactions.keys.length).fill(source.initial);
    this.waiting = new Int32Array(transactions.count + transactions.keys.length);
    this.done = new Uint8Array(transactions.count);
    for (let op = 0; op < reads.source.length; op++) {
      if (reads.source[op]! >= source.initial)
        this.waiting[this.slot(reads.source[op]!, transactions.key[op]!)]!++;
    }
    this.total = sessions.members.reduce((sum, chain) => sum + chain.length, 0);
  }

  run(): 'holds' | 'violated' | 'unknown' {
    const stack: { chain: number; mark: number; replaced: number }[] = [];
    let next = 0;
    this.runReads();
    for (;;) {
      if (this.ran.length === this.total) return 'holds';
      const chain = this.nextWrite(next);
      if (chain !== -1) {
        if (!this.work.spend()) return 'unknown';
        const mark = this.ran.length;
        const replaced = this.write(chain);
        this.runReads();
        if (this.firstVisit()) {
          stack.push({ chain, mark, replaced });
          next = 0;
          continue;
        }
        this.undo(mark, replaced);
        next = chain + 1;
        continue;
      }
      const last = stack.pop();
      if (!last) return 'violated';
      this.undo(last.mark, last.replaced);
      next = last.chain + 1;
    }
  }

  private slot(writer: number, key: number): number {
    return writer >= 0 ? writer : this.history.transactions.count + key;
  }

  private head(chain: number): number {
    const { members, parent } = this.history.sessions;
    const t = members[chain]![this.at[chain]!];
    if (t === undefined) return -1;
    return this.at[chain] === 0 && parent[chain] !== -1 && !this.done[parent[chain]!] ? -1 : t;
  }

  private operation(t: number): number {
    return this.history.transactions.first[t]!;
  }

  private runReads(): void {
    const { sessions, transactions, reads } = this.history;
    for (let moved = true; moved; ) {
      moved = false;
      for (let chain = 0; chain < sessions.count; chain++) {
        for (let t = this.head(chain); t !== -1; t = this.head(chain)) {
          const op = this.operation(t);
          if (op < transactions.first[t + 1]!) {
            const from = reads.source[op]!;
            if (reads.isFinal[op]) break;
            if (from >= source.initial && this.current[transactions.key[op]!] !== from) break;
            if (from >= source.initial) this.waiting[this.slot(from, transactions.key[op]!)]!--;
          }
          this.advance(t, chain);
          moved = true;
        }
      }
    }
  }

  private advance(t: number, chain: number): void {
    this.ran.push(t);
    this.done[t] = 1;
    this.at[chain]!++;
  }

  /** The first session from `from` on whose next operation is a write that may run. */
  private nextWrite(from: number): number {
    const { sessions, transactions } = this.history;
    for (let chain = from; chain < sessions.count; chain++) {
      const t = this.head(chain);
      if (t === -1) continue;
      const op = this.operation(t);
      if (!this.history.reads.isFinal[op]) continue;
      const key = transactions.key[op]!;
      if (this.waiting[this.slot(this.current[key]!, key)] === 0) return chain;
    }
    return -1;
  }

  /** Runs the write and returns the version it replaced. */
  private write(chain: number): number {
    const t = this.head(chain);
    const key = this.history.transactions.key[this.operation(t)]!;
    const replaced = this.current[key]!;
    this.current[key] = t;
    this.advance(t, chain);
    return replaced;
  }

  private undo(mark: number, replaced: number): void {
    const { transactions, reads, sessions } = this.history;
    while (this.ran.length > mark) {
      const t = this.ran.pop()!;
      const op = this.operation(t);
      this.done[t] = 0;
      this.at[sessions.chain[t]!]!--;
      if (op === transactions.first[t + 1]) continue;
      const key = transactions.key[op]!;
      if (reads.isFinal[op]) this.current[key] = replaced;
      else if (reads.source[op]! >= source.initial) this.waiting[this.slot(reads.source[op]!, key)]!++;
    }
  }

  private firstVisit(): boolean {
    const name = this.at.join(' ');
    if (this.visited.has(name)) return false;
    this.visited.add(name);
    return true;
  }
}
