/**
 * What Raft promises: the five properties of Figure 3, durability (§5.3), linearizability (§8), and progress once
 * faults have stopped (§5.6). Each `always` is judged after every step, so it looks only at what this step can have
 * changed; what it must remember of earlier steps, which no node knows, is in its ghost.
 */
import {
  always,
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
  register,
  reorder,
  slow,
  sometimes,
} from '../../src/index.ts';
import { type Entry, raft } from './raft.ts';

type Log = readonly Entry[];

const show = ({ term, call }: Entry) => `${call === 'no-op' ? 'the no-op' : `call ${call}`} of term ${term}`;
const same = (a: Entry | undefined, b: Entry | undefined) =>
  a === b || (a !== undefined && b !== undefined && a.term === b.term && a.call === b.call);

/** Entries are never edited in place and logs change at their end, so a log with the same end is the same log. */
const isUnchanged = (before: Log, log: Log) =>
  before.length === log.length && before[before.length - 1] === log[log.length - 1];

/** The first index (from 1) at which two logs differ, or the first after both. */
function firstDifference(a: Log, b: Log): number {
  let index = 1;
  while (index <= Math.max(a.length, b.length) && same(a[index - 1], b[index - 1])) index += 1;
  return index;
}

/** "At most one leader can be elected in a given term." */
export const electionSafety = always(
  raft,
  'election safety',
  ({ notes, firstNewNote }, leaders) => {
    for (let index = firstNewNote; index < notes.length; index += 1) {
      const { node, value: term } = notes[index]!;
      const leader = (leaders[term as number] ??= node);
      if (leader !== node) return `${leader} and ${node} were both elected leader of term ${term}`;
    }
    return;
  },
  (): Record<number, NodeId> => ({}),
);

/** "A leader never overwrites or deletes entries in its log; it only appends new entries." */
export const leaderAppendOnly = always(
  raft,
  'leader append-only',
  ({ changed }, reigns) => {
    if (changed?.memory.role !== 'leader') return;
    const { id } = changed;
    const { currentTerm, log } = changed.disk;
    const reign = reigns[id];
    if (reign?.term === currentTerm) {
      if (isUnchanged(reign.log, log)) return;
      const index = firstDifference(reign.log, log);
      if (index <= reign.log.length) return `${id}, leader of term ${currentTerm}, lost its entry ${index}`;
    }
    reigns[id] = { term: currentTerm, log: log.slice() };
    return;
  },
  (): Record<NodeId, { term: number; log: Log }> => ({}),
);

interface Written {
  call: Entry['call'];
  prevTerm: number;
  by: NodeId;
}

/**
 * "If two logs contain an entry with the same index and term, then the logs are identical in all entries up through the
 * given index." By induction: such entries are the same and follow an entry of the same term, in all logs there ever were.
 */
export const logMatching = always(
  raft,
  'log matching',
  ({ changed }, { logs, written }) => {
    if (!changed) return;
    const { log } = changed.disk;
    const before = logs[changed.id] ?? [];
    if (isUnchanged(before, log)) return;
    logs[changed.id] = log.slice();
    for (let index = firstDifference(before, log); index <= log.length; index += 1) {
      const { term, call } = log[index - 1]!;
      const prevTerm = log[index - 2]?.term ?? 0;
      const terms = (written[index] ??= {});
      const known = (terms[term] ??= { call, prevTerm, by: changed.id });
      if (known.call === call && known.prevTerm === prevTerm) continue;
      return `entry ${index} of term ${term} is not the same, or follows another term's, on ${known.by} and ${changed.id}`;
    }
    return;
  },
  (): { logs: Record<NodeId, Log>; written: Record<number, Record<number, Written>> } => ({
    logs: {},
    written: {},
  }),
);

interface Committed {
  entry: Entry;
  term: number;
  by: NodeId;
}

/**
 * "If a log entry is committed in a given term, then that entry will be present in the logs of the leaders for all
 * higher-numbered terms." An entry is committed in the term of the leader that first says so.
 */
export const leaderCompleteness = always(
  raft,
  'leader completeness',
  ({ changed, nodes, notes, firstNewNote }, committed) => {
    if (!changed) return;
    const { id, memory, disk } = changed;
    const firstNew = committed.length + 1;
    for (let index = firstNew; index <= memory.commitIndex; index += 1) {
      committed.push({ entry: { ...disk.log[index - 1]! }, term: disk.currentTerm, by: id });
    }
    const elected = firstNewNote < notes.length;
    if (firstNew > committed.length && !elected) return;
    for (const node of nodes) {
      if (node.memory.role !== 'leader') continue;
      const { currentTerm, log } = node.disk;
      for (let index = elected ? 1 : firstNew; index <= committed.length; index += 1) {
        const fact = committed[index - 1]!;
        if (fact.term >= currentTerm || same(log[index - 1], fact.entry)) continue;
        return `${node.id} leads term ${currentTerm} without entry ${index} (${show(fact.entry)}), which ${fact.by} committed in term ${fact.term}`;
      }
    }
    return;
  },
  (): Committed[] => [],
);

