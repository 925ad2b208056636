/**
 * A lock service with leases and fencing tokens, and a store that is changed under the lock.
 *
 * Leases: Gray and Cheriton, "Leases: An Efficient Fault-Tolerant Mechanism for Distributed File Cache Consistency"
 * (SOSP 1989). Tokens: the sequencers of Burrows, "The Chubby lock service" (OSDI 2006, section 2.4), called fencing
 * tokens by Kleppmann, "How to do distributed locking" (2016), whose read-modify-write this is.
 *
 *   client's node          lock service          store
 *      | acquire ───────────────> | free or run out? |
 *      | <──────── granted 34 ─── | 34 until T       |
 *      | read 34 ──────────────────────────────────> | lower tokens end here
 *      | <─────────────────────────────────── value  |
 *      | before T still?                             |
 *      | write 34 ─────────────────────────────────> | none higher seen?
 *
 * Every node serves clients, one call after the other; the first also keeps the lock, the last the store. A holder uses
 * its lease for as many calls as it can and never gives it back, since it ends by itself. As long as clocks keep their
 * bound, no two nodes act at the same true time: a holder acts only when it is surely before T, and the next lease is
 * granted only when it is surely after. No lease keeps a write from arriving late; the store's look at the token does.
 */
import {
  always,
  type CallId,
  type Context,
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
  | { type: 'acquire'; ticket: number }
  | { type: 'granted'; ticket: number; token: number; expires: number }
  | { type: 'read'; token: number; call: CallId }
  | { type: 'value'; token: number; call: CallId; total: number }
  | { type: 'write'; token: number; call: CallId; total: number }
  | { type: 'done'; call: CallId; total: number };

interface Disk {
  /** Of the lock service: the last token granted, and when that lease runs out. */
  lock: { token: number; expires: number };
  /** Of the store: `fence` is the highest token it has seen; `answers` holds the total after each call carried out. */
  store: { fence: number; total: number; answers: Record<CallId, number> };
}

interface Memory {
  /** Names the request for a lease under way, 0 if none: a grant that was meant for another finds no taker. */
  ticket: number;
  /** The lease last granted to this node. */
  token: number;
  expires: number;
  /** Calls to carry out, the first one now. */
  queue: { call: CallId; amount: number }[];
}

/** How far a clock can be from the true time: Gray and Cheriton's ε. All times in milliseconds. */
const clockBound = 40;
/** Must outlast a grant, a read and its answer (30 on the happy path) by 2 ε. */
const term = 120;
const askEvery = 20;
/** Longer than a read and a write take together (40 on the happy path). */
const workAgainAfter = 60;

const lockService = (nodes: readonly NodeId[]) => nodes[0]!;
const store = (nodes: readonly NodeId[]) => nodes[nodes.length - 1]!;

type Step = Context<Message, 'retry', number, string>;

/** Bounds of the true time, by which a lease must be measured; the mutant takes the wall clock for it. */
const trueTime = ({ now, mutant, interval }: Step) =>
  mutant === 'lease-on-wall-clock' ? { earliest: now, latest: now } : interval();

/** Begins the first call of the queue, or begins it again: under the lease if it lasts, else with a new one. */
function proceed(memory: Memory, context: Step): void {
  const { nodes, random, send, setTimer } = context;
  const work = memory.queue[0];
  if (!work) return;
  if (trueTime(context).latest < memory.expires) {
    send(store(nodes), { type: 'read', token: memory.token, call: work.call });
    return setTimer('retry', workAgainAfter);
  }
  memory.ticket ||= random();
  send(lockService(nodes), { type: 'acquire', ticket: memory.ticket });
  setTimer('retry', askEvery);
}

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
      source: 'Gray and Cheriton 1989 on clock failures; Kleppmann 2016 on Redlock and clock jumps',
    },
    'token-not-persisted': {
      story: 'The lock service forgets its last token and lease in a crash, and grants both anew.',
      source: 'Burrows 2006, section 2.4: a sequencer carries the generation number of the lock',
    },
    'no-recheck-after-pause': {
      story:
        'A holder looks at its lease when it is granted, but not again before it writes, whatever happened meanwhile.',
      source: 'Kleppmann 2016, "Protecting a resource with a lock": a long garbage collection',
    },
  },
  // The leases of two other nodes may come before this one's turn.
  clients: { timeout: 800 },
  disk: (): Disk => ({ lock: { token: 0, expires: 0 }, store: { fence: 0, total: 0, answers: {} } }),
  memory: (): Memory => ({ ticket: 0, token: 0, expires: 0, queue: [] }),

  client: {
    add({ memory }, call, context) {
      if (memory.queue.some((work) => work.call === call.id)) return;
      memory.queue.push({ call: call.id, amount: call.input });
      if (memory.queue.length === 1) proceed(memory, context);
    },
  },

  on: {
    acquire({ disk: { lock } }, { ticket }, context) {
      const { from, mutant, send, persist, note } = context;
      const { earliest, latest } = trueTime(context);
      if (earliest <= lock.expires) return;
      lock.token += 1;
      lock.expires = latest + term;
      // Promised for that long, whatever happens: a restarted service must not grant it, or this token, again.
      if (mutant !== 'token-not-persisted') persist();
      note('granted', lock.token);
      send(from, { type: 'granted', ticket, token: lock.token, expires: lock.expires });
    },

    granted({ memory }, { ticket, token, expires }, context) {
      if (ticket !== memory.ticket) return;
      memory.ticket = 0;
      memory.token = token;
      memory.expires = expires;
      proceed(memory, context);
    },

    read({ disk: { store } }, { token, call }, { from, send, persist }) {
      if (token > store.fence) {
        // From here on this holder may rely on the value: holders before it can no longer change it.
        store.fence = token;
        persist();
      }
      const answer = store.answers[call];
      // Carried out already: its request came twice, or was begun again.
      if (answer !== undefined) send(from, { type: 'done', call, total: answer });
      else send(from, { type: 'value', token, call, total: store.total });
    },

    value({ memory }, { token, call, total }, context) {
      const { nodes, mutant, send, note } = context;
      const work = memory.queue[0];
      if (work?.call !== call || token !== memory.token) return;
      // Much time may have passed since the last look. Looking and acting are one step: nothing gets between.
      if (memory.expires <= trueTime(context).latest && mutant !== 'no-recheck-after-pause') return;
      note('acts', token);
      send(store(nodes), { type: 'write', token, call, total: total + work.amount });
    },

    write({ disk: { store } }, { token, call, total }, { from, mutant, send, persist, note }) {
      if (token < store.fence && mutant !== 'fencing-token-unchecked') return note('fenced', token);
      const answer = store.answers[call] ?? total;
      if (store.answers[call] === undefined) {
        store.total = total;
        store.answers[call] = total;
        persist();
        note('wrote', token);
      }
      send(from, { type: 'done', call, total: answer });
    },

    done({ memory }, { call, total }, context) {
      if (memory.queue[0]?.call !== call) return;
      memory.queue.shift();
      context.reply(call, total);
      proceed(memory, context);
    },
  },

  timeout: {
    retry: ({ memory }, context) => proceed(memory, context),
  },
});

