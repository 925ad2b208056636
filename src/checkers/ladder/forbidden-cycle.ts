/** The shortest cycle that a level forbids, among what is known of the order of versions. */
import { buildGraph } from '../../base/graph.ts';
import { type CycleClass, cyclicComponents, shortestCycle } from '../../base/graph-cycle.ts';
import { cycleClass, cycleNames, impliedBy } from '../transactions/cycle-classes.ts';
import { dependencyEdges } from '../transactions/dependency-graph.ts';
import { type Cycle, isRun, mergeRuns } from '../transactions/find-cycle.ts';
import { orderLevels, type TransactionLevel } from '../transactions/levels.ts';
import type { History } from '../transactions/prepare.ts';
import { relation } from '../transactions/relations.ts';
import type { VersionPair } from '../transactions/version-pair.ts';
import { forbids } from './anomaly-levels.ts';
import { isSingleLevel, type Level } from './lattice.ts';

export interface Look {
  /** Orders of versions besides those that are known. */
  readonly versions: readonly VersionPair[];
  /** Edges that the search for each class may look at. */
  readonly budget?: number;
}

const defaultBudget = 5_000_000;

export function forbiddenCycle(
  history: History,
  level: Level,
  { versions, budget = defaultBudget }: Look,
): Cycle | undefined {
  const order = orderOf(level);
  const graph = buildGraph(history.transactions.count, dependencyEdges(history, { order, versions }));
  const components = cyclicComponents(graph);
  if (components.length === 0) return undefined;
  const names = isSingleLevel(level)
    ? cycleNames(order)
    : cycleNames(order).filter((name) => forbids(level, name));
  const classes = level === 'prefix' ? [prefixCycle] : names.map(cycleClass);
  let best: Cycle | undefined;
  let shortest = true;
  const redundant = new Set<CycleClass>();
  classes.forEach((wanted, i) => {
    if (redundant.has(wanted)) return;
    const { cycle, complete } = shortestCycle(graph, components, wanted, budget);
    shortest &&= complete;
    if (!cycle) return;
    const steps = mergeRuns(cycle);
    if (!best || steps.length < best.steps.length) best = { steps, shortest: true };
    if (steps.length > 2 || level === 'prefix') return;
    // What the class implies cannot be shorter.
    const implied = impliedBy(names[i]!);
    classes.forEach((other, j) => {
      if (j !== i && implied.includes(names[j]!)) redundant.add(other);
    });
  });
  return best && { ...best, shortest: shortest || best.steps.length <= 2 };
}

function orderOf(level: Level): 'none' | 'session' | 'real-time' {
  if (level === 'linearizable') return 'real-time';
  if (level === 'sequential') return 'session';
  return orderLevels[level as TransactionLevel]?.order ?? 'none';
}

/** ((so ∪ wr) ; rw? ∪ ww)+ must not come back (Cerone, Gotsman and Yang, CONCUR 2017). States: the kind of the last edge. */
const prefixCycle: CycleClass = {
  states: 4,
  start: (label) => prefixState(0, label),
  next: (state, label) => prefixState(state, label),
  accepts: () => true,
  continues: (state, label) => state === 2 && (label & 7) === relation.so && isRun(relation.so),
};

/** 0 after ww (and before all), 1 after wr, 2 after so, 3 after rw. */
function prefixState(state: number, label: number): number {
  const kind = label & 7;
  if (kind === relation.rw) return state === 1 || state === 2 ? 3 : -1;
  return kind === relation.ww ? 0 : kind === relation.wr ? 1 : kind === relation.so ? 2 : -1;
}
