/**
 * Primary and backup with failover: a register that survives the loss of either replica.
 *
 * The primary orders all operations and answers one only when the backup has it too (Alsberg and Day, "A principle
 * for resilient sharing of distributed resources", ICSE 1976; Budhiraja, Marzullo, Schneider and Toueg, "The
 * primary-backup approach", 1993). Who may act alone is settled by epochs, each granted once, by a witness that keeps
 * no data (as the configuration manager of Lin, Yang, Zhang and Zhou, "PacificA", 2008):
 *
 *   epoch e, both     the primary needs the backup's word for every answer
 *   epoch e+1, alone  granted to the primary (the backup is silent) or to the backup (the primary is), never to both
 *   epoch e+2, both   the one that was alone takes the other back, and sends it its whole state
 *
 * The first two nodes are the replicas, the last is the witness. A message carries the whole state, not the one
 * operation: fine for a register, and nothing can be missing.
 */

import { answeredInCalm } from '../properties/answered-in-calm.ts';
import { atMostOneNode } from '../properties/at-most-one-node.ts';
import {
  type CallId,
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
  register,
  reorder,
  slow,
  sometimes,
  typed,
} from '../src/index.ts';

/** Who is primary in an epoch, and whether the other replica is left out. */
interface View {
  epoch: number;
  primary: NodeId;
  alone: boolean;
}

/** What is replicated. Reads count as versions too: an answer is as good as the backup's word for its version. */
interface State {
  version: number;
  value: number | null;
  /** Calls whose write is in `value` or was overwritten since: a request that comes again must not write again. */
  written: Record<CallId, true>;
}

type Message =
  | { type: 'operation'; call: CallId; write: number | null }
  | { type: 'state'; view: View; state: State }
  | { type: 'have'; epoch: number; version: number }
  | { type: 'join' }
  | { type: 'propose'; view: View }
  | { type: 'view'; view: View };

interface Disk {
  /** The newest view that this replica knows. */
  view: View;
  /** Of the witness: the view granted last. */
  granted: View;
  state: State;
  /** The last epoch in which this replica, as backup, got the primary's state: only then may it take over. */
  synced: number;
}

interface Memory {
  /** Ticks since the other replica was heard. */
  silence: number;
  /** Operations that are in the state, in order, and not yet answered. */
  waiting: { call: CallId; version: number; output: number | null }[];
}

const tickEvery = 40;
/** Ticks of silence before the other replica is given up. */
const patience = 3;

const replicas = (nodes: readonly NodeId[]) => nodes.slice(0, 2);
const other = (nodes: readonly NodeId[], self: NodeId) =>
  self === nodes[0] ? (nodes[1] ?? self) : nodes[0]!;
const witness = (nodes: readonly NodeId[]) => nodes[nodes.length - 1]!;

/** Answers all operations up to a version. */
function answer(memory: Memory, version: number, reply: (call: CallId, output: number | null) => void): void {
  while (memory.waiting.length > 0 && memory.waiting[0]!.version <= version) {
    const { call, output } = memory.waiting.shift()!;
    reply(call, output);
  }
}

