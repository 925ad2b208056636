/**
 * `npm run prove`: bounded proofs. Every world within the bounds is met and judged by the model's properties; a proof that
 * does not finish is not one. Exit 0 when all hold, 1 when something is violated, 2 when a budget ran out.
 */
import { searchMachine } from '../../src/explore/machine-search.ts';
import { boundsInWords, reservations, told } from '../../src/report/exploration.ts';
import { type ExploreOptions, explore } from '../../src/runner/explore.ts';
import { crewForMachine } from '../../src/runner/explore-work.ts';
import { loadMachine, loadModels, selectModels } from '../../src/runner/registry.ts';

const proofs: readonly (readonly [model: string, ExploreOptions])[] = [
  ['abd', { clients: 'write;write;read' }],
  ['abd', { clients: 'write;read', crashes: 1 }],
  ['two-phase-commit', { clients: 'write;read', crashes: 1, timeouts: 1 }],
  ['lease-lock', { clients: 'add;add' }],
  ['lease-lock', { clients: 'add;add', crashes: 1, ticks: 5 }],
  ['paxos', { clients: 'propose;propose', timeouts: 0, crashes: 1 }],
  ['primary-backup', { clients: 'write', timeouts: 4 }],
  ['primary-backup', { clients: 'write;read', timeouts: 2 }],
  ['primary-backup', { clients: 'write', timeouts: 2, crashes: 1 }],
  ['raft', { clients: '', timeouts: 1, symmetry: true }],
  ['raft', { clients: 'write', timeouts: 1, symmetry: true }],
  // Two terms, and logs of up to two entries: what its `within` leaves.
  ['raft', { clients: '', timeouts: 2, symmetry: true, liveness: false }],
  ['raft', { clients: 'write', timeouts: 2, symmetry: true, liveness: false }],
];

let worst = 0;
const machine = await loadMachine('two-phase');
const bounds = { nodes: 7 };
const crew = crewForMachine(machine, bounds);
const searched = await searchMachine<never>(machine, bounds, crew ? { crew } : {});
console.log(told('two-phase with 7 participants', searched));
// As their files have them, so that other workers can load them, too.
const models = await loadModels();
for (const [name, options] of proofs) {
  const [model] = selectModels(models, [name]);
  const explored = await explore(model!, { maxTimeMs: 300_000, ...options });
  console.log(told(boundsInWords(explored), explored.result));
  for (const line of reservations(explored)) console.log(line);
  worst = Math.max(worst, { holds: 0, violated: 3, unknown: 2 }[explored.result.verdict]);
}
process.exitCode = worst === 3 ? 1 : worst;
