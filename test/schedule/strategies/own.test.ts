/** A strategy of a user's own, written with the public surface: it runs, replays, finds, shrinks, and joins a portfolio. */
import { expect, test } from 'vitest';
import { check, portfolio, portfolioOf, Strategist, type Strategy, Striker } from '../../../src/index.ts';
import { loadModels, selectModels } from '../../../src/runner/registry.ts';

const [abd] = selectModels(await loadModels(), ['abd']);
if (!abd) throw new Error('no model');

/** As in the README: whoever has just handled a message may be cut off, and a message in fifty is lost. */
class CutOff extends Striker {
  plan(seed: number) {
    this.random.reseed(seed);
  }
  sending(type: number, from: number, to: number, nth: number) {
    if (!this.faults.drop || !this.random.chance(0.02)) return 0;
    return this.spoil('drop', this.ref(type, from, to, nth));
  }
  stepped(type: number, from: number, to: number, nth: number, copy: number) {
    const isNode = to < this.simulation.nodes.length;
    if (!this.faults.partition || !isNode || !this.random.chance(0.05)) return;
    this.afflict('partition', this.ref(type, from, to, nth, copy), to);
  }
}
const cutOff: Strategy = { name: 'cut-off', make: (faults) => new CutOff(faults) };

test('it is asked, its faults take effect, and no other does', async () => {
  const { verdict, faults } = await check(abd, { runs: 300, seed: 1, strategy: cutOff });
  expect(verdict).toBe('holds');
  expect(faults.drop).toBeGreaterThan(0);
  expect(faults.partition).toBeGreaterThan(0);
  expect({ ...faults, drop: 0, partition: 0 }).toMatchObject({
    reorder: 0,
    duplicate: 0,
    crash: 0,
    pause: 0,
  });
});

test('what it finds is shrunk and confirmed like any other finding', async () => {
  const { failure } = await check(abd, {
    mutant: 'majority-off-by-one',
    runs: 2000,
    seed: 1,
    strategy: cutOff,
  });
  expect(failure?.schedule.deviations.length).toBe(1);
});

test('it joins a portfolio of built-in ones', async () => {
  const both = portfolioOf('both', [
    { strategy: cutOff, weight: 1 },
    { strategy: portfolio, weight: 1 },
  ]);
  const { faults } = await check(abd, { runs: 100, seed: 1, strategy: both });
  expect(faults.crash).toBeGreaterThan(0);
  expect(faults.drop).toBeGreaterThan(0);
});

test('what opens makes every other of the first runs, the one of most weight the rest; later all have their share', async () => {
  const order: string[] = [];
  const noting = (name: string): Strategy => ({
    name,
    make: (faults) =>
      new (class extends CutOff {
        override plan(seed: number) {
          super.plan(seed);
          order.push(name);
        }
      })(faults),
  });
  const three = portfolioOf('three', [
    { strategy: noting('opens'), weight: 1, opens: true },
    { strategy: noting('heavy'), weight: 4 },
    { strategy: noting('light'), weight: 1 },
  ]);
  await check(abd, { runs: 616, seed: 1, strategy: three });
  expect(order.slice(0, 16)).toEqual(Array.from({ length: 8 }, () => ['opens', 'heavy']).flat());
  const share = (name: string) => order.slice(16).filter((each) => each === name).length / 600;
  for (const name of ['opens', 'light']) expect(share(name)).toBeGreaterThan(1 / 12);
  expect(share('heavy')).toBeGreaterThan(1 / 2);
});

test('one that does not write down what it does is told so', async () => {
  class Silent extends Strategist {
    plan(seed: number) {
      this.random.reseed(seed);
    }
    sending() {
      return this.random.chance(0.3) ? -1 : 0;
    }
    stepped() {}
  }
  const silent: Strategy = { name: 'silent', make: (faults) => new Silent(faults) };
  await expect(
    check(abd, { mutant: 'majority-off-by-one', runs: 2000, seed: 1, strategy: silent }),
  ).rejects.toThrow("strategy 'silent' did what it did not write down");
});
