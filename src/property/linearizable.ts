/** The history property that most protocols promise: clients cannot tell the replicas from one object. */
import { linearizabilityChecker } from '../checkers/linearizable/linearizable.ts';
import type { Operation } from '../history/history.ts';
import { operationsOf } from '../history/operations.ts';
import type { AnySpec } from '../spec/spec.ts';
import type { HistoryProperty } from './property.ts';

/** The history is linearizable with respect to the spec; see `checkLinearizable`. */
export function linearizable(spec: AnySpec): HistoryProperty {
  const checker = linearizabilityChecker(spec);
  return {
    kind: 'history',
    name: `linearizable ${spec.name}`,
    linearizes: spec,
    judge(history) {
      const operations = operationsOf(history);
      const result = checker.check(operations);
      if (result.valid === true) return { valid: true };
      if (result.valid === 'unknown') return result;
      const operation = operations[result.operation] as Operation;
      return {
        valid: false,
        explanation: `no order of the operations explains ${describe(operation)} by process ${operation.process}`,
      };
    },
  };
}

function describe({ f, key, input, output }: Operation): string {
  const of = key === undefined ? '' : ` of ${JSON.stringify(key)}`;
  const argument = input === null ? '' : ` ${JSON.stringify(input)}`;
  return `${f}${of}${argument}${output === undefined ? '' : ` → ${JSON.stringify(output)}`}`;
}
