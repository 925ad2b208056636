/**
 * Paxos: nodes agree on one value, whatever messages are lost and whoever crashes and comes back.
 *
 * Lamport, "Paxos Made Simple" (2001); the sections, P1 and P2 in the comments are that paper's. This is the synod of "The
 * Part-Time Parliament" (1998): one decision, no sequence of them. Every node proposes, accepts and learns:
 *
 *   proposer                      acceptors (a majority)
 *      | prepare b ──────────────────> | promise to accept nothing below b
 *      | <─── promise b, accepted so far |
 *      | the value accepted last, or its own
 *      | accept b v ─────────────────> | unless something above b was promised
 *      | <──────────────── accepted b   |
 *      | v is chosen; all are told
 *
 * `clew explore paxos --timeouts 0` counts 33,702 worlds where Stateright's example `paxos.rs` has 16,668 (which a model of
 * its form in test/explore has, too). There a server that has a proposal takes no other, a ballot refused is ignored, and
 * a client puts and then gets. Here a node sends itself what it sends to all, a refusal is told, and the last to accept
 * may tell of it; but a call and its arrival are one event, messages that can do nothing any more are forgotten, and so
 * is what cannot matter to a judgement of what the clients saw.
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

/** The first value proposed is the decision, and everybody is told that one. */
export const consensus = spec({
  name: 'consensus',
  init: (): { decision: number | null } => ({ decision: null }),
  ops: { propose: (state, value: number) => (state.decision ??= value) },
});

/** The number of a proposal: no two proposers have one in common (§2.4). */
interface Ballot {
  round: number;
  node: NodeId;
}

interface Proposal {
  ballot: Ballot;
  value: number;
}

type Message =
  | { type: 'prepare'; ballot: Ballot }
  | { type: 'promise'; ballot: Ballot; accepted: Proposal | null }
  | { type: 'refused'; promised: Ballot }
  | { type: 'accept'; proposal: Proposal }
  | { type: 'accepted'; ballot: Ballot }
  | { type: 'chosen'; value: number };

/** "An acceptor must remember this information even if it fails and then restarts" (§2.2). */
interface Disk {
  promised: Ballot;
  accepted: Proposal | null;
  /** What this node has learnt: final. */
  chosen: number | null;
}

interface Memory {
  calls: { call: CallId; value: number }[];
  /** The proposal under way: who has promised what, and then who has accepted it. */
  proposing: {
    ballot: Ballot;
    promises: Record<NodeId, Proposal | null>;
    value: number | null;
    accepted: NodeId[];
  } | null;
}

interface State {
  disk: Disk;
  memory: Memory;
}

type Mutant =
  | 'promise-not-persisted'
  | 'own-value-first'
  | 'any-accepted-value'
  | 'accepts-below-promise'
  | 'ballots-not-unique';
type Step = Context<Message, 'again', number, Mutant>;

/** Milliseconds after which an undecided proposer tries again; a ballot takes 40 on the happy path. */
const patience = { least: 80, most: 320 };

const none: Ballot = { round: 0, node: '' };

const isBelow = (a: Ballot, b: Ballot, { mutant }: { mutant: string | null }) =>
  a.round < b.round || (a.round === b.round && a.node < b.node && mutant !== 'ballots-not-unique');
const isSame = (a: Ballot, b: Ballot) => a.round === b.round && a.node === b.node;

function waitForDecision({ setTimer, random }: Step) {
  setTimer('again', patience.least + Math.floor(random() * (patience.most - patience.least)));
}

/** Phase 1 (a): a number above all that this node knows of. Its own promise, on disk, keeps it from being used twice. */
function propose({ disk, memory }: State, context: Step) {
  const ballot = { round: disk.promised.round + 1, node: context.self };
  memory.proposing = { ballot, promises: {}, value: null, accepted: [] };
  context.broadcast({ type: 'prepare', ballot });
  waitForDecision(context);
}

/** P2c: of all that a majority has accepted, the value of the highest ballot; any value if there is none. */
function valueToPropose(promises: Record<NodeId, Proposal | null>, own: number, context: Step): number {
  const { nodes, mutant } = context;
  if (mutant === 'own-value-first') return own;
  const accepted = nodes.flatMap((node) => promises[node] ?? []);
  if (mutant === 'any-accepted-value') return accepted[0]?.value ?? own;
  const latest = accepted.find(
    ({ ballot }) => !accepted.some((other) => isBelow(ballot, other.ballot, context)),
  );
  return latest?.value ?? own;
}

