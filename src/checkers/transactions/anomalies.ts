/**
 * Every anomaly that a history is known to have, by Adya's and Elle's names: those that need no cycle, lost updates,
 * and for each strongly connected component of the dependency graph the shortest cycle of each class that is not
 * implied by a worse one. What is found is there; what is not found may still be hidden in version orders that the
 * history does not show, so that the absence of anomalies proves no level (`levels.ts` decides those).
 */
import { buildGraph } from '../../base/graph.ts';
import { cyclicComponents, shortestCycle } from '../../base/graph-cycle.ts';
import { micro, status } from '../../history/transactions.ts';
import { type CycleName, cycleClass, cycleNames, impliedBy } from './cycle-classes.ts';
import { type DependencyOptions, dependencyEdges } from './dependency-graph.ts';
import { mergeRuns } from './find-cycle.ts';
import type { History } from './prepare.ts';
import type { Anomaly } from './reads-from.ts';
import type { Step } from './relations.ts';

export interface CycleAnomaly {
  readonly type: CycleName;
  readonly steps: readonly Step[];
}

export interface FoundAnomalies {
  readonly direct: readonly Anomaly[];
  readonly cycles: readonly CycleAnomaly[];
  /** No two transactions are related at all: nothing could have been found. */
  readonly unrelated: boolean;
  /** False when the search for shortest cycles ran out of its budget. */
  readonly complete: boolean;
}

/** Cycles reported at most; very broken histories have one in every corner. */
const cyclesLimit = 50;
const edgesBudget = 30_000_000;

export function findAnomalies(history: History, options: DependencyOptions = {}): FoundAnomalies {
  const edges = dependencyEdges(history, options);
  const graph = buildGraph(history.transactions.count, edges);
  const names = cycleNames(options.order ?? 'none');
  const cycles: CycleAnomaly[] = [];
  let complete = true;
  let budget = edgesBudget;
  for (const component of cyclicComponents(graph)) {
    if (cycles.length >= cyclesLimit) break;
    const implied = new Set<CycleName>();
    for (const type of names) {
      if (implied.has(type)) continue;
      const search = shortestCycle(graph, [component], cycleClass(type), budget / names.length);
      if (!search.complete) {
        complete = false;
        budget /= 2;
      }
      if (!search.cycle) continue;
      cycles.push({ type, steps: mergeRuns(search.cycle) });
      for (const weaker of impliedBy(type)) implied.add(weaker);
    }
  }
  return {
    direct: [...history.anomalies, ...lostUpdates(history)],
    cycles,
    unrelated: edges.count === 0,
    complete,
  };
}

/** Two committed transactions that read the same version of a key and both wrote the key (Bailis et al. 2013). */
export function lostUpdates(history: History): Anomaly[] {
  const { transactions } = history;
  const { first, kind, key, version } = transactions;
  const readers = new Map<number, number[]>();
  for (let t = 0; t < transactions.count; t++) {
    if (transactions.status[t] !== status.ok) continue;
    const firstRead = new Map<number, number>();
    const counted = new Set<number>();
    for (let op = first[t]!; op < first[t + 1]!; op++) {
      const k = key[op]!;
      if (kind[op] === micro.read || kind[op] === micro.readList) {
        if (version[op]! >= 0 && !firstRead.has(k)) firstRead.set(k, version[op]!);
      } else if (firstRead.has(k) && !counted.has(k)) {
        counted.add(k);
        const v = firstRead.get(k)!;
        const list = readers.get(v);
        if (list) list.push(t);
        else readers.set(v, [t]);
      }
    }
  }
  return [...readers]
    .filter(([, list]) => list.length > 1)
    .map(([v, list]) => ({
      type: 'lost-update',
      transactions: list,
      key: transactions.versionKey[v]!,
      versions: [v],
    }));
}
