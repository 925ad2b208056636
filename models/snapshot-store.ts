/**
 * Transactions under snapshot isolation on a replicated store: reads never wait, writers of one key exclude each other,
 * and write skew gets through.
 *
 * Elnikety, Pedone and Zwaenepoel, "Database replication using generalized snapshot isolation" (SRDS 2005). Every node
 * is a replica of the whole store. The one that a client asks runs the transaction on its own copy, which is a snapshot:
 * the effect of the first so many commits. A transaction that writes is then certified by the first node, which keeps the
 * log of all commits (first committer wins; Berenson and others, "A critique of ANSI SQL isolation levels", 1995):
 *
 *   replica, at snapshot 4      | certify: what it wrote, and the 4 ──> | certifier
 *   a key it wrote was written by a commit after the 4th                | abort
 *   else                                                                | log it as the next commit, tell all replicas
 *
 * A snapshot may be old, so this is snapshot isolation as Adya has it, neither its strong form (of real time) nor its
 * strong-session form (Daudjee and Salem, "Lazy database replication with snapshot isolation", VLDB 2006). And it is not
 * serializable: two transactions that read x and y, one to write x and the other y, exclude each other only as to what
 * they write (Fekete and others, "Making snapshot isolation serializable", 2005). A `sometimes` below waits for that.
 */
import * as fc from 'fast-check';
import { answeredInCalm } from '../properties/answered-in-calm.ts';
import {
  always,
  type CallId,
  client,
  clock,
  crash,
  disk,
  drop,
  duplicate,
  eventually,
  model,
  type NodeId,
  partition,
  pause,
  protocol,
  reorder,
  serializable,
  slow,
  snapshotIsolation,
  sometimes,
  transactionalRegisters,
  typed,
} from '../src/index.ts';

type Value = number | null;
/** `["r", key, what was read]` or `["w", key, what to write]`. */
type Operation = [f: string, key: string, value: Value];
type Values = Record<string, Value>;

interface Commit {
  version: number;
  writes: Values;
}

type Message =
  | { type: 'certify'; call: CallId; snapshot: number; operations: Operation[]; writes: Values }
  | { type: 'commits'; commits: Commit[] }
  | { type: 'want'; after: number };

interface Disk {
  /** Of a replica: its snapshot, the effect of the first `version` commits. */
  version: number;
  values: Values;
  /** Of the certifier: all commits in order, and what became of each call, the answer or null for an abort. */
  log: Commit[];
  outcomes: Record<CallId, Operation[] | null>;
}

const fetchEvery = 80;
const certifier = (nodes: readonly NodeId[]) => nodes[0]!;

/** Runs a transaction on a snapshot: it sees the snapshot and what it has written itself. */
function run(operations: readonly Operation[], values: Values): { output: Operation[]; writes: Values } {
  const writes: Values = {};
  const output = operations.map(([f, key, value]): Operation => {
    if (f === 'r') return [f, key, writes[key] ?? values[key] ?? null];
    writes[key] = value;
    return [f, key, value];
  });
  return { output, writes };
}

