/** The public surface; no logic. */

export { type Budget, LimitedBudget } from './checkers/budget.ts';
export { type Explanation, explainViolation } from './checkers/ladder/explain.ts';
export { checkLadder, checkLevel, type LadderOptions, type LadderResult } from './checkers/ladder/ladder.ts';
export { type Level, levels } from './checkers/ladder/lattice.ts';
export {
  checkLinearizable,
  type LinearizabilityResult,
  linearizabilityChecker,
} from './checkers/linearizable/linearizable.ts';
export { type Action, action, type Machine, machine } from './explore/machine.ts';
export { searchMachine } from './explore/machine-search.ts';
export { readHistory } from './history/codecs/read.ts';
export type { History, HistoryEvent, Operation } from './history/history.ts';
export { HistoryError, operationsOf } from './history/operations.ts';
export { transactionsFromEvents } from './history/transactions-from-events.ts';
export {
  type AnyProtocol,
  type Call,
  type CallId,
  type ClientBehaviour,
  type Context,
  type MutantStory,
  type NodeId,
  type NodeState,
  type Protocol,
  protocol,
  typed,
} from './kernel/protocol.ts';
export { Simulation } from './kernel/simulation.ts';
export { type StepEnvironment, type StepEvent, type StepResult, step } from './kernel/step.ts';
export type { EventRef, Trace, TraceStep } from './kernel/trace.ts';
export type { NodeView, Note, WorldView } from './kernel/view.ts';
export type { ClientOperation, Workload } from './kernel/workload.ts';
export type { FaultKind } from './kernel/world.ts';
export {
  type ConsistencyOptions,
  causal,
  causalConvergence,
  causalMemory,
  consistent,
  sequential,
  serializable,
  snapshotIsolation,
} from './property/consistent.ts';
export { linearizable } from './property/linearizable.ts';
export {
  always,
  eventually,
  type HistoryVerdict,
  historyProperty,
  type Judgement,
  leadsTo,
  type Property,
  sometimes,
  type ViewOf,
} from './property/property.ts';
export { type AssertOptions, assert, PropertyViolated } from './runner/assert.ts';
export { type CheckOptions, type CheckResult, check } from './runner/check.ts';
export { type Counterexample, readCounterexample, saveCounterexample } from './runner/counterexample.ts';
export { Executions } from './runner/execute.ts';
export { type Explored, type ExploreOptions, explore } from './runner/explore.ts';
export {
  type MachineCounterexample,
  type MachineReplay,
  readMachineCounterexample,
  replayMachine,
  replaySavedMachine,
  saveMachineCounterexample,
} from './runner/machine-counterexample.ts';
export { type Model, type ModelSettings, model } from './runner/model.ts';
export { type Replay, replay, replaySaved } from './runner/regressions.ts';
export { ScheduleArbitrary, type ScheduleOptions } from './schedule/arbitrary.ts';
export {
  client,
  clock,
  crash,
  disk,
  drop,
  duplicate,
  type Nemesis,
  partition,
  pause,
  reorder,
  slow,
} from './schedule/nemeses.ts';
export type { Deviation, Schedule } from './schedule/schedule.ts';
export { portfolio, strategies } from './schedule/strategies/all.ts';
export { pct } from './schedule/strategies/pct.ts';
export { portfolioOf } from './schedule/strategies/portfolio.ts';
export { type Faults, Strategist, type Strategy } from './schedule/strategies/strategy.ts';
export { Striker } from './schedule/strategies/striker.ts';
export { swarm } from './schedule/strategies/swarm.ts';
export { counter } from './spec/counter.ts';
export { kv } from './spec/kv.ts';
export { listAppend } from './spec/list-append.ts';
export { queue } from './spec/queue.ts';
export { casRegister, register } from './spec/register.ts';
export { type AnySpec, impossible, type OneOf, oneOf, type Spec, spec } from './spec/spec.ts';
export { specs } from './spec/specs.ts';
export { transactionalLists, transactionalRegisters } from './spec/transactions.ts';
