/**
 * A lock service with leases and fencing tokens, and a store that is changed under the lock.
 *
 * Leases: Gray and Cheriton, "Leases: An Efficient Fault-Tolerant Mechanism for Distributed File Cache Consistency"
 * (SOSP 1989). Tokens: the sequencers of Burrows, "The Chubby lock service" (OSDI 2006, section 2.4), called fencing
 * tokens by Kleppmann, "How to do distributed locking" (2016), whose read-modify-write this is.
 *
 *   session        lock service               session                     store
 *      | acquire ──────> | free or run out?      |                          |
 *      | <────── granted | token 34, until T     | read 34 ───────────────> | lower tokens end here
 *      |                 |                       | <───────────────── value |
 *      |                 |        still before T?| write 34 ──────────────> | none higher seen?
 *      |                 | <───────── release 34 | <────────────────── done |
 *
 * Every node serves clients, each call in a session of its own; the first node also keeps the lock, the last the store.
 * A lease alone keeps two sessions from acting at the same true time. It cannot keep a write from arriving late: the
 * store's look at the token does. Both together make the additions atomic.
 */
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
  linearizable,
  model,
  type NodeId,
  partition,
  pause,
  protocol,
  reorder,
  slow,
  sometimes,
  spec,
  typed,
} from '../src/index.ts';

/** A counter that tells each client what its addition made of it, so that a lost update shows at once. */
export const tally = spec({
  name: 'tally',
  init: () => ({ total: 0 }),
  ops: { add: (state, amount: number) => (state.total += amount) },
});

type Message =
  | { type: 'acquire'; session: string }
  | { type: 'granted'; session: string; token: number; expires: number }
  | { type: 'release'; token: number }
  | { type: 'read'; session: string; token: number; call: CallId }
  | { type: 'value'; session: string; token: number; total: number }
  | { type: 'write'; session: string; token: number; call: CallId; total: number }
  | { type: 'done'; session: string; total: number };

/** One call's try for the lock. `token` is 0 and `expires` long past before the first grant. */
interface Session {
  call: CallId;
  amount: number;
  token: number;
  expires: number;
}

interface Disk {
  /** Of the lock service: the last token granted, and when that lease runs out. */
  lock: { token: number; expires: number };
  /** Of the store: `fence` is the highest token it has seen; `answers` holds the total after each call carried out. */
  store: { fence: number; total: number; answers: Record<CallId, number> };
}

/** How far a clock can be from the true time: Gray and Cheriton's ε. All times in milliseconds. */
const clockBound = 30;
/** Must outlast a grant, a read and its answer (30 on the happy path) by 2 ε. */
const term = 120;
const retryEvery = 40;

const lockService = (nodes: readonly NodeId[]) => nodes[0]!;
const store = (nodes: readonly NodeId[]) => nodes[nodes.length - 1]!;

interface Clocks {
  readonly now: number;
  readonly mutant: string | null;
  readonly interval: () => { readonly earliest: number; readonly latest: number };
}

/** Bounds of the true time, as a lease must be measured; the mutant takes the wall clock for it. */
const trueTime = ({ now, mutant, interval }: Clocks) =>
  mutant === 'lease-on-wall-clock' ? { earliest: now, latest: now } : interval();

