/**
 * Saved counterexamples of machines, `clew/machine-trace@1`: the concrete actions by name, one a line, never a hash or a
 * seed. A file's name tells which kinds of action take part, so that traces that differ in the order of the actions or
 * in the participants are one file; a shorter one is kept beside it.
 */
import { createHash } from 'node:crypto';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { UsageError } from '../base/errors.ts';
import { canonicalJson, equalJson, type Json } from '../base/json.ts';
import { idsOf, initialStates, type Machine } from '../explore/machine.ts';
import { type ActionRef, follow, type MachineRun, type MachineTrace } from '../explore/machine-trace.ts';
import { regressionFolder } from './regressions.ts';
import {
  ifReadable,
  listText,
  objectText,
  outdated,
  parseSaved,
  readSaved,
  savedFolder,
  savedPath,
  saveOnce,
} from './saved-file.ts';

export const machineTraceFormat = 'clew/machine-trace@1';

const actionSchema = z.union([
  z.string().describe('the name of an action'),
  z
    .strictObject({ action: z.string(), nth: z.number().int().min(2) })
    .describe('the second action of this name in the list of the machine, or a later one'),
]);

/** The schema of a saved counterexample of a machine. */
export const machineTraceSchema = z.strictObject({
  format: z.literal(machineTraceFormat),
  model: z.string(),
  mutant: z.string().nullable(),
  property: z.string(),
  explanation: z.string(),
  nodes: z.number().int().min(1).describe('how many participants there are'),
  initial: z.json().optional().describe('the state it begins in, of a machine that has several'),
  actions: z.array(actionSchema).describe('what happens, in order'),
  round: z
    .array(actionSchema)
    .optional()
    .describe(
      'of a property of fair runs: what is then done again and again; empty when nothing more happens',
    ),
});

export interface MachineCounterexample {
  readonly model: string;
  readonly mutant: string | null;
  readonly property: string;
  readonly explanation: string;
  readonly trace: MachineTrace;
}

const written = ({ name, nth }: ActionRef) => (nth === 1 ? name : { action: name, nth });
const understood = (action: z.infer<typeof actionSchema>): ActionRef =>
  typeof action === 'string' ? { name: action, nth: 1 } : { name: action.action, nth: action.nth };

export function formatMachineCounterexample(counterexample: MachineCounterexample): string {
  const { model, mutant, property, explanation, trace } = counterexample;
  const { nodes, actions, round } = trace;
  const initial = 'initial' in trace ? { initial: trace.initial } : {};
  const plain = { format: machineTraceFormat, model, mutant, property, explanation, nodes, ...initial };
  return objectText([
    ...Object.entries(plain).map(([name, value]) => [name, JSON.stringify(value)] as const),
    ['actions', listText(actions.map(written), '  ')],
    ...(round ? [['round', listText(round.map(written), '  ')] as const] : []),
  ]);
}

/** Reads a saved counterexample of a machine, or says in one sentence what is wrong with the file. */
export function readMachineCounterexample(file: string): MachineCounterexample {
  const { data } = readSaved(file, [machineTraceFormat]);
  const { format: _, nodes, initial, actions, round, ...told } = parseSaved(file, machineTraceSchema, data);
  const trace = {
    nodes,
    ...(initial === undefined ? {} : { initial: initial as Json }),
    actions: actions.map(understood),
    ...(round ? { round: round.map(understood) } : {}),
  };
  return { ...told, trace };
}

/** The kinds of action that take part, whoever takes them: what stands before the parenthesis. */
function shapeOf({ actions, round }: MachineTrace): string {
  const kinds = (refs: readonly ActionRef[]) =>
    [...new Set(refs.map(({ name }) => name.replace(/\(.*/, '')))].sort();
  const text = canonicalJson([kinds(actions), round ? kinds(round) : null]);
  return `${createHash('sha256').update(text).digest('hex').slice(0, 8)}.trace`;
}

const lengthOf = ({ actions, round = [] }: MachineTrace): number => actions.length + round.length;

/** Writes it, or finds that a file that is there serves: one that still fails and is no longer. Returns the path. */
export function saveMachineCounterexample<State>(
  machine: Machine<State>,
  counterexample: MachineCounterexample,
  folder = regressionFolder,
): string {
  const wanted = savedPath(counterexample, shapeOf(counterexample.trace), folder);
  const text = formatMachineCounterexample(counterexample);
  return saveOnce(wanted, text, (path) => {
    const saved = ifReadable(() => replayMachine(path, readMachineCounterexample(path), machine));
    return (
      saved?.stillFails === true && lengthOf(saved.counterexample.trace) <= lengthOf(counterexample.trace)
    );
  });
}

export interface MachineReplay {
  readonly file: string;
  readonly counterexample: MachineCounterexample;
  readonly run: MachineRun<unknown>;
  /** It violates the same property as when it was saved. */
  readonly stillFails: boolean;
}

/** Does the trace that once broke the machine still break it? */
export function replayMachine<State>(
  file: string,
  counterexample: MachineCounterexample,
  machine: Machine<State>,
): MachineReplay {
  requireFits(file, counterexample, machine);
  const run = follow(machine, counterexample.mutant, counterexample);
  return { file, counterexample, run, stillFails: run.violation?.property === counterexample.property };
}

/** Refuses a counterexample that names what its machine does not have. */
function requireFits<State>(
  file: string,
  { mutant, property, trace }: MachineCounterexample,
  machine: Machine<State>,
): void {
  const { definition, name } = machine;
  const mutants = Object.keys(definition.mutants ?? {});
  if (mutant !== null && !mutants.includes(mutant)) throw outdated(file, `mutant '${mutant}'`, name, mutants);
  const ofRuns = [definition.eventually ?? {}, definition.leadsTo ?? {}].flatMap(Object.keys);
  const properties = [...Object.keys(definition.always ?? {}), ...ofRuns];
  if (!properties.includes(property)) throw outdated(file, `property '${property}'`, name, properties);
  if (ofRuns.includes(property) && !trace.round)
    throw new UsageError(`${file}: round is missing; '${property}' is judged on runs without end`);
  const initial = initialStates(definition, idsOf(definition, trace.nodes));
  if (!('initial' in trace) && initial.length > 1)
    throw new UsageError(`${file}: initial is missing; ${name} has ${initial.length} initial states`);
  if ('initial' in trace && !initial.some((state) => equalJson(state, trace.initial))) {
    throw outdated(file, `initial state ${canonicalJson(trace.initial)}`, name, initial.map(canonicalJson));
  }
}

/** The files of a machine's saved counterexamples. */
export function savedMachineCounterexamples(machine: string, folder = regressionFolder): string[] {
  const own = savedFolder(machine, folder);
  if (!existsSync(own)) return [];
  return readdirSync(own)
    .filter((name) => name.endsWith('.trace.json'))
    .sort()
    .map((name) => join(own, name));
}

/** Replays all that is saved of a machine, correct and with its planted bugs, in order of file name. */
export function replaySavedMachine<State>(
  machine: Machine<State>,
  folder = regressionFolder,
): MachineReplay[] {
  return savedMachineCounterexamples(machine.name, folder).map((file) =>
    replayMachine(file, readMachineCounterexample(file), machine),
  );
}
