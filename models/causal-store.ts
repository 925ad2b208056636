/**
 * A causally consistent key-value store: every node answers from its own copy, even when it is cut off, and yet no
 * client sees an effect without its cause.
 *
 * Lloyd, Freedman, Kaminsky and Andersen, "Don't settle for eventual: scalable causal consistency for wide-area storage
 * with COPS" (SOSP 2011), with vectors for dependencies as in Ahamad, Neiger, Burns, Kohli and Hutto, "Causal memory"
 * (1995). A write carries what its session had seen, its dependencies, and no node applies it before it has these:
 *
 *   session A   write x=1                      n1 ── x=1 ──> n2      n1 ── x=1 ──········──> n3
 *   session B   read x → 1, write y=2          n2 ── y=2 after n1's 1st ──> n3: kept until x=1 is there
 *
 * What a session has seen is its context. In COPS the client's library holds it; here one node, the session's home,
 * does so on its behalf: an operation goes from the node that was asked to the home, back with the context, is served
 * when the node has all of that, and returns the new context to the home, which answers.
 *
 * Concurrent writes of a key are settled by Lamport's clock, the last one wins, so that all nodes end up the same. This
 * is causal convergence (COPS calls it causal+). It is not causal memory: a session that wrote x=2 may still see what
 * was written after some x=1 that loses to it, without ever having to see x=1. No order of all writes by the session's own
 * view explains that.
 */
import { answeredInCalm } from '../properties/answered-in-calm.ts';
import {
  always,
  type CallId,
  type Context,
  causalConvergence,
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
  slow,
  sometimes,
  spec,
  typed,
} from '../src/index.ts';

export const keyedRegister = spec({
  name: 'keyed-register',
  key: 'independent',
  init: (): { value: number | null } => ({ value: null }),
  ops: {
    read: (state) => state.value,
    write: (state, value: number) => void (state.value = value),
  },
  reads: ['read'],
});

/** How many writes of each node: since every node's are applied in their order, this names a set of writes. */
type Seen = Record<NodeId, number>;

interface Write {
  call: CallId;
  key: string;
  value: number;
  /** The `number`-th write that this node accepted. */
  node: NodeId;
  number: number;
  /** Lamport's clock. */
  time: number;
  dependencies: Seen;
}

/** An operation of a session on its way: a write has a value. */
interface Request {
  call: CallId;
  key: string;
  value: number | null;
}

type Message =
  | { type: 'operation'; request: Request }
  | { type: 'serve'; request: Request; context: Seen }
  | { type: 'served'; call: CallId; output: number | null; seen: Seen }
  | { type: 'replicate'; write: Write }
  | { type: 'have'; applied: Seen };

interface Session {
  context: Seen;
  /** The operation begun last, which node serves it, and what it answered. A request that comes again begins nothing. */
  call: CallId;
  node: NodeId;
  answer: { output: number | null } | null;
}

interface Disk {
  sessions: Record<number, Session>;
  /** By key, the write that won. */
  data: Record<string, Write>;
  applied: Seen;
  time: number;
  /** The writes that this node accepted, in order: others may ask for them again. */
  log: Write[];
}

interface Memory {
  /** Writes of others that lack a dependency, and operations whose session has seen more than this node has. */
  early: Write[];
  parked: { request: Request; home: NodeId; context: Seen }[];
}

interface Node {
  disk: Disk;
  memory: Memory;
}

type Step = Context<Message, 'exchange', number | null, string>;

const exchangeEvery = 200;

const sessionOf = (call: CallId) => Math.floor(call / 100);
const home = (nodes: readonly NodeId[], call: CallId) => nodes[sessionOf(call) % nodes.length]!;
const includes = (all: Seen, some: Seen) =>
  Object.keys(some).every((node) => (all[node] ?? 0) >= some[node]!);
const wins = (write: Write, other: Write | undefined) =>
  !other || write.time > other.time || (write.time === other.time && write.node > other.node);

