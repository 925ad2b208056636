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
 * The default. Most goes to what is best, or nearly, on most of the planted bugs: aiming, on top of an order of links.
 * The others get enough to find what only they find. First of all few things go wrong: what breaks then needs no more.
 */
export const portfolio: Strategy = portfolioOf('portfolio', [
  { strategy: targeted, weight: 13 },
  { strategy: pct, weight: 5 },
  { strategy: guided, weight: 1.5 },
  { strategy: delay, weight: 1, opens: true },
  { strategy: swarm, weight: 1 },
  { strategy: pos, weight: 0.5 },
  { strategy: uniform, weight: 0.5 },
]);

export const strategies: readonly Strategy[] = [portfolio, uniform, swarm, pct, pos, delay, targeted, guided];