export const paxos = protocol({
  name: 'paxos',
  story: 'Nodes agree on one of the values that clients propose, by ballots that each need a majority.',
  implements: consensus,
  message: typed<Message>(),
  timer: typed<'again'>(),
  mutants: {
    'promise-not-persisted': {
      story:
        'An acceptor promises before that is durable; after a crash it accepts a proposal below its promise.',
      source: 'Lamport 2001, section 2.2: an acceptor must remember even if it fails and then restarts',
    },
    'own-value-first': {
      story:
        'A proposer proposes its own value, although the promises tell of one that may be chosen already.',
      source: 'Lamport 2001, section 2.2: P2c',
    },
    'any-accepted-value': {
      story:
        'Of the values that acceptors tell of, a proposer takes that of the first node, not that of the highest ballot.',
      source: 'Lamport 2001, section 2.2: P2c (b), "the value of the highest-numbered proposal"',
    },
    'accepts-below-promise': {
      story: 'An acceptor takes any proposal, although it has promised a higher ballot not to.',
      source: 'Lamport 2001, section 2.2: P1a',
    },
    'ballots-not-unique': {
      story: 'Ballots are numbered by rounds alone, so two proposers can get promises for the same one.',
      source: 'Lamport 2001, section 2.4: "different proposers choose their numbers from disjoint sets"',
    },
  },
  disk: (): Disk => ({ promised: none, accepted: null, chosen: null }),
  memory: (): Memory => ({ calls: [], proposing: null }),

  client: {
    propose(state, call, context) {
      const { disk, memory } = state;
      if (disk.chosen !== null) return context.reply(call.id, disk.chosen);
      if (memory.calls.some((known) => known.call === call.id)) return;
      memory.calls.push({ call: call.id, value: call.input });
      if (!memory.proposing) propose(state, context);
    },
  },

  on: {
    // Phase 1 --------------------------------------------------------------------------------------------------

    prepare({ disk, memory }, { ballot }, context) {
      if (disk.chosen !== null) return context.send(context.from, { type: 'chosen', value: disk.chosen });
      if (isBelow(ballot, disk.promised, context))
        return context.send(context.from, { type: 'refused', promised: disk.promised });
      disk.promised = ballot;
      if (context.mutant !== 'promise-not-persisted') context.persist();
      // Whoever else proposes gives this ballot time: two that outbid each other get nowhere (§2.4).
      if (context.from !== context.self && memory.calls.length > 0) waitForDecision(context);
      context.send(context.from, { type: 'promise', ballot, accepted: disk.accepted });
    },

    promise({ memory }, { ballot, accepted }, context) {
      const { proposing, calls } = memory;
      if (!proposing || !isSame(ballot, proposing.ballot) || proposing.value !== null) return;
      proposing.promises[context.from] = accepted;
      if (Object.keys(proposing.promises).length <= context.nodes.length / 2) return;
      const value = valueToPropose(proposing.promises, calls[0]!.value, context);
      if (value !== calls[0]!.value) context.note('takes over', value);
      proposing.value = value;
      context.broadcast({ type: 'accept', proposal: { ballot, value } });
    },

    /** A promise that nobody asked for binds as well, and the next ballot will be above it. */
    refused({ disk }, { promised }, context) {
      if (!isBelow(disk.promised, promised, context)) return;
      disk.promised = promised;
      context.persist();
    },

    // Phase 2 --------------------------------------------------------------------------------------------------

    accept({ disk }, { proposal }, context) {
      const { ballot } = proposal;
      if (isBelow(ballot, disk.promised, context) && context.mutant !== 'accepts-below-promise') return;
      if (isBelow(disk.promised, ballot, context)) disk.promised = ballot;
      disk.accepted = proposal;
      context.persist();
      context.note('accepts', { round: ballot.round, by: ballot.node, value: proposal.value });
      context.send(context.from, { type: 'accepted', ballot });
    },

    accepted({ memory }, { ballot }, { from, nodes, broadcast }) {
      const { proposing } = memory;
      if (!proposing || proposing.value === null || !isSame(ballot, proposing.ballot)) return;
      if (proposing.accepted.includes(from)) return;
      proposing.accepted.push(from);
      if (proposing.accepted.length <= nodes.length / 2) return;
      broadcast({ type: 'chosen', value: proposing.value });
      memory.proposing = null;
    },

    // Learning (§2.3) ------------------------------------------------------------------------------------------

    chosen({ disk, memory }, { value }, { persist, clearTimer, reply }) {
      if (disk.chosen !== null) return;
      disk.chosen = value;
      persist();
      clearTimer('again');
      memory.proposing = null;
      for (const { call } of memory.calls) reply(call, value);
      memory.calls = [];
    },
  },

  timeout: {
    again(state, context) {
      if (state.memory.calls.length > 0) propose(state, context);
    },
  },
});

interface Accepts {
  readonly round: number;
  readonly by: NodeId;
  readonly value: number;
}

/** "Only a single value is chosen" (§2.1): accepted in one ballot by a majority, whether anybody has learnt it or not. */
export const oneValueChosen = always(
  paxos,
  'only one value is chosen',
  ({ nodes, notes, firstNewNote }, seen) => {
    for (let index = firstNewNote; index < notes.length; index += 1) {
      const { name, node, value: accepted } = notes[index]!;
      if (name !== 'accepts') continue;
      const { round, by, value } = accepted as unknown as Accepts;
      const voters = (seen.votes[`${round} ${by} ${value}`] ??= []);
      if (!voters.includes(node)) voters.push(node);
      voters.sort();
      if (voters.length <= nodes.length / 2) continue;
      if (seen.chosen !== null && seen.chosen !== value)
        return `${value} is chosen in ballot ${round} of ${by}, accepted by ${voters.join(' and ')}, after ${seen.chosen} was chosen`;
      seen.chosen = value;
    }
    return;
  },
  (): { votes: Record<string, NodeId[]>; chosen: number | null } => ({ votes: {}, chosen: null }),
);

export const takesOver = sometimes(
  paxos,
  'a proposer takes over the value of another',
  ({ notes, firstNewNote }) => notes.length > firstNewNote && notes.at(-1)?.name === 'takes over',
);

/** All ten kinds of fault: promises hold through crashes, and nothing rests on time. */
export const paxosModel = model(paxos, {
  nodes: 3,
  nemeses: [reorder(), drop(), duplicate(), partition(), crash(), disk(), pause(), slow(), clock(), client()],
  properties: [oneValueChosen, takesOver, answeredInCalm(paxos), linearizable(consensus)],
});
