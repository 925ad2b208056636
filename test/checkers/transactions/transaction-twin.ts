/**
 * Transactional levels by enumeration from their definitions, on histories of a few transactions: which `info`
 * transactions happened, which commit order, which snapshots. Shares nothing with src but the builder.
 */
import type { Random } from '../../../src/base/random.ts';
import { status, TransactionBuilder, type Transactions } from '../../../src/history/transactions.ts';

export interface MicroOperation {
  readonly f: 'r' | 'w';
  readonly key: string;
  /** A register's value; of a list read the list, of an append the element. */
  readonly value: number | readonly number[];
}
export interface SmallTransaction {
  readonly session: number;
  readonly status: 'ok' | 'info' | 'fail';
  readonly ops: readonly MicroOperation[];
  readonly invoked: number;
  readonly completed: number;
}
export interface SmallHistory {
  readonly lists: boolean;
  readonly transactions: readonly SmallTransaction[];
}

export interface Limits {
  readonly lists: boolean;
  readonly transactions: number;
  readonly unique?: boolean;
}

/**
 * Half the histories read at random; the others come from a store with stale snapshots, so that they lie near the
 * borders of the levels.
 */
export function smallTransactions(random: Random, limits: Limits): SmallHistory {
  const count = random.between(2, limits.transactions);
  const sessions = random.between(1, 3);
  const keys = 'xyz'.slice(0, random.between(1, 3));
  const plan: {
    session: number;
    status: SmallTransaction['status'];
    ops: { f: 'r' | 'w'; key: string }[];
  }[] = [];
  for (let i = 0; i < count; i++) {
    const outcome = random.chance(0.85) ? 'ok' : random.chance(0.6) ? 'info' : 'fail';
    const ops = Array.from({ length: random.between(1, 3) }, () => ({
      f: random.chance(0.5) ? ('r' as const) : ('w' as const),
      key: keys[random.below(keys.length)]!,
    }));
    plan.push({ session: random.below(sessions), status: outcome, ops });
  }
  const times = timeline(random, plan);
  const simulated = random.chance(0.6);
  let fresh = 0;
  const written = new Map<string, number[]>();
  const log: Map<string, number[]>[] = [new Map()];
  const writes = plan.map((t) =>
    t.ops.map((op) => {
      if (op.f === 'r') return 0;
      const value = limits.unique === false ? random.below(3) : ++fresh;
      written.set(op.key, [...(written.get(op.key) ?? []), value]);
      return value;
    }),
  );
  const transactions = plan.map((t, at) => {
    const snapshot = log[Math.max(0, log.length - 1 - (random.chance(0.3) ? random.between(1, 2) : 0))]!;
    const own = new Map<string, number[]>();
    const ops = t.ops.map((op, i): MicroOperation => {
      if (op.f === 'w') {
        own.set(op.key, [...(own.get(op.key) ?? []), writes[at]![i]!]);
        return { ...op, value: writes[at]![i]! };
      }
      if (simulated && !random.chance(0.05)) {
        const base = limits.lists || !own.has(op.key) ? (snapshot.get(op.key) ?? []) : [];
        const list = [...base, ...(own.get(op.key) ?? [])];
        return { ...op, value: limits.lists ? list : (list[list.length - 1] ?? 0) };
      }
      const all = written.get(op.key) ?? [];
      if (!limits.lists) return { ...op, value: random.chance(0.02) ? 99 : random.pick([0, ...all, ...all]) };
      return { ...op, value: all.slice(0, random.between(0, all.length)) };
    });
    if (t.status !== 'fail' && (t.status === 'ok' || random.chance(0.5))) {
      const next = new Map(log[log.length - 1]);
      for (const [key, values] of own) {
        next.set(key, limits.lists ? [...(next.get(key) ?? []), ...values] : [values[values.length - 1]!]);
      }
      log.push(next);
    }
    return { session: t.session, status: t.status, ops, ...times[at]! };
  });
  return { lists: limits.lists, transactions };
}

