/**
 * Numbers of states that others have published, of the same systems in the same form. Stateright's examples
 * `paxos.rs` and `linearizable-register.rs` (github.com/stateright/stateright) have 16,668 and 544 states: messages are a
 * multiset, a delivery that does nothing is not taken, and what its tester remembers of the clients is part of a state.
 */
import { expect, test } from 'vitest';
import type { Json } from '../../src/base/json.ts';
import { search } from '../../src/explore/search.ts';
import { WorldSystem } from '../../src/explore/world-system.ts';
import { registerActors, type Server } from './register-actors.ts';

type Ballot = [round: number, id: number];
type Proposal = [request: number, from: number, value: string];
type Accepted = [Ballot, Proposal];

interface Acceptor {
  ballot: Ballot;
  proposal: Proposal | null;
  prepares: Record<number, Accepted | null>;
  accepts: Record<number, true>;
  accepted: Accepted | null;
  decided: boolean;
}

type PaxosBody =
  | { type: 'prepare'; ballot: Ballot }
  | { type: 'prepared'; ballot: Ballot; last: Accepted | null }
  | { type: 'accept' | 'decided'; ballot: Ballot; proposal: Proposal }
  | { type: 'accepted'; ballot: Ballot };

const less = (a: Json, b: Json): boolean => {
  if (Array.isArray(a) && Array.isArray(b)) {
    const at = a.findIndex((item, index) => less(item, b[index]!) || less(b[index]!, item));
    return at >= 0 && less(a[at]!, b[at]!);
  }
  return a === null ? b !== null : b !== null && a < b;
};
const same = (a: Json, b: Json) => !less(a, b) && !less(b, a);
const majority = (servers: number) => Math.floor(servers / 2) + 1;
const count = (set: object) => Object.keys(set).length;

const paxos: Server<Acceptor> = {
  init: () => ({
    ...{ ballot: [0, 0], proposal: null, prepares: {}, accepts: {}, accepted: null, decided: false },
  }),
  put(state, { id, from, request, value }, { tell }) {
    if (state.decided || state.proposal) return;
    state.proposal = [request, from, value];
    state.ballot = [state.ballot[0] + 1, id];
    state.prepares = { [id]: state.accepted };
    state.accepts = {};
    tell({ type: 'prepare', ballot: state.ballot });
  },
  get(state, { from, request }, { getOk }) {
    if (state.decided) getOk(from, request, state.accepted![1][2]);
  },
  internal(state, { id, from, body }, { servers, send, tell, putOk }) {
    if (state.decided) return;
    const message = body as PaxosBody;
    const { type, ballot } = message;
    if (type === 'prepare' && less(state.ballot, ballot)) {
      state.ballot = ballot;
      send(from, { type: 'prepared', ballot, last: state.accepted });
    } else if (type === 'prepared' && same(ballot, state.ballot)) {
      state.prepares[from] = message.last;
      if (count(state.prepares) !== majority(servers)) return;
      const latest = Object.values(state.prepares).reduce((a, b) => (less(a, b) ? b : a));
      const proposal = latest?.[1] ?? state.proposal!;
      state.proposal = proposal;
      state.accepted = [ballot, proposal];
      state.accepts[id] = true;
      tell({ type: 'accept', ballot, proposal });
    } else if (type === 'accept' && !less(ballot, state.ballot)) {
      state.ballot = ballot;
      state.accepted = [ballot, message.proposal];
      send(from, { type: 'accepted', ballot });
    } else if (type === 'accepted' && same(ballot, state.ballot)) {
      state.accepts[from] = true;
      if (count(state.accepts) !== majority(servers)) return;
      state.decided = true;
      const proposal = state.proposal!;
      tell({ type: 'decided', ballot, proposal });
      putOk(proposal[1], proposal[0]);
    } else if (type === 'decided') {
      state.ballot = ballot;
      state.accepted = [ballot, message.proposal];
      state.decided = true;
    }
  },
};

type Seq = [clock: number, id: number];

interface Replica {
  seq: Seq;
  value: string;
  phase:
    | null
    | { request: number; from: number; write: string | null; responses: Record<number, [Seq, string]> }
    | { request: number; from: number; read: string | null; acks: Record<number, true> };
}

type AbdBody =
  | { type: 'query' | 'ackRecord'; request: number }
  | { type: 'ackQuery' | 'record'; request: number; seq: Seq; value: string };

const abd: Server<Replica> = {
  init: (id) => ({ seq: [0, id], value: '', phase: null }),
  put(state, { id, from, request, value }, { tell }) {
    if (state.phase) return;
    tell({ type: 'query', request });
    state.phase = { request, from, write: value, responses: { [id]: [state.seq, state.value] } };
  },
  get(state, { id, from, request }, { tell }) {
    if (state.phase) return;
    tell({ type: 'query', request });
    state.phase = { request, from, write: null, responses: { [id]: [state.seq, state.value] } };
  },
  internal(state, { id, from, body }, { servers, send, tell, putOk, getOk }) {
    const message = body as AbdBody;
    const { type, request } = message;
    const { phase } = state;
    if (type === 'query') send(from, { type: 'ackQuery', request, seq: state.seq, value: state.value });
    else if (type === 'ackQuery') {
      if (!phase || !('responses' in phase) || phase.request !== request) return;
      phase.responses[from] = [message.seq, message.value];
      if (count(phase.responses) !== majority(servers)) return;
      const [newest, held] = Object.values(phase.responses).reduce((a, b) => (less(a[0], b[0]) ? b : a));
      const seq: Seq = phase.write === null ? newest : [newest[0] + 1, id];
      const value = phase.write ?? held;
      tell({ type: 'record', request, seq, value });
      if (less(state.seq, seq)) Object.assign(state, { seq, value });
      const read = phase.write === null ? value : null;
      state.phase = { request, from: phase.from, read, acks: { [id]: true } };
    } else if (type === 'record') {
      send(from, { type: 'ackRecord', request });
      if (less(state.seq, message.seq)) Object.assign(state, { seq: message.seq, value: message.value });
    } else {
      if (!phase || !('acks' in phase) || phase.request !== request || phase.acks[from]) return;
      phase.acks[from] = true;
      if (count(phase.acks) !== majority(servers)) return;
      if (phase.read === null) putOk(phase.from, request);
      else getOk(phase.from, request, phase.read);
      state.phase = null;
    }
  },
};

async function countOf<State>(
  name: string,
  server: Server<State>,
  counts: { servers: number; clients: number },
) {
  const { protocol, properties, nodes } = registerActors(name, server, counts);
  const bounds = {
    ...{ nodes, clients: [], retries: 0, crashes: 0, drops: 0, duplicates: 0, timeouts: 0, partitions: 0 },
    ...{ cuts: false, anyNode: false, within: undefined, clocks: undefined },
  };
  const system = new WorldSystem(protocol, {
    ...{ mutant: null, properties, bounds, reduce: false, leaveIdle: true },
  });
  return (await search(system)).states;
}

test('single-decree Paxos with two clients and three servers has the 16,668 states that Stateright counts', async () => {
  expect(await countOf('paxos-actors', paxos, { servers: 3, clients: 2 })).toBe(16_668);
});

test('the ABD register with two clients and two servers has the 544 states that Stateright counts', async () => {
  expect(await countOf('abd-actors', abd, { servers: 2, clients: 2 })).toBe(544);
});