export const leaseLock = protocol({
  name: 'lease-lock',
  story: 'A counter in a store, changed by whoever holds a lease on a lock; fencing tokens stop late writes.',
  implements: tally,
  message: typed<Message>(),
  timer: typed<'retry'>(),
  mutants: {
    'fencing-token-unchecked': {
      story:
        'The store takes any write, so one that was long under way overwrites what a later holder wrote.',
      source: 'Kleppmann 2016, "Making the lock safe with fencing"; HBASE-2312',
    },
    'lease-on-wall-clock': {
      story:
        'Lock service and holder trust their wall clocks, so one sees the lease run out when the other does not.',
      source: 'Gray and Cheriton 1989, section 5 (clock failures); Kleppmann 2016 on Redlock and clock jumps',
    },
    'token-not-persisted': {
      story: 'The lock service forgets its last token and lease in a crash, and grants both anew.',
      source: 'Burrows 2006, section 2.4: the lock generation number must outlive the master',
    },
    'no-recheck-after-pause': {
      story:
        'A holder looks at its lease when it is granted, but not again before it writes, whatever happened meanwhile.',
      source: 'Kleppmann 2016, "Protecting a resource with a lock": a long garbage collection',
    },
  },
  disk: (): Disk => ({ lock: { token: 0, expires: 0 }, store: { fence: 0, total: 0, answers: {} } }),
  memory: (): { sessions: Record<string, Session> } => ({ sessions: {} }),

  client: {
    add({ memory }, call, { nodes, random, send, setTimer }) {
      // A name that no session had before, so that what was meant for another (before a crash, say) finds no taker.
      const session = String(random());
      memory.sessions[session] = { call: call.id, amount: call.input, token: 0, expires: 0 };
      send(lockService(nodes), { type: 'acquire', session });
      setTimer('retry', retryEvery);
    },
  },

  on: {
    acquire({ disk: { lock } }, { session }, context) {
      const { from, mutant, send, persist, note } = context;
      const { earliest, latest } = trueTime(context);
      if (earliest <= lock.expires) return;
      lock.token += 1;
      lock.expires = latest + term;
      // Promised for that long, whatever happens: a restarted service must not grant it, or this token, again.
      if (mutant !== 'token-not-persisted') persist();
      note('granted', lock.token);
      send(from, { type: 'granted', session, token: lock.token, expires: lock.expires });
    },

    granted({ memory }, { session, token, expires }, context) {
      const { nodes, send } = context;
      const work = memory.sessions[session];
      if (!work) return send(lockService(nodes), { type: 'release', token });
      if (token <= work.token || expires <= trueTime(context).latest) return;
      work.token = token;
      work.expires = expires;
      send(store(nodes), { type: 'read', session, token, call: work.call });
    },

    release({ disk: { lock } }, { token }) {
      // Need not be durable: a service that forgets it waits until the lease runs out.
      if (token === lock.token) lock.expires = 0;
    },

    read({ disk: { store } }, { session, token, call }, { from, send, persist }) {
      if (token > store.fence) {
        // From here on this holder may rely on the value: holders before it can no longer change it.
        store.fence = token;
        persist();
      }
      const answer = store.answers[call];
      // The call was carried out in another session: its request came twice.
      if (answer !== undefined) send(from, { type: 'done', session, total: answer });
      else send(from, { type: 'value', session, token, total: store.total });
    },

    value({ memory }, { session, token, total }, context) {
      const { nodes, mutant, send, note } = context;
      const work = memory.sessions[session];
      if (work?.token !== token) return;
      // This step may come long after the one before it; checking and acting are one step, so nothing gets between.
      if (work.expires <= trueTime(context).latest && mutant !== 'no-recheck-after-pause') return;
      note('acts', token);
      send(store(nodes), { type: 'write', session, token, call: work.call, total: total + work.amount });
    },

    write({ disk: { store } }, { session, token, call, total }, { from, mutant, send, persist, note }) {
      if (token < store.fence && mutant !== 'fencing-token-unchecked') return note('fenced', token);
      const answer = store.answers[call] ?? total;
      if (store.answers[call] === undefined) {
        store.total = total;
        store.answers[call] = total;
        persist();
        note('wrote', token);
      }
      send(from, { type: 'done', session, total: answer });
    },

    done({ memory }, { session, total }, { nodes, send, reply }) {
      const work = memory.sessions[session];
      if (!work) return;
      delete memory.sessions[session];
      send(lockService(nodes), { type: 'release', token: work.token });
      reply(work.call, total);
    },
  },

  timeout: {
    /** Sessions without a lease, or whose lease ran out before they were done, ask again. */
    retry({ memory }, context) {
      const { nodes, send, setTimer } = context;
      const { latest } = trueTime(context);
      let open = false;
      for (const session in memory.sessions) {
        open = true;
        if (memory.sessions[session]!.expires <= latest)
          send(lockService(nodes), { type: 'acquire', session });
      }
      if (open) setTimer('retry', retryEvery);
    },
  },
});

/** Judged on notes: the highest token granted or written so far, in the order of true time. */
const highest = () => ({ token: 0 });

const tokensGrow = always(
  leaseLock,
  'no token is granted twice',
  ({ notes, firstNewNote }, seen) => {
    for (let i = firstNewNote; i < notes.length; i++) {
      const { name, value } = notes[i]!;
      if (name !== 'granted') continue;
      if ((value as number) <= seen.token) return `token ${value} is granted after token ${seen.token}`;
      seen.token = value as number;
    }
    return;
  },
  highest,
);

/** Mutual exclusion by true time, which no node can read. */
const oneHolder = always(
  leaseLock,
  'nobody acts on a lease after the next is granted',
  ({ notes, firstNewNote }, granted) => {
    for (let i = firstNewNote; i < notes.length; i++) {
      const { name, node, value } = notes[i]!;
      if (name === 'granted') granted.token = value as number;
      else if (name === 'acts' && (value as number) < granted.token)
        return `${node} acts on the lease with token ${value} when token ${granted.token} is granted already`;
    }
    return;
  },
  highest,
);

/** Mutual exclusion of effects, which holds however late a write arrives. */
const writesInOrder = always(
  leaseLock,
  'the store is written in the order of tokens',
  ({ notes, firstNewNote }, written) => {
    for (let i = firstNewNote; i < notes.length; i++) {
      const { name, value } = notes[i]!;
      if (name !== 'wrote') continue;
      if ((value as number) < written.token)
        return `the store takes token ${value} after token ${written.token}`;
      written.token = value as number;
    }
    return;
  },
  highest,
);

/** What leases are for: a holder that crashes does not keep the lock. The longest wait is the term and 4 ε. */
const comesFree = eventually(leaseLock, 'the lock comes free again', ({ time, nodes, notes }) => {
  const waiting = nodes.find(({ memory }) => Object.keys(memory.sessions).length > 0);
  const last = notes.findLast(({ name }) => name === 'granted');
  if (!waiting || (last && last.time > time - term - 4 * clockBound - 2 * retryEvery)) return true;
  return `${waiting.id} waits for the lock, which was granted last at ${last?.time ?? 'no time'} ms`;
});

const fencingMatters = sometimes(
  leaseLock,
  'the store turns away a late write',
  ({ notes, firstNewNote }) => notes.length > firstNewNote && notes.at(-1)?.name === 'fenced',
);

export const leaseLockModel = model(leaseLock, {
  nodes: 3,
  nemeses: [
    reorder(),
    drop(),
    duplicate(),
    partition(),
    crash(),
    disk(),
    pause(),
    slow(),
    clock({ jump: 2 * clockBound, bound: clockBound }),
    client(),
  ],
  properties: [tokensGrow, oneHolder, writesInOrder, comesFree, fencingMatters, linearizable(tally)],
});