/** Invocations in the order of the plan; completions at random, before the session's next invocation. */
function timeline(
  random: Random,
  plan: readonly { session: number }[],
): { invoked: number; completed: number }[] {
  const events: { at: number; invoke: boolean }[] = [];
  const open: number[] = [];
  plan.forEach((t, at) => {
    for (let i = open.length - 1; i >= 0; i--) {
      if (plan[open[i]!]!.session === t.session || random.chance(0.4)) {
        events.push({ at: open[i]!, invoke: false });
        open.splice(i, 1);
      }
    }
    events.push({ at, invoke: true });
    open.push(at);
  });
  for (const at of open) events.push({ at, invoke: false });
  return plan.map((_, at) => ({
    invoked: events.findIndex((e) => e.at === at && e.invoke),
    completed: events.findIndex((e) => e.at === at && !e.invoke),
  }));
}

/** With `numbers`, register values by key in the order of their versions. */
export function toTransactions(
  history: SmallHistory,
  numbers?: Readonly<Record<string, readonly number[]>>,
): Transactions {
  const numberOf = (key: string, value: number): number | undefined => {
    const place = numbers?.[key]?.indexOf(value) ?? -1;
    return place === -1 ? undefined : place;
  };
  const builder = new TransactionBuilder(0);
  for (const t of history.transactions) {
    builder.begin({
      process: t.session,
      status: status[t.status],
      invoked: t.invoked,
      ...(t.status === 'info' ? {} : { completed: t.completed }),
    });
    for (const { f, key, value } of t.ops) {
      const known = t.status === 'ok';
      if (history.lists) {
        if (f === 'w') builder.append(key, value as number);
        else builder.readList(key, known ? (value as readonly number[]) : undefined);
      } else if (f === 'w') builder.write(key, value as number, numberOf(key, value as number));
      else builder.read(key, known ? (value as number) : undefined);
    }
  }
  return builder.build();
}

export function show(history: SmallHistory): string {
  return history.transactions
    .map(
      (t) =>
        `s${t.session}${t.status === 'ok' ? '' : t.status}@${t.invoked}-${t.completed}[${t.ops.map((o) => `${o.f}${o.key}${JSON.stringify(o.value)}`).join(' ')}]`,
    )
    .join(' ');
}

interface Case {
  readonly lists: boolean;
  readonly txns: readonly SmallTransaction[];
  readonly so: (a: number, b: number) => boolean;
  readonly rt: (a: number, b: number) => boolean;
}

function* cases(history: SmallHistory): Generator<Case> {
  const all = history.transactions;
  const optional = all.flatMap((t, i) => (t.status === 'info' ? [i] : []));
  for (let bits = 0; bits < 1 << optional.length; bits++) {
    const txns = all
      .filter((t, i) => t.status === 'ok' || (t.status === 'info' && bits & (1 << optional.indexOf(i))))
      .map((t) => (t.status === 'info' ? { ...t, ops: t.ops.filter((o) => o.f === 'w') } : t));
    yield {
      lists: history.lists,
      txns,
      so: (a, b) => a < b && txns[a]!.session === txns[b]!.session && txns[a]!.status === 'ok',
      rt: (a, b) => txns[a]!.status === 'ok' && txns[a]!.completed < txns[b]!.invoked,
    };
  }
}

function* permutations(items: readonly number[]): Generator<readonly number[]> {
  if (items.length === 0) yield [];
  for (const item of items) {
    for (const rest of permutations(items.filter((i) => i !== item))) yield [item, ...rest];
  }
}

type State = ReadonlyMap<string, readonly number[]>;
const equal = (a: readonly number[], b: readonly number[]): boolean =>
  a.length === b.length && a.every((x, i) => x === b[i]);
const seen = (c: Case, list: readonly number[]): number | readonly number[] =>
  c.lists ? list : (list[list.length - 1] ?? 0);
const same = (a: number | readonly number[], b: number | readonly number[]): boolean =>
  typeof a === 'number' || typeof b === 'number' ? a === b : equal(a, b);

