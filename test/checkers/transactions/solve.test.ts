/** The search over either-or pairs agrees with trying all of them. */
import { expect, test } from 'vitest';
import { buildGraph, EdgeList, isAcyclic } from '../../../src/base/graph.ts';
import { Random } from '../../../src/base/random.ts';
import { AcyclicSearch } from '../../../src/checkers/transactions/acyclic-search.ts';
import { decide } from '../../../src/checkers/transactions/decide.ts';
import type { Polygraph } from '../../../src/checkers/transactions/polygraph.ts';
import { Reachability } from '../../../src/checkers/transactions/reachability.ts';
import type { EitherOr, Side } from '../../../src/checkers/transactions/writer-pairs.ts';
import { Work } from '../../../src/checkers/work.ts';

interface Example extends Polygraph {
  readonly listed: readonly EitherOr[];
}

function randomPolygraph(random: Random, forbid: boolean): Example {
  const nodes = random.between(4, 9);
  const edges = new EdgeList();
  const pair = (): [number, number] => {
    const from = random.below(nodes);
    const to = random.below(nodes - 1);
    return [from, to >= from ? to + 1 : to];
  };
  for (let i = random.below(nodes); i > 0; i--)
    edges.add(...(pair().sort((a, b) => a - b) as [number, number]));
  const side = (from: number, to: number): Side => ({
    edges: [from, to, ...(random.chance(0.5) ? pair() : [])],
    forbidden: forbid && random.chance(0.6) ? pair() : [],
  });
  const pairs: EitherOr[] = Array.from({ length: random.between(1, 9) }, () => {
    const [a, b] = pair();
    return { writers: [a, b], sides: [side(a, b), side(b, a)] };
  });
  const group = { key: 0, writers: [0, 1], readers: new Map() };
  return {
    nodes,
    edges,
    forbidden: forbid && random.chance(0.3) ? pair() : [],
    groups: [group],
    pairs: { count: pairs.length, at: (i) => pairs[i]! },
    listed: pairs,
  };
}

function byTryingAll({ nodes, edges, forbidden, listed: pairs }: Example): 'holds' | 'violated' {
  for (let bits = 0; bits < 1 << pairs.length; bits++) {
    const chosen = new EdgeList();
    for (let i = 0; i < edges.count; i++) chosen.add(edges.from[i]!, edges.to[i]!);
    const closed = [...forbidden];
    pairs.forEach(({ sides }, i) => {
      const side = sides[(bits >> i) & 1]!;
      for (let j = 0; j < side.edges.length; j += 2) chosen.add(side.edges[j]!, side.edges[j + 1]!);
      closed.push(...side.forbidden);
    });
    const graph = buildGraph(nodes, chosen);
    if (isAcyclic(graph) && Reachability.of(graph)!.allows(closed)) return 'holds';
  }
  return 'violated';
}

for (const forbid of [false, true]) {
  test(`random pairs ${forbid ? 'with' : 'without'} forbidden paths are decided as by trying all`, () => {
    const verdicts = { holds: 0, violated: 0 };
    const wrong: string[] = [];
    for (let seed = 0; seed < 4000; seed++) {
      const polygraph = randomPolygraph(new Random(seed), forbid);
      const expected = byTryingAll(polygraph);
      const searched = isAcyclic(buildGraph(polygraph.nodes, polygraph.edges))
        ? new AcyclicSearch({ ...polygraph, pairs: polygraph.listed }, new Work(1_000_000)).run()
        : 'violated';
      if (searched !== expected) wrong.push(`seed ${seed}, search alone`);
      if (decide(polygraph, { work: new Work(1_000_000) }).verdict !== expected)
        wrong.push(`seed ${seed}, with pruning`);
      verdicts[expected]++;
    }
    expect(wrong).toEqual([]);
    expect(Math.min(verdicts.holds, verdicts.violated)).toBeGreaterThan(400);
  });
}
