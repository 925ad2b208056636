/**
 * The monitors of interchangeable operations against the twin, on histories made for them: every operation succeeds,
 * so that they qualify, and answers are guessed, so that both verdicts are common.
 */
import { expect, test } from 'vitest';
import type { Json } from '../../../src/base/json.ts';
import { Random } from '../../../src/base/random.ts';
import { monitorOf } from '../../../src/checkers/linearizable/monitors/choose.ts';
import type { HistoryEvent } from '../../../src/history/history.ts';
import { operationsOf } from '../../../src/history/operations.ts';
import { counter } from '../../../src/spec/counter.ts';
import { mutex, semaphore } from '../../../src/spec/mutex.ts';
import type { AnySpec } from '../../../src/spec/spec.ts';
import { bruteForce, isLinearization } from './brute-force.ts';

const runs = 1500;

interface Drawn {
  readonly f: string;
  readonly input: Json;
  readonly output: Json;
}

/** Four clients at random instants; each ends its operation with what `draw` says, or crashes. */
function guessedHistory(random: Random, draw: (number: number) => Drawn): HistoryEvent[] {
  const events: HistoryEvent[] = [];
  const open = new Map<number, Drawn>();
  const count = 1 + random.below(8);
  const crash = random.pick([0, 0.1, 0.4]);
  let clients = [0, 1, 2, 3].slice(0, 1 + random.below(4));
  for (let invoked = 0, next = 4; invoked < count || open.size > 0; ) {
    const process = random.pick(clients);
    const drawn = open.get(process);
    if (drawn) {
      open.delete(process);
      if (random.chance(crash)) {
        if (random.chance(0.5)) events.push({ process, type: 'info', f: drawn.f, value: drawn.input });
        clients = clients.map((client) => (client === process ? next++ : client));
      } else events.push({ process, type: 'ok', f: drawn.f, value: drawn.output });
    } else if (invoked < count) {
      const operation = draw(invoked++);
      open.set(process, operation);
      events.push({ process, type: 'invoke', f: operation.f, value: operation.input });
    }
  }
  return events;
}

const lock = (random: Random, number: number): Drawn => ({
  f: random.chance(0.8) === (number % 2 === 0) ? 'acquire' : 'release',
  input: null,
  output: random.pick<Json>([true, null]),
});

const cases: readonly { spec: AnySpec; draw: (random: Random, number: number) => Drawn }[] = [
  { spec: mutex, draw: lock },
  { spec: semaphore, draw: lock },
  {
    spec: counter,
    draw: (random, number) =>
      random.chance(0.5)
        ? { f: 'add', input: 2, output: 2 }
        : {
            f: 'read',
            input: null,
            output: 2 * Math.max(0, (number >> 1) + random.between(-1, 1)) + (random.chance(0.02) ? 1 : 0),
          },
  },
];

test.each(cases)('the monitor of $spec.name agrees with the twin on guessed answers', ({ spec, draw }) => {
  const random = new Random(1);
  const verdicts = { true: 0, false: 0 };
  for (let run = 0; run < runs; run++) {
    const operations = operationsOf(guessedHistory(random, (number) => draw(random, number)));
    const verdict = monitorOf(spec)!.judge(operations, spec.init())!;
    expect(verdict.valid, JSON.stringify(operations)).toBe(bruteForce(spec, operations));
    if (verdict.valid) expect(isLinearization(spec, operations, verdict.order)).toBe(true);
    else {
      // By its completion no linearization is left.
      const { completed } = operations[verdict.operation]!;
      const heard = operations
        .filter(({ invoked }) => invoked < completed)
        .map((one) =>
          one.completed <= completed
            ? one
            : { ...one, type: 'info' as const, output: undefined, completed: Number.POSITIVE_INFINITY },
        );
      expect(bruteForce(spec, heard), JSON.stringify(operations)).toBe(false);
    }
    verdicts[`${verdict.valid}`]++;
  }
  expect(Math.min(verdicts.true, verdicts.false)).toBeGreaterThan(runs / 10);
});
