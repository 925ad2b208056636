/** The page's data of a recorded history: lanes of clients, and a verdict where a spec is named. It runs in the page too. */
import type { LadderOptions } from '../checkers/ladder/ladder.ts';
import type { Level } from '../checkers/ladder/lattice.ts';
import type { History, Operation } from '../history/history.ts';
import { operationsOf } from '../history/operations.ts';
import type { Transactions } from '../history/transactions.ts';
import type { AnySpec } from '../spec/spec.ts';
import { type Consistency, consistencyOf, summaryOf } from './consistency.ts';
import { historyDiagram } from './history-diagram.ts';
import { countText, describeOperation } from './operation-text.ts';
import { type PageData, type PageVerdict, pageFormat } from './page.ts';
import { type Linearization, linearizationOf } from './prefixes.ts';

/** Another level than linearizable, or the whole ladder, with the history as it judges it. */
export interface LadderInput {
  readonly level: Level | 'ladder';
  readonly transactions: Transactions;
  readonly options: LadderOptions;
}

export interface HistoryPageInput {
  readonly file: string;
  readonly history: History;
  /** Without one the history is shown and not judged. */
  readonly spec?: AnySpec | undefined;
  /** Those of the history as the spec takes them, where they differ. */
  readonly operations?: readonly Operation[];
  readonly options?: Parameters<typeof linearizationOf>[2];
  /** Linearizability is judged without one. */
  readonly ladder?: LadderInput | undefined;
}

export function historyPage({ file, history, spec, options, ladder, ...given }: HistoryPageInput): PageData {
  const diagram = historyDiagram(history);
  const operations = given.operations ?? operationsOf(history);
  const consistency = ladder && consistencyOf(ladder.transactions, ladder.level, ladder.options);
  const asks = ladder === undefined || consistency?.levels.some(({ level }) => level === 'linearizable');
  const linearization = spec && asks ? linearizationOf(spec, operations, options) : undefined;
  const verdict: PageVerdict = !spec
    ? {
        kind: 'unknown',
        property: 'not judged',
        explanation: 'name a spec to have it judged: --spec register',
      }
    : consistency && ladder
      ? ladderVerdict(
          ladder.level === 'ladder' ? `consistency of ${spec.name}` : `${ladder.level} ${spec.name}`,
          consistency,
        )
      : linearizabilityVerdict(spec, linearization as Linearization, operations);
  const name = file.split(/[\\/]/).at(-1) ?? file;
  return {
    format: pageFormat,
    title: spec ? (verdict.property as string) : name,
    ...(spec ? { subject: name } : {}),
    story: `A recorded history of ${countText(operations.length, 'operation')} by ${countText(diagram.lanes.length, 'client')}.`,
    file,
    ...(spec ? { spec: spec.name } : {}),
    runs: [
      {
        id: 'history',
        label: 'history',
        deviations: [],
        verdict,
        diagram,
        ...(linearization ? { linearization } : {}),
        ...(consistency ? { consistency } : {}),
      },
    ],
  };
}

function linearizabilityVerdict(
  spec: AnySpec,
  linearization: Linearization,
  operations: readonly Operation[],
): PageVerdict {
  const property = `linearizable ${spec.name}`;
  if (linearization.valid === true) return { kind: 'holds', property };
  if (linearization.valid === 'unknown')
    return { kind: 'unknown', property, explanation: linearization.reason };
  const operation = operations[linearization.operation] as Operation;
  const explanation = `no order of the operations explains ${describeOperation(operation)} by process ${operation.process}`;
  return { kind: 'violated', property, explanation, facts: [] };
}

/** As `clew check` has it: any violated level violates the ladder, and its strongest must hold for all to hold. */
function ladderVerdict(
  property: string,
  { levels, holds, violated, arguments: arguments_ }: Consistency,
): PageVerdict {
  if (violated.length > 0) {
    const best = holds.length > 0 ? `; the strongest that holds: ${holds.join(', ')}` : '';
    const weakest = `the weakest that is violated: ${violated.join(', ')}${best}`;
    const explanation = levels.length > 1 ? weakest : arguments_.map(summaryOf).join('; ');
    return { kind: 'violated', property, explanation, facts: [] };
  }
  const [top] = levels;
  if (top?.verdict === 'holds') return { kind: 'holds', property };
  return { kind: 'unknown', property, explanation: top?.reason ?? 'the budget ran out' };
}
