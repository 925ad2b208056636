/**
 * The levels of single reads and writes by enumeration from their definitions: which `info` writes happened, who
 * wrote what a read saw, and then the orders the definition asks for, tried one by one. Shares nothing with src.
 */
import type { Random } from '../../src/base/random.ts';
import { status, TransactionBuilder, type Transactions } from '../../src/history/transactions.ts';

export interface SmallOperation {
  readonly session: number;
  readonly write: boolean;
  readonly key: string;
  readonly value: number;
  readonly status: 'ok' | 'info' | 'fail';
}
export type SmallHistory = readonly SmallOperation[];

export function smallHistory(random: Random, limits: { operations: number; unique: boolean }): SmallHistory {
  const count = random.between(2, limits.operations);
  const sessions = random.between(1, 4);
  const keys = random.between(1, 2);
  let fresh = 0;
  const operations: SmallOperation[] = [];
  for (let i = 0; i < count; i++) {
    const outcome = random.chance(0.86) ? 'ok' : random.chance(0.6) ? 'info' : 'fail';
    const write = random.chance(0.5);
    operations.push({
      session: random.below(sessions),
      write,
      key: 'xy'[random.below(keys)]!,
      value: write ? (limits.unique ? ++fresh : random.below(3)) : -1,
      status: outcome,
    });
  }
  return operations.map((operation) => {
    if (operation.write) return operation;
    const written = operations.filter((o) => o.write && o.key === operation.key).map((o) => o.value);
    const choices = random.chance(0.02) ? [99] : random.chance(0.25) ? [0] : [0, ...written, ...written];
    return { ...operation, value: random.pick(choices) };
  });
}

/** What replicas show that apply each other's writes in the order of their sources: near the borders of the levels. */
export function replicatedHistory(random: Random, limits: { operations: number }): SmallHistory {
  const sessions = random.between(2, 4);
  const keys = random.between(1, 2);
  const count = random.between(4, limits.operations);
  const logs: { key: string; value: number }[][] = Array.from({ length: sessions }, () => []);
  const applied = Array.from({ length: sessions }, () => new Array<number>(sessions).fill(0));
  const states = Array.from({ length: sessions }, () => new Map<string, number>());
  const operations: SmallOperation[] = [];
  for (let i = 0; i < count; i++) {
    const session = random.below(sessions);
    for (let other = 0; other < sessions; other++) {
      while (other !== session && applied[session]![other]! < logs[other]!.length && random.chance(0.5)) {
        const { key, value } = logs[other]![applied[session]![other]!++]!;
        states[session]!.set(key, value);
      }
    }
    const key = 'xy'[random.below(keys)]!;
    const write = random.chance(0.5);
    const value = write ? i + 1 : (states[session]!.get(key) ?? 0);
    if (write) {
      logs[session]!.push({ key, value });
      states[session]!.set(key, value);
    }
    operations.push({ session, write, key, value, status: write && random.chance(0.1) ? 'info' : 'ok' });
  }
  return operations;
}

export function toTransactions(history: SmallHistory): Transactions {
  const builder = new TransactionBuilder(0, { single: true });
  for (const operation of history) {
    builder.begin({ process: operation.session, status: status[operation.status] });
    if (operation.write) builder.write(operation.key, operation.value);
    else builder.read(operation.key, operation.status === 'ok' ? operation.value : undefined);
  }
  return builder.build();
}

type Relation = boolean[][];
interface Case {
  readonly ops: SmallHistory;
  readonly so: Relation;
}

/** All ways in which the `info` writes happened or not; what failed and what nobody knows is left out. */
function* cases(history: SmallHistory): Generator<Case> {
  const optional = history.flatMap((o, i) => (o.write && o.status === 'info' ? [i] : []));
  for (let bits = 0; bits < 1 << optional.length; bits++) {
    const ids = history.flatMap((o, i) =>
      o.status === 'ok' || (o.write && o.status === 'info' && bits & (1 << optional.indexOf(i))) ? [i] : [],
    );
    const ops = ids.map((i) => history[i]!);
    yield {
      ops,
      so: relation(
        ops.length,
        (a, b) => a < b && ops[a]!.session === ops[b]!.session && ops[a]!.status === 'ok',
      ),
    };
  }
}

