/**
 * Liveness: does every fair run come to a state in which the property holds, from the beginning on or from each state on
 * that owes it? A run that never does stays among states where it does not hold, and either ends there or goes round
 * there for ever. So the states that can follow without the property holding are made into a graph; a counterexample is
 * a state of it in which nothing has to happen, or a strongly connected part that a fair run need not leave. Fair is
 * weak: what is possible for ever is done again and again. (Manna and Pnueli, "The temporal logic of reactive and concurrent systems",
 * 1992; the parts are found as by Tarjan 1972.) Marking paths while searching instead misses runs that come back to a
 * state met before; whole graphs do not. Cost: linear in states and transitions, which are kept.
 */
import { invariant } from '../base/errors.ts';
import { Checks } from './checks.ts';
import type { FoundViolation, Step } from './search-result.ts';
import { StateSet } from './states.ts';
import type { Supervision } from './supervision.ts';
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
  /** Which budget ran out before the graph was whole. */
  readonly reason: string | undefined;
}

export interface LivenessQuestion<State> {
  readonly holds: (state: State) => boolean;
  /** The states from which on it must come true; default the initial ones. */
  readonly from?: (state: State) => boolean;
}

/** Why a property is not judged where fair runs are not looked for. */
export const aboutFairRuns = 'it is about what fair runs come to at last';

export interface LivenessOptions<State> {
  /**
   * What has to be done at last when it is possible for ever, as a number that is the same in all states, asked while
   * the action is emitted; -1 for an action that need not be taken. Default: the action.
   */
  readonly duty?: (action: number) => number;
  /** Duties of a state that lie beyond what is explored: a run that owes them goes on, nobody looks how. */
  readonly beyond?: (state: State) => readonly number[];
  readonly maxStates?: number | undefined;
}

interface Graph {
  /** By state: where its transitions begin; they end where the next state's begin. Only those without the property. */
  readonly first: number[];
  readonly targets: number[];
  readonly actions: number[];
  readonly duties: number[];
  /** By state: the duties that are possible in it, wherever they lead. */
  readonly enabled: (readonly number[])[];
  /** By state, whether it holds, and whether it owes from here on. */
  readonly holds: boolean[];
  readonly starts: number[];
  readonly met: StateSet;
  /** By state, the action that first led to it. */
  readonly by: number[];
}

/** How often the clock is read, in states. */
const clockEvery = 256;

export async function findUnfair<State>(
  system: TransitionSystem<State>,
  question: LivenessQuestion<State>,
  supervision: Supervision,
  options: LivenessOptions<State> = {},
): Promise<LivenessResult> {
  const checks = new Checks();
  for (;;) {
    const graph: Graph = {
      ...{ first: [0], targets: [], actions: [], duties: [], enabled: [], holds: [], starts: [] },
      ...{ met: new StateSet(), by: [] },
    };
    if (!(await build(system, question, { ...options, supervision, checks }, graph))) continue;
    const { reason } = supervision;
    const found = reason === undefined ? fairPart(graph) : undefined;
    return { states: graph.met.size, transitions: graph.targets.length, found, reason };
  }
}

/** Meets every state that can matter, unless a budget runs out; false when it has to begin again. */
async function build<State>(
  system: TransitionSystem<State>,
  { holds, from }: LivenessQuestion<State>,
  options: LivenessOptions<State> & { readonly supervision: Supervision; readonly checks: Checks },
  graph: Graph,
): Promise<boolean> {
  const { duty = (action: number) => action, beyond = () => [], supervision, checks } = options;
  const { maxStates = Number.POSITIVE_INFINITY } = options;
  const { met } = graph;
  const states: (State | undefined)[] = [];
  const meet = (state: State, parent: number, action: number): number => {
    const known = met.add(system.print, parent);
    if (known >= 0) return known;
    const index = -1 - known;
    states.push(system.keep(state));
    graph.by.push(action);
    graph.holds.push(holds(state));
    if (!graph.holds[index] && (from ? from(state) : parent < 0)) graph.starts.push(index);
    return index;
  };
  system.initial().forEach((state, index) => {
    system.fingerprint(state);
    meet(state, -1, index);
  });
  let at = 0;
  const present = () => ({
    ...{ states: met.size, transitions: graph.targets.length, expanded: at, frontier: states.length - at },
    ...{ depth: 0, workers: 1, elsewhere: 0 },
  });
  for (; ; at++) {
    const over = at === states.length;
    if (!(await checks.hold(system.assumptions, { supervision, present, over }))) return false;
    if (met.size > maxStates) supervision.statesRanOut(maxStates);
    if (at % clockEvery === 0) await supervision.outOfBudget(present);
    if (over || supervision.reason !== undefined) return true;
    const state = states[at] as State;
    states[at] = undefined;
    const lacks = !graph.holds[at];
    const enabled = [...beyond(state)];
    // Without `from`, what follows a state where it holds owes nothing.
    if ((lacks || from) && system.within(state)) {
      system.expand(state, (next, action) => {
        const owed = duty(action);
        if (owed >= 0) enabled.push(owed);
        const to = meet(next, at, action);
        if (!lacks || graph.holds[to]) return;
        graph.targets.push(to);
        graph.actions.push(action);
        graph.duties.push(owed);
      });
    }
    graph.enabled.push(enabled);
    graph.first.push(graph.targets.length);
  }
}

