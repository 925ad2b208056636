/** Deep links: `#step=12&run=without-1&why=9&q=vote`. Steps are counted from 1, as they are shown. */

export interface Place {
  readonly step?: number | undefined;
  readonly run?: string | undefined;
  readonly why?: number | undefined;
  readonly query?: string | undefined;
}

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

export function writeHash({ step, run, why, query }: Place): void {
  const parts = new URLSearchParams();
  if (step !== undefined) parts.set('step', `${step + 1}`);
  if (run !== undefined) parts.set('run', run);
  if (why !== undefined) parts.set('why', `${why + 1}`);
  if (query) parts.set('q', query);
  // A step is no page of its own, so the way back stays short.
  history.replaceState(null, '', `#${parts}`);
}
