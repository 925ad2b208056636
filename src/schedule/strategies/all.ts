/** The strategies there are, by the names users choose them by. */
import { delay } from './delay.ts';
import { guided } from './guided.ts';
import { pct } from './pct.ts';
import { portfolioOf } from './portfolio.ts';
import { pos } from './pos.ts';
import type { Strategy } from './strategy.ts';
import { swarm } from './swarm.ts';
import { targeted } from './targeted.ts';
import { uniform } from './uniform.ts';

/**
 * The default. Most goes to the two that are best, or nearly, on most of the planted bugs: aiming on top of an order of
 * links, and the order alone. The others get enough to find what only they find, and to be noticed when they find more
 * that is new. First of all few things go wrong in every other run: what breaks then needs no more.
 */
export const portfolio: Strategy = portfolioOf('portfolio', [
  { strategy: targeted, weight: 15 },
  { strategy: pct, weight: 5 },
  { strategy: guided, weight: 1.2 },
  { strategy: delay, weight: 0.5, opens: true },
  { strategy: swarm, weight: 0.5 },
  { strategy: pos, weight: 0.4 },
  { strategy: uniform, weight: 0.4 },
]);

export const strategies: readonly Strategy[] = [portfolio, uniform, swarm, pct, pos, delay, targeted, guided];
