/**
 * ABD: a multi-writer atomic register that survives the crash of any minority, without consensus.
 *
 * Attiya, Bar-Noy and Dolev, "Sharing Memory Robustly in Message-Passing Systems" (JACM 1995), with the multi-writer
 * tags of Lynch and Shvartsman (FTCS 1997). Every node keeps a version: a value under a tag, and tags are totally
 * ordered. The node that a client asks coordinates two phases, each of which waits for a majority:
 *
 *   query   ask all for their version; the newest among a majority is at least as new as any completed operation's
 *   store   tell all which version to keep: a write its new one, a read the one that it is about to return
 *
 * `clew explore abd --nodes 2 --clients 'write,read;write,read'` counts 827 worlds where Stateright's example
 * `linearizable-register.rs` has 544 (which a model of its form in test/explore has, too): there a node serves one call at
 * a time and is deaf to others, here it serves all, and remembers which writes it has begun.
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
  linearizable,
  model,
  partition,
  pause,
  protocol,
  register,
  reorder,
  slow,
  sometimes,
  typed,
} from '../src/index.ts';

/** Two writes may pick the same `seq`; the call's id, which is unique, breaks the tie. */
interface Tag {
  seq: number;
  call: CallId;
}

interface Version {
  tag: Tag;
  value: number | null;
}

type Message =
  | { type: 'query'; call: CallId }
  | { type: 'version'; call: CallId; version: Version }
  | { type: 'store'; call: CallId; version: Version }
  | { type: 'stored'; call: CallId };

/** What the coordinator of a call remembers of it. A write carries its value; a read only learns one. */
interface Pending {
  phase: 'query' | 'store';
  write?: { value: number };
  newest: Version;
  /** Who has answered in this phase. */
  answered: string[];
}

const isOlder = (a: Tag, b: Tag) => a.seq < b.seq || (a.seq === b.seq && a.call < b.call);
const none: Tag = { seq: 0, call: 0 };

export const abd = protocol({
  name: 'abd',
  story: 'A register replicated on all nodes; reads and writes each ask a majority twice.',
  implements: register,
  message: typed<Message>(),
  mutants: {
    'no-write-back': {
      story:
        'A read returns the newest version it saw without storing it at a majority, so a later read may see an older one.',
      source: 'Attiya, Bar-Noy, Dolev 1995: a reader sends what it read to a majority before it returns it',
    },
    'ack-before-persist': {
      story:
        'A node acknowledges a store without making it durable, and a crash makes it forget what a majority relies on.',
      source:
        'Lamport, "The Part-Time Parliament" (1998): ledgers in indelible ink; a promise must outlive a crash',
    },
    'majority-off-by-one': {
      story: 'Half of the nodes, rounded down, pass for a majority, so two quorums need not meet.',
      source: 'The classic off-by-one of quorum code: n / 2 instead of n / 2 + 1',
    },
    'ties-not-broken': {
      story:
        'Tags compare by sequence number alone, so two concurrent writes leave different values on different nodes.',
      source: "Lynch and Shvartsman 1997: tags are pairs of a number and the writer's identity",
    },
  },

  /** `started` outlives a crash: a doubled request that arrives after a restart must not write a second time. */
  disk: (): { version: Version; started: CallId[] } => ({
    version: { tag: { ...none }, value: 0 },
    started: [],
  }),
  memory: (): { calls: Record<CallId, Pending> } => ({ calls: {} }),

  client: {
    read({ memory }, call, { broadcast }) {
      if (memory.calls[call.id]) return;
      memory.calls[call.id] = { phase: 'query', newest: { tag: { ...none }, value: 0 }, answered: [] };
      broadcast({ type: 'query', call: call.id });
    },
    write({ disk, memory }, call, { broadcast, persist }) {
      if (disk.started.includes(call.id)) return;
      disk.started.push(call.id);
      persist();
      const write = { value: call.input };
      memory.calls[call.id] = { phase: 'query', write, newest: { tag: { ...none }, value: 0 }, answered: [] };
      broadcast({ type: 'query', call: call.id });
    },
  },

  on: {
    query({ disk }, { call }, { from, send }) {
      send(from, { type: 'version', call, version: disk.version });
    },

    version({ memory }, { call, version }, { from, nodes, broadcast, reply, mutant }) {
      const pending = memory.calls[call];
      if (pending?.phase !== 'query' || pending.answered.includes(from)) return;
      if (isOlder(pending.newest.tag, version.tag)) pending.newest = version;
      pending.answered.push(from);
      const majority = Math.floor(nodes.length / 2) + (mutant === 'majority-off-by-one' ? 0 : 1);
      if (pending.answered.length < majority) return;

      if (mutant === 'no-write-back' && !pending.write) {
        delete memory.calls[call];
        reply(call, pending.newest.value);
        return;
      }
      pending.phase = 'store';
      pending.answered = [];
      if (pending.write)
        pending.newest = { tag: { seq: pending.newest.tag.seq + 1, call }, value: pending.write.value };
      broadcast({ type: 'store', call, version: pending.newest });
    },

    store({ disk }, { call, version }, { from, send, persist, mutant }) {
      const newer =
        mutant === 'ties-not-broken'
          ? disk.version.tag.seq < version.tag.seq
          : isOlder(disk.version.tag, version.tag);
      if (newer) {
        disk.version = version;
        // The acknowledgement is a promise that must outlive a crash.
        if (mutant !== 'ack-before-persist') persist();
      }
      send(from, { type: 'stored', call });
    },

    stored({ memory }, { call }, { from, nodes, reply, mutant }) {
      const pending = memory.calls[call];
      if (pending?.phase !== 'store' || pending.answered.includes(from)) return;
      pending.answered.push(from);
      const majority = Math.floor(nodes.length / 2) + (mutant === 'majority-off-by-one' ? 0 : 1);
      if (pending.answered.length < majority) return;
      delete memory.calls[call];
      reply(call, pending.write ? null : pending.newest.value);
    },
  },
});

/** While a node is up its tag never goes back, and one tag means one value everywhere. */
export const oneValueATag = always(abd, 'one value a tag', ({ nodes, changed }) => {
  if (!changed) return;
  const { tag, value } = changed.disk.version;
  for (const node of nodes) {
    const other = node.disk.version;
    if (other.tag.seq !== tag.seq || other.tag.call !== tag.call || other.value === value) continue;
    return `${changed.id} and ${node.id} both hold tag ${tag.seq}.${tag.call}, with values ${value} and ${other.value}`;
  }
  return;
});

const nodesDisagree = sometimes(abd, 'nodes hold different versions', ({ nodes, changed }) =>
  nodes.some((node) => changed && node.disk.version.tag.seq !== changed.disk.version.tag.seq),
);

export const abdModel = model(abd, {
  nodes: 3,
  nemeses: [reorder(), drop(), duplicate(), partition(), crash(), disk(), pause(), slow(), clock(), client()],
  properties: [oneValueATag, nodesDisagree, linearizable(register)],
  explore: { symmetry: true },
});
