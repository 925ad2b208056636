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

/** The default: what learns and what aims get the most, the others enough to find what only they find. */
export const portfolio: Strategy = portfolioOf('portfolio', [
  { strategy: guided, weight: 6 },
  { strategy: targeted, weight: 6 },
  { strategy: swarm, weight: 4 },
  { strategy: pct, weight: 1 },
  { strategy: pos, weight: 1 },
  { strategy: delay, weight: 1 },
  { strategy: uniform, weight: 1 },
]);

export const strategies: readonly Strategy[] = [portfolio, uniform, swarm, pct, pos, delay, targeted, guided];