function merge(into: Seen, more: Seen): void {
  for (const node of Object.keys(more)) into[node] = Math.max(into[node] ?? 0, more[node]!);
}

function apply(disk: Disk, write: Write): void {
  disk.applied[write.node] = Math.max(disk.applied[write.node] ?? 0, write.number);
  disk.time = Math.max(disk.time, write.time);
  if (wins(write, disk.data[write.key])) disk.data[write.key] = { ...write };
}

/** Applies what has its dependencies by now, and then serves who waited for it. */
function proceed({ disk, memory }: Node, context: Step): void {
  const { mutant, send } = context;
  const isReady = ({ node, number, dependencies }: Write) =>
    (disk.applied[node] ?? 0) >= number - 1 &&
    (mutant === 'dependencies-unchecked' || includes(disk.applied, dependencies));
  for (let ready = memory.early.find(isReady); ready; ready = memory.early.find(isReady)) {
    memory.early.splice(memory.early.indexOf(ready), 1);
    // Not made durable: after a crash its author has it still.
    apply(disk, ready);
  }
  const { parked } = memory;
  memory.parked = parked.filter((one) => !includes(disk.applied, one.context));
  for (const { request, home, context: had } of parked) {
    if (!includes(disk.applied, had)) continue;
    const { call, key, value } = request;
    const found = value === null ? disk.data[key] : accept(disk, { call, key, value }, had, context);
    // The nearest dependency is enough: a node that has this write has what it depends on.
    const seen = found ? { [found.node]: found.number } : {};
    send(home, { type: 'served', call, output: value === null ? (found?.value ?? null) : null, seen });
  }
}

/** A write becomes this node's next one, after all that its session has seen. */
function accept(
  disk: Disk,
  request: { call: CallId; key: string; value: number },
  dependencies: Seen,
  { self, peers, send, persist }: Step,
): Write {
  const before = disk.log.find(({ call }) => call === request.call);
  if (before) return before;
  const number = disk.log.length + 1;
  const write: Write = { ...request, node: self, number, time: disk.time + 1, dependencies };
  disk.log.push(write);
  apply(disk, write);
  // Before anybody hears of it: the number must not be given to another write after a crash.
  persist();
  for (const peer of peers) send(peer, { type: 'replicate', write });
  return write;
}

