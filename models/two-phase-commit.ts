/**
 * Two-phase commit: a transaction writes one value at all nodes or at none, whatever crashes.
 *
 * Gray, "Notes on data base operating systems" (1978); Bernstein, Hadzilacos and Goodman, "Concurrency
 * control and recovery in database systems" (1987, chapter 7), whose rules AC1 to AC5 are the properties below. What is
 * on disk is the log. The first node coordinates; it takes part like all others.
 *
 *   coordinator                      participant
 *      | prepare ───────────────────────> | free: log "prepared", vote yes; else: log "abort", vote no
 *      | <────────────────────────── vote |   (from its yes on it is in doubt: it can do neither alone)
 *      | all yes: log "commit", else "abort"
 *      | decision ──────────────────────> | log it, apply it
 *      | <─────────────────────── inquiry |   (still in doubt after a while, or after a restart)
 *
 * An aborted transaction is refused: it certainly did not happen. A read waits while its node is in doubt, so that
 * clients see one register. That is the price of two phases: while the coordinator is down, whoever is in doubt is
 * blocked (a `sometimes` below shows it). Gray and Lamport, "Consensus on transaction commit" (2006), tells the way out.
 */

import { answeredInCalm } from '../properties/answered-in-calm.ts';
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
  type Note,
  partition,
  pause,
  protocol,
  register,
  reorder,
  slow,
  sometimes,
  typed,
} from '../src/index.ts';

type Outcome = 'commit' | 'abort';

/** A transaction is one client's write, and has its call's id. */
type Message =
  | { type: 'begin'; transaction: CallId; value: number }
  | { type: 'prepare'; transaction: CallId; value: number }
  | { type: 'vote'; transaction: CallId; yes: boolean }
  | { type: 'decision'; transaction: CallId; outcome: Outcome }
  | { type: 'inquiry'; transaction: CallId };

interface Disk {
  value: number | null;
  /** The transaction in doubt: voted yes, and not yet told the decision. */
  prepared: { transaction: CallId; value: number } | null;
  outcomes: Record<CallId, Outcome>;
}

interface Memory {
  /** At the coordinator: who has voted yes, by undecided transaction. */
  votes: Record<CallId, NodeId[]>;
  /** Calls of clients that wait here: writes for the decision, reads for the end of doubt. */
  writers: Record<CallId, true>;
  readers: CallId[];
}

interface Node {
  disk: Disk;
  memory: Memory;
}

type Step = Context<Message, 'inquire', number | null, string>;

/** Milliseconds in doubt after which the coordinator is asked, and asked again. */
const inquireAfter = 60;

const coordinator = (nodes: readonly NodeId[]) => nodes[0]!;

/** Reaches a decision: logs it, applies it, and tells whoever waits for it; a decision already reached stands. */
function decide({ disk, memory }: Node, transaction: CallId, outcome: Outcome, context: Step): void {
  if (disk.outcomes[transaction]) return;
  const { self, nodes, peers, mutant, send, persist, note, reply, refuse } = context;
  const coordinates = self === coordinator(nodes);
  disk.outcomes[transaction] = outcome;
  const inDoubt = disk.prepared?.transaction === transaction;
  if (disk.prepared && inDoubt) {
    if (outcome === 'commit') disk.value = disk.prepared.value;
    disk.prepared = null;
  }
  // The log comes first: what others are told from here on must be found there after a crash.
  if (mutant !== 'decision-not-persisted' || !coordinates) persist();
  if (coordinates) for (const peer of peers) send(peer, { type: 'decision', transaction, outcome });
  if (memory.writers[transaction]) {
    delete memory.writers[transaction];
    if (outcome === 'commit') reply(transaction);
    else refuse(transaction);
  }
  if (inDoubt) {
    for (const call of memory.readers) reply(call, disk.value);
    memory.readers = [];
  }
  note('decides', { transaction, outcome });
}

