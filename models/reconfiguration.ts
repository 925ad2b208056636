/**
 * Single-server membership changes: a Raft cluster adds or removes one server at a time, without joint consensus.
 *
 * Ongaro, "Consensus: Bridging Theory and Practice" (2014), chapter 4, and his correction of it: "bug in single-server
 * membership changes" (raft-dev, 10 July 2015). Majorities of two configurations that differ by one server overlap, so
 * a server uses the latest configuration in its log as soon as it is there, committed or not. That is safe for two
 * changes in a row by one leader. But two leaders, each starting from the same configuration, can each change it by
 * one, in different ways, and then the majorities need not overlap; hence the correction: a leader must have committed
 * an entry of its own term (its no-op) before it changes the configuration.
 *
 *   n1 leads term 1: {1,2,3,4} → {1,2,3}? on n1 alone       (four servers, one of them to go or to come)
 *   n2 leads term 2 by n2, n3, n4: {1,2,3,4} → {2,3,4}, stored by n2 and n3 or n4: committed
 *   n1 leads term 3 by the majority of its own {1,2,3}, and overwrites what is committed
 *
 * Only what this takes is modelled: terms, votes, and a log whose entries are configurations. Clients' data would be
 * more entries. A server that is in no configuration still votes and stores, as §4.2.2 asks of it.
 */
import {
  always,
  type Context,
  clock,
  crash,
  disk,
  drop,
  duplicate,
  model,
  type NodeId,
  partition,
  pause,
  protocol,
  reorder,
  slow,
  sometimes,
  typed,
} from '../src/index.ts';

/** An entry is a configuration: the servers that count. A no-op repeats the one before it. */
interface Entry {
  term: number;
  servers: NodeId[];
}

interface Disk {
  currentTerm: number;
  votedFor: NodeId | null;
  log: Entry[];
}

interface Memory {
  role: 'follower' | 'candidate' | 'leader';
  votes: NodeId[];
  commitIndex: number;
  /** Leaders: up to where each node's log is known to agree, and what to send it next. */
  matchIndex: Record<NodeId, number>;
  nextIndex: Record<NodeId, number>;
}

type Message =
  | { type: 'requestVote'; term: number; lastLogIndex: number; lastLogTerm: number }
  | { type: 'vote'; term: number; voteGranted: boolean }
  | {
      type: 'appendEntries';
      term: number;
      prevLogIndex: number;
      prevLogTerm: number;
      entries: Entry[];
      leaderCommit: number;
    }
  | { type: 'appended'; term: number; success: boolean; matchIndex: number };

type Timer = 'election' | 'heartbeat' | 'change';

const mutants = {
  'changes-before-own-commit': {
    story:
      'A leader changes the configuration before it has committed an entry of its own term, so it may start from one that another leader has changed otherwise.',
    source: 'Ongaro, "bug in single-server membership changes", raft-dev, 10 July 2015',
  },
  'changes-before-last-is-committed': {
    story:
      'A leader begins a change while its last one is not committed, so two changes are under way at once.',
    source: 'Ongaro 2014, §4.1: a leader begins no change before the last one is committed',
  },
} as const;

interface State {
  disk: Disk;
  memory: Memory;
}
type Step = Context<Message, Timer, null, keyof typeof mutants>;

/** Milliseconds. A message takes about 10. */
const heartbeatInterval = 40;
const electionTimeout = { least: 60, most: 120 };
/** How long a leader waits before it wants the next change. */
const changeAfter = { least: 5, most: 100 };

const termAt = (log: readonly Entry[], index: number) => log[index - 1]?.term ?? 0;

/** "A server always uses the latest configuration in its log, regardless of whether the entry is committed" (the Raft paper, §6). */
const serversOf = (log: readonly Entry[], nodes: readonly NodeId[]): readonly NodeId[] =>
  log[log.length - 1]?.servers ?? nodes;

const isMajority = (servers: readonly NodeId[], counts: (server: NodeId) => boolean) =>
  servers.filter(counts).length > servers.length / 2;

const between = ({ least, most }: { least: number; most: number }, { random }: Pick<Step, 'random'>) =>
  least + Math.floor(random() * (most - least));

function adoptTerm({ disk, memory }: State, term: number, context: Step) {
  disk.currentTerm = term;
  disk.votedFor = null;
  if (memory.role === 'leader') {
    context.clearTimer('heartbeat');
    context.clearTimer('change');
    context.setTimer('election', between(electionTimeout, context));
  }
  memory.role = 'follower';
}

// Elections (§3.4) ---------------------------------------------------------------------------------------------

