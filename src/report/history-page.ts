/** The page's data of a recorded history: lanes of clients, and a verdict where a spec is named. It runs in the page too. */
import type { History, Operation } from '../history/history.ts';
import { operationsOf } from '../history/operations.ts';
import type { AnySpec } from '../spec/spec.ts';
import { historyDiagram } from './history-diagram.ts';
import { type PageData, type PageVerdict, pageFormat } from './page.ts';
import { type Linearization, linearizationOf } from './prefixes.ts';

export interface HistoryPageInput {
  readonly file: string;
  readonly history: History;
  /** Without one the history is shown and not judged. */
  readonly spec?: AnySpec | undefined;
  /** Those of the history as the spec takes them, where they differ. */
  readonly operations?: readonly Operation[];
  readonly options?: Parameters<typeof linearizationOf>[2];
}

export function historyPage({ file, history, spec, options, ...given }: HistoryPageInput): PageData {
  const diagram = historyDiagram(history);
  const operations = given.operations ?? operationsOf(history);
  const linearization = spec ? linearizationOf(spec, operations, options) : undefined;
  const count = `${operations.length.toLocaleString('en')} operations`;
  return {
    format: pageFormat,
    title: file.split(/[\\/]/).at(-1) ?? file,
    story: `A recorded history of ${count} by ${diagram.lanes.length} clients.`,
    file,
    ...(spec ? { spec: spec.name } : {}),
    runs: [
      {
        id: 'history',
        label: 'history',
        deviations: [],
        verdict:
          linearization && spec
            ? historyVerdict(spec, linearization, operations)
            : {
                kind: 'unknown',
                property: 'not judged',
                explanation: 'name a spec to have it judged: --spec register',
              },
        diagram,
        ...(linearization ? { linearization } : {}),
      },
    ],
  };
}

function historyVerdict(
  spec: AnySpec,
  linearization: Linearization,
  operations: readonly Operation[],
): PageVerdict {
  const property = `linearizable ${spec.name}`;
  if (linearization.valid === true) return { kind: 'holds' };
  if (linearization.valid === 'unknown')
    return { kind: 'unknown', property, explanation: linearization.reason };
  const { f, input, output, process } = operations[linearization.operation] as Operation;
  const argument = input === null ? '' : ` ${JSON.stringify(input)}`;
  const explanation = `no order of the operations explains ${f}${argument} → ${JSON.stringify(output)} by process ${process}`;
  return { kind: 'violated', property, explanation, facts: [] };
}
