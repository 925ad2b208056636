/**
 * Raft: a log replicated on all nodes, and on top of it a register that survives the crash of any minority.
 *
 * Ongaro and Ousterhout, "In Search of an Understandable Consensus Algorithm (Extended Version)" (2014); the sections
 * in the comments are that paper's. Terms number the reigns of leaders; a leader is elected by a majority, takes all
 * requests of clients, appends them to its log and makes the others' logs like its own. What a majority stores in the
 * term of its leader is committed, and no later leader can lack it.
 *
 * A reader with Figure 2 at hand finds its state, its rules for servers and its two RPCs here, in that order. An RPC is
 * two messages. Left out: membership changes (§6) and log compaction (§7). What holds of it all is in properties.ts.
 */
import { type CallId, type Context, type NodeId, protocol, register, typed } from '../../src/index.ts';

/** Log indices start at 1, as in the paper. A no-op opens each leader's term (§8); a write carries its client's call. */
export interface Entry {
  term: number;
  call: CallId | 'no-op';
  value: number;
}

/** State (Figure 2). What must outlive a crash is on disk, and made durable before any message relies on it. */
interface Disk {
  currentTerm: number;
  votedFor: NodeId | null;
  log: Entry[];
}

interface Memory {
  role: 'follower' | 'candidate' | 'leader';
  commitIndex: number;
  lastApplied: number;
  /** Candidates: who votes for this node, itself included. */
  votes: NodeId[];
  /** Leaders: the next entry to send to each node, and the last one known to be stored there. */
  nextIndex: Record<NodeId, number>;
  matchIndex: Record<NodeId, number>;
  /** Leaders: heartbeats are numbered by rounds; the last round that each node answered, and who waits for which. */
  round: number;
  answered: Record<NodeId, number>;
  reads: { call: CallId; round: number }[];
  /** The state machine: a register, and the calls that it has carried out, so that none is carried out twice (§8). */
  value: number;
  done: Record<CallId, true>;
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
      round: number;
    }
  /** `matchIndex`: up to where the logs agree, or, without success, at most could. */
  | { type: 'appended'; term: number; success: boolean; matchIndex: number; round: number };

type Timer = 'election' | 'heartbeat';

const mutants = {
  'vote-not-persisted': {
    story:
      'A node answers RequestVote before its term and vote are durable; after a crash it votes again in the same term.',
    source:
      'Figure 2: "Updated on stable storage before responding to RPCs"; Apache IoTDB, pull request 1125',
  },
  'no-up-to-date-check': {
    story:
      'A voter does not compare logs, so a node without committed entries can become leader and overwrite them.',
    source: '§5.4.1; simpleRaft, issue 10',
  },
  'commits-old-term-by-counting': {
    story:
      'A leader commits an entry of an earlier term as soon as a majority stores it, but a later leader may still lack it.',
    source: '§5.4.2 and Figure 8; LogCabin, issue 44: "critical Raft data corruption bug"',
  },
  'truncates-on-any-append': {
    story:
      'A follower drops all entries after those of any AppendEntries, so a late one undoes what it has acknowledged since.',
    source: 'Figure 2, AppendEntries rule 3: "if an existing entry conflicts"; akka-raft, issue 66',
  },
  'unconfirmed-reads': {
    story:
      'A leader answers reads from its own state, without asking a majority whether it has been deposed.',
    source: '§8; "Jepsen: etcd and Consul" (Kingsbury 2014)',
  },
  'ignores-term-of-replies': {
    story:
      'Nobody looks at the term of a reply: a later one is not adopted, one of an earlier term counts for the present.',
    source: '§5.1 and Figure 2, rules for all servers; verdi-raft, issue 29: a later term in replies ignored',
  },
  'counts-stale-append-response': {
    story:
      'A leader takes the answer to an AppendEntries of its earlier reign for the answer to its latest, and counts entries that the follower has not.',
    source: 'Gjengset, "Students\' Guide to Raft" (2016), Term confusion: drop replies to RPCs of old terms',
  },
  'commits-beyond-match': {
    story:
      'A follower takes all entries up to leaderCommit for committed, also those that this AppendEntries did not compare.',
    source:
      'Figure 2, AppendEntries rule 5: "min(leaderCommit, index of last new entry)"; Copycat, issue 265',
  },
} as const;

interface State {
  disk: Disk;
  memory: Memory;
}
type NodeContext = Context<Message, Timer, number | null, keyof typeof mutants>;

