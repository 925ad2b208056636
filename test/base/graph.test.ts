/** Components and shortest cycles agree with search by definition. */
import { expect, test } from 'vitest';
import { buildGraph, components, EdgeList, type Graph, isAcyclic } from '../../src/base/graph.ts';
import { type CycleClass, cyclicComponents, shortestCycle } from '../../src/base/graph-cycle.ts';
import { Random } from '../../src/base/random.ts';
import { type CycleName, cycleClass, cycleNames } from '../../src/checkers/transactions/cycle-classes.ts';
import { mergeRuns } from '../../src/checkers/transactions/find-cycle.ts';
import { relation, relationNames } from '../../src/checkers/transactions/relations.ts';

function randomGraph(random: Random, labels: number): Graph {
  const nodes = random.between(1, 7);
  const edges = new EdgeList();
  for (let i = random.below(12); i > 0; i--)
    edges.add(random.below(nodes), random.below(nodes), random.below(labels));
  return buildGraph(nodes, edges);
}

function reaches(graph: Graph, from: number, to: number): boolean {
  const seen = new Set<number>();
  const queue = [from];
  for (const v of queue) {
    for (let i = graph.start[v]!; i < graph.start[v + 1]!; i++) {
      if (graph.to[i] === to) return true;
      if (!seen.has(graph.to[i]!)) {
        seen.add(graph.to[i]!);
        queue.push(graph.to[i]!);
      }
    }
  }
  return false;
}

test('nodes share a component exactly when each reaches the other', () => {
  for (let seed = 0; seed < 300; seed++) {
    const graph = randomGraph(new Random(seed), 1);
    const { of } = components(graph);
    for (let a = 0; a < graph.nodes; a++) {
      for (let b = 0; b < graph.nodes; b++) {
        const together = a === b || (reaches(graph, a, b) && reaches(graph, b, a));
        expect(of[a] === of[b], `seed ${seed}: ${a}, ${b}`).toBe(together);
        if (reaches(graph, a, b) && of[a] !== of[b]) expect(of[a]!).toBeGreaterThan(of[b]!);
      }
    }
    expect(isAcyclic(graph)).toBe(
      Array.from({ length: graph.nodes }, (_, v) => v).every((v) => !reaches(graph, v, v)),
    );
  }
});

/** All closed walks of up to `limit` edges, by their labels: what a cycle class is by definition. */
function shortestByWalking(
  graph: Graph,
  matches: (labels: readonly number[]) => boolean,
  limit: number,
): number {
  for (let length = 1; length <= limit; length++) {
    for (let root = 0; root < graph.nodes; root++) {
      const walk = (v: number, labels: number[]): boolean => {
        if (labels.length === length) return v === root && matches(labels);
        for (let i = graph.start[v]!; i < graph.start[v + 1]!; i++) {
          if (walk(graph.to[i]!, [...labels, graph.label[i]!])) return true;
        }
        return false;
      };
      if (walk(root, [])) return length;
    }
  }
  return Number.POSITIVE_INFINITY;
}

function definition(name: CycleName): (labels: readonly number[]) => boolean {
  const variant = name.endsWith('-process') ? relation.so : -1;
  return (labels) => {
    const count = (kind: number): number => labels.filter((label) => label === kind).length;
    const rw = count(relation.rw);
    const adjacent = labels.some(
      (l, i) => rw > 1 && l === relation.rw && labels[(i + 1) % labels.length] === relation.rw,
    );
    if (variant === -1 ? count(relation.so) > 0 : count(relation.so) === 0) return false;
    // One run of session edges is one step, so walks here take at most one at a time.
    if (name.startsWith('G0')) return rw === 0 && count(relation.wr) === 0;
    if (name.startsWith('G1c')) return rw === 0 && count(relation.wr) > 0;
    if (name.startsWith('G-single')) return rw === 1;
    return name.startsWith('G-nonadjacent') ? rw > 1 && !adjacent : rw > 1;
  };
}

test('the shortest cycle of each class without runs is as short as any closed walk of the class', () => {
  const names = cycleNames('none');
  let found = 0;
  for (let seed = 0; seed < 500; seed++) {
    const random = new Random(seed);
    const graph = randomGraph(random, 4);
    for (const name of names) {
      const { cycle, complete } = shortestCycle(graph, cyclicComponents(graph), cycleClass(name));
      expect(complete).toBe(true);
      const expected = shortestByWalking(graph, definition(name), 5);
      if (expected <= 5) found++;
      if (expected <= 5 || cycle)
        expect(cycle?.length, `seed ${seed}: ${name}`).toBe(
          cycle && cycle.length > 5 ? cycle.length : expected,
        );
    }
  }
  expect(found).toBeGreaterThan(200);
});

test('a run of session edges counts as one step', () => {
  const edges = new EdgeList();
  edges.add(0, 1, relation.so);
  edges.add(1, 2, relation.so);
  edges.add(2, 3, relation.so);
  edges.add(3, 0, relation.rw);
  edges.add(0, 4, relation.wr);
  edges.add(4, 5, relation.so);
  edges.add(5, 3, relation.wr);
  const graph = buildGraph(6, edges);
  const { cycle } = shortestCycle(graph, cyclicComponents(graph), cycleClass('G-single-item-process'));
  expect(mergeRuns(cycle!).map((step) => `${step.from} ${step.relation} ${step.to}`)).toEqual([
    '3 rw 0',
    '0 so 3',
  ]);
});

test('a budget that runs out says so', () => {
  const edges = new EdgeList();
  for (let v = 0; v < 50; v++) edges.add(v, (v + 1) % 50);
  const any: CycleClass = { states: 1, start: () => 0, next: () => 0, accepts: () => true };
  const graph = buildGraph(50, edges);
  expect(shortestCycle(graph, cyclicComponents(graph), any, 10).complete).toBe(false);
  expect(relationNames[relation.hb]).toBe('hb');
});
