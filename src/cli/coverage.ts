/** What a campaign reached, for people: how much and how that grew, what may be left, and at length what met what. */
import { paint } from '../report/paint.ts';
import type { RunCoverage } from '../runner/check.ts';
import { table } from './table.ts';

/** Of what was never met, so much is told in a line. */
const mostTold = 6;

export function coverageLines(coverage: RunCoverage): string[] {
  const { pairs, worlds, watched, growth, estimate, sometimes, caution } = coverage;
  const seen = Object.entries(sometimes).map(([name, reached]) => `${reached ? '✓' : '✗'} ${name}`);
  const apart = neverMet(coverage);
  const told = apart.slice(0, mostTold).join(', ') + (apart.length > mostTold ? ', …' : '');
  return [
    `reached: ${counted(pairs)} of an estimated ${counted(estimate.pairs)} or more pairs of event and state, ${counted(worlds)} states of the world`,
    ...(growth.length > 1
      ? [`growth: ${growthOf(coverage)} pairs after 1, 2, 4, … ${counted(watched)} watched schedules`]
      : []),
    ...(seen.length > 0 ? [`sometimes: ${seen.join('; ')}`] : []),
    ...(apart.length > 0 ? [`never met: ${told}`] : []),
    ...(caution === null ? [] : [`${paint('yellow', 'beware')}: ${caution}`]),
  ];
}

/** Which events met which modes, and after which events which faults took effect. */
export function coverageTables({ events, faults, faultModes, watched }: RunCoverage): string {
  const met = grid('event', Object.keys(events), modesOf(events), (event, mode) => events[event]?.[mode]);
  const struck = grid(
    'fault',
    Object.keys(faults),
    Object.keys(events),
    (fault, event) => faults[fault]?.[event],
  );
  const modes = modesOf(events);
  const atNodes = Object.keys(faults).filter((fault) => faultModes[fault]);
  const inMode = grid('fault', atNodes, modes, (fault, mode) => faultModes[fault]?.[mode]);
  return [
    `Of ${counted(watched)} watched schedules, so many had a node in this mode meet this event:`,
    '',
    met,
    '',
    'In them a fault took effect after this event in so many steps:',
    '',
    struck,
    ...(modes.length > 1 ? ['', 'And so often at a step of a node in this mode:', '', inMode] : []),
  ].join('\n');
}

function grid(
  corner: string,
  rows: readonly string[],
  columns: readonly string[],
  at: (row: string, column: string) => number | undefined,
): string {
  const cell = (count: number | undefined, width: number) =>
    (count === undefined ? '·' : counted(count)).padStart(width);
  return table(
    [corner, ...columns],
    rows.map((name) => [name, ...columns.map((column) => cell(at(name, column), column.length))]),
  );
}

/** The words in nodes' states, joined. */
const modesOf = (events: RunCoverage['events']): string[] => [
  ...new Set(Object.values(events).flatMap((modes) => Object.keys(modes))),
];

/** Events and modes that were both seen, but never together. */
function neverMet({ events }: RunCoverage): string[] {
  const modes = modesOf(events).filter((mode) => mode !== 'any' && mode !== 'none');
  return Object.entries(events).flatMap(([event, met]) =>
    event === 'start'
      ? []
      : modes.filter((mode) => met[mode] === undefined).map((mode) => `${event} as ${mode}`),
  );
}

const growthOf = ({ growth }: RunCoverage): string => growth.map(({ pairs }) => counted(pairs)).join(' ');

const counted = (count: number): string => count.toLocaleString('en');
