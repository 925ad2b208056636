/**
 * How fast the consistency ladder is, on generated histories with fixed seeds. `npm run bench -- ladder [quick]`.
 * Times are of the check alone, after the history is in columns; medians of several runs.
 */
import { Random } from '../../src/base/random.ts';
import { causalConvergenceViolation, causalViolation } from '../../src/checkers/causal/causal.ts';
import { explainViolation } from '../../src/checkers/ladder/explain.ts';
import { checkLevel } from '../../src/checkers/ladder/ladder.ts';
import { findAnomalies } from '../../src/checkers/transactions/anomalies.ts';
import { judge } from '../../src/checkers/transactions/levels.ts';
import { prepare } from '../../src/checkers/transactions/prepare.ts';
import { weakViolation } from '../../src/checkers/transactions/weak.ts';
import { TransactionBuilder, type Transactions } from '../../src/history/transactions.ts';

/** A serializable run of register transactions of 8 operations by `sessions` sessions over `keys` keys. */
export function registerTransactions(
  events: number,
  sessions: number,
  keys: number,
  seed: number,
): Transactions {
  const random = new Random(seed);
  const builder = new TransactionBuilder(0);
  const state = new Int32Array(keys);
  let fresh = 0;
  for (let done = 0; done < events; done += 8) {
    builder.begin({ process: random.below(sessions), status: 0 });
    for (let i = 0; i < 8; i++) {
      const key = random.below(keys);
      if (random.chance(0.5)) builder.write(key, (state[key] = ++fresh));
      else builder.read(key, state[key]!);
    }
  }
  return builder.build();
}

/** The same on a store where some transactions read from a snapshot that is up to ten transactions old. */
export function staleTransactions(
  events: number,
  { sessions, keys, stale, seed }: { sessions: number; keys: number; stale: number; seed: number },
): Transactions {
  const random = new Random(seed);
  const builder = new TransactionBuilder(0);
  const state = new Map<number, number>();
  const snapshots: Map<number, number>[] = [];
  let fresh = 0;
  for (let done = 0; done < events; done += 8) {
    builder.begin({ process: random.below(sessions), status: 0 });
    const isStale = snapshots.length > 10 && random.chance(stale);
    const seen = isStale ? snapshots[snapshots.length - random.between(1, 10)]! : state;
    const own = new Map<number, number>();
    for (let i = 0; i < 8; i++) {
      const key = random.below(keys);
      if (random.chance(0.5)) {
        own.set(key, ++fresh);
        builder.write(key, fresh);
      } else builder.read(key, own.get(key) ?? seen.get(key) ?? 0);
    }
    for (const [key, value] of own) state.set(key, value);
    snapshots.push(new Map(state));
    if (snapshots.length > 12) snapshots.shift();
  }
  return builder.build();
}

/** A serializable run of list-append transactions of 1 to 4 operations; a key is retired after 32 appends. */
export function listTransactions(count: number, clients: number, seed: number, broken = 0): Transactions {
  const random = new Random(seed);
  const builder = new TransactionBuilder(null);
  const lists = new Map<number, number[]>();
  const active = Array.from({ length: 10 }, (_, i) => i);
  let nextKey = active.length;
  const busy = new Float64Array(clients);
  for (let i = 0; i < count; i++) {
    // Each takes effect at time 2i; invocations and completions lie around it, in order for each client.
    let client = random.below(clients);
    while (busy[client]! > 2 * i) client = (client + 1) % clients;
    const invoked = Math.max(busy[client]!, 2 * i - random.below(clients));
    const completed = 2 * i + 1 + random.below(clients);
    busy[client] = completed + 1;
    builder.begin({ process: client, status: 0, invoked, completed });
    for (let op = random.between(1, 4); op > 0; op--) {
      const slot = random.below(active.length);
      const key = active[slot]!;
      const list = lists.get(key) ?? [];
      lists.set(key, list);
      if (random.chance(0.5)) {
        list.push(list.length + 1);
        builder.append(key, list.length);
        if (list.length >= 32) active[slot] = nextKey++;
      } else {
        const stale = random.chance(broken) ? random.between(1, 3) : 0;
        builder.readList(key, list.slice(0, Math.max(0, list.length - stale)));
      }
    }
  }
  return builder.build();
}

/** Single reads and writes on one copy. */
export function singleOperations(count: number, sessions: number, keys: number, seed: number): Transactions {
  const random = new Random(seed);
  const builder = new TransactionBuilder(0, { single: true });
  const state = new Int32Array(keys);
  for (let i = 0; i < count; i++) {
    builder.begin({ process: random.below(sessions), status: 0 });
    const key = random.below(keys);
    if (random.chance(0.5)) builder.write(key, (state[key] = i + 1));
    else builder.read(key, state[key]!);
  }
  return builder.build();
}