/** Whether a transaction's reads are what it sees from a snapshot, with its own writes on top. */
function runs(c: Case, t: SmallTransaction, snapshot: State): boolean {
  const own = new Map(snapshot);
  return t.ops.every(({ f, key, value }) => {
    if (f === 'r') return same(seen(c, own.get(key) ?? []), value);
    own.set(key, [...(own.get(key) ?? []), value as number]);
    return true;
  });
}

function apply(state: State, t: SmallTransaction): State {
  const next = new Map(state);
  for (const { f, key, value } of t.ops)
    if (f === 'w') next.set(key, [...(next.get(key) ?? []), value as number]);
  return next;
}

/** One order in which the transactions run one after the other. */
function serial(c: Case, before: (a: number, b: number) => boolean): boolean {
  const step = (left: readonly number[], state: State): boolean =>
    left.length === 0 ||
    left.some(
      (t) =>
        !left.some((o) => o !== t && before(o, t)) &&
        runs(c, c.txns[t]!, state) &&
        step(
          left.filter((o) => o !== t),
          apply(state, c.txns[t]!),
        ),
    );
  return step(
    c.txns.map((_, i) => i),
    new Map(),
  );
}

/** One order of begins and commits; reads come from the snapshot at the begin. */
function snapshots(c: Case, before: (a: number, b: number) => boolean, conflicts: boolean): boolean {
  const n = c.txns.length;
  const keysOf = (t: number): Set<string> =>
    new Set(c.txns[t]!.ops.filter((o) => o.f === 'w').map((o) => o.key));
  const step = (
    begun: readonly number[],
    committed: readonly number[],
    open: ReadonlyMap<number, ReadonlySet<string>>,
    state: State,
  ): boolean => {
    if (committed.length === n) return true;
    for (let t = 0; t < n; t++) {
      if (!begun.includes(t)) {
        const ready = c.txns.every((_, o) => o === t || !before(o, t) || committed.includes(o));
        // `open` holds the keys that others committed since a transaction began.
        if (
          ready &&
          runs(c, c.txns[t]!, state) &&
          step([...begun, t], committed, new Map(open).set(t, new Set()), state)
        )
          return true;
      } else if (!committed.includes(t)) {
        const keys = keysOf(t);
        if (conflicts && [...keys].some((k) => open.get(t)!.has(k))) continue;
        const rest = new Map(
          [...open].filter(([o]) => o !== t).map(([o, set]) => [o, new Set([...set, ...keys])] as const),
        );
        if (step(begun, [...committed, t], rest, apply(state, c.txns[t]!))) return true;
      }
    }
    return false;
  };
  return step([], [], new Map(), new Map());
}

interface Read {
  readonly t: number;
  readonly at: number;
  readonly key: string;
  readonly from: number;
}

/**
 * External reads with a choice of writers: the last write of the key, in another transaction. Without `internal`
 * a transaction may fail to see its own writes, and then reads from others even so.
 */