/** All ways to say who wrote what each read saw (-1: the initial value); none when some value came from nowhere. */
function* sources(ops: SmallHistory, at = 0, chosen: number[] = []): Generator<number[]> {
  if (at === ops.length) {
    yield chosen;
    return;
  }
  const op = ops[at]!;
  if (op.write) yield* sources(ops, at + 1, [...chosen, -2]);
  else {
    if (op.value === 0) yield* sources(ops, at + 1, [...chosen, -1]);
    for (let w = 0; w < ops.length; w++) {
      const other = ops[w]!;
      if (other.write && other.key === op.key && other.value === op.value)
        yield* sources(ops, at + 1, [...chosen, w]);
    }
  }
}

function relation(n: number, holds: (a: number, b: number) => boolean): Relation {
  return Array.from({ length: n }, (_, a) => Array.from({ length: n }, (_, b) => holds(a, b)));
}

function closure(base: Relation): Relation {
  const r = base.map((row) => [...row]);
  for (let k = 0; k < r.length; k++) {
    for (let i = 0; i < r.length; i++)
      if (r[i]![k]) for (let j = 0; j < r.length; j++) if (r[k]![j]) r[i]![j] = true;
  }
  return r;
}

function cyclic(r: Relation): boolean {
  return closure(r).some((row, i) => row[i]);
}

/** Whether the nodes can be put in one order that respects `before` and in which the checked reads return what they did. */
function explains(
  ops: SmallHistory,
  nodes: readonly number[],
  before: Relation,
  checked: (i: number) => boolean,
): boolean {
  const state = new Map<string, number>();
  const step = (left: readonly number[]): boolean => {
    if (left.length === 0) return true;
    for (const i of left) {
      if (left.some((j) => j !== i && before[j]![i])) continue;
      const op = ops[i]!;
      const old = state.get(op.key) ?? 0;
      if (!op.write && checked(i) && old !== op.value) continue;
      if (op.write) state.set(op.key, op.value);
      if (step(left.filter((j) => j !== i))) return true;
      state.set(op.key, old);
    }
    return false;
  };
  return step(nodes);
}

function happensBefore(c: Case, wr: readonly number[]): Relation {
  return closure(relation(c.ops.length, (a, b) => c.so[a]![b]! || wr[b] === a));
}

const past = (before: Relation, i: number): number[] =>
  before.map((_, j) => j).filter((j) => before[j]![i] || j === i);

function* permutations(items: readonly number[]): Generator<readonly number[]> {
  if (items.length === 0) yield [];
  for (const item of items) {
    for (const rest of permutations(items.filter((i) => i !== item))) yield [item, ...rest];
  }
}

type Judge = (c: Case) => boolean;

function causalWith(c: Case, co: Relation): boolean {
  return c.ops.every((op, i) => op.write || explains(c.ops, past(co, i), co, (j) => j === i));
}

function convergentWith(c: Case, co: Relation): boolean {
  const all = c.ops.map((_, i) => i);
  for (const order of permutations(all.filter((i) => c.ops[i]!.write))) {
    const rank = new Map(order.map((w, at) => [w, at]));
    if (order.some((a) => order.some((b) => co[a]![b] && rank.get(a)! > rank.get(b)!))) continue;
    const right = all.every((i) => {
      if (c.ops[i]!.write) return true;
      const visible = order.filter((w) => co[w]![i] && c.ops[w]!.key === c.ops[i]!.key);
      return (visible.length === 0 ? 0 : c.ops[visible[visible.length - 1]!]!.value) === c.ops[i]!.value;
    });
    if (right) return true;
  }
  return false;
}

function memoryWith(c: Case, co: Relation): boolean {
  return c.ops.every((op, i) =>
    explains(c.ops, past(co, i), co, (j) => c.ops[j]!.session === op.session && (j === i || c.so[j]![i]!)),
  );
}

/** Over the smallest causal order for some choice of writers; larger orders only see and demand more. */
function overHappensBefore(judge: (c: Case, co: Relation) => boolean): Judge {
  return (c) => {
    for (const wr of sources(c.ops)) {
      const hb = happensBefore(c, wr);
      if (!hb.some((row, i) => row[i]) && judge(c, hb)) return true;
    }
    return false;
  };
}

function pram(c: Case): boolean {
  const all = c.ops.map((_, i) => i);
  return [...new Set(c.ops.map((op) => op.session))].every((session) =>
    explains(
      c.ops,
      all.filter((i) => c.ops[i]!.write || c.ops[i]!.session === session),
      c.so,
      () => true,
    ),
  );
}

const sequential: Judge = (c) =>
  explains(
    c.ops,
    c.ops.map((_, i) => i),
    c.so,
    () => true,
  );

