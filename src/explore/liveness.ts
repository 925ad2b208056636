/**
 * Liveness: does every fair run come to a state in which the property holds? A run that never does stays, from the
 * beginning, among states where it does not hold, and either ends there or goes round there for ever. So the states
 * that can be reached without the property holding are made into a graph; a counterexample is a state of it in which
 * nothing has to happen, or a strongly connected part that a fair run need not leave. Fair is weak: an action that is
 * possible for ever is taken again and again. (Manna and Pnueli, "The temporal logic of reactive and concurrent systems",
 * 1992; the parts are found as by Tarjan 1972.) Marking paths while searching instead misses runs that come back to a
 * state met before; whole graphs do not. Cost: linear in states and transitions, which are kept.
 */
import type { TransitionSystem } from './system.ts';

export interface Unfair {
  /** Actions by number from an initial state to the place where the run stays. */
  readonly stem: readonly number[];
  /** The actions of one round; empty when nothing can happen any more. */
  readonly round: readonly number[];
  /** Which initial state. */
  readonly initial: number;
}

export interface LivenessResult {
  readonly states: number;
  readonly transitions: number;
  /** Undefined when every fair run gets there. */
  readonly found: Unfair | undefined;
  /** False when the budget of states ran out before the graph was whole. */
  readonly complete: boolean;
}

export interface LivenessOptions {
  /** Whether an action, by number, has to be taken when it is possible for ever; default all. */
  readonly fair?: (action: number) => boolean;
  readonly maxStates?: number;
}

interface Graph {
  /** By state: where its transitions begin; they end where the next state's begin. */
  readonly first: number[];
  readonly targets: number[];
  readonly actions: number[];
  /** By state: the fair actions that are possible in it, wherever they lead. */
  readonly enabled: number[][];
  readonly parents: number[];
  readonly parentActions: number[];
}

/** A transition that leads to a state where the property holds. */
const away = -1;

export function findUnfair<State>(
  system: TransitionSystem<State>,
  holds: (state: State) => boolean,
  { fair = () => true, maxStates = Number.POSITIVE_INFINITY }: LivenessOptions = {},
): LivenessResult {
  const graph: Graph = { first: [0], targets: [], actions: [], enabled: [], parents: [], parentActions: [] };
  const indices = new Map<string, number>();
  const states: State[] = [];
  const meet = (state: State, parent: number, action: number): number => {
    const name = system.print.join();
    const known = indices.get(name);
    if (known !== undefined) return known;
    if (holds(state)) {
      indices.set(name, away);
      return away;
    }
    const index = states.push(system.keep(state)) - 1;
    indices.set(name, index);
    graph.parents.push(parent);
    graph.parentActions.push(action);
    return index;
  };
  system.initial().forEach((state, index) => {
    system.fingerprint(state);
    meet(state, -1, index);
  });
  for (let from = 0; from < states.length; from++) {
    if (states.length > maxStates) {
      return { states: states.length, transitions: graph.targets.length, found: undefined, complete: false };
    }
    const enabled: number[] = [];
    system.expand(states[from] as State, (next, action) => {
      if (fair(action)) enabled.push(action);
      const to = meet(next, from, action);
      if (to === away) return;
      graph.targets.push(to);
      graph.actions.push(action);
    });
    graph.enabled.push(enabled);
    graph.first.push(graph.targets.length);
  }
  const found = fairPart(graph);
  return { states: states.length, transitions: graph.targets.length, found, complete: true };
}

function fairPart(graph: Graph): Unfair | undefined {
  const ended = graph.enabled.findIndex((actions) => actions.length === 0);
  if (ended >= 0) return { ...stemTo(graph, ended), round: [] };
  for (const part of components(graph)) {
    const round = fairRound(graph, part);
    if (round) return { ...stemTo(graph, part[0] as number), round };
  }
  return undefined;
}

function stemTo({ parents, parentActions }: Graph, index: number): { stem: number[]; initial: number } {
  const stem: number[] = [];
  let at = index;
  for (; (parents[at] as number) >= 0; at = parents[at] as number) stem.unshift(parentActions[at] as number);
  return { stem, initial: parentActions[at] as number };
}

