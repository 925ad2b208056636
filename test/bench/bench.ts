/** `npm run bench -- NAME`: each benchmark prints its figures beside a peer's or a baseline's of the same run. */
const benches: Record<string, () => Promise<{ run(args: string[]): Promise<void> | void }>> = {
  bugs: () => import('./bugs.ts'),
  linearizability: () => import('./linearizability.ts'),
  ladder: () => import('./ladder.ts'),
  soak: () => import('./soak.ts'),
  shrink: () => import('./shrink.ts'),
  explore: () => import('./explore.ts'),
  steps: () => import('./steps.ts'),
  twin: () => import('./twin.ts'),
};

const [name = '', ...args] = process.argv.slice(2);
const bench = benches[name];
if (bench) await (await bench()).run(args);
else {
  process.stderr.write(`npm run bench -- NAME; expected one of: ${Object.keys(benches).join(', ')}\n`);
  process.exitCode = 3;
}

export {};