/** Visible sets for every read and one order of writes, tried one by one. */
function session(guarantee: string): Judge {
  return (c) => {
    const writes = c.ops.flatMap((op, i) => (op.write ? [i] : []));
    const reads = c.ops.flatMap((op, i) => (op.write ? [] : [i]));
    for (const order of permutations(writes)) {
      const rank = (w: number): number => order.indexOf(w);
      if (
        guarantee === 'monotonic-writes' &&
        writes.some((a) => writes.some((b) => c.so[a]![b] && rank(a) > rank(b)))
      )
        continue;
      const visible = new Map<number, ReadonlySet<number>>();
      const closed = (): boolean =>
        reads.every((r) => {
          const v = visible.get(r)!;
          if (guarantee === 'monotonic-writes') {
            return [...v].every((w) => writes.every((w2) => !c.so[w2]![w] || v.has(w2)));
          }
          if (guarantee !== 'writes-follow-reads') return true;
          return writes.every((w) =>
            reads.every((r2) => {
              if (!c.so[r2]![w]) return true;
              const seen = [...visible.get(r2)!];
              return seen.every((w2) => rank(w2) < rank(w)) && (!v.has(w) || seen.every((w2) => v.has(w2)));
            }),
          );
        });
      const choose = (at: number): boolean => {
        if (at === reads.length) return closed();
        const r = reads[at]!;
        for (let bits = 0; bits < 1 << writes.length; bits++) {
          const set = new Set(writes.filter((_, i) => bits & (1 << i)));
          const same = order.filter((w) => set.has(w) && c.ops[w]!.key === c.ops[r]!.key);
          const value = same.length === 0 ? 0 : c.ops[same[same.length - 1]!]!.value;
          if (value !== c.ops[r]!.value) continue;
          if (guarantee === 'read-your-writes' && writes.some((w) => c.so[w]![r] && !set.has(w))) continue;
          if (
            guarantee === 'monotonic-reads' &&
            reads.slice(0, at).some((r2) => c.so[r2]![r] && [...visible.get(r2)!].some((w) => !set.has(w)))
          ) {
            continue;
          }
          visible.set(r, set);
          if (choose(at + 1)) return true;
        }
        return false;
      };
      if (choose(0)) return true;
    }
    return false;
  };
}

const judges: Record<string, Judge> = {
  causal: overHappensBefore(causalWith),
  'causal-convergence': overHappensBefore(convergentWith),
  'causal-memory': overHappensBefore(memoryWith),
  pram,
  sequential,
  'read-your-writes': session('read-your-writes'),
  'monotonic-reads': session('monotonic-reads'),
  'monotonic-writes': session('monotonic-writes'),
  'writes-follow-reads': session('writes-follow-reads'),
};
export const twinLevels = Object.keys(judges);

export function twin(level: string, history: SmallHistory): boolean {
  for (const c of cases(history)) if (judges[level]!(c)) return true;
  return false;
}

/** The causal levels once more, over every strict partial order that contains the session order; up to 5 operations. */
export function twinOverAllOrders(level: string, history: SmallHistory): boolean {
  const judge = { causal: causalWith, 'causal-convergence': convergentWith, 'causal-memory': memoryWith }[
    level
  ]!;
  for (const c of cases(history)) {
    for (const order of partialOrders(c.ops.length)) {
      if (c.so.some((row, a) => row.some((so, b) => so && !order[a]![b]))) continue;
      if (judge(c, order)) return true;
    }
  }
  return false;
}

const orders = new Map<number, Relation[]>();
function partialOrders(n: number): Relation[] {
  let known = orders.get(n);
  if (known) return known;
  known = [];
  if (n === 0) known.push([]);
  else {
    // Insert the last element into every order of the others: what is below it is closed downwards, above upwards.
    for (const smaller of partialOrders(n - 1)) {
      for (let below = 0; below < 1 << (n - 1); below++) {
        for (let above = 0; above < 1 << (n - 1); above++) {
          if (below & above) continue;
          const order = relation(n, (a, b) =>
            a < n - 1 && b < n - 1
              ? smaller[a]![b]!
              : b === n - 1
                ? a < n - 1 && !!(below & (1 << a))
                : !!(above & (1 << b)),
          );
          if (!cyclic(order) && closure(order).every((row, a) => row.every((x, b) => x === order[a]![b])))
            known.push(order);
        }
      }
    }
  }
  orders.set(n, known);
  return known;
}