/**
 * Milliseconds; a message takes 10. The paper suggests 150 to 300 for elections (§5.2), far more than a broadcast takes
 * (§5.6). Here a single lost heartbeat may set one off: elections are where Raft goes wrong, so this model has many.
 */
const heartbeatInterval = 40;
const electionTimeout = { least: 60, most: 120 };

/** 0 before the first entry and after the last. */
const termAt = (log: readonly Entry[], index: number) => log[index - 1]?.term ?? 0;

// Rules for all nodes ----------------------------------------------------------------------------------------

/** Randomized, so that split votes are rare (§5.2). */
function resetElectionTimer({ setTimer, random }: NodeContext) {
  const { least, most } = electionTimeout;
  setTimer('election', least + Math.floor(random() * (most - least)));
}

/** A later term ends any role and any vote of this one (§5.1). The caller persists. */
function adoptTerm({ disk, memory }: State, term: number, context: NodeContext) {
  disk.currentTerm = term;
  disk.votedFor = null;
  if (memory.role === 'leader') {
    context.clearTimer('heartbeat');
    resetElectionTimer(context);
    memory.reads = [];
  }
  memory.role = 'follower';
}

/** A reply of a later term ends this one (§5.1); one of an earlier term answers a question no longer asked. */
function answersThisTerm(state: State, term: number, context: NodeContext): boolean {
  const { currentTerm } = state.disk;
  if (term === currentTerm || context.mutant === 'ignores-term-of-replies') return true;
  if (term > currentTerm) {
    adoptTerm(state, term, context);
    context.persist();
  }
  return false;
}

/** "If commitIndex > lastApplied: apply" (§5.3). The leader answers the client; a call that is done already is skipped. */
function applyCommitted({ disk, memory }: State, { reply }: NodeContext) {
  while (memory.lastApplied < memory.commitIndex) {
    const { call, value } = disk.log[memory.lastApplied]!;
    memory.lastApplied += 1;
    if (call === 'no-op' || memory.done[call]) continue;
    memory.value = value;
    memory.done[call] = true;
    if (memory.role === 'leader') reply(call);
  }
}

// Candidates (§5.2) --------------------------------------------------------------------------------------------

function startElection(state: State, context: NodeContext) {
  const { disk, memory } = state;
  disk.currentTerm += 1;
  disk.votedFor = context.self;
  context.persist();
  memory.role = 'candidate';
  memory.votes = [context.self];
  resetElectionTimer(context);
  const lastLogIndex = disk.log.length;
  const lastLogTerm = termAt(disk.log, lastLogIndex);
  for (const peer of context.peers) {
    context.send(peer, { type: 'requestVote', term: disk.currentTerm, lastLogIndex, lastLogTerm });
  }
  countVotes(state, context);
}

function countVotes(state: State, context: NodeContext) {
  if (state.memory.votes.length > context.nodes.length / 2) becomeLeader(state, context);
}

function becomeLeader(state: State, context: NodeContext) {
  const { disk, memory } = state;
  memory.role = 'leader';
  context.note('leader', disk.currentTerm);
  memory.nextIndex = {};
  memory.matchIndex = {};
  memory.answered = {};
  memory.round = 0;
  for (const node of context.nodes) {
    memory.nextIndex[node] = disk.log.length + 1;
    memory.matchIndex[node] = 0;
    memory.answered[node] = 0;
  }
  context.clearTimer('election');
  // "Upon election: send initial empty AppendEntries RPCs"; the no-op follows with the next ones.
  sendHeartbeats(state, context);
  append(state, { term: disk.currentTerm, call: 'no-op', value: 0 }, context);
}

// Leaders (§5.3) -----------------------------------------------------------------------------------------------

function append(
  { disk, memory }: State,
  entry: Entry,
  { self, persist }: Pick<NodeContext, 'self' | 'persist'>,
) {
  disk.log.push(entry);
  persist();
  memory.matchIndex[self] = disk.log.length;
}

/** The last of the entries that a node lacks and that share a term. */
function endOfLatest({ disk, memory }: State, to: NodeId): number {
  const { log } = disk;
  const first = memory.nextIndex[to]!;
  let end = first - 1;
  while (end < log.length && termAt(log, end + 1) === termAt(log, first)) end += 1;
  return end;
}