function* wirings(c: Case, versions: (key: string) => readonly number[], internal = true): Generator<Read[]> {
  const slots: { t: number; at: number; key: string; choices: number[] }[] = [];
  for (let t = 0; t < c.txns.length; t++) {
    const { ops } = c.txns[t]!;
    for (let at = 0; at < ops.length; at++) {
      const op = ops[at]!;
      if (op.f === 'w') continue;
      const own = ops
        .slice(0, at)
        .filter((o) => o.f === 'w' && o.key === op.key)
        .map((o) => o.value as number);
      let rest: number | readonly number[] = op.value;
      if (c.lists) {
        const list = op.value as readonly number[];
        const ends = equal(list.slice(list.length - own.length), own);
        if (!ends && internal) return;
        let end = list.length;
        while (end > 0 && own.includes(list[end - 1]!)) end--;
        rest = list.slice(0, end);
      } else if (own.length > 0) {
        if (own[own.length - 1] === op.value) continue;
        if (internal) return;
        if (own.includes(op.value as number)) continue;
      }
      const choices: number[] = [];
      if (c.lists ? (rest as readonly number[]).length === 0 : rest === 0) choices.push(-1);
      for (let w = 0; w < c.txns.length; w++) {
        if (w === t) continue;
        const last = c.txns[w]!.ops.filter((o) => o.f === 'w' && o.key === op.key).pop();
        if (!last) continue;
        if (!c.lists && last.value === rest) choices.push(w);
        if (c.lists) {
          const list = rest as readonly number[];
          const order = versions(op.key);
          const upto = order.slice(0, order.indexOf(last.value as number) + 1);
          if (list.length > 0 && equal(upto, list)) choices.push(w);
        }
      }
      if (choices.length === 0) return;
      slots.push({ t, at, key: op.key, choices });
    }
  }
  const go = function* (i: number, chosen: Read[]): Generator<Read[]> {
    if (i === slots.length) {
      yield chosen;
      return;
    }
    const { t, at, key, choices } = slots[i]!;
    for (const from of choices) yield* go(i + 1, [...chosen, { t, at, key, from }]);
  };
  yield* go(0, []);
}

const writesKey = (c: Case, t: number, key: string): boolean =>
  c.txns[t]!.ops.some((o) => o.f === 'w' && o.key === key);

/** Biswas and Enea's axioms over every commit order: visible(t2, read) must put t2 before the version read. */
function axiomatic(
  c: Case,
  visible: (t2: number, read: Read, reads: readonly Read[], rank: readonly number[]) => boolean,
): boolean {
  const all = c.txns.map((_, i) => i);
  for (const order of permutations(all)) {
    const rank = all.map((t) => order.indexOf(t));
    if (all.some((a) => all.some((b) => c.so(a, b) && rank[a]! > rank[b]!))) continue;
    const versions = (key: string): number[] =>
      order.flatMap((t) =>
        c.txns[t]!.ops.filter((o) => o.f === 'w' && o.key === key).map((o) => o.value as number),
      );
    for (const reads of wirings(c, versions)) {
      if (reads.some((r) => r.from !== -1 && rank[r.from]! > rank[r.t]!)) continue;
      const right = reads.every((read) =>
        all.every(
          (t2) =>
            t2 === read.from ||
            t2 === read.t ||
            !writesKey(c, t2, read.key) ||
            !visible(t2, read, reads, rank) ||
            (read.from !== -1 && rank[t2]! < rank[read.from]!),
        ),
      );
      if (right) return true;
    }
  }
  return false;
}

function causalPast(c: Case, reads: readonly Read[], t: number): Set<number> {
  const past = new Set<number>();
  const visit = (v: number): void => {
    for (let o = 0; o < c.txns.length; o++) {
      if (!past.has(o) && (c.so(o, v) || reads.some((r) => r.t === v && r.from === o))) {
        past.add(o);
        visit(o);
      }
    }
  };
  visit(t);
  return past;
}

/** Cerone's parallel snapshot isolation: a transitive visibility inside an arbitration; writers of a key see each other. */
function parallel(c: Case): boolean {
  const n = c.txns.length;
  const all = c.txns.map((_, i) => i);
  for (const order of permutations(all)) {
    const pairs: [number, number][] = [];
    for (let i = 0; i < n; i++) for (let j = i + 1; j < n; j++) pairs.push([order[i]!, order[j]!]);
    for (let bits = 0; bits < 1 << pairs.length; bits++) {
      const vis = all.map(() => new Array<boolean>(n).fill(false));
      pairs.forEach(([a, b], i) => {
        vis[a]![b] = (bits & (1 << i)) !== 0;
      });
      if (all.some((a) => all.some((b) => c.so(a, b) && !vis[a]![b]))) continue;
      if (all.some((a) => all.some((b) => vis[a]![b] && all.some((d) => vis[b]![d] && !vis[a]![d]))))
        continue;
      const conflict = pairs.some(
        ([a, b]) => !vis[a]![b] && c.txns[a]!.ops.some((o) => o.f === 'w' && writesKey(c, b, o.key)),
      );
      if (conflict) continue;
      const right = all.every((t) => {
        let state: State = new Map();
        for (const o of order) if (vis[o]![t]) state = apply(state, c.txns[o]!);
        return runs(c, c.txns[t]!, state);
      });
      if (right) return true;
    }
  }
  return false;
}

