/**
 * The consistency ladder as the page shows it: the verdict on every level, and for each weakest violated one its
 * argument as a graph, of which every edge has its reason.
 */
import { explainViolation } from '../checkers/ladder/explain.ts';
import {
  anomalyName,
  describeTransaction,
  explainInParts,
  type ReasonedStep,
} from '../checkers/ladder/in-words.ts';
import { applicableLevels, checkLadder, checkLevel, type LadderOptions } from '../checkers/ladder/ladder.ts';
import { impliedBy, impliedDirectly, type Level, type Verdict } from '../checkers/ladder/lattice.ts';
import { initialState, type RelationName } from '../checkers/transactions/relations.ts';
import type { Transactions } from '../history/transactions.ts';

/** Something that must precede something else; members of an `Argument` by their index. */
export interface Edge {
  readonly from: number;
  readonly to: number;
  readonly relation: RelationName;
  readonly key?: string;
  readonly because: string;
}

export interface Argument {
  readonly level: Level;
  /** Its name in the literature: `G-single`, `lost-update`. */
  readonly anomaly: string;
  /** Without a bar: the initial state. */
  readonly members: readonly { readonly name: string; readonly words: string; readonly bar?: number }[];
  /** Orders that the history does not show: the cycle that the other order would close. */
  readonly forced: readonly { readonly claim: string; readonly edges: readonly Edge[] }[];
  /** The cycle; empty where `sentences` say what contradicts what. */
  readonly edges: readonly Edge[];
  readonly sentences: readonly string[];
}

export interface Consistency {
  /** The strongest first; a single level when only that was asked for. */
  readonly levels: readonly {
    readonly level: Level;
    readonly verdict: Verdict;
    readonly reason?: string;
    readonly implies: readonly Level[];
  }[];
  /** The strongest levels that hold, and the weakest that are violated. */
  readonly holds: readonly Level[];
  readonly violated: readonly Level[];
  readonly arguments: readonly Argument[];
}

/** Judges a history by one level or by all that apply to it. */
export function consistencyOf(
  transactions: Transactions,
  level: Level | 'ladder',
  options: LadderOptions = {},
): Consistency {
  if (level !== 'ladder') {
    const { verdict, reason } = checkLevel(transactions, level, options);
    const violated = verdict === 'violated';
    return {
      levels: [{ level, verdict, ...(reason === undefined ? {} : { reason }), implies: [] }],
      holds: verdict === 'holds' ? [level] : [],
      violated: violated ? [level] : [],
      arguments: violated ? [argumentOf(transactions, level, options)] : [],
    };
  }
  const { levels, reasons, holds, violated } = checkLadder(transactions, options);
  const family = [...applicableLevels(transactions)].sort((a, b) => impliedBy(b).size - impliedBy(a).size);
  return {
    levels: family.map((each) => {
      const reason = reasons.get(each);
      return {
        level: each,
        verdict: levels.get(each) as Verdict,
        ...(reason === undefined ? {} : { reason }),
        implies: impliedDirectly(each),
      };
    }),
    holds,
    violated,
    arguments: violated.map((each) => argumentOf(transactions, each, options)),
  };
}

/** Why a level that is violated is. A transaction's index is its bar's: both count invocations. */
export function argumentOf(transactions: Transactions, level: Level, options: LadderOptions): Argument {
  const explanation = explainViolation(transactions, level, options);
  const { names, forced, steps, sentences } = explainInParts(explanation);
  const reduced = explanation.history.transactions;
  const order = [...names.keys()];
  const members: Argument['members'][number][] = order.map((t) => ({
    name: names.get(t) as string,
    words: describeTransaction(reduced, t),
    bar: explanation.original[t] as number,
  }));
  const all = [...steps, ...forced.flatMap((each) => each.steps)];
  if (all.some(({ from, to }) => from === initialState || to === initialState)) {
    order.push(initialState);
    members.push({ name: 'initial', words: 'the initial state' });
  }
  const edge = ({ from, to, relation, key, because }: ReasonedStep): Edge => ({
    from: order.indexOf(from),
    to: order.indexOf(to),
    relation,
    ...(key === undefined || key === 'null' ? {} : { key }),
    because,
  });
  return {
    level,
    anomaly: anomalyName(explanation),
    members,
    forced: forced.map(({ claim, steps }) => ({ claim, edges: steps.map(edge) })),
    edges: steps.map(edge),
    sentences,
  };
}

/** In a sentence: "T1 before T2 before T1: a cycle (G-single), which snapshot-isolation forbids". */
export function summaryOf({ level, anomaly, members, edges, sentences }: Argument): string {
  if (edges.length === 0) return sentences.join(' ');
  // Nothing precedes the initial state, so what would have to says it all.
  const stale = edges.find(({ to }) => members[to]?.bar === undefined);
  if (stale) return stale.because;
  const [first, ...others] = edges.map(({ from }) => members[from]?.name);
  const round = [first, ...others, first].join(' before ');
  return `${round}: a cycle (${anomaly}), which ${level} forbids`;
}
