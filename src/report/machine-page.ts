/** The page's data of a machine's run: one lane, on which the whole state stands, with what each action changed. */
import type { Json } from '../base/json.ts';
import type { Diagram, DiagramStep } from './diagram.ts';
import { machineInWords } from './exploration.ts';
import { type PageData, type PageVerdict, pageFormat } from './page.ts';
import { patchBetween } from './patch.ts';

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
  const { file, model, mutant, nodes, property, story, violation, hindrance } = input;
  const verdict: PageVerdict = violation
    ? { kind: 'violated', ...violation, facts: [] }
    : { kind: 'holds', ...(hindrance === undefined ? {} : { property }) };
  return {
    format: pageFormat,
    title: property,
    subject: machineInWords(model, mutant, nodes),
    story: hindrance === undefined ? story : `The run does not come about: ${hindrance}.`,
    file,
    replay: `npx clew replay ${file}`,
    runs: [{ id: 'saved', label: 'as saved', deviations: [], verdict, diagram: machineDiagram(input) }],
  };
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
  };
}
