import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { learningCloner } from '../../src/base/cloner.ts';

test('a learning cloner copies every JSON value as it is, whatever shape it learnt first', () => {
  fc.assert(
    fc.property(fc.array(fc.jsonValue(), { minLength: 1, maxLength: 6 }), (values) => {
      const clone = learningCloner();
      for (const value of values) expect(clone(value)).toEqual(value);
    }),
    { numRuns: 2000 },
  );
});

test('values of one shape, with fields that are now and then missing, more or nested differently', () => {
  const optional = fc.record(
    {
      type: fc.constantFrom('a', 'b'),
      call: fc.nat(),
      version: fc.record({ tag: fc.record({ seq: fc.nat(), call: fc.nat() }), value: fc.option(fc.nat()) }),
      entries: fc.array(fc.record({ term: fc.nat(), command: fc.jsonValue() })),
    },
    { requiredKeys: ['type'] },
  );
  const clone = learningCloner();
  fc.assert(
    fc.property(optional, (value) => {
      expect(clone(value)).toEqual(value);
    }),
    { numRuns: 2000 },
  );
});

test('a copy shares nothing with its source', () => {
  const clone = learningCloner() as <T>(value: T) => T;
  for (let round = 0; round < 3; round++) {
    const source = { list: [{ deep: [1] }], record: { x: { y: 1 } } };
    const copy = clone(source);
    copy.list[0]!.deep.push(2);
    copy.record.x.y = 2;
    expect(source).toEqual({ list: [{ deep: [1] }], record: { x: { y: 1 } } });
  }
});

test('a key named __proto__ is a field like any other', () => {
  const clone = learningCloner();
  const value = JSON.parse('{"__proto__": {"polluted": true}, "x": 1}') as object;
  const copy = clone(value) as object;
  expect(Object.keys(copy)).toEqual(['__proto__', 'x']);
  expect(Object.getPrototypeOf(copy)).toBe(Object.prototype);
});

test('a copy has its keys in the order of its source, not of what was learnt', () => {
  const clone = learningCloner();
  clone({ a: 1, b: 2 });
  expect(Object.keys(clone({ b: 2, a: 1 }))).toEqual(['b', 'a']);
  const inherited = learningCloner();
  inherited({ constructor: 1 });
  expect(inherited({ a: 1 })).toEqual({ a: 1 });
});
