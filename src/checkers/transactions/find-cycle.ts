/** Shortest cycles of a relation graph, with runs of session or real-time edges told as one step. */
import { invariant } from '../../base/errors.ts';
import { buildGraph, EdgeList, type Graph } from '../../base/graph.ts';
import { type CycleClass, type CycleEdge, cyclicComponents, shortestCycle } from '../../base/graph-cycle.ts';
import { relation, type Step, stepOf } from './relations.ts';

/** Session order and real time are transitive, and stored by neighbours. */
export function isRun(kind: number): boolean {
  return kind === relation.so || kind === relation.rt;
}

/** Any cycle at all; the state remembers whether the last edge was of session order or of real time. */
const anyCycle: CycleClass = {
  states: 3,
  start: (label) => runState(label & 7),
  next: (_, label) => runState(label & 7),
  accepts: () => true,
  continues: (state, label) => state !== 0 && state === runState(label & 7),
};

function runState(kind: number): number {
  return kind === relation.so ? 1 : kind === relation.rt ? 2 : 0;
}

export interface Cycle {
  readonly steps: readonly Step[];
  /** False when the search ended at its budget: there may be a shorter one. */
  readonly shortest: boolean;
}

/** That a level is violated; the cycle that shows it is looked for when it is asked for. */
export type Violation = () => Cycle;

/** A shortest cycle of a graph that has one. */
export function findCycle(graph: Graph): Cycle {
  const { cycle, complete } = shortestCycle(graph, cyclicComponents(graph), anyCycle);
  invariant(cycle !== undefined, 'a graph that cannot be sorted has a cycle');
  return { steps: mergeRuns(cycle), shortest: complete };
}

/** One step for each run of session-order or real-time edges. */
export function mergeRuns(cycle: readonly CycleEdge[]): Step[] {
  const steps: Step[] = [];
  for (const { from, to, label } of cycle) {
    const last = steps[steps.length - 1];
    const step = stepOf(from, to, label);
    if (last && last.relation === step.relation && isRun(label & 7))
      steps[steps.length - 1] = { ...last, to };
    else steps.push(step);
  }
  const [head, tail] = [steps[0]!, steps[steps.length - 1]!];
  if (steps.length > 1 && head.relation === tail.relation && isRun(relation[head.relation])) {
    steps.pop();
    steps[0] = { ...head, from: tail.from };
  }
  return steps;
}

const oneState: CycleClass = { states: 1, start: () => 0, next: () => 0, accepts: () => true };

/** A cycle of a graph that has one, by its edges: a short one, where that takes no long search. */
export function someCycle(nodes: number, edges: EdgeList): number[] {
  const numbered = new EdgeList();
  for (let i = 0; i < edges.count; i++) numbered.add(edges.from[i]!, edges.to[i]!, i);
  const graph = buildGraph(nodes, numbered);
  const { cycle } = shortestCycle(graph, cyclicComponents(graph), oneState, 2 * edges.count + 200_000);
  return (cycle ?? []).map(({ label }) => label);
}