/**
 * The entries that the node lacks, as far as they share a term, or none: a heartbeat. The paper sends what it likes;
 * by term, entries of an earlier term can reach a majority before the leader's own, as Figure 8 needs it.
 */
function sendEntries({ disk, memory }: State, to: NodeId, { send }: Pick<NodeContext, 'send'>) {
  const { log } = disk;
  const prevLogIndex = memory.nextIndex[to]! - 1;
  send(to, {
    type: 'appendEntries',
    term: disk.currentTerm,
    prevLogIndex,
    prevLogTerm: termAt(log, prevLogIndex),
    entries: log.slice(prevLogIndex, endOfLatest({ disk, memory }, to)),
    leaderCommit: memory.commitIndex,
    round: memory.round,
  });
}

function sendHeartbeats(state: State, context: NodeContext) {
  context.setTimer('heartbeat', heartbeatInterval);
  for (const peer of context.peers) sendEntries(state, peer, context);
}

/** "If a majority of matchIndex[i] ≥ N, and log[N].term == currentTerm: set commitIndex = N" (§5.3, §5.4). */
function advanceCommitIndex(state: State, context: NodeContext) {
  const { disk, memory } = state;
  for (let index = disk.log.length; index > memory.commitIndex; index -= 1) {
    // An entry of an earlier term is committed only together with one of this term after it (§5.4.2).
    const counts = termAt(disk.log, index) === disk.currentTerm;
    if (!counts && context.mutant !== 'commits-old-term-by-counting') return;
    if (!majorityHas(memory.matchIndex, index, context)) continue;
    memory.commitIndex = index;
    applyCommitted(state, context);
  }
}

function majorityHas(values: Record<NodeId, number>, least: number, { nodes }: NodeContext): boolean {
  let count = 0;
  for (const node of nodes) if (values[node]! >= least) count += 1;
  return count > nodes.length / 2;
}

/** A read waits until a majority has answered a heartbeat sent after it came: then this was the leader when it came (§8). */
function answerConfirmedReads({ memory }: State, context: NodeContext) {
  while (memory.reads.length > 0 && majorityHas(memory.answered, memory.reads[0]!.round, context)) {
    context.reply(memory.reads.shift()!.call, memory.value);
  }
}

