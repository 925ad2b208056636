/** The tables and queues of a search against the plain ones of the language. */
import { expect, test } from 'vitest';
import { Random } from '../../src/base/random.ts';
import { Interner } from '../../src/explore/interner.ts';
import { Pairs } from '../../src/explore/pairs.ts';
import { NumbersQueue } from '../../src/explore/queues.ts';
import { Shape } from '../../src/explore/shape.ts';
import { WorldNumbering } from '../../src/explore/world-numbering.ts';

test('a map from pairs of numbers is a map from their text', () => {
  const random = new Random(1);
  for (const most of [4, 300, 2 ** 31 - 2]) {
    const pairs = new Pairs<number>();
    const twin = new Map<string, number>();
    expect(pairs.isEmpty).toBe(true);
    for (let i = 0; i < 5000; i++) {
      const [first, second] = [random.below(most), random.below(most)];
      const name = `${first} ${second}`;
      expect(pairs.get(first, second)).toBe(twin.get(name));
      if (random.chance(0.5)) continue;
      pairs.set(first, second, i);
      twin.set(name, i);
    }
    expect(pairs.isEmpty).toBe(false);
    const entries = [...pairs.entries()].map(([first, second, value]) => [`${first} ${second}`, value]);
    expect(entries.sort()).toEqual([...twin].sort());
  }
});

/** A state is four texts, which each worker has numbers of its own for. */
type Texts = readonly string[];

interface Worker {
  readonly queue: NumbersQueue;
  readonly encode: (texts: Texts) => readonly number[];
  readonly decode: (numbers: readonly number[]) => Texts;
}

function machineWorker(): Worker {
  const shape = Shape.of(['', '', '', '']) as Shape<string[]>;
  return {
    queue: new NumbersQueue(shape),
    encode: (texts) => shape.encode([...texts]),
    decode: (numbers) => shape.decode(numbers),
  };
}

function worldWorker(): Worker {
  const [locals, messages] = [new Interner<string>(), new Interner<string>()];
  const kinds = [locals, undefined, locals, messages];
  return {
    queue: new NumbersQueue(new WorldNumbering({ places: kinds.slice(0, 3), rest: messages })),
    encode: (texts) => texts.map((text, at) => kinds[at]?.number(text, text) ?? Number(text)),
    decode: (numbers) => numbers.map((number, at) => kinds[at]?.value(number) ?? String(number)),
  };
}

test.each([
  ['leaves of one shape', machineWorker],
  ['numbers of worlds', worldWorker],
])('what is in two queues together is what was put and has not been taken: %s', (_, make) => {
  const random = new Random(2);
  for (let round = 0; round < 10; round++) {
    const workers: readonly [Worker, Worker] = [make(), make()];
    const waiting = new Map<number, Texts>();
    // Few values, so that workers may number them alike, or many; some states are given on and on.
    const values = round % 2 === 0 ? 3 : 500;
    for (let i = 0; i < 3000; i++) {
      const at = random.below(2);
      const [{ queue, encode, decode }, other] = [workers[at] as Worker, workers[1 - at] as Worker];
      if (i < 2000 ? random.chance(0.6) : random.chance(0.2)) {
        const texts = Array.from({ length: 4 }, () => String(random.below(values)));
        queue.put(encode(texts), i);
        waiting.set(i, texts);
      } else if (queue.size > 0 && random.chance(0.9)) {
        queue.take();
        expect(decode(queue.state)).toEqual(waiting.get(queue.index));
        waiting.delete(queue.index);
      } else if (queue.size > 0) {
        const count = random.below(queue.size + 1);
        const given = structuredClone(queue.give(count, 1 - at));
        expect(other.queue.receive(given, at)).toBe(count);
      }
      expect(workers[0].queue.size + workers[1].queue.size).toBe(waiting.size);
    }
  }
});
