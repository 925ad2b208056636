/** The page's data of a saved counterexample of a machine, as it replays today. */
import type { Json } from '../base/json.ts';
import type { AnyMachine } from '../explore/machine.ts';
import { machinePage } from '../report/machine-page.ts';
import type { PageData } from '../report/page.ts';
import type { MachineReplay } from '../runner/machine-counterexample.ts';

export function machineCounterexamplePage(
  file: string,
  { counterexample, run, stillFails }: MachineReplay,
  { story, definition }: AnyMachine,
): PageData {
  const { model, mutant, property, trace } = counterexample;
  const { initial, steps, violation, hindrance } = run;
  return machinePage({
    ...{ file, model, mutant, nodes: trace.nodes, property, violation, hindrance },
    story: (mutant === null ? undefined : definition.mutants?.[mutant]?.story) ?? story,
    initial: initial as Json,
    steps: steps as readonly { readonly action: string; readonly state: Json }[],
    round: stillFails && trace.round ? trace.actions.length : undefined,
  });
}