export const raft = protocol({
  name: 'raft',
  story: 'A register on a replicated log: an elected leader appends, a majority commits, every node applies.',
  implements: register,
  message: typed<Message>(),
  timer: typed<Timer>(),
  mutants,
  clients: { timeout: 500, retry: 100 },

  disk: (): Disk => ({ currentTerm: 0, votedFor: null, log: [] }),
  memory: (): Memory => ({
    role: 'follower',
    commitIndex: 0,
    lastApplied: 0,
    votes: [],
    nextIndex: {},
    matchIndex: {},
    round: 0,
    answered: {},
    reads: [],
    value: 0,
    done: {},
  }),

  start(_state, context) {
    resetElectionTimer(context);
  },

  timeout: {
    election(state, context) {
      startElection(state, context);
    },
    heartbeat(state, context) {
      sendHeartbeats(state, context);
      advanceCommitIndex(state, context); // A leader without peers hears no answers.
    },
  },

  on: {
    // RequestVote RPC (§5.2, §5.4) -----------------------------------------------------------------------------

    requestVote(state, { term, lastLogIndex, lastLogTerm }, context) {
      const { disk } = state;
      if (term > disk.currentTerm) adoptTerm(state, term, context);
      const ownTerm = termAt(disk.log, disk.log.length);
      const upToDate = lastLogTerm > ownTerm || (lastLogTerm === ownTerm && lastLogIndex >= disk.log.length);
      const voteGranted =
        term === disk.currentTerm &&
        (disk.votedFor === null || disk.votedFor === context.from) &&
        (upToDate || context.mutant === 'no-up-to-date-check');
      if (voteGranted) {
        disk.votedFor = context.from;
        resetElectionTimer(context);
      }
      if (context.mutant !== 'vote-not-persisted') context.persist();
      context.send(context.from, { type: 'vote', term: disk.currentTerm, voteGranted });
    },

    vote(state, { term, voteGranted }, context) {
      const { memory } = state;
      if (!answersThisTerm(state, term, context) || memory.role !== 'candidate') return;
      if (!voteGranted || memory.votes.includes(context.from)) return;
      memory.votes.push(context.from);
      countVotes(state, context);
    },

    // AppendEntries RPC (§5.3) ---------------------------------------------------------------------------------

    appendEntries(state, { term, prevLogIndex, prevLogTerm, entries, leaderCommit, round }, context) {
      const { disk, memory } = state;
      const { log } = disk;
      let changed = term > disk.currentTerm;
      if (changed) adoptTerm(state, term, context);

      const current = term === disk.currentTerm;
      if (current) {
        memory.role = 'follower';
        resetElectionTimer(context);
      }

      // 1. and 2. Refuse a leader of an earlier term, and entries that would leave a gap or follow another entry.
      if (!current || termAt(log, prevLogIndex) !== prevLogTerm) {
        if (changed) context.persist();
        const matchIndex = lastPossibleMatch(log, prevLogIndex);
        context.send(context.from, appended(disk.currentTerm, false, matchIndex, round));
        return;
      }

      // 3. and 4. Delete what conflicts with the new entries, append those not already in the log.
      let index = prevLogIndex;
      for (const entry of entries) {
        index += 1;
        const own = termAt(log, index);
        if (own === entry.term) continue;
        if (own !== 0) log.length = index - 1;
        log.push({ ...entry });
        changed = true;
      }
      if (context.mutant === 'truncates-on-any-append' && log.length > index) {
        log.length = index;
        changed = true;
      }
      if (changed) context.persist();

      // 5. Only as far as the last new entry: after it, this log may still differ from the leader's.
      const compared = context.mutant === 'commits-beyond-match' ? log.length : index;
      memory.commitIndex = Math.max(memory.commitIndex, Math.min(leaderCommit, compared));
      applyCommitted(state, context);
      context.send(context.from, appended(disk.currentTerm, true, index, round));
    },

    appended(state, { term, success, matchIndex, round }, context) {
      const { memory } = state;
      const { from } = context;
      const stale = term < state.disk.currentTerm && context.mutant === 'counts-stale-append-response';
      if ((!stale && !answersThisTerm(state, term, context)) || memory.role !== 'leader') return;

      // Whether or not its log matches, this node still follows.
      if (round > memory.answered[from]!) {
        memory.answered[from] = round;
        answerConfirmedReads(state, context);
      }
      if (!success) {
        // "Decrement nextIndex and retry", by the faster way at the end of §5.3. A late refusal costs only time.
        if (matchIndex + 1 >= memory.nextIndex[from]!) return;
        memory.nextIndex[from] = matchIndex + 1;
        sendEntries(state, from, context);
        return;
      }
      const index = stale ? endOfLatest(state, from) : matchIndex;
      memory.nextIndex[from] = Math.max(memory.nextIndex[from]!, index + 1);
      if (index > memory.matchIndex[from]!) {
        memory.matchIndex[from] = index;
        advanceCommitIndex(state, context);
      }
    },
  },

  /** Only a leader answers (§8); the others stay silent, and the client asks the next node. */
  client: {
    write(state, call, context) {
      const { disk, memory } = state;
      if (memory.role !== 'leader') return;
      if (memory.done[call.id]) return context.reply(call.id);
      append(state, { term: disk.currentTerm, call: call.id, value: call.input }, context);
      for (const peer of context.peers) sendEntries(state, peer, context);
    },

    read(state, call, context) {
      const { disk, memory } = state;
      if (memory.role !== 'leader') return;
      // Which entries are committed, a leader knows once it has committed one of its own term (§8).
      if (termAt(disk.log, memory.commitIndex) !== disk.currentTerm) return;
      if (context.mutant === 'unconfirmed-reads') return context.reply(call.id, memory.value);
      if (memory.reads.some((read) => read.call === call.id)) return;
      memory.round += 1;
      memory.answered[context.self] = memory.round;
      memory.reads.push({ call: call.id, round: memory.round });
      for (const peer of context.peers) sendEntries(state, peer, context);
      answerConfirmedReads(state, context);
    },
  },
});

function appended(term: number, success: boolean, matchIndex: number, round: number): Message {
  return { type: 'appended', term, success, matchIndex, round };
}

/** Where the logs may agree at the latest: before all entries of the term that conflicts (end of §5.3). */
function lastPossibleMatch(log: readonly Entry[], prevLogIndex: number) {
  if (prevLogIndex > log.length) return log.length;
  let index = prevLogIndex;
  while (index > 0 && termAt(log, index) === termAt(log, prevLogIndex)) index -= 1;
  return index;
}