/** Judged on notes: the highest token granted or written so far, in the order of true time. */
const highest = () => ({ token: 0 });

export const tokensGrow = always(
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
export const oneHolder = always(
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
export const writesInOrder = always(
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

/** What leases are for: a holder that crashes does not keep the lock. A lease ends for all after the term and 4 ε. */
export const comesFree = eventually(
  leaseLock,
  'the lock comes free again',
  ({ time, nodes, notes, history }) => {
    const waiting = nodes.find(({ memory }) => memory.queue.length > 0);
    const longAgo = time - term - 4 * clockBound - 2 * workAgainAfter;
    const granted = notes.findLast(({ name }) => name === 'granted')?.time ?? 0;
    const asked = (history.findLast(({ type }) => type === 'invoke')?.time ?? 0) / 1e6;
    if (!waiting || granted > longAgo || asked > longAgo) return true;
    return `${waiting.id} waits for the lock at ${time} ms, which was granted last at ${granted} ms`;
  },
);

export const fencingMatters = sometimes(
  leaseLock,
  'the store turns away a late write',
  ({ notes, firstNewNote }) => notes.length > firstNewNote && notes.at(-1)?.name === 'fenced',
);

/** All ten kinds of fault; only the clocks must keep to what `interval()` promises. */
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
    clock({ bound: clockBound }),
    client(),
  ],
  properties: [tokensGrow, oneHolder, writesInOrder, comesFree, fencingMatters, linearizable(tally)],
  /** Terms and the clocks' bound are multiples of a tick; a lease, granted late by a slow clock, has run out after seven. */
  explore: { clocks: { tick: clockBound, ticks: 7 } },
});
