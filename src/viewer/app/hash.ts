/** Deep links: `#step=12&run=without-1&why=9&q=vote`. Steps are counted from 1, as they are shown. */

export interface Place {
  readonly step?: number | undefined;
  readonly run?: string | undefined;
  readonly why?: number | undefined;
  readonly query?: string | undefined;
}

/** What the address says, as far as it can be understood; whether there is such a step or run is for the page to say. */
export function readHash(): Place {
  const given = new URLSearchParams(location.hash.slice(1));
  const number = (name: string) => {
    const value = Number(given.get(name));
    return Number.isInteger(value) && value >= 1 ? value - 1 : undefined;
  };
  return {
    step: number('step'),
    why: number('why'),
    run: given.get('run') ?? undefined,
    query: given.get('q') ?? undefined,
  };
}

/** A jump is a place to come back to; going on from step to step is not, so the way back stays short. */
export function writeHash({ step, run, why, query }: Place, jumped: boolean): void {
  const parts = new URLSearchParams();
  if (step !== undefined) parts.set('step', `${step + 1}`);
  if (run !== undefined) parts.set('run', run);
  if (why !== undefined) parts.set('why', `${why + 1}`);
  if (query) parts.set('q', query);
  const hash = `#${parts}`;
  if (jumped && hash !== location.hash) history.pushState(null, '', hash);
  else history.replaceState(null, '', hash);
}
