/** What properties remember is told apart by value, and anything that cannot be is refused. */
import { expect, test } from 'vitest';
import { copyOfGhost, ghostText } from '../../src/explore/ghosts.ts';

test('ghosts that differ have different texts, also where JSON would not tell them apart', () => {
  const ghosts: unknown[] = [
    ...[null, undefined, 0, -0, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0n, '0', ''],
    ...[[], [undefined], [null], {}, { a: 1 }, { a: '1' }, [1, 2], [2, 1], ['1,2'], new Map(), new Set()],
    ...[new Map([['a', 1]]), new Map([[1, 'a']]), new Set(['a']), new Set([1]), new Set([[1]]), true, 'true'],
  ];
  expect(new Set(ghosts.map((ghost) => ghostText(ghost))).size).toBe(ghosts.length);
});

test('the order of keys and of what a Set holds does not matter, nor does a field that is undefined', () => {
  expect(ghostText({ a: 1, b: [2] })).toBe(ghostText({ b: [2], c: undefined, a: 1 }));
  expect(ghostText(new Set([1, 2]))).toBe(ghostText(new Set([2, 1])));
});

test('a copy is equal and shares nothing', () => {
  const ghost = { list: [{ a: 1 }], map: new Map([['k', [1]]]), set: new Set([1]) };
  const copy = copyOfGhost(ghost) as typeof ghost;
  expect(copy).toEqual(ghost);
  copy.list[0]!.a = 2;
  copy.map.get('k')!.push(2);
  copy.set.add(2);
  expect(ghost).toEqual({ list: [{ a: 1 }], map: new Map([['k', [1]]]), set: new Set([1]) });
});

test('what is not a plain value is refused, with the name of the property', () => {
  const itself: unknown[] = [];
  itself.push(itself);
  for (const [ghost, found] of [
    [{ at: new Date(0) }, 'a Date'],
    [[() => 1], 'a function'],
    [itself, 'something that holds itself'],
  ] as const)
    expect(() => ghostText(ghost, 'order')).toThrow(
      `the ghost of 'order' holds ${found}; expected plain objects, lists, Maps, Sets and primitives`,
    );
});
