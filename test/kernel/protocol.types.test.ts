/** Type tests: what the compiler must infer for an author, and what it must refuse. */
import { expect, test } from 'vitest';
import { type AnyProtocol, protocol, typed } from '../../src/kernel/protocol.ts';
import { register } from '../../src/spec/register.ts';

type Message =
  | { type: 'query'; call: number }
  | { type: 'version'; call: number; version: { seq: number; value: number | null } };

const common = {
  implements: register,
  message: typed<Message>(),
  disk: () => ({ seq: 0, value: 0 as number | null }),
  memory: () => ({ calls: {} as Record<number, number> }),
};

const on = { query() {}, version() {} };
const client = { read() {}, write() {} };

test('handlers are inferred without annotations, and mistakes do not compile', () => {
  const good = protocol({
    ...common,
    name: 'good',
    timer: typed<'tick'>(),
    mutants: { forgets: { story: 'forgets', source: 'none' } },
    client: {
      read({ memory }, call, { broadcast, reply }) {
        memory.calls[call.id] = 1;
        broadcast({ type: 'query', call: call.id });
        // @ts-expect-error a read answers a number or null
        reply(call.id, 'three');
      },
      write({ disk }, call, { reply, setTimer, send, mutant }) {
        const input: number = call.input;
        if (mutant !== 'forgets') disk.value = input;
        reply(call.id);
        setTimer('tick', 10);
        // @ts-expect-error no such timer
        setTimer('tock', 10);
        // @ts-expect-error no such message
        send('n1', { type: 'qwery', call: 1 });
        // @ts-expect-error no such field
        send('n1', { type: 'query', call: 1, extra: 1 });
        // @ts-expect-error a write has no result
        reply(call.id, 3);
        // @ts-expect-error no such mutant
        if (mutant === 'remembers') return;
      },
    },
    on: {
      query({ disk }, message, { from, send }) {
        send(from, { type: 'version', call: message.call, version: disk });
        // @ts-expect-error a query has no version
        message.version;
      },
      version({ memory }, { call, version }) {
        memory.calls[call] = version.seq;
        // @ts-expect-error unknown field of the state
        memory.cals;
      },
    },
    timeout: { tick() {} },
  });
  expect(good.kind).toBe('protocol');

  // @ts-expect-error the handler of `version` is missing
  protocol({ ...common, name: 'bad', client, on: { query() {} } });
  // @ts-expect-error a handler for a message that does not exist
  protocol({ ...common, name: 'bad', client, on: { ...on, version() {}, vresion() {} } });
  // @ts-expect-error the client's `write` is missing
  protocol({ ...common, name: 'bad', client: { read() {} }, on });
  // @ts-expect-error a spec is implemented, but there are no client handlers
  protocol({ ...common, name: 'bad', on });
  // @ts-expect-error timers are declared, but not handled
  protocol({ ...common, name: 'bad', client, on, timer: typed<'tick'>() });
  // @ts-expect-error the handler of one timer is missing
  protocol({ ...common, name: 'bad', client, on, timer: typed<'tick' | 'tock'>(), timeout: { tick() {} } });
});

test('what a protocol leaves out is left out too where any protocol is expected', () => {
  const nameOf = ({ definition }: AnyProtocol) => definition.name;
  const disk = () => ({});
  expect(nameOf(protocol({ ...common, name: 'no timers', client, on }))).toBe('no timers');
  expect(nameOf(protocol({ name: 'no spec', message: typed<Message>(), disk, memory: disk, on }))).toBe(
    'no spec',
  );
  // @ts-expect-error timers are declared, but not handled
  nameOf(protocol({ ...common, name: 'bad', client, on, timer: typed<'tick'>() }));
});