export const twoPhaseCommit = protocol({
  name: 'two-phase-commit',
  story: 'Transactions that write a value at all nodes or at none, decided by a coordinator with a log.',
  implements: register,
  message: typed<Message>(),
  timer: typed<'inquire'>(),
  mutants: {
    'decision-not-persisted': {
      story:
        'The coordinator tells its decision before it is in its log; after a crash it decides otherwise.',
      source: 'Gray 1978: the commit record is forced to the log before anybody is told',
    },
    'forgets-yes-vote': {
      story:
        'A participant votes yes without logging it, and knows of nothing after a crash when told to commit.',
      source: 'Bernstein, Hadzilacos, Goodman 1987, section 7.4: a yes record before the vote is sent',
    },
    'presumes-commit': {
      story:
        'Asked for a transaction that it has not decided, the coordinator answers commit instead of abort.',
      source:
        'Mohan, Lindsay, Obermarck 1986: presumed commit is right only with a collecting record in the log',
    },
  },
  clients: { timeout: 500, retry: 100 },
  disk: (): Disk => ({ value: 0, prepared: null, outcomes: {} }),
  memory: (): Memory => ({ votes: {}, writers: {}, readers: [] }),

  start({ disk }, { setTimer, note }) {
    note('starts', null);
    if (disk.prepared) setTimer('inquire', inquireAfter);
  },

  client: {
    read({ disk, memory }, call, { reply }) {
      if (!disk.prepared) reply(call.id, disk.value);
      else if (!memory.readers.includes(call.id)) memory.readers.push(call.id);
    },

    write({ disk, memory }, call, { nodes, send, reply, refuse }) {
      const outcome = disk.outcomes[call.id];
      if (outcome === 'commit') return reply(call.id);
      if (outcome === 'abort') return refuse(call.id);
      memory.writers[call.id] = true;
      send(coordinator(nodes), { type: 'begin', transaction: call.id, value: call.input });
    },
  },

  on: {
    begin({ disk, memory }, { transaction, value }, { from, send, broadcast }) {
      const outcome = disk.outcomes[transaction];
      if (outcome) return send(from, { type: 'decision', transaction, outcome });
      memory.votes[transaction] ??= [];
      broadcast({ type: 'prepare', transaction, value });
    },

    prepare(node, { transaction, value }, context) {
      const { disk } = node;
      const { from, mutant, send, persist, setTimer } = context;
      if (disk.outcomes[transaction] === 'commit') return;
      if (!disk.prepared && !disk.outcomes[transaction]) {
        disk.prepared = { transaction, value };
        // A yes stands until the decision, through any crash.
        if (mutant !== 'forgets-yes-vote') persist();
        setTimer('inquire', inquireAfter);
      }
      const yes = disk.prepared?.transaction === transaction;
      // In doubt about another: no waiting, so no deadlock. Who votes no knows the outcome.
      if (!yes) decide(node, transaction, 'abort', context);
      send(from, { type: 'vote', transaction, yes });
    },

    vote(node, { transaction, yes }, context) {
      const { from, nodes } = context;
      const votes = node.memory.votes[transaction];
      // Decided already, or begun before a crash: whoever is in doubt will ask.
      if (!votes) return;
      if (yes) {
        if (!votes.includes(from)) votes.push(from);
        if (votes.length < nodes.length) return;
      }
      delete node.memory.votes[transaction];
      decide(node, transaction, yes ? 'commit' : 'abort', context);
    },

    decision(node, { transaction, outcome }, context) {
      // Nobody is told to commit who has not voted yes, and a yes is not forgotten: then it was done before.
      if (outcome === 'commit' && node.disk.prepared?.transaction !== transaction) return;
      decide(node, transaction, outcome, context);
    },

    inquiry(node, { transaction }, context) {
      const { from, mutant, send } = context;
      const outcome = node.disk.outcomes[transaction];
      if (outcome) return send(from, { type: 'decision', transaction, outcome });
      // Undecided for so long: a vote is missing, or a crash has lost them. Nobody was told anything, so it may abort.
      delete node.memory.votes[transaction];
      decide(node, transaction, mutant === 'presumes-commit' ? 'commit' : 'abort', context);
    },
  },

  timeout: {
    inquire({ disk }, { nodes, send, setTimer, note }) {
      if (!disk.prepared) return;
      const { transaction } = disk.prepared;
      note('in doubt', transaction);
      send(coordinator(nodes), { type: 'inquiry', transaction });
      setTimer('inquire', inquireAfter);
    },
  },
});

interface Decision {
  readonly transaction: CallId;
  readonly outcome: Outcome;
}

/** AC1: all that reach a decision reach the same one. */
export const atomicity = always(
  twoPhaseCommit,
  'no two nodes decide differently',
  ({ notes, firstNewNote }, decided) => {
    for (let i = firstNewNote; i < notes.length; i++) {
      const { name, node, value } = notes[i]!;
      if (name !== 'decides') continue;
      const { transaction, outcome } = value as unknown as Decision;
      const before = decided.get(transaction);
      if (!before) decided.set(transaction, { node, outcome });
      else if (before.outcome !== outcome)
        return `${before.node} decides to ${before.outcome} transaction ${transaction}, ${node} to ${outcome} it`;
    }
    return;
  },
  () => new Map<CallId, { node: NodeId; outcome: Outcome }>(),
);

/** AC2: a process cannot reverse its decision. Looked at when a node restarts, which is when it could forget. */
export const durability = always(
  twoPhaseCommit,
  'a restarted node knows what it decided',
  ({ notes, firstNewNote, changed }, told: Map<NodeId, Decision[]>) => {
    for (let i = firstNewNote; i < notes.length; i++) {
      const { name, node, value } = notes[i]!;
      if (name === 'decides') {
        const decisions = told.get(node);
        if (decisions) decisions.push(value as unknown as Decision);
        else told.set(node, [value as unknown as Decision]);
      } else if (name === 'starts') {
        const lost = told.get(node)?.find((d) => changed?.disk.outcomes[d.transaction] !== d.outcome);
        if (lost)
          return `${node} has restarted and forgotten that it decided to ${lost.outcome} transaction ${lost.transaction}`;
      }
    }
    return;
  },
  () => new Map<NodeId, Decision[]>(),
);

/** AC5: with all failures repaired, all reach a decision. Whoever prepared a moment ago may still wait for it. */
export const termination = eventually(twoPhaseCommit, 'nobody stays in doubt', ({ time, nodes, notes }) => {
  for (const { id, disk } of nodes) {
    const transaction = disk.prepared?.transaction;
    const long = ({ name, node, value }: Note) => name === 'in doubt' && node === id && value === transaction;
    if (transaction !== undefined && notes.some(long))
      return `${id} is in doubt about transaction ${transaction} at ${time} ms, long after faults stopped`;
  }
  return true;
});

/** The weakness that every reader of chapter 7 waits for. */
export const blocking = sometimes(
  twoPhaseCommit,
  'a participant in doubt is blocked while the coordinator is down',
  ({ nodes, notes, firstNewNote }) =>
    notes.length > firstNewNote && notes.at(-1)?.name === 'in doubt' && !nodes[0]?.up,
);

/** All ten kinds of fault: nothing here rests on time, which only tells whoever is in doubt when to ask. */
export const twoPhaseCommitModel = model(twoPhaseCommit, {
  nodes: 3,
  nemeses: [reorder(), drop(), duplicate(), partition(), crash(), disk(), pause(), slow(), clock(), client()],
  properties: [
    atomicity,
    durability,
    termination,
    blocking,
    answeredInCalm(twoPhaseCommit),
    linearizable(register),
  ],
});
