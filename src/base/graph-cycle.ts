/**
 * The shortest cycle of a class: breadth-first search over pairs (node, state of a small automaton that reads the
 * labels along the way), from every node of a strongly connected component, cut off at the best length so far.
 * Globally shortest and polynomial: nodes × edges × states at worst, far less once a short cycle is known.
 * Relations that are transitive but stored by neighbours count a run of their edges as one step (0-1 search).
 */
import { components, type Graph } from './graph.ts';

export interface CycleClass {
  readonly states: number;
  /** The state after a first edge, or -1: every cycle of the class can be turned so that it starts with such an edge. */
  start(label: number): number;
  next(state: number, label: number): number;
  accepts(state: number): boolean;
  /** Whether an edge that follows one in this state belongs to the same run, and costs nothing. */
  continues?(state: number, label: number): boolean;
}

export interface CycleEdge {
  readonly from: number;
  readonly to: number;
  readonly label: number;
}

export interface CycleSearch {
  readonly cycle: readonly CycleEdge[] | undefined;
  /** False when the budget ran out first: the cycle found (if any) may not be the shortest. */
  readonly complete: boolean;
}

export interface Component {
  readonly nodes: readonly number[];
}

/** The components in which cycles can be, smallest first. */
export function cyclicComponents(graph: Graph): Component[] {
  const { count, of, size } = components(graph);
  const found: number[][] = new Array(count);
  for (let v = 0; v < graph.nodes; v++) {
    const c = of[v]!;
    if (size[c]! > 1 || hasLoop(graph, v)) {
      const list = found[c];
      if (list) list.push(v);
      else found[c] = [v];
    }
  }
  return found
    .filter((nodes) => nodes !== undefined)
    .sort((a, b) => a.length - b.length)
    .map((nodes) => ({ nodes }));
}

function hasLoop(graph: Graph, v: number): boolean {
  for (let i = graph.start[v]!; i < graph.start[v + 1]!; i++) if (graph.to[i] === v) return true;
  return false;
}

const defaultBudget = 20_000_000;

/** The shortest cycle of a class within the components given; `budget` counts the edges looked at. */
export function shortestCycle(
  graph: Graph,
  among: readonly Component[],
  wanted: CycleClass,
  budget = defaultBudget,
): CycleSearch {
  const widest = among.reduce((most, { nodes }) => Math.max(most, nodes.length), 0);
  const search = new Search(graph, wanted, { budget, widest });
  for (const component of among) {
    search.enter(component);
    for (const root of component.nodes) {
      if (search.best && search.bestLength <= 1) break;
      search.from(root);
      if (search.spent > budget) return { cycle: search.best, complete: false };
    }
  }
  return { cycle: search.best, complete: true };
}

class Search {
  best: CycleEdge[] | undefined;
  bestLength = Number.POSITIVE_INFINITY;
  spent = 0;
  private readonly graph: Graph;
  private readonly wanted: CycleClass;
  private readonly budget: number;
  private readonly inside: Int32Array;
  private component = 0;
  /** Nodes are numbered within their component, so that small ones take little memory. */
  private members: readonly number[] = [];
  private readonly place: Int32Array;
  private readonly seen: Int32Array;
  private readonly distance: Int32Array;
  private readonly viaEdge: Int32Array;
  private readonly viaPair: Int32Array;
  private stamp = 0;

  constructor(graph: Graph, wanted: CycleClass, { budget, widest }: { budget: number; widest: number }) {
    this.graph = graph;
    this.wanted = wanted;
    this.budget = budget;
    this.inside = new Int32Array(graph.nodes);
    this.place = new Int32Array(graph.nodes);
    const pairs = widest * wanted.states;
    this.seen = new Int32Array(pairs);
    this.distance = new Int32Array(pairs);
    this.viaEdge = new Int32Array(pairs);
    this.viaPair = new Int32Array(pairs);
  }

  enter(component: Component): void {
    this.component++;
    this.members = component.nodes;
    component.nodes.forEach((v, at) => {
      this.inside[v] = this.component;
      this.place[v] = at;
    });
  }

  /** Looks for a cycle through `root` that is shorter than the best so far. */
  from(root: number): void {
    const { graph, wanted } = this;
    const { states } = wanted;
    this.stamp++;
    let level: number[] = [];
    let next: number[] = [];
    const reach = (to: number, state: number, edge: number, before: number, length: number): void => {
      if (state === -1 || this.inside[to] !== this.component) return;
      if (to === root && wanted.accepts(state) && length < this.bestLength) {
        this.bestLength = length;
        this.best = this.unwind(root, edge, before);
      }
      const pair = this.place[to]! * states + state;
      if (this.seen[pair] === this.stamp && this.distance[pair]! <= length) return;
      this.seen[pair] = this.stamp;
      this.distance[pair] = length;
      this.viaEdge[pair] = edge;
      this.viaPair[pair] = before;
      if (before !== -1 && this.distance[before] === length) level.push(pair);
      else next.push(pair);
    };
    for (let i = graph.start[root]!; i < graph.start[root + 1]!; i++) {
      reach(graph.to[i]!, wanted.start(graph.label[i]!), i, -1, 1);
    }
    for (let length = 1; next.length > 0 && length < this.bestLength && this.spent <= this.budget; length++) {
      level = next;
      next = [];
      while (level.length > 0) {
        const pair = level.pop()!;
        if (this.distance[pair] !== length) continue;
        const v = this.members[Math.floor(pair / states)]!;
        const state = pair % states;
        this.spent += graph.start[v + 1]! - graph.start[v]!;
        for (let i = graph.start[v]!; i < graph.start[v + 1]!; i++) {
          const label = graph.label[i]!;
          const free = wanted.continues?.(state, label) ?? false;
          reach(graph.to[i]!, wanted.next(state, label), i, pair, free ? length : length + 1);
        }
      }
    }
  }

  private unwind(root: number, lastEdge: number, lastPair: number): CycleEdge[] {
    const { graph } = this;
    const { states } = this.wanted;
    const path: CycleEdge[] = [];
    let edge = lastEdge;
    let pair = lastPair;
    for (;;) {
      const from = pair === -1 ? root : this.members[Math.floor(pair / states)]!;
      path.push({ from, to: graph.to[edge]!, label: graph.label[edge]! });
      if (pair === -1) break;
      edge = this.viaEdge[pair]!;
      pair = this.viaPair[pair]!;
    }
    return path.reverse();
  }
}
