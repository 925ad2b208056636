/**
 * Systems in the form of Stateright's `actor::register`: servers, and clients that are nodes too, each of which puts a
 * value at the beginning and gets one as soon as that is acknowledged. What its `LinearizabilityTester` remembers of
 * the clients is the ghost of a property, so that it tells states apart as it does there.
 */
import type { Json } from '../../src/base/json.ts';
import { always, type NodeId, type Property, protocol, typed } from '../../src/index.ts';
import type { AnyProtocol } from '../../src/kernel/protocol.ts';

/** Numbers of actors: servers from 0, then clients. */
type Id = number;

export interface Server<State> {
  readonly init: (id: Id) => State;
  readonly put: (state: State, call: { id: Id; from: Id; request: number; value: string }, net: Net) => void;
  readonly get: (state: State, call: { id: Id; from: Id; request: number }, net: Net) => void;
  readonly internal: (state: State, message: { id: Id; from: Id; body: Json }, net: Net) => void;
}

export interface Net {
  readonly servers: number;
  readonly send: (to: Id, body: Json) => void;
  /** To the other servers. */
  readonly tell: (body: Json) => void;
  readonly putOk: (to: Id, request: number) => void;
  readonly getOk: (to: Id, request: number, value: string) => void;
}

type Message =
  | { type: 'put'; request: number; value: string }
  | { type: 'get'; request: number }
  | { type: 'putOk'; request: number }
  | { type: 'getOk'; request: number; value: string }
  | { type: 'internal'; body: Json };

interface Client {
  awaiting: number | null;
  operations: number;
}

const idOf = (node: NodeId): Id => Number(node.slice(1)) - 1;
const nodeOf = (id: Id): NodeId => `n${id + 1}`;

export function registerActors<State>(
  name: string,
  server: Server<State>,
  counts: { servers: number; clients: number },
): { protocol: AnyProtocol; properties: Property[]; nodes: number } {
  const { servers, clients } = counts;
  type Memory = { server: State | null; client: Client | null };
  type Send = (to: NodeId, message: Message) => void;
  const net = (self: NodeId, send: Send): Net => ({
    servers,
    send: (to, body) => send(nodeOf(to), { type: 'internal', body }),
    tell: (body) => {
      for (let id = 0; id < servers; id++)
        if (id !== idOf(self)) send(nodeOf(id), { type: 'internal', body });
    },
    putOk: (to, request) => send(nodeOf(to), { type: 'putOk', request }),
    getOk: (to, request, value) => send(nodeOf(to), { type: 'getOk', request, value }),
  });
  const system = protocol({
    name,
    message: typed<Message>(),
    disk: () => ({}),
    memory: (): Memory => ({ server: null, client: null }),
    start({ memory }, { self, send, note }) {
      const id = idOf(self);
      if (id < servers) {
        memory.server = server.init(id) as never;
        return;
      }
      const value = String.fromCharCode('A'.charCodeAt(0) + id - servers);
      memory.client = { awaiting: id, operations: 1 };
      note('invoke', `write ${value}`);
      send(nodeOf(id % servers), { type: 'put', request: id, value });
    },
    on: {
      put({ memory }, { request, value }, { self, from, send }) {
        if (memory.server)
          server.put(
            memory.server as State,
            { id: idOf(self), from: idOf(from), request, value },
            net(self, send),
          );
      },
      get({ memory }, { request }, { self, from, send }) {
        if (memory.server)
          server.get(memory.server as State, { id: idOf(self), from: idOf(from), request }, net(self, send));
      },
      internal({ memory }, { body }, { self, from, send }) {
        if (memory.server)
          server.internal(
            memory.server as State,
            { id: idOf(self), from: idOf(from), body },
            net(self, send),
          );
      },
      putOk({ memory }, { request }, { self, send, note }) {
        const { client } = memory;
        if (client?.awaiting !== request) return;
        note('return', 'ok');
        const id = idOf(self);
        client.awaiting = (client.operations + 1) * id;
        note('invoke', 'read');
        send(nodeOf((id + client.operations) % servers), { type: 'get', request: client.awaiting });
        client.operations += 1;
      },
      getOk({ memory }, { request, value }, { note }) {
        const { client } = memory;
        if (client?.awaiting !== request) return;
        note('return', value);
        client.awaiting = null;
        client.operations += 1;
      },
    },
  });
  return { protocol: system, properties: [tester(system)], nodes: servers + clients };
}

/** By client: what it has completed, each with how much of the others was complete when it was invoked. */
interface Tester {
  completed: Record<NodeId, { before: Record<NodeId, number>; op: string; ret: string }[]>;
  inFlight: Record<NodeId, { before: Record<NodeId, number>; op: string }>;
}

function tester(system: AnyProtocol): Property {
  return always(
    system,
    'what the tester remembers',
    ({ notes, firstNewNote }, { completed, inFlight }) => {
      for (const { node, name, value } of notes.slice(firstNewNote)) {
        if (name === 'invoke') {
          const others = Object.entries(completed).filter(
            ([other, list]) => other !== node && list.length > 0,
          );
          const before = Object.fromEntries(others.map(([other, list]) => [other, list.length - 1]));
          inFlight[node] = { before, op: value as string };
          completed[node] ??= [];
        } else {
          completed[node]!.push({ ...inFlight[node]!, ret: value as string });
          delete inFlight[node];
        }
      }
      return;
    },
    (): Tester => ({ completed: {}, inFlight: {} }),
  );
}