function countVotes(state: State, context: Step) {
  const { disk, memory } = state;
  if (!isMajority(serversOf(disk.log, context.nodes), (server) => memory.votes.includes(server))) return;
  memory.role = 'leader';
  context.note('leader', disk.currentTerm);
  for (const node of context.nodes) {
    memory.nextIndex[node] = disk.log.length + 1;
    memory.matchIndex[node] = 0;
  }
  append(state, [...serversOf(disk.log, context.nodes)], context);
  context.clearTimer('election');
  context.setTimer('change', between(changeAfter, context));
}

// Leaders (§3.5, §4.1) -----------------------------------------------------------------------------------------

function append(state: State, servers: NodeId[], context: Step) {
  const { disk, memory } = state;
  disk.log.push({ term: disk.currentTerm, servers });
  context.persist();
  memory.matchIndex[context.self] = disk.log.length;
  sendHeartbeats(state, context);
  advanceCommitIndex(state);
}

function sendHeartbeats(state: State, context: Step) {
  context.setTimer('heartbeat', heartbeatInterval);
  for (const peer of context.peers) sendEntries(state, peer, context);
}

function sendEntries({ disk, memory }: State, to: NodeId, { send }: Pick<Step, 'send'>) {
  const prevLogIndex = memory.nextIndex[to]! - 1;
  send(to, {
    type: 'appendEntries',
    term: disk.currentTerm,
    prevLogIndex,
    prevLogTerm: termAt(disk.log, prevLogIndex),
    entries: disk.log.slice(prevLogIndex),
    leaderCommit: memory.commitIndex,
  });
}

/** Entries are counted by the latest configuration, whether or not it is committed. */
function advanceCommitIndex({ disk, memory }: State) {
  const servers = disk.log[disk.log.length - 1]!.servers;
  for (let index = disk.log.length; index > memory.commitIndex; index -= 1) {
    if (termAt(disk.log, index) !== disk.currentTerm) return;
    if (isMajority(servers, (server) => memory.matchIndex[server]! >= index)) memory.commitIndex = index;
  }
}

/** One server less or one more, by chance; there are always two at least. */
function anotherConfiguration(servers: readonly NodeId[], { nodes, random }: Step): NodeId[] {
  const others = nodes.filter((node) => !servers.includes(node));
  const drawn = random();
  const grow = servers.length < 3 || (others.length > 0 && drawn < 0.5);
  const among = grow ? others : servers;
  const one = among[Math.floor(random() * among.length)]!;
  return grow ? [...servers, one].sort() : servers.filter((server) => server !== one);
}

