/**
 * The specification TwoPhase of Gray and Lamport, "Consensus on transaction commit" (ACM Transactions on Database
 * Systems 2006), section 4, as in the examples of TLA+ (transaction_commit/TwoPhase.tla); names and order are theirs.
 * A transaction manager commits or aborts a transaction for resource managers. Messages are a set that only grows:
 * none is lost in it, and each may be received again and again.
 *
 * A set over the resource managers is a record that says of each whether it is in the set.
 */
import { action, machine } from '../src/index.ts';

type RMState = 'working' | 'prepared' | 'committed' | 'aborted';

interface State {
  /** What each resource manager is doing. */
  rmState: Record<string, RMState>;
  tmState: 'init' | 'committed' | 'aborted';
  /** From whom the transaction manager has received a Prepared message. */
  tmPrepared: Record<string, boolean>;
  /** Messages sent: Prepared from each resource manager, Commit and Abort from the transaction manager. */
  prepared: Record<string, boolean>;
  commit: boolean;
  abort: boolean;
}

const each = <T>(ids: readonly string[], value: T): Record<string, T> =>
  Object.fromEntries(ids.map((id) => [id, value]));

const progress: readonly RMState[] = ['working', 'prepared', 'committed', 'aborted'];

export const twoPhase = machine({
  name: 'two-phase',
  story:
    "Two-phase commit as in Gray and Lamport's TLA+ specification TwoPhase: no two resource managers disagree.",
  ids: 'rm',
  symmetry: true,

  init: (rms): State => ({
    rmState: each(rms, 'working'),
    tmState: 'init',
    tmPrepared: each(rms, false),
    prepared: each(rms, false),
    commit: false,
    abort: false,
  }),
  sortBy: ({ rmState }, rm) => progress.indexOf(rmState[rm]!),

  mutants: {
    'commits-before-all-prepared': {
      story: 'The transaction manager commits once any resource manager is prepared.',
      source: 'TwoPhase.tla, TMCommit: enabled when tmPrepared = RM',
    },
    'aborts-after-prepared': {
      story: 'A resource manager that has said Prepared may still choose to abort by itself.',
      source: 'TwoPhase.tla, RMChooseToAbort: enabled when rmState[rm] = "working"',
    },
  },

  actions: (rms, mutant) => [
    action(
      'TMCommit',
      mutant === 'commits-before-all-prepared'
        ? ({ tmState, tmPrepared }) => tmState === 'init' && rms.some((rm) => tmPrepared[rm])
        : ({ tmState, tmPrepared }) => tmState === 'init' && rms.every((rm) => tmPrepared[rm]),
      (state) => {
        state.tmState = 'committed';
        state.commit = true;
      },
    ),
    action(
      'TMAbort',
      ({ tmState }) => tmState === 'init',
      (state) => {
        state.tmState = 'aborted';
        state.abort = true;
      },
    ),
    ...rms.flatMap((rm) => [
      action<State>(
        `TMRcvPrepared(${rm})`,
        ({ tmState, prepared }) => tmState === 'init' && prepared[rm]!,
        ({ tmPrepared }) => {
          tmPrepared[rm] = true;
        },
      ),
      action<State>(
        `RMPrepare(${rm})`,
        ({ rmState }) => rmState[rm] === 'working',
        ({ rmState, prepared }) => {
          rmState[rm] = 'prepared';
          prepared[rm] = true;
        },
      ),
      action<State>(
        `RMChooseToAbort(${rm})`,
        mutant === 'aborts-after-prepared'
          ? ({ rmState }) => rmState[rm] === 'working' || rmState[rm] === 'prepared'
          : ({ rmState }) => rmState[rm] === 'working',
        ({ rmState }) => {
          rmState[rm] = 'aborted';
        },
      ),
      action<State>(
        `RMRcvCommitMsg(${rm})`,
        ({ commit }) => commit,
        ({ rmState }) => {
          rmState[rm] = 'committed';
        },
      ),
      action<State>(
        `RMRcvAbortMsg(${rm})`,
        ({ abort }) => abort,
        ({ rmState }) => {
          rmState[rm] = 'aborted';
        },
      ),
    ]),
  ],

  always: {
    /** TCConsistent. */
    'no two resource managers have arrived at different decisions': ({ rmState }, rms) => {
      const aborted = rms.find((rm) => rmState[rm] === 'aborted');
      const committed = rms.find((rm) => rmState[rm] === 'committed');
      return !aborted || !committed || `${aborted} has aborted and ${committed} has committed`;
    },
  },
  sometimes: {
    'all commit': ({ rmState }, rms) => rms.every((rm) => rmState[rm] === 'committed'),
    'all abort': ({ rmState }, rms) => rms.every((rm) => rmState[rm] === 'aborted'),
  },
});