export const snapshotStore = protocol({
  name: 'snapshot-store',
  story: 'Transactions on replicas of a store, certified in one place: snapshot isolation, no more.',
  implements: transactionalRegisters,
  message: typed<Message>(),
  timer: typed<'fetch'>(),
  mutants: {
    'no-first-committer-wins': {
      story: 'Every transaction commits, so of two that read a value and wrote it anew, one update is lost.',
      source: 'Berenson and others 1995, section 4.2: first committer wins prevents lost updates (P4)',
    },
    'commits-out-of-order': {
      story: 'A replica applies commits as they arrive, so what it shows is no snapshot.',
      source: 'Elnikety, Pedone, Zwaenepoel 2005: a replica applies writesets in the order of commit',
    },
    'outcome-not-kept': {
      story:
        'The certifier does not know a request that it has certified, and commits it again when it is doubled.',
      source:
        'Birrell and Nelson, "Implementing remote procedure calls" (1984): a call is carried out at most once',
    },
    'log-not-persisted': {
      story:
        'The certifier answers before its log is durable; after a crash it gives the version to another commit.',
      source: 'Elnikety, Pedone, Zwaenepoel 2005: the certifier logs writesets before it answers',
    },
  },
  clients: { timeout: 500, retry: 150 },
  disk: (): Disk => ({ version: 0, values: {}, log: [], outcomes: {} }),
  memory: () => ({}),

  start(_, { setTimer }) {
    setTimer('fetch', fetchEvery);
  },

  client: {
    txn({ disk }, { id, input }, { nodes, send, reply }) {
      const { output, writes } = run(input as Operation[], disk.values);
      // The snapshot is all that a read needs: nobody is asked.
      if (Object.keys(writes).length === 0) return reply(id, output);
      send(certifier(nodes), {
        type: 'certify',
        call: id,
        snapshot: disk.version,
        operations: output,
        writes,
      });
    },
  },

  on: {
    certify({ disk }, { call, snapshot, operations, writes }, { mutant, broadcast, persist, reply, refuse }) {
      const { log, outcomes } = disk;
      if (outcomes[call] === undefined || mutant === 'outcome-not-kept') {
        const keys = Object.keys(writes);
        const conflict = log.slice(snapshot).some((later) => keys.some((key) => key in later.writes));
        const commits = !conflict || mutant === 'no-first-committer-wins';
        if (commits) log.push({ version: log.length + 1, writes });
        outcomes[call] = commits ? operations : null;
        // Before anybody hears of it: neither an answer nor a version may be given to another.
        if (mutant !== 'log-not-persisted') persist();
        if (commits) broadcast({ type: 'commits', commits: log.slice(-1) });
      }
      const output = outcomes[call];
      if (output) reply(call, output);
      else refuse(call);
    },

    commits({ disk }, { commits }, { mutant, persist }) {
      for (const { version, writes } of commits) {
        // Gaps are filled by the next `want`.
        const isNext = version === disk.version + 1;
        if (!isNext && (mutant !== 'commits-out-of-order' || version <= disk.version)) continue;
        Object.assign(disk.values, writes);
        disk.version = version;
      }
      persist();
    },

    want({ disk }, { after }, { from, send }) {
      if (disk.log.length > after) send(from, { type: 'commits', commits: disk.log.slice(after) });
    },
  },

  timeout: {
    fetch({ disk }, { nodes, send, setTimer }) {
      send(certifier(nodes), { type: 'want', after: disk.version });
      setTimer('fetch', fetchEvery);
    },
  },
});

/** A snapshot number means the same everywhere. */
export const oneSnapshotANumber = always(snapshotStore, 'one snapshot a number', ({ nodes, changed }) => {
  if (!changed) return;
  const { version, values } = changed.disk;
  const text = describe(values);
  const other = nodes.find(({ disk }) => disk.version === version && describe(disk.values) !== text);
  return (
    !other ||
    `snapshot ${version} is ${text} at ${changed.id} and ${describe(other.disk.values)} at ${other.id}`
  );
});

const describe = (values: Values) =>
  Object.keys(values)
    .sort()
    .map((key) => `${key} = ${values[key]}`)
    .join(', ');

export const caughtUp = eventually(snapshotStore, 'all replicas have all commits', ({ nodes }) => {
  const last = nodes[0]!.disk.log.length;
  const behind = nodes.find(({ disk }) => disk.version < last);
  return !behind || `${behind.id} has ${behind.disk.version} of ${last} commits`;
});

/** The anomaly that this level is known for. The history is judged when an operation has completed. */
const writeSkew = sometimes(
  snapshotStore,
  'write skew: no order of the transactions explains what they read',
  ({ history }, seen) => {
    if (history.length === seen.length) return false;
    seen.length = history.length;
    return history.at(-1)?.type === 'ok' && isSerializable.judge(history).valid === false;
  },
  () => ({ length: 0 }),
);
const isSerializable = serializable(transactionalRegisters);

/** One to four reads and writes. Written values are as good as unique, which tells who wrote what a read saw. */
const key = fc.constantFrom('x', 'y');
const transactions = fc.array(
  fc.oneof(
    fc.tuple(fc.constant('r'), key, fc.constant(null)),
    fc.tuple(fc.constant('w'), key, fc.noBias(fc.integer({ min: 1, max: 2 ** 31 - 1 }))),
  ),
  { minLength: 1, maxLength: 4 },
);

export const snapshotStoreModel = model(snapshotStore, {
  nodes: 3,
  nemeses: [reorder(), drop(), duplicate(), partition(), crash(), disk(), pause(), slow(), clock(), client()],
  inputs: { txn: transactions },
  properties: [
    writeSkew,
    oneSnapshotANumber,
    caughtUp,
    answeredInCalm(snapshotStore),
    snapshotIsolation(transactionalRegisters),
  ],
});