/** Adya's graphs over every order of versions: no aborted or intermediate reads, and no cycle of the kinds named. */
function adya(c: Case, kinds: { wr: boolean; rw: boolean; internal: boolean }): boolean {
  const keys = [...new Set(c.txns.flatMap((t) => t.ops.map((o) => o.key)))];
  const all = c.txns.map((_, i) => i);
  const orders = keys.map((key) => [...permutations(all.filter((t) => writesKey(c, t, key)))]);
  const choose = (at: number, chosen: (readonly number[])[]): boolean => {
    if (at < keys.length) return orders[at]!.some((order) => choose(at + 1, [...chosen, order]));
    const order = (key: string): readonly number[] => chosen[keys.indexOf(key)]!;
    const versions = (key: string): number[] =>
      order(key).flatMap((t) =>
        c.txns[t]!.ops.filter((o) => o.f === 'w' && o.key === key).map((o) => o.value as number),
      );
    for (const reads of wirings(c, versions, kinds.internal)) {
      const edge = all.map(() => new Set<number>());
      for (const key of keys) {
        const list = order(key);
        for (let i = 1; i < list.length; i++) edge[list[i - 1]!]!.add(list[i]!);
      }
      for (const r of reads) {
        if (kinds.wr && r.from !== -1) edge[r.from]!.add(r.t);
        const next = order(r.key)[r.from === -1 ? 0 : order(r.key).indexOf(r.from) + 1];
        if (kinds.rw && next !== undefined && next !== r.t) edge[r.t]!.add(next);
      }
      if (acyclic(edge)) return true;
    }
    return false;
  };
  return choose(0, []);
}

function acyclic(edge: readonly ReadonlySet<number>[]): boolean {
  let left = edge.map((_, i) => i);
  for (;;) {
    const free = left.filter((v) => !left.some((u) => edge[u]!.has(v)));
    if (left.length === 0) return true;
    if (free.length === 0) return false;
    left = left.filter((v) => !free.includes(v));
  }
}

/**
 * Adya's PL-1, over every order of the appends: whatever was read had been written by somebody (who may have failed),
 * once; the longest read of a key shows its order; writers do not follow each other in a circle. Registers show no order,
 * so there is always one. Undefined where reads of a list show no one order.
 */
export function readUncommitted(history: SmallHistory): boolean | undefined {
  const failed = history.transactions.filter((t) => t.status === 'fail');
  for (const c of cases(history)) {
    const result = uncommittedCase(c, failed);
    if (result !== false) return result;
  }
  return false;
}

