/**
 * Decides a polygraph: by pruning (with reachability as bit sets, a side that would close a cycle is out, and the other
 * one holds; again until nothing changes; nodes²/8 bytes) and then by a search that learns (`acyclic-search.ts`), under
 * a budget of steps and of memory.
 */
import { buildGraph, EdgeList, topologicalOrder } from '../../base/graph.ts';
import type { Work } from '../work.ts';
import { AcyclicSearch } from './acyclic-search.ts';
import { Cone } from './cone.ts';
import { someCycle } from './find-cycle.ts';
import type { Polygraph } from './polygraph.ts';
import { Reachability } from './reachability.ts';
import type { EitherOr, Side } from './writer-pairs.ts';

export type Solution = 'holds' | 'violated' | 'unknown';

/** Bit sets of more nodes than this would take more than 128 MiB. */
const nodesLimit = 32_000;
/** Pairs that are looked at, and those that may be left to the search. */
const pairsLimit = 8_000_000;
const searchLimit = 200_000;

export interface Decision {
  readonly verdict: Solution;
  /** Where it holds: the place of each node in an order that keeps all edges. */
  readonly rank?: Int32Array;
  /** Where it is violated: nodes that the contradiction rests on. */
  readonly evidence?: () => Iterable<number>;
}

export interface Effort {
  readonly work: Work;
  /** What the search may take, where that is less than the rest. */
  readonly search?: Work;
}

export function decide(polygraph: Polygraph, { work, search = work }: Effort): Decision {
  const { nodes, forbidden, groups } = polygraph;
  if (groups.length > 0 || forbidden.length > 0) {
    if (nodes > nodesLimit) {
      return giveUp(
        work,
        `${nodes} events need a search for their order, and ${nodesLimit} fit into its memory`,
      );
    }
    if (polygraph.pairs.count > pairsLimit) {
      const { count } = polygraph.pairs;
      return giveUp(
        work,
        `${count} pairs of versions have no known order, and ${pairsLimit} can be looked at`,
      );
    }
  }
  return new Pruning(polygraph).run(work, search);
}

function giveUp(work: Work, reason: string): Decision {
  work.stop(reason);
  return { verdict: 'unknown' };
}

/** Takes the sides that reachability leaves, round by round; what is open then goes to the search. */
class Pruning {
  private readonly graph: Polygraph;
  private readonly edges = new EdgeList();
  private readonly forbidden: number[];
  /** Of each edge that was taken, the side that was out; the recorded edges come before. */
  private readonly refused: Side[] = [];

  constructor(graph: Polygraph) {
    this.graph = graph;
    const { edges } = graph;
    for (let i = 0; i < edges.count; i++) this.edges.add(edges.from[i]!, edges.to[i]!);
    this.forbidden = [...graph.forbidden];
  }

  run(work: Work, search: Work): Decision {
    const { edges, forbidden, graph } = this;
    const { nodes, groups, pairs } = graph;
    if (groups.length === 0 && forbidden.length === 0) return this.ordered();
    let open = Int32Array.from({ length: pairs.count }, (_, i) => i);
    for (;;) {
      if (!work.spend(Math.ceil((edges.count * nodes) / 2048) + (open.length >> 3)))
        return { verdict: 'unknown' };
      const reach = Reachability.of(buildGraph(nodes, edges));
      if (!reach) return this.cyclic();
      if (!reach.allows(forbidden)) return this.contradicted({ edges: [], forbidden });
      const left = this.settle(open, reach);
      if (!(left instanceof Int32Array)) return this.contradicted(...left.sides);
      const settled = left.length === open.length;
      open = left;
      if (settled) break;
    }
    if (open.length === 0) return this.ordered();
    if (open.length > searchLimit) {
      return giveUp(
        work,
        `${open.length} pairs of versions are left to a search, which takes ${searchLimit}`,
      );
    }
    const rest = Array.from(open, (pair): EitherOr => pairs.at(pair));
    const solver = new AcyclicSearch({ nodes, edges, forbidden, pairs: rest }, search);
    const verdict = solver.run();
    if (verdict === 'violated')
      return { verdict, evidence: () => Array.from({ length: nodes }, (_, v) => v) };
    return verdict === 'holds' ? { verdict, rank: solver.ranks } : { verdict };
  }

  /** The pairs of which both sides are still possible; the pair that has none left, if there is one. */
  private settle(open: Int32Array, reach: Reachability): Int32Array<ArrayBuffer> | EitherOr {
    const left = new Int32Array(open.length);
    let count = 0;
    for (const number of open) {
      const pair = this.graph.pairs.at(number);
      const [first, second] = pair.sides;
      const canFirst = reach.allows(first.edges) && reach.allows(first.forbidden);
      const canSecond = reach.allows(second.edges) && reach.allows(second.forbidden);
      if (!canFirst && !canSecond) return pair;
      if (canFirst && canSecond) left[count++] = number;
      else this.take(canFirst ? first : second, { refused: canFirst ? second : first, reach });
    }
    return left.slice(0, count);
  }

  private take(side: Side, { refused, reach }: { refused: Side; reach: Reachability }): void {
    for (let i = 0; i < side.edges.length; i += 2) {
      // What is implied already would only make the graph larger.
      if (reach.has(side.edges[i]!, side.edges[i + 1]!)) continue;
      this.edges.add(side.edges[i]!, side.edges[i + 1]!);
      this.refused.push(refused);
    }
    for (const node of side.forbidden) this.forbidden.push(node);
  }

  private ordered(): Decision {
    const { nodes } = this.graph;
    const order = topologicalOrder(buildGraph(nodes, this.edges));
    if (order.length < nodes) return this.cyclic();
    const rank = new Int32Array(nodes);
    order.forEach((node, at) => {
      rank[node] = at;
    });
    return { verdict: 'holds', rank };
  }

  private cyclic(): Decision {
    const { nodes } = this.graph;
    return { verdict: 'violated', evidence: () => this.cone().take(someCycle(nodes, this.edges)).nodes };
  }

  /** None of these sides is possible, for each has an edge against the direction of a path. */
  private contradicted(...sides: Side[]): Decision {
    const evidence = (): Iterable<number> => {
      const cone = this.cone();
      const ends: number[] = [];
      for (const side of sides) {
        const against = pathsAgainst(side).find(([from, to]) => cone.path(from, to) !== undefined);
        if (!against) continue;
        ends.push(...against);
        cone.take(cone.path(...against)!);
      }
      return [...ends, ...cone.nodes];
    };
    return { verdict: 'violated', evidence };
  }

  private cone(): Cone {
    const recorded = this.graph.edges.count;
    return new Cone(this.graph.nodes, this.edges, (edge) =>
      edge < recorded ? [] : pathsAgainst(this.refused[edge - recorded]!),
    );
  }
}

/** The paths that would close a cycle with one of a side's edges. */
function pathsAgainst({ edges, forbidden }: Side): [from: number, to: number][] {
  const paths: [number, number][] = [];
  for (const list of [edges, forbidden]) {
    for (let i = 0; i < list.length; i += 2) paths.push([list[i + 1]!, list[i]!]);
  }
  return paths;
}
