/**
 * Whether a polygraph's either-or pairs can be decided so that no cycle remains (NP-complete). After a guess has failed (`guess.ts`), in turn:
 *  1. pruning: with reachability as bit sets, a side that would close a cycle is out, and the other one holds; again
 *     until nothing changes (nodes²/8 bytes)
 *  2. a search that learns: decide, keep a topological order as edges come (Pearce and Kelly, 2006), and turn every
 *     cycle into a clause "not all of these" (as SAT solvers modulo acyclicity do)
 * under a budget; when it runs out, nobody knows.
 */

import { buildGraph, type EdgeList, topologicalOrder } from '../../base/graph.ts';
import type { Work } from '../work.ts';
import { AcyclicSearch } from './acyclic-search.ts';
import type { Polygraph } from './polygraph.ts';
import { Reachability } from './reachability.ts';

export type Solution = 'holds' | 'violated' | 'unknown';

/** Bit sets of more nodes than this would take more than 128 MiB. */
const nodesLimit = 32_000;

export function solve(polygraph: Polygraph, work: Work): Solution {
  const { nodes, edges, forbidden } = polygraph;
  const order = topologicalOrder(buildGraph(nodes, edges));
  if (order.length < nodes) return 'violated';
  if (polygraph.pairs.length === 0 && forbidden.length === 0) return polygraph.tooMany ? 'unknown' : 'holds';
  if (nodes > nodesLimit || polygraph.tooMany) return 'unknown';
  const pruned = prune(polygraph, work);
  if (typeof pruned === 'string') return pruned;
  return new AcyclicSearch(pruned, work).run();
}

/** Decides the pairs that reachability decides; the polygraph of the others, or the answer. */
export function prune(polygraph: Polygraph, work: Work): Polygraph | Solution {
  const edges: EdgeList = polygraph.edges;
  const forbidden = [...polygraph.forbidden];
  let pairs = polygraph.pairs;
  for (;;) {
    if (!work.spend(Math.ceil((edges.count * polygraph.nodes) / 64) + pairs.length)) return 'unknown';
    const reach = Reachability.of(buildGraph(polygraph.nodes, edges));
    if (!reach) return 'violated';
    if (!reach.allows(forbidden)) return 'violated';
    const open: (typeof pairs)[number][] = [];
    for (const pair of pairs) {
      const [first, second] = pair.sides;
      const canFirst = reach.allows(first.edges) && reach.allows(first.forbidden);
      const canSecond = reach.allows(second.edges) && reach.allows(second.forbidden);
      if (!canFirst && !canSecond) return 'violated';
      if (canFirst && canSecond) {
        open.push(pair);
        continue;
      }
      const side = canFirst ? first : second;
      for (let i = 0; i < side.edges.length; i += 2) {
        // What is implied already would only make the graph larger.
        if (!reach.has(side.edges[i]!, side.edges[i + 1]!)) edges.add(side.edges[i]!, side.edges[i + 1]!);
      }
      forbidden.push(...side.forbidden);
    }
    const settled = open.length === pairs.length;
    pairs = open;
    if (settled) return pairs.length === 0 ? 'holds' : { ...polygraph, edges, forbidden, pairs };
  }
}
