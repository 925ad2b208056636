/**
 * `npm run prove`: bounded proofs. Every world within the bounds is met and judged by the model's properties; a proof that
 * does not finish is not one. Exit 0 when all hold, 1 when something is violated, 2 when a budget ran out.
 */
import { abdModel } from '../../models/abd.ts';
import { leaseLockModel } from '../../models/lease-lock.ts';
import { paxosModel } from '../../models/paxos.ts';
import { primaryBackupModel } from '../../models/primary-backup.ts';
import { raftModel } from '../../models/raft/properties.ts';
import { twoPhase } from '../../models/two-phase.ts';
import { twoPhaseCommitModel } from '../../models/two-phase-commit.ts';
import { searchMachine } from '../../src/explore/machine-search.ts';
import { boundsInWords, reservations, told } from '../../src/report/exploration.ts';
import { type ExploreOptions, explore } from '../../src/runner/explore.ts';
import type { Model } from '../../src/runner/model.ts';

const proofs: readonly (readonly [Model, ExploreOptions])[] = [
  [abdModel, { clients: 'write;write;read' }],
  [abdModel, { clients: 'write;read', crashes: 1 }],
  [twoPhaseCommitModel, { clients: 'write;read', crashes: 1, timeouts: 1 }],
  [leaseLockModel, { clients: 'add;add' }],
  [leaseLockModel, { clients: 'add;add', crashes: 1, ticks: 5 }],
  [paxosModel, { clients: 'propose;propose', timeouts: 0, crashes: 1 }],
  [primaryBackupModel, { clients: 'write', timeouts: 4 }],
  [primaryBackupModel, { clients: 'write;read', timeouts: 2 }],
  [primaryBackupModel, { clients: 'write', timeouts: 2, crashes: 1 }],
  [raftModel, { clients: '', timeouts: 1, symmetry: true }],
  [raftModel, { clients: 'write', timeouts: 1, symmetry: true }],
  // Two terms, and logs of up to two entries: what its `within` leaves.
  [raftModel, { clients: '', timeouts: 2, symmetry: true, liveness: false }],
  [raftModel, { clients: 'write', timeouts: 2, symmetry: true, liveness: false }],
];

let worst = 0;
const machine = await searchMachine(twoPhase, { nodes: 7 });
console.log(told('two-phase with 7 participants', machine));
for (const [model, options] of proofs) {
  const explored = await explore(model, { maxTimeMs: 300_000, ...options });
  console.log(told(boundsInWords(explored), explored.result));
  for (const line of reservations(explored)) console.log(line);
  worst = Math.max(worst, { holds: 0, violated: 3, unknown: 2 }[explored.result.verdict]);
}
process.exitCode = worst === 3 ? 1 : worst;