function uncommittedCase(c: Case, failed: readonly SmallTransaction[]): boolean | undefined {
  const keys = [...new Set(c.txns.flatMap((t) => t.ops.map((o) => o.key)))];
  const choices: (readonly number[])[][] = [];
  const owner = new Map<string, number>();
  c.txns.forEach((t, i) => {
    for (const o of t.ops) if (o.f === 'w') owner.set(`${o.key}${o.value}`, i);
  });
  for (const key of keys) {
    const written = (txns: readonly SmallTransaction[]): number[] =>
      txns.flatMap((t) => t.ops.filter((o) => o.f === 'w' && o.key === key).map((o) => o.value as number));
    const happened = written(c.txns);
    const known = new Set([...happened, ...written(failed)]);
    let longest: readonly number[] = [];
    const seen: (readonly number[])[] = [];
    for (const t of c.txns) {
      for (const [at, o] of t.ops.entries()) {
        if (o.f === 'w' || o.key !== key) continue;
        if (!c.lists) {
          if (o.value !== 0 && !known.has(o.value as number)) return false;
          continue;
        }
        const list = o.value as readonly number[];
        if (list.some((x) => !known.has(x)) || new Set(list).size < list.length) return false;
        const own = written([{ ...t, ops: t.ops.slice(0, at) }]);
        let end = list.length;
        while (end > 0 && own.includes(list[end - 1]!)) end--;
        seen.push(list.slice(0, end));
        if (end > longest.length) longest = list.slice(0, end);
      }
    }
    if (seen.some((list) => !equal(list, longest.slice(0, list.length)))) return undefined;
    if (!c.lists) continue;
    const prefix = longest.filter((x) => happened.includes(x));
    const rest = happened.filter((x) => !prefix.includes(x));
    choices.push(
      [...permutations(rest)].map((order) => [...prefix, ...order].map((x) => owner.get(`${key}${x}`)!)),
    );
  }
  const choose = (at: number, edge: readonly ReadonlySet<number>[]): boolean => {
    if (at === choices.length) return acyclic(edge);
    return choices[at]!.some((order) => {
      const more = edge.map((set) => new Set(set));
      for (let i = 1; i < order.length; i++)
        if (order[i] !== order[i - 1]) more[order[i - 1]!]!.add(order[i]!);
      return choose(at + 1, more);
    });
  };
  return choose(
    0,
    c.txns.map(() => new Set<number>()),
  );
}

const none = (): boolean => false;
const judges: Record<string, (c: Case) => boolean> = {
  'read-committed': (c) => adya(c, { wr: true, rw: false, internal: false }),
  'read-committed-be': (c) =>
    axiomatic(c, (t2, read, reads) => reads.some((r) => r.t === read.t && r.at < read.at && r.from === t2)),
  'read-atomic': (c) =>
    axiomatic(c, (t2, read, reads) => c.so(t2, read.t) || reads.some((r) => r.t === read.t && r.from === t2)),
  'transactional-causal': (c) => axiomatic(c, (t2, read, reads) => causalPast(c, reads, read.t).has(t2)),
  prefix: (c) => snapshots(c, c.so, false),
  'prefix (axioms)': (c) =>
    axiomatic(c, (t2, read, reads, rank) =>
      c.txns.some(
        (_, m) =>
          rank[t2]! <= rank[m]! && (c.so(m, read.t) || reads.some((r) => r.t === read.t && r.from === m)),
      ),
    ),
  'parallel-snapshot-isolation': parallel,
  'snapshot-isolation': (c) => snapshots(c, none, true),
  'repeatable-read': (c) => adya(c, { wr: true, rw: true, internal: true }),
  serializable: (c) => serial(c, none),
  'strong-session-snapshot-isolation': (c) => snapshots(c, c.so, true),
  'strong-session-serializable': (c) => serial(c, c.so),
  'strong-snapshot-isolation': (c) => snapshots(c, c.rt, true),
  'strict-serializable': (c) => serial(c, c.rt),
};
export const twinLevels = Object.keys(judges);

/** Levels in which a writer commits before the next of its key begins, so that stated versions are an order more. */
export function twinOfVersions(
  level: string,
  history: SmallHistory,
  numbers: Readonly<Record<string, readonly number[]>>,
): boolean {
  for (const c of cases(history)) {
    const last = (t: number, key: string): number =>
      (numbers[key] ?? []).indexOf(
        c.txns[t]!.ops.filter((o) => o.f === 'w' && o.key === key).pop()?.value as number,
      );
    const stated = (a: number, b: number): boolean =>
      Object.keys(numbers).some((key) => last(a, key) !== -1 && last(a, key) < last(b, key));
    const before = (a: number, b: number): boolean =>
      stated(a, b) || (level.startsWith('strong-session') && c.so(a, b));
    if (level.endsWith('serializable') ? serial(c, before) : snapshots(c, before, true)) return true;
  }
  return false;
}

export function twin(level: string, history: SmallHistory): boolean {
  for (const c of cases(history)) if (judges[level]!(c)) return true;
  return false;
}