export const primaryBackup = protocol({
  name: 'primary-backup',
  story: 'A register on a primary and a backup, with failover by epochs that a witness grants.',
  implements: register,
  message: typed<Message>(),
  timer: typed<'tick'>(),
  mutants: {
    'acks-before-backup': {
      story: 'The primary answers a write before the backup has it, so a failover loses the write.',
      source:
        'Alsberg and Day 1976: an answer means that two hosts have the update; asynchronous replication',
    },
    'no-epoch': {
      story:
        'A replica that hears nothing from the other goes on alone without asking, and so do both: split brain.',
      source:
        'Budhiraja and others 1993, property Pb1: at most one primary at any time; Davidson and others 1985',
    },
    'reads-from-backup': {
      story: 'A replica answers reads from its own state, although it may have been left out of the view.',
      source: 'Jepsen: MongoDB stale reads (2015), secondaries and deposed primaries',
    },
  },
  clients: { timeout: 500, retry: 100 },
  disk: (): Disk => ({
    view: { epoch: 1, primary: 'n1', alone: false },
    granted: { epoch: 1, primary: 'n1', alone: false },
    state: { version: 0, value: 0, written: {} },
    synced: 1,
  }),
  memory: (): Memory => ({ silence: 0, waiting: [] }),

  start(_, { self, nodes, setTimer }) {
    // A primary that restarts is primary still: what it has not answered, it has on disk or never sent.
    if (replicas(nodes).includes(self)) setTimer('tick', tickEvery);
  },

  client: {
    read(_, call, { nodes, send }) {
      for (const replica of replicas(nodes)) send(replica, { type: 'operation', call: call.id, write: null });
    },

    write(_, call, { nodes, send }) {
      for (const replica of replicas(nodes))
        send(replica, { type: 'operation', call: call.id, write: call.input });
    },
  },

  on: {
    operation({ disk, memory }, { call, write }, { self, nodes, mutant, send, persist, reply }) {
      const { view, state } = disk;
      if (mutant === 'reads-from-backup' && write === null) return reply(call, state.value);
      if (view.primary !== self) return;
      if (memory.waiting.some((waiting) => waiting.call === call)) return;
      state.version += 1;
      if (write !== null && !state.written[call]) {
        state.value = write;
        state.written[call] = true;
      }
      // Before anybody hears of this version: after a crash it must not be given to another operation.
      persist();
      memory.waiting.push({ call, version: state.version, output: write === null ? state.value : null });
      if (!view.alone) send(other(nodes, self), { type: 'state', view, state });
      if (view.alone || mutant === 'acks-before-backup') answer(memory, state.version, reply);
    },

    state({ disk, memory }, { view, state }, { from, send, persist }) {
      if (view.epoch < disk.view.epoch) return send(from, { type: 'view', view: disk.view });
      memory.silence = 0;
      if (disk.synced < view.epoch || state.version > disk.state.version) {
        // Also what this replica has on its own from earlier epochs goes: nobody was told of it.
        if (view.epoch > disk.view.epoch) memory.waiting = [];
        disk.view = view;
        disk.state = state;
        disk.synced = view.epoch;
        persist();
      }
      send(from, { type: 'have', epoch: view.epoch, version: state.version });
    },

    have({ disk, memory }, { epoch, version }, { reply }) {
      // A backup that has taken over no longer vouches in the old epoch, so its word also means: you are primary still.
      if (epoch !== disk.view.epoch) return;
      memory.silence = 0;
      answer(memory, version, reply);
    },

    join({ disk: { view } }, _, { self, nodes, send }) {
      if (view.primary !== self || !view.alone) return;
      send(witness(nodes), { type: 'propose', view: { epoch: view.epoch + 1, primary: self, alone: false } });
    },

    propose({ disk }, { view }, { from, send, persist }) {
      // Proposals of both replicas may race for an epoch; the first has it.
      if (view.epoch === disk.granted.epoch + 1) {
        disk.granted = view;
        persist();
      }
      send(from, { type: 'view', view: disk.granted });
    },

    view({ disk, memory }, { view }, { self, nodes, send, persist, reply, note }) {
      if (view.epoch <= disk.view.epoch) return;
      disk.view = view;
      persist();
      memory.silence = 0;
      if (view.primary !== self) {
        memory.waiting = [];
        return;
      }
      note('primary', view.epoch);
      if (view.alone) answer(memory, disk.state.version, reply);
      else send(other(nodes, self), { type: 'state', view, state: disk.state });
    },
  },

  timeout: {
    tick({ disk, memory }, { self, nodes, mutant, send, setTimer }) {
      const { view, state, synced } = disk;
      const peer = other(nodes, self);
      setTimer('tick', tickEvery);
      memory.silence += 1;
      if (view.primary !== self && (view.alone || synced < view.epoch)) return send(peer, { type: 'join' });
      if (view.alone) return;
      if (view.primary === self) send(peer, { type: 'state', view, state });
      if (memory.silence <= patience) return;
      // The other is silent. A backup in this place has all that the primary has answered in this epoch.
      const next = { epoch: view.epoch + 1, primary: self, alone: true };
      if (mutant === 'no-epoch') send(self, { type: 'view', view: next });
      else send(witness(nodes), { type: 'propose', view: next });
    },
  },
});

export const onePrimary = atMostOneNode(primaryBackup, 'primary', 'at most one primary an epoch');

export const backupTakesOver = sometimes(
  primaryBackup,
  'a backup takes over',
  ({ nodes, notes, firstNewNote }) => {
    const note = notes.length > firstNewNote ? notes.at(-1) : undefined;
    return note?.name === 'primary' && note.node === nodes[1]?.id;
  },
);

/** All ten kinds of fault: silence may be taken for a crash wrongly, and costs an epoch, not the promise. */
export const primaryBackupModel = model(primaryBackup, {
  nodes: 3,
  nemeses: [reorder(), drop(), duplicate(), partition(), crash(), disk(), pause(), slow(), clock(), client()],
  properties: [onePrimary, backupTakesOver, answeredInCalm(primaryBackup), linearizable(register)],
});