export const reconfiguration = protocol({
  name: 'reconfiguration',
  story: 'The membership of a Raft cluster changes by one server at a time, while leaders come and go.',
  message: typed<Message>(),
  timer: typed<Timer>(),
  mutants,

  disk: (): Disk => ({ currentTerm: 0, votedFor: null, log: [] }),
  memory: (): Memory => ({ role: 'follower', votes: [], commitIndex: 0, matchIndex: {}, nextIndex: {} }),

  start(_state, context) {
    context.setTimer('election', between(electionTimeout, context));
  },

  timeout: {
    election(state, context) {
      const { disk, memory } = state;
      context.setTimer('election', between(electionTimeout, context));
      if (!serversOf(disk.log, context.nodes).includes(context.self)) return;
      disk.currentTerm += 1;
      disk.votedFor = context.self;
      context.persist();
      memory.role = 'candidate';
      memory.votes = [context.self];
      const lastLogIndex = disk.log.length;
      const lastLogTerm = termAt(disk.log, lastLogIndex);
      for (const peer of context.peers) {
        context.send(peer, { type: 'requestVote', term: disk.currentTerm, lastLogIndex, lastLogTerm });
      }
      countVotes(state, context);
    },

    heartbeat(state, context) {
      sendHeartbeats(state, context);
    },

    change(state, context) {
      const { disk, memory } = state;
      context.setTimer('change', between(changeAfter, context));
      const ownCommitted = termAt(disk.log, memory.commitIndex) === disk.currentTerm;
      const lastCommitted = memory.commitIndex === disk.log.length;
      // The no-op of this term is an entry after the last change, so it stands for the rule of §4.1 too.
      const lastChange = lastChangeIn(disk.log, context.nodes);
      if (context.mutant === 'changes-before-own-commit') {
        // The rule of 2014: the last change must be committed, as far as this leader can know.
        const own = termAt(disk.log, lastChange) === disk.currentTerm;
        if (own && memory.commitIndex < lastChange) return;
      } else if (context.mutant === 'changes-before-last-is-committed') {
        if (!ownCommitted) return;
      } else if (!ownCommitted || !lastCommitted) return;
      append(state, anotherConfiguration(serversOf(disk.log, context.nodes), context), context);
    },
  },

  on: {
    requestVote(state, { term, lastLogIndex, lastLogTerm }, context) {
      const { disk } = state;
      if (term > disk.currentTerm) adoptTerm(state, term, context);
      const ownTerm = termAt(disk.log, disk.log.length);
      const upToDate = lastLogTerm > ownTerm || (lastLogTerm === ownTerm && lastLogIndex >= disk.log.length);
      const free = disk.votedFor === null || disk.votedFor === context.from;
      const voteGranted = term === disk.currentTerm && free && upToDate;
      if (voteGranted) {
        disk.votedFor = context.from;
        context.setTimer('election', between(electionTimeout, context));
      }
      context.persist();
      context.send(context.from, { type: 'vote', term: disk.currentTerm, voteGranted });
    },

    vote(state, { term, voteGranted }, context) {
      const { disk, memory } = state;
      if (term > disk.currentTerm) {
        adoptTerm(state, term, context);
        context.persist();
      }
      if (term !== disk.currentTerm || memory.role !== 'candidate' || !voteGranted) return;
      if (!memory.votes.includes(context.from)) memory.votes.push(context.from);
      countVotes(state, context);
    },

    appendEntries(state, { term, prevLogIndex, prevLogTerm, entries, leaderCommit }, context) {
      const { disk, memory } = state;
      const { log } = disk;
      if (term > disk.currentTerm) adoptTerm(state, term, context);
      const current = term === disk.currentTerm;
      if (current) {
        memory.role = 'follower';
        context.setTimer('election', between(electionTimeout, context));
      }
      const success = current && termAt(log, prevLogIndex) === prevLogTerm && prevLogIndex <= log.length;
      let index = prevLogIndex;
      if (success) {
        for (const entry of entries) {
          index += 1;
          if (index <= log.length && termAt(log, index) === entry.term) continue;
          log.length = index - 1;
          log.push({ term: entry.term, servers: [...entry.servers] });
        }
        memory.commitIndex = Math.max(memory.commitIndex, Math.min(leaderCommit, index));
      }
      context.persist();
      const matchIndex = success ? index : Math.min(prevLogIndex - 1, log.length);
      context.send(context.from, { type: 'appended', term: disk.currentTerm, success, matchIndex });
    },

    appended(state, { term, success, matchIndex }, context) {
      const { disk, memory } = state;
      const { from } = context;
      if (term > disk.currentTerm) {
        adoptTerm(state, term, context);
        context.persist();
      }
      if (term !== disk.currentTerm || memory.role !== 'leader') return;
      if (!success) {
        memory.nextIndex[from] = Math.max(1, Math.min(memory.nextIndex[from]! - 1, matchIndex + 1));
        return sendEntries(state, from, context);
      }
      memory.matchIndex[from] = Math.max(memory.matchIndex[from]!, matchIndex);
      memory.nextIndex[from] = memory.matchIndex[from]! + 1;
      advanceCommitIndex(state);
    },
  },
});

/** The index of the last entry that is not a no-op: whose configuration differs from the one before it; 0 for none. */
function lastChangeIn(log: readonly Entry[], nodes: readonly NodeId[]): number {
  for (let index = log.length; index > 0; index -= 1) {
    const before = log[index - 2]?.servers ?? nodes;
    if (before.join() !== log[index - 1]!.servers.join()) return index;
  }
  return 0;
}

const show = ({ term, servers }: Entry) => `{${servers.join(' ')}} of term ${term}`;

const committedForGood = always(
  reconfiguration,
  'no two servers commit different entries at the same index',
  ({ changed }, committed) => {
    if (!changed) return;
    const { id, memory, disk } = changed;
    for (let index = 1; index <= memory.commitIndex; index += 1) {
      const entry = disk.log[index - 1]!;
      const first = (committed[index] ??= { entry: { ...entry }, by: id });
      if (first.entry.term === entry.term) continue;
      return `at index ${index}, ${first.by} committed ${show(first.entry)} and ${id} commits ${show(entry)}`;
    }
    return;
  },
  (): Record<number, { entry: Entry; by: NodeId }> => ({}),
);

const oneLeader = always(
  reconfiguration,
  'at most one leader is elected in a term',
  ({ notes, firstNewNote }, leaders) => {
    for (let index = firstNewNote; index < notes.length; index += 1) {
      const { node, value } = notes[index]!;
      const leader = (leaders[value as number] ??= node);
      if (leader !== node) return `${leader} and ${node} were both elected leader of term ${String(value)}`;
    }
    return;
  },
  (): Record<number, NodeId> => ({}),
);

const shrinks = sometimes(
  reconfiguration,
  'a change of the configuration is committed',
  ({ changed, nodes }) => {
    const { log } = changed?.disk ?? { log: [] };
    const index = changed?.memory.commitIndex ?? 0;
    return index > 0 && log[index - 1]!.servers.length < nodes.length;
  },
);

export const reconfigurationModel = model(reconfiguration, {
  nodes: 4,
  nemeses: [reorder(), drop(), duplicate(), partition(), crash(), disk(), pause(), slow(), clock()],
  properties: [oneLeader, committedForGood, shrinks],
});