/**
 * A round through the part that takes every action which is possible in all of its states: then no action is possible
 * for ever without being taken. Undefined when there is none.
 */
function fairRound(graph: Graph, part: readonly number[]): number[] | undefined {
  const inside = new Set(part);
  const edges = part.flatMap((from) => edgesOf(graph, from).filter(({ to }) => inside.has(to)));
  if (edges.length === 0) return undefined;
  const taken = new Set(edges.map(({ action }) => action));
  const always = (graph.enabled[part[0] as number] as number[]).filter((action) =>
    part.every((state) => (graph.enabled[state] as number[]).includes(action)),
  );
  if (!always.every((action) => taken.has(action))) return undefined;
  // Through every state, so that what is not possible everywhere is seen not to be, and along an edge of each such action.
  const round: number[] = [];
  let at = part[0] as number;
  const go = (to: number) => {
    for (const { action, to: next } of wayTo(graph, inside, at, to)) {
      round.push(action);
      at = next;
    }
  };
  for (const state of part) go(state);
  for (const action of always) {
    const edge = edges.find((candidate) => candidate.action === action);
    if (!edge) continue;
    go(edge.from);
    round.push(action);
    at = edge.to;
  }
  if (round.length === 0) {
    const edge = edgesOf(graph, at).find(({ to }) => inside.has(to));
    if (edge) round.push(edge.action);
    at = edge?.to ?? at;
  }
  go(part[0] as number);
  return round;
}

interface Edge {
  readonly from: number;
  readonly action: number;
  readonly to: number;
}

function edgesOf({ first, targets, actions }: Graph, from: number): Edge[] {
  const edges: Edge[] = [];
  for (let at = first[from] as number; at < (first[from + 1] as number); at++) {
    edges.push({ from, action: actions[at] as number, to: targets[at] as number });
  }
  return edges;
}

/** The shortest way within a part; empty from a state to itself. */
function wayTo(graph: Graph, inside: ReadonlySet<number>, from: number, to: number): Edge[] {
  const by = new Map<number, Edge>();
  const queue = [from];
  for (let head = 0; head < queue.length && from !== to; head++) {
    for (const edge of edgesOf(graph, queue[head] as number)) {
      if (!inside.has(edge.to) || edge.to === from || by.has(edge.to)) continue;
      by.set(edge.to, edge);
      queue.push(edge.to);
    }
    if (by.has(to)) break;
  }
  const way: Edge[] = [];
  for (let edge = by.get(to); edge; edge = by.get(edge.from)) way.unshift(edge);
  return way;
}

/** Strongly connected components (Tarjan 1972), without recursion. */
function components({ first, targets }: Graph): number[][] {
  const count = first.length - 1;
  const order = new Int32Array(count).fill(-1);
  const low = new Int32Array(count);
  const onStack = new Uint8Array(count);
  const next = Int32Array.from(first);
  const stack: number[] = [];
  const found: number[][] = [];
  let clock = 0;
  for (let root = 0; root < count; root++) {
    if (order[root] !== -1) continue;
    const calls = [root];
    while (calls.length > 0) {
      const state = calls.at(-1) as number;
      if (order[state] === -1) {
        order[state] = low[state] = clock++;
        stack.push(state);
        onStack[state] = 1;
      }
      if ((next[state] as number) < (first[state + 1] as number)) {
        const to = targets[next[state]!++] as number;
        if (order[to] === -1) calls.push(to);
        else if (onStack[to]) low[state] = Math.min(low[state] as number, order[to] as number);
        continue;
      }
      calls.pop();
      const caller = calls.at(-1);
      if (caller !== undefined) low[caller] = Math.min(low[caller] as number, low[state] as number);
      if (low[state] !== order[state]) continue;
      const part: number[] = [];
      for (let member = -1; member !== state; part.push(member)) {
        member = stack.pop() as number;
        onStack[member] = 0;
      }
      // The state that was met first is the nearest to the beginning.
      found.push(part.sort((a, b) => a - b));
    }
  }
  return found;
}
