/** A small protocol to try the simulation on, and runs of it on both executors at once. */
import { expect } from 'vitest';
import type { Json } from '../../src/base/json.ts';
import { noAdversary } from '../../src/kernel/adversary.ts';
import { guarded } from '../../src/kernel/guard.ts';
import { type AnyProtocol, type Context, protocol, typed } from '../../src/kernel/protocol.ts';
import { Simulation } from '../../src/kernel/simulation.ts';
import type { ClientStep, FaultStep, NodeStep, Sent, TraceStep } from '../../src/kernel/trace.ts';
import type { ClientOperation } from '../../src/kernel/workload.ts';
import type { Stop } from '../../src/kernel/world.ts';
import { ReplayAdversary } from '../../src/schedule/replay.ts';
import type { Deviation, Schedule } from '../../src/schedule/schedule.ts';
import { spec } from '../../src/spec/spec.ts';

/** Clients give commands; what a node does with one is up to each test. */
export const commands = spec({
  name: 'commands',
  init: () => ({ last: null as Json }),
  ops: { do: (state, command: Json) => void (state.last = command) },
});

export type ToyMessage = { type: 'ping'; value: Json } | { type: 'pong'; value: Json };
export type ToyContext = Context<ToyMessage, 'tick' | 'tock', null, 'bug'>;
export interface ToyState {
  disk: { kept: Json[] };
  memory: { seen: Json[]; odd?: unknown };
}

type Message<Type extends ToyMessage['type']> = Extract<ToyMessage, { type: Type }>;

export interface ToyHandlers {
  start?: (state: ToyState, context: ToyContext) => void;
  do?: (state: ToyState, call: { id: number; input: Json }, context: ToyContext) => void;
  ping?: (state: ToyState, message: Message<'ping'>, context: ToyContext) => void;
  pong?: (state: ToyState, message: Message<'pong'>, context: ToyContext) => void;
  tick?: (state: ToyState, context: ToyContext) => void;
  tock?: (state: ToyState, context: ToyContext) => void;
}

export interface ToySettings {
  readonly clients?: { timeout?: number; retry?: number };
  readonly torn?: (before: ToyState['disk'], after: ToyState['disk']) => ToyState['disk'];
}

/** What is not given does nothing, except that a command is answered and pings and pongs are remembered. */
export function toy(handlers: ToyHandlers, settings: ToySettings = {}): AnyProtocol {
  return protocol({
    name: 'toy',
    implements: commands,
    message: typed<ToyMessage>(),
    timer: typed<'tick' | 'tock'>(),
    mutants: { bug: { story: 'a planted bug', source: 'none' } },
    ...settings,
    disk: (): ToyState['disk'] => ({ kept: [] }),
    memory: (): ToyState['memory'] => ({ seen: [] }),
    start: handlers.start ?? (() => {}),
    client: { do: handlers.do ?? ((_state, call, { reply }) => reply(call.id)) },
    on: {
      ping: handlers.ping ?? (({ memory }, { value }) => void memory.seen.push(value)),
      pong: handlers.pong ?? (({ memory }, { value }) => void memory.seen.push(value)),
    },
    timeout: { tick: handlers.tick ?? (() => {}), tock: handlers.tock ?? (() => {}) },
  });
}

export const command = (input: Json, more: Partial<ClientOperation> = {}): ClientOperation => ({
  f: 'do',
  input,
  node: 0,
  wait: 0,
  ...more,
});

export interface Ran {
  readonly trace: readonly TraceStep[];
  readonly simulation: Simulation;
  readonly stop: Stop | undefined;
  /** By index of the deviation: whether its target came. */
  readonly applied: readonly boolean[];
}

export interface RunSettings extends Partial<Schedule> {
  readonly clockBound?: number;
  readonly executor?: 'mutable' | 'immer';
}

/** Runs a schedule on one executor; default: one command, 3 nodes, 1000 ms of chaos, no deviation. */
export function runOn(executor: 'mutable' | 'immer', subject: AnyProtocol, settings: RunSettings = {}): Ran {
  const { nodes = 3, duration = 1000, clients = [[command(0)]], deviations = [], clockBound } = settings;
  const simulation = new Simulation(subject, { nodes, executor, clockBound });
  const trace: TraceStep[] = [];
  simulation.record = trace;
  const adversary = new ReplayAdversary({ nodes, duration, clients, deviations });
  const go = () => simulation.run(clients, duration, deviations.length > 0 ? adversary : noAdversary);
  const stop = executor === 'immer' ? guarded(go) : go();
  return { trace, simulation, stop, applied: adversary.applied };
}

/** Runs a schedule on both executors, which must agree, and returns the run on immer drafts. */
export function run(subject: AnyProtocol, settings: RunSettings = {}): Ran {
  const mutable = runOn('mutable', subject, settings);
  const immer = runOn('immer', subject, settings);
  expect(mutable.trace).toEqual(immer.trace);
  expect(mutable.stop).toEqual(immer.stop);
  expect(mutable.simulation.exercised).toEqual(immer.simulation.exercised);
  return immer;
}

export const at = (event: string, from: string, to: string, nth = 1) => ({ event, from, to, nth });
/** The first request of the first client, which the first node handles at 10 ms. */
export const firstRequest = at('request', 'c1', 'n1');

/** The steps of a node, or only those of one name. */
export const stepsOf = ({ trace }: Ran, node: string, event?: string): NodeStep[] =>
  trace.filter(
    (step): step is NodeStep =>
      step.kind === 'step' && step.node === node && (event === undefined || step.cause.event === event),
  );
export const sentOf = ({ trace }: Ran, event: string): Sent[] =>
  trace.filter((step): step is Sent => step.kind === 'sent' && step.ref.event === event);
export const clientStepsOf = ({ trace }: Ran, client = 'c1'): ClientStep[] =>
  trace.filter((step): step is ClientStep => step.kind === 'client' && step.client === client);
export const faultsOf = ({ trace }: Ran, fault: string): FaultStep[] =>
  trace.filter((step): step is FaultStep => step.kind === 'fault' && step.fault === fault);
/** When and what a client went through: `10 ok`. */
export const toldTo = (ran: Ran, client = 'c1'): string[] =>
  clientStepsOf(ran, client).map(({ time, what }) => `${time} ${what}`);
/** Values of the pings a node handled, in order. */
export const pingsAt = (ran: Ran, node: string): Json[] =>
  stepsOf(ran, node, 'ping').map(({ payload }) => (payload as { value: Json }).value);
export const exercised = ({ simulation }: Ran): Int32Array => simulation.exercised;
export type { Deviation };