interface Times {
  readonly wall: number;
  /** Processor time: what the work takes when others want the machine too. */
  readonly cpu: number;
}

function median(runs: number, work: () => void): Times {
  const walls: number[] = [];
  const cpus: number[] = [];
  for (let i = 0; i < runs; i++) {
    const start = performance.now();
    const before = process.cpuUsage();
    work();
    const { user, system } = process.cpuUsage(before);
    walls.push(performance.now() - start);
    cpus.push((user + system) / 1000);
  }
  const middle = (times: number[]): number => times.sort((a, b) => a - b)[times.length >> 1]!;
  return { wall: middle(walls), cpu: middle(cpus) };
}

function weakThree(transactions: Transactions): void {
  const history = prepare(transactions);
  for (const level of ['read-committed-be', 'read-atomic', 'transactional-causal'] as const) {
    if (weakViolation(history, level)) throw new Error(`the generated history violates ${level}`);
  }
}

function report(name: string, { wall, cpu }: Times, target: string): void {
  const memory = Math.round(process.memoryUsage().rss / 2 ** 20);
  const times = `${wall.toFixed(0).padStart(6)} ms  (processor ${cpu.toFixed(0)} ms)`;
  process.stdout.write(`${name.padEnd(72)} ${times.padEnd(30)} ${target.padEnd(9)} rss ${memory} MiB\n`);
}

export function run(args: string[]): void {
  const quick = args.includes('quick');
  let previous = 0;
  // Compiled code from the start, so that the growth is that of the algorithm.
  median(5, () => weakThree(registerTransactions(50_000, 20, 1000, 2)));
  for (const events of [50_000, 100_000, 200_000, 400_000]) {
    const transactions = registerTransactions(events, 20, 1000, 1);
    const time = median(9, () => weakThree(transactions));
    const growth = previous === 0 ? '' : ` (×${(time.cpu / previous).toFixed(2)} per doubling)`;
    report(`RC + RA + TCC, ${events} events, 20 sessions${growth}`, time, events === 100_000 ? '< 250' : '');
    previous = time.cpu;
  }
  if (!quick) {
    const transactions = registerTransactions(1_000_000, 50, 1000, 1);
    report(
      'RC + RA + TCC, 1000000 events, 50 sessions',
      median(3, () => weakThree(transactions)),
      '< 6000',
    );
  }
  const registers = prepare(registerTransactions(100_000, 20, 1000, 1));
  report(
    'serializable, snapshot isolation and strict forms, 100000 events',
    median(3, () => {
      for (const level of ['strict-serializable', 'serializable', 'snapshot-isolation', 'prefix'] as const) {
        if (judge(registers, level) !== 'holds') throw new Error(`${level} was not proved`);
      }
    }),
    '',
  );
  const stale = staleTransactions(100_000, { sessions: 20, keys: 1000, stale: 0.3, seed: 1 });
  for (const level of [
    'strict-serializable',
    'prefix',
    'parallel-snapshot-isolation',
    'snapshot-isolation',
    'serializable',
  ] as const) {
    const time = median(1, () => {
      if (checkLevel(stale, level).verdict !== 'violated') throw new Error(`${level} was not refuted`);
      explainViolation(stale, level);
    });
    report(`${level}, violated, with its story, 100000 events`, time, '');
  }
  const clean = listTransactions(100_000, 20, 1);
  const cleanTime = median(3, () => {
    const history = prepare(clean);
    if (judge(history, 'strict-serializable') !== 'holds')
      throw new Error('the generated lists are not serializable');
    if (findAnomalies(history, { order: 'real-time' }).cycles.length > 0)
      throw new Error('anomalies in a clean history');
  });
  report('list-append, 100000 transactions, strict-serializable, anomalies by name', cleanTime, '< 4000');
  const broken = listTransactions(100_000, 20, 1, 0.3);
  const brokenTime = median(3, () => {
    const history = prepare(broken);
    if (judge(history, 'strict-serializable') !== 'violated') throw new Error('broken lists passed');
    findAnomalies(history, { order: 'real-time' });
  });
  report('the same with three reads of ten stale', brokenTime, `< ${(3 * cleanTime.wall).toFixed(0)}`);
  const single = prepare(singleOperations(100_000, 20, 1000, 1));
  report(
    'causal + causal-convergence, 100000 operations, 20 sessions',
    median(5, () => {
      if (causalViolation(single) || causalConvergenceViolation(single)) throw new Error('not causal');
    }),
    '< 500',
  );
}