/**
 * "If a server has applied a log entry at a given index to its state machine, no other server will ever apply a
 * different log entry for the same index."
 */
export const stateMachineSafety = always(
  raft,
  'state machine safety',
  ({ changed }, { last, applied }) => {
    if (!changed) return;
    const { id, memory, disk } = changed;
    const { lastApplied } = memory;
    const before = last[id] ?? 0;
    if (lastApplied === before) return;
    last[id] = lastApplied;
    // A node that has restarted applies its log from the beginning.
    for (let index = lastApplied < before ? 1 : before + 1; index <= lastApplied; index += 1) {
      const entry = disk.log[index - 1]!;
      const first = (applied[index] ??= { entry: { ...entry }, by: id });
      if (same(first.entry, entry)) continue;
      return `at index ${index}, ${first.by} applied ${show(first.entry)} and ${id} applies ${show(entry)}`;
    }
    return;
  },
  (): { last: Record<NodeId, number>; applied: Record<number, { entry: Entry; by: NodeId }> } => ({
    last: {},
    applied: {},
  }),
);

/** "Raft guarantees that committed entries are durable" (§5.3): no node, crash or not, loses one that it knew of. */
export const durability = always(
  raft,
  'durability',
  ({ changed }, known) => {
    if (!changed) return;
    const { id, memory, disk } = changed;
    const before = (known[id] ??= { log: [], committed: 0 });
    if (!isUnchanged(before.log, disk.log)) {
      const index = firstDifference(before.log, disk.log);
      if (index <= before.committed) {
        return `${id} lost entry ${index} (${show(before.log[index - 1]!)}), though it knew that entries up to ${before.committed} are committed`;
      }
      before.log = disk.log.slice();
    }
    if (memory.commitIndex > before.committed) before.committed = memory.commitIndex;
    return;
  },
  (): Record<NodeId, { log: Log; committed: number }> => ({}),
);

/** One leader, whom all follow, and all have applied its no-op, and with it all that was committed before its term. */
export const progress = eventually(raft, 'progress', ({ nodes }) => {
  const terms = nodes.map((node) => node.disk.currentTerm);
  const term = Math.max(...terms);
  const leader = nodes.find((node) => node.memory.role === 'leader' && node.disk.currentTerm === term);
  if (!leader) return `no node leads term ${term}, the highest`;
  const opening = leader.disk.log.findIndex((entry) => entry.term === term) + 1;
  for (const { id, disk, memory } of nodes) {
    if (disk.currentTerm !== term)
      return `${id} is still in term ${disk.currentTerm}, not in ${leader.id}'s term ${term}`;
    if (memory.lastApplied < opening) {
      return `${id} has applied ${memory.lastApplied} entries; ${leader.id} opened its term with entry ${opening}`;
    }
  }
  return;
});

const changeOfLeader = sometimes(
  raft,
  'a leader is followed by another',
  ({ notes, firstNewNote }, seen) => {
    for (const { node } of notes.slice(firstNewNote)) {
      if (seen.leader !== null && seen.leader !== node) return true;
      seen.leader = node;
    }
    return false;
  },
  (): { leader: NodeId | null } => ({ leader: null }),
);

/** The case that Figure 8 is about: a leader carries on with what an earlier one left uncommitted. */
const oldEntryCommitted = sometimes(
  raft,
  'an entry of an earlier term is committed',
  ({ changed }, seen) => {
    if (!changed) return false;
    const { role, commitIndex } = changed.memory;
    if (commitIndex <= seen.commitIndex) return false;
    const first = changed.disk.log[seen.commitIndex];
    seen.commitIndex = commitIndex;
    return role === 'leader' && first!.term < changed.disk.currentTerm;
  },
  () => ({ commitIndex: 0 }),
);

export const raftModel = model(raft, {
  nodes: 3,
  nemeses: [reorder(), drop(), duplicate(), partition(), crash(), disk(), pause(), slow(), clock(), client()],
  properties: [
    electionSafety,
    leaderAppendOnly,
    logMatching,
    leaderCompleteness,
    stateMachineSafety,
    durability,
    linearizable(register),
    progress,
    changeOfLeader,
    oldEntryCommitted,
  ],
  explore: {
    symmetry: true,
    /** Two terms of two entries. */
    within: ({ nodes }) =>
      nodes.every(({ disk }) => {
        const { currentTerm, log } = disk as { currentTerm: number; log: Log };
        return currentTerm <= 2 && log.length <= 2;
      }),
  },
});