export const causalStore = protocol({
  name: 'causal-store',
  story: 'A key-value store on all nodes; writes carry their dependencies, sessions their context.',
  implements: keyedRegister,
  message: typed<Message>(),
  timer: typed<'exchange'>(),
  mutants: {
    'dependencies-unchecked': {
      story:
        'A node applies the writes of another in their order, whether or not it has what they depend on.',
      source: 'Lloyd and others 2011: dep_check before a replicated write is committed',
    },
    'dependencies-dropped-at-crash': {
      story:
        'What a session has seen is kept in memory only: after a crash of its home its operations depend on nothing.',
      source: 'Lloyd and others 2011: the context is where the dependencies of the next write come from',
    },
    'context-not-carried': {
      story: 'A session that goes to another node does not tell it what it has seen.',
      source:
        'Lloyd and others 2011: the context of the client library; Terry and others 1994, session guarantees',
    },
  },
  clients: { timeout: 500, retry: 100 },
  disk: (): Disk => ({ sessions: {}, data: {}, applied: {}, time: 0, log: [] }),
  memory: (): Memory => ({ early: [], parked: [] }),

  start({ disk }, { mutant, setTimer }) {
    if (mutant === 'dependencies-dropped-at-crash') {
      for (const session of Object.values(disk.sessions)) session.context = {};
    }
    setTimer('exchange', exchangeEvery);
  },

  client: {
    read(_, { id, key }, { nodes, send }) {
      send(home(nodes, id), { type: 'operation', request: { call: id, key, value: null } });
    },
    write(_, { id, key, input }, { nodes, send }) {
      send(home(nodes, id), { type: 'operation', request: { call: id, key, value: input } });
    },
  },

  on: {
    operation({ disk }, { request }, { from, mutant, send, persist, reply }) {
      const { call } = request;
      const known = disk.sessions[sessionOf(call)];
      const session = known ?? { context: {}, call, node: from, answer: null };
      disk.sessions[sessionOf(call)] = session;
      if (call < session.call) return;
      if (call === session.call && session.answer) return reply(call, session.answer.output);
      if (call > session.call) Object.assign(session, { call, node: from, answer: null });
      // One operation, one node, even if it is asked again by way of another: nothing must be written twice.
      persist();
      const context = mutant === 'context-not-carried' ? {} : session.context;
      send(session.node, { type: 'serve', request, context });
    },

    serve(node, { request, context }, step) {
      node.memory.parked.push({ request, home: step.from, context });
      proceed(node, step);
    },

    served({ disk }, { call, output, seen }, { persist, reply }) {
      const session = disk.sessions[sessionOf(call)];
      if (session?.call !== call || session.answer) return;
      session.answer = { output };
      merge(session.context, seen);
      persist();
      reply(call, output);
    },

    replicate(node, { write }, step) {
      const { disk, memory } = node;
      if ((disk.applied[write.node] ?? 0) >= write.number) return;
      if (memory.early.some(({ call }) => call === write.call)) return;
      memory.early.push(write);
      proceed(node, step);
    },

    have({ disk }, { applied }, { self, from, send }) {
      for (const write of disk.log.slice(applied[self] ?? 0)) send(from, { type: 'replicate', write });
    },
  },

  timeout: {
    exchange({ disk }, { peers, send, setTimer }) {
      for (const peer of peers) send(peer, { type: 'have', applied: disk.applied });
      setTimer('exchange', exchangeEvery);
    },
  },
});

const describe = (data: Disk['data']) =>
  Object.keys(data)
    .sort()
    .map((key) => `${key} = ${data[key]!.value}`)
    .join(', ');

/** What a node shows is a causal cut: with every write all that it depends on. */
export const causalCut = always(causalStore, 'a node has what its writes depend on', ({ changed }) => {
  if (!changed) return;
  const { data, applied } = changed.disk;
  for (const { key, value, dependencies } of Object.values(data)) {
    const missing = Object.keys(dependencies).find((node) => (applied[node] ?? 0) < dependencies[node]!);
    if (missing === undefined) continue;
    return `${changed.id} shows ${key} = ${value}, which depends on write ${dependencies[missing]} of ${missing}, and has ${applied[missing] ?? 0} writes of it`;
  }
  return;
});

/** Convergence: with all faults repaired, whatever was written is everywhere, and the same write has won. */
export const converges = eventually(causalStore, 'all nodes hold the same', ({ nodes }) => {
  const [first, ...others] = nodes;
  const other = others.find(({ disk }) => describe(disk.data) !== describe(first!.disk.data));
  return (
    !other ||
    `${first!.id} holds ${describe(first!.disk.data)}, ${other.id} holds ${describe(other.disk.data)}`
  );
});

/** Without this the dependencies would never have mattered. */
export const waitsForDependency = sometimes(
  causalStore,
  'a write waits for what it depends on',
  ({ changed }) => (changed?.memory.early.length ?? 0) > 0,
);

export const waitsForContext = sometimes(
  causalStore,
  'a session waits until a node has what it has seen elsewhere',
  ({ changed }) => (changed?.memory.parked.length ?? 0) > 0,
);

export const causalStoreModel = model(causalStore, {
  nodes: 3,
  nemeses: [reorder(), drop(), duplicate(), partition(), crash(), disk(), pause(), slow(), clock(), client()],
  properties: [
    waitsForDependency,
    waitsForContext,
    causalCut,
    converges,
    answeredInCalm(causalStore),
    causalConvergence(keyedRegister),
  ],
});