/** The states that owe, each with the way to it from where it began to. */
function owing(graph: Graph): Map<number, Edge | undefined> {
  const reached = new Map<number, Edge | undefined>(graph.starts.map((start) => [start, undefined]));
  for (const at of reached.keys()) {
    for (const edge of edgesOf(graph, at)) if (!reached.has(edge.to)) reached.set(edge.to, edge);
  }
  return reached;
}

function fairPart(graph: Graph): Unfair | undefined {
  const owed = owing(graph);
  for (const at of owed.keys()) {
    if ((graph.enabled[at] as readonly number[]).length === 0)
      return { ...stemTo(graph, owed, at), round: [] };
  }
  for (const part of components(graph, owed.keys())) {
    const round = fairRound(graph, part);
    if (round) return { ...stemTo(graph, owed, part[0] as number), round };
  }
  return undefined;
}

function stemTo(
  { met, by }: Graph,
  owed: ReadonlyMap<number, Edge | undefined>,
  index: number,
): { stem: number[]; initial: number } {
  const stem: number[] = [];
  let at = index;
  for (let edge = owed.get(at); edge; edge = owed.get(at)) {
    stem.unshift(edge.action);
    at = edge.from;
  }
  for (; met.parent(at) >= 0; at = met.parent(at)) stem.unshift(by[at] as number);
  return { stem, initial: by[at] as number };
}

/**
 * A round through the part that does every duty which is possible in all of its states: then none is possible for ever
 * without being done. Undefined when there is none.
 */
function fairRound(graph: Graph, part: readonly number[]): number[] | undefined {
  const inside = new Set(part);
  const edges = part.flatMap((from) => edgesOf(graph, from).filter(({ to }) => inside.has(to)));
  if (edges.length === 0) return undefined;
  const done = new Map(edges.map((edge) => [edge.duty, edge]));
  let always = new Set(graph.enabled[part[0] as number]);
  for (const state of part) {
    if (always.size === 0) break;
    const enabled = new Set(graph.enabled[state]);
    always = new Set([...always].filter((duty) => enabled.has(duty)));
  }
  if (![...always].every((duty) => done.has(duty))) return undefined;
  // Through every state, so that what is not possible everywhere is seen not to be, and along an edge of each such duty.
  const round: number[] = [];
  let at = part[0] as number;
  const take = (edge: Edge | undefined) => {
    if (!edge) return;
    for (const step of [...wayTo(graph, inside, at, edge.from), edge]) {
      round.push(step.action);
      at = step.to;
    }
  };
  const go = (to: number) => {
    for (const step of wayTo(graph, inside, at, to)) take(step);
  };
  for (const state of part) go(state);
  for (const duty of always) take(done.get(duty));
  if (round.length === 0) take(edgesOf(graph, at).find(({ to }) => inside.has(to)));
  go(part[0] as number);
  return round;
}

interface Edge {
  readonly from: number;
  readonly action: number;
  readonly duty: number;
  readonly to: number;
}

function edgesOf({ first, targets, actions, duties }: Graph, from: number): Edge[] {
  const edges: Edge[] = [];
  for (let at = first[from] as number; at < (first[from + 1] as number); at++) {
    const [action, duty, to] = [actions[at] as number, duties[at] as number, targets[at] as number];
    edges.push({ from, action, duty, to });
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

/** Strongly connected components of what follows these states (Tarjan 1972), without recursion. */
function components({ first, targets }: Graph, roots: Iterable<number>): number[][] {
  const count = first.length - 1;
  const order = new Int32Array(count).fill(-1);
  const low = new Int32Array(count);
  const onStack = new Uint8Array(count);
  const next = Int32Array.from(first);
  const stack: number[] = [];
  const found: number[][] = [];
  let clock = 0;
  for (const root of roots) {
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

/** What is wrong with a run that ends in a round of so many steps, or just ends. */
export const unfairInWords = (round: number): string =>
  round === 0
    ? 'the run may end here, and it has not come true'
    : `the last ${round} ${round === 1 ? 'step' : 'steps'} can go on for ever, fairly, and it does not come true`;

/** The run as a violation, with its states. */
export function unfairViolation<State>(
  system: TransitionSystem<State>,
  property: string,
  { stem, round, initial }: Unfair,
): FoundViolation<State> {
  const explanation = unfairInWords(round.length);
  const actions = [...stem, ...round];
  const first = system.initial()[initial] as State;
  const steps: Step<State>[] = [];
  let state = first;
  for (const action of actions) {
    const from = state;
    let next: { state: State } | undefined;
    system.expand(from, (successor, number) => {
      if (number === action) next ??= { state: system.keep(successor) };
    });
    invariant(next, `${system.name} cannot repeat action ${action}`);
    state = next.state;
    steps.push({ action: system.describe(from, action), state });
  }
  const goesOn = round.length === 0 ? 'never' : stem.length;
  return { property, explanation, initial: first, steps, actions, goesOn };
}
