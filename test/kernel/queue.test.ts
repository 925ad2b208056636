/** The queue against its twin, a list that is sorted at each pop. */
import { expect, test } from 'vitest';
import { Random } from '../../src/base/random.ts';
import { EventQueue } from '../../src/kernel/queue.ts';

interface Twin {
  readonly id: number;
  time: number;
  /** Items put off come before others of their time. */
  rank: number;
  order: number;
}

const first = (a: Twin, b: Twin) => a.time - b.time || a.rank - b.rank || a.order - b.order;

test('items come out by time, then in the order of scheduling; those put off first, in the order they were popped', () => {
  const random = new Random(11);
  const queue = new EventQueue();
  for (let run = 0; run < 200; run++) {
    const end = random.between(20, 90);
    queue.reset(end);
    let twins: Twin[] = [];
    let clock = 0;
    let now = 0;
    for (let move = 0; move < 80; move++) {
      if (twins.length === 0 || random.chance(0.55)) {
        const item = queue.take();
        item.stamp = move;
        const time = now + random.below(5);
        queue.push(item, time);
        if (time <= end) twins.push({ id: move, time, rank: 1, order: clock++ });
        continue;
      }
      const expected = [...twins].sort(first)[0] as Twin;
      const item = queue.pop();
      expect(item && { id: item.stamp, time: item.time }).toEqual({ id: expected.id, time: expected.time });
      now = expected.time;
      if (item && random.chance(0.3)) {
        const later = now + 1 + random.below(4);
        queue.postpone(item, later);
        if (later > end) twins = twins.filter((twin) => twin !== expected);
        else Object.assign(expected, { time: later, rank: 0, order: clock++ });
      } else {
        if (item) queue.release(item);
        twins = twins.filter((twin) => twin !== expected);
      }
    }
    // Some runs end with items left, which the next must not see.
    if (random.chance(0.5)) continue;
    for (const { id } of twins.sort(first)) expect(queue.pop()?.stamp).toBe(id);
    expect(queue.pop()).toBeUndefined();
  }
});

test('a released item comes back blank of its payload', () => {
  const queue = new EventQueue();
  queue.reset(10);
  const item = queue.take();
  item.payload = { big: true };
  queue.push(item, 1);
  queue.release(queue.pop() ?? item);
  expect(queue.take().payload).toBeUndefined();
});
