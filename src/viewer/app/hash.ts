/**
 * Deep links: everything that is chosen on the page, so that a link shows what its sender saw, as
 * `#step=12&run=without-1&why=9&q=vote&lane=n1&kind=vote&kind=crash`. What is as it is at first is left out. Steps are
 * written as they are shown; alternatives of the verdict are counted from 1.
 */

export const tabs = ['verdict', 'step', 'states'] as const;
export type Tab = (typeof tabs)[number];

export interface Place {
  readonly step?: number | undefined;
  readonly run?: string | undefined;
  readonly why?: number | undefined;
  readonly query?: string | undefined;
  readonly lanes?: readonly string[];
  readonly kinds?: readonly string[];
  readonly key?: string | undefined;
  /** Which of several orders and contradictions is told, and which edge of a cycle; from 0. */
  readonly prefix?: number | undefined;
  readonly argument?: number | undefined;
  readonly edge?: number | undefined;
  /** The order is drawn although there is a cycle; neither is. */
  readonly draws?: 'order' | undefined;
  readonly bare?: boolean;
  /** Where only one part of the side has room. */
  readonly tab?: Tab | undefined;
}

/** What the address says, as far as it can be understood; whether there is such a step or run is for the page to say. */
export function readHash(): Place {
  const given = new URLSearchParams(location.hash.slice(1));
  const number = (name: string, least = 1) => {
    const text = given.get(name);
    return text !== null && /^\d{1,9}$/.test(text) && Number(text) >= least ? Number(text) : undefined;
  };
  const index = (name: string) => {
    const value = number(name);
    return value === undefined ? undefined : value - 1;
  };
  return {
    step: number('step', 0),
    why: number('why', 0),
    run: given.get('run') ?? undefined,
    query: given.get('q') ?? undefined,
    lanes: given.getAll('lane'),
    kinds: given.getAll('kind'),
    key: given.get('key') ?? undefined,
    prefix: index('prefix'),
    argument: index('because'),
    edge: index('edge'),
    draws: given.get('draws') === 'order' ? 'order' : undefined,
    bare: given.get('draws') === 'nothing',
    tab: tabs.find((tab) => tab === given.get('tab')),
  };
}

/** A jump is a place to come back to; going on from step to step is not, so the way back stays short. */
export function writeHash(place: Place, jumped: boolean): void {
  const {
    step,
    run,
    why,
    query,
    lanes = [],
    kinds = [],
    key,
    prefix,
    argument,
    edge,
    draws,
    bare,
    tab,
  } = place;
  const parts = new URLSearchParams();
  const set = (name: string, value: string | number | undefined) => {
    if (value !== undefined && value !== '') parts.append(name, `${value}`);
  };
  const ordinal = (index: number | undefined) => (index === undefined ? undefined : index + 1);
  set('step', step);
  set('run', run);
  set('why', why);
  set('q', query);
  for (const lane of lanes) set('lane', lane);
  for (const kind of kinds) set('kind', kind);
  set('key', key);
  set('prefix', ordinal(prefix || undefined));
  set('because', ordinal(argument || undefined));
  set('edge', ordinal(edge));
  set('draws', bare ? 'nothing' : draws);
  set('tab', tab);
  const hash = `#${parts}`;
  if (jumped && hash !== location.hash) history.pushState(null, '', hash);
  else history.replaceState(null, '', hash);
}
