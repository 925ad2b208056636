/** The fast fingerprint of JSON against its slow twin, canonical text. */
import { expect, test } from 'vitest';
import { canonicalJson, type Json } from '../../src/base/json.ts';
import { Random } from '../../src/base/random.ts';
import { Fingerprints } from '../../src/explore/fingerprint.ts';

const keys = ['a', 'b', 'c', '0', '1', '[0]', 'a.b', '"'];

function randomJson(random: Random, depth: number): Json {
  const kind = random.below(depth > 0 ? 8 : 5);
  if (kind === 0) return null;
  if (kind === 1) return random.chance(0.5);
  if (kind <= 3) return random.below(3) - 1 || 0;
  if (kind === 4) return random.pick(['', 'x', '0', '1', 'true', 'null', '[0]', '{}', '"', 'a']);
  if (kind <= 5) return Array.from({ length: random.below(4) }, () => randomJson(random, depth - 1));
  const fields: Record<string, Json> = {};
  for (let left = random.below(4); left > 0; left--)
    fields[random.pick(keys)] = randomJson(random, depth - 1);
  return fields;
}

/** The same value with its keys in another order. */
function shuffled(value: Json, random: Random): Json {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map((item) => shuffled(item, random));
  const entries = Object.entries(value).map(([key, field]): [string, Json] => [key, shuffled(field, random)]);
  return Object.fromEntries(random.chance(0.5) ? entries.reverse() : entries);
}

test('two values have one fingerprint exactly when they have one canonical text', () => {
  const random = new Random(1);
  const fingerprints = new Fingerprints();
  const print = new Int32Array(4);
  const byText = new Map<string, string>();
  const byPrint = new Map<string, string>();
  for (let i = 0; i < 30_000; i++) {
    const value = shuffled(randomJson(random, 3), random);
    fingerprints.of(value, print);
    const [text, fast] = [canonicalJson(value), print.join()];
    expect(byText.get(text) ?? fast, text).toBe(fast);
    expect(byPrint.get(fast) ?? text, text).toBe(text);
    byText.set(text, fast);
    byPrint.set(fast, text);
  }
  expect(byText.size).toBeGreaterThan(5000);
});

test('a fingerprint that follows a change is the one computed anew', () => {
  const random = new Random(2);
  const fingerprints = new Fingerprints();
  const [print, anew] = [new Int32Array(4), new Int32Array(4)];
  let before = randomJson(random, 3);
  fingerprints.of(before, print);
  for (let i = 0; i < 30_000; i++) {
    const after = random.chance(0.3) ? shuffled(before, random) : randomJson(random, 3);
    fingerprints.change(before, after, print);
    fingerprints.of(after, anew);
    expect(print.join(), `${canonicalJson(before)} to ${canonicalJson(after)}`).toBe(anew.join());
    before = after;
  }
});

test('a fingerprint is the same in every process', () => {
  const print = new Int32Array(4);
  new Fingerprints().of({ a: [1, { b: null }], c: 'x' }, print);
  expect(print.join()).toMatchInlineSnapshot(`"-1733137985,1736541481,-1704637201,-987224451"`);
});
