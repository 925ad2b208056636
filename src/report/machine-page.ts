/** The page's data of a machine's run: one lane, on which the whole state stands, with what each action changed. */
import type { Json } from '../base/json.ts';
import type { Diagram, DiagramStep } from './diagram.ts';
import { machineInWords } from './exploration.ts';
import { type Fact, type PageData, type PageVerdict, pageFormat } from './page.ts';
import { patchBetween, pathInWords } from './patch.ts';

export interface MachinePageInput {
  readonly file: string;
  readonly model: string;
  readonly mutant: string | null;
  readonly nodes: number;
  readonly property: string;
  /** What the planted bug is, or else the machine. */
  readonly story: string;
  readonly initial: Json;
  readonly steps: readonly { readonly action: string; readonly state: Json }[];
  readonly violation: { readonly property: string; readonly explanation: string } | undefined;
  /** Why the run does not come about, where it does not. */
  readonly hindrance: string | undefined;
  /** After how many steps the round begins that then goes on for ever. */
  readonly round: number | undefined;
}

export function machinePage(input: MachinePageInput): PageData {
  const { file, model, mutant, nodes, property, story, violation, hindrance, round } = input;
  const diagram = machineDiagram(input);
  const verdict: PageVerdict = violation
    ? {
        kind: 'violated',
        ...violation,
        facts: round === undefined ? factsOf(diagram, violation.explanation) : [],
      }
    : { kind: 'holds', ...(hindrance === undefined ? {} : { property }) };
  return {
    format: pageFormat,
    title: property,
    subject: machineInWords(model, mutant, nodes).replace(/'(.*)'/, '‘$1’'),
    story: hindrance === undefined ? story : `The run does not come about: ${hindrance}.`,
    file,
    replay: `npx clew replay ${file}`,
    runs: [{ id: 'saved', label: 'as saved', deviations: [], verdict, diagram }],
  };
}

/** By each field that the explanation names: the last step that set it, to what the explanation says where it does. */
function factsOf({ steps }: Diagram, explanation: string): Fact[] {
  const named = new Set(explanation.match(/[A-Za-z_]\w*/g) ?? []);
  const setting = steps.flatMap(({ changes }, step) =>
    changes.flatMap(({ path, value }) =>
      path
        .filter((part) => named.has(`${part}`))
        .map((part) => ({
          part,
          step,
          said: named.has(`${value}`),
          value: `${pathInWords(path)} = ${value === undefined ? 'gone' : JSON.stringify(value)}`,
        })),
    ),
  );
  const parts = [...new Set(setting.map(({ part }) => part))];
  const told = parts.map((part) => {
    const own = setting.filter((each) => each.part === part);
    return own.findLast(({ said }) => said) ?? (own.at(-1) as (typeof own)[number]);
  });
  return [...new Set(told.map(({ step }) => step))]
    .sort((a, b) => a - b)
    .map((step) => ({
      lane: 0,
      step,
      words: steps[step]?.words ?? '',
      values: told.filter((each) => each.step === step).map(({ value }) => value),
    }));
}

function machineDiagram({ model, initial, steps, round }: MachinePageInput): Diagram {
  const states = [initial, ...steps.map(({ state }) => state)];
  const shown = states.map((state, index): DiagramStep => {
    const action = steps[index - 1]?.action;
    const begins = round === index ? ['from here on the rest goes on for ever'] : [];
    return {
      time: index,
      lanes: [0],
      kind: action === undefined ? 'start' : 'message',
      label: action ?? 'initial',
      words: action ?? 'the initial state',
      payload: null,
      sent: [],
      effects: round === states.length - 1 && begins.length > 0 ? ['and nothing more happens'] : begins,
      notes: [],
      changes: patchBetween(states[index - 1], state),
      causes: index === 0 ? [] : [index - 1],
    };
  });
  return {
    lanes: [{ id: model, kind: 'node' }],
    steps: shown,
    ...{ messages: [], blocks: [], bands: [], bars: [], calmAt: null, end: steps.length },
    untimed: true,
    first: 0,
  };
}
