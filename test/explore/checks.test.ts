/** What a search takes for granted is checked as it goes on, and within its budgets. */
import { expect, test } from 'vitest';
import { twoPhase } from '../../models/two-phase.ts';
import { machineSystem } from '../../src/explore/machine-system.ts';
import { search } from '../../src/explore/search.ts';
import type { Assumptions } from '../../src/explore/system.ts';

type Check = Assumptions['check'];

/** TwoPhase, which takes nothing for granted, as if it did. */
function assuming(check: Check) {
  const nothing = { made: () => ({}), add: () => {}, refuted: () => ({}), begin: () => {} };
  return Object.assign(machineSystem(twoPhase, { nodes: 5 }), { assumptions: { check, ...nothing } });
}

const always = (value: boolean): Check =>
  function* check() {
    yield;
    return value;
  };

test('a check that would go on for ever ends with the budget of time, or by an interruption, in an unknown', async () => {
  const endless: Check = function* check() {
    for (;;) yield;
  };
  for (const order of ['breadth', 'depth'] as const) {
    const result = await search(assuming(endless), { order, maxTimeMs: 300 });
    expect(result.verdict).toBe('unknown');
    expect(result.reason).toBe(
      'the budget of 0.3 s ran out while it was checked that forgotten messages can do nothing',
    );
    const stopped = await search(assuming(endless), { order, signal: AbortSignal.timeout(300) });
    expect(stopped.reason).toMatch(/^interrupted while it was checked/);
  }
});

test('a search is checked again whenever its states have grown fourfold, and begins again until a check holds', async () => {
  for (const order of ['breadth', 'depth'] as const) {
    let [checks, refusals] = [0, 2];
    const result = await search(
      assuming(() => {
        checks++;
        return always(refusals-- <= 0)();
      }),
      { order },
    );
    expect([result.verdict, result.states]).toEqual(['holds', 8832]);
    // Two that did not hold, then at 1,024 or somewhat more, at four times as many, and at the end.
    expect(checks).toBe(5);
  }
});
