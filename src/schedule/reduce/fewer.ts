/**
 * The neighbourhood of a failing schedule among those with one deviation fewer: its workload sent to other nodes or at
 * other times, or two of its deviations replaced by any one that could have befallen its run. Bounded, since the second
 * kind has thousands.
 */
import { type ClientOperation, mostClients } from '../../kernel/workload.ts';
import type { Deviation, Schedule } from '../schedule.ts';
import { type Grid, singleDeviations } from '../space.ts';
import type { Accepted, ReduceOptions } from './candidate.ts';
import { splitClient, withOperation } from './edits.ts';

/** At most so many schedules of each kind. */
const mostWorkloads = 200;
const mostReplacements = 1500;

const waits = [0, 10, 20, 30];
const grid: Grid = { delays: [1000], copies: [100], spans: [200, 1000], downs: [0, 200], clientWaits: [50] };

export function* fewerByOne(accepted: Accepted, options: ReduceOptions): Generator<Schedule> {
  const { schedule } = accepted;
  const { deviations } = schedule;
  if (deviations.length === 0) return;
  let budget = mostWorkloads;
  for (const rest of lessened(schedule)) {
    for (const workload of otherWorkloads(rest, deviations.length === 1 ? 2 : 1)) {
      if (budget-- <= 0) break;
      yield workload;
    }
  }
  if (deviations.length > 1) yield* replacements(accepted, options);
}

/** With one of the deviations only, at its strongest, then with all but one. */
function* lessened(schedule: Schedule): Generator<Schedule> {
  const { deviations } = schedule;
  if (deviations.length > 2) {
    for (const deviation of deviations) yield { ...schedule, deviations: [strongest(deviation)] };
  }
  for (let gone = deviations.length - 1; gone >= 0; gone--) {
    const rest = deviations.filter((_, index) => index !== gone);
    yield { ...schedule, deviations: rest };
    if (rest.length === 1) yield { ...schedule, deviations: rest.map(strongest) };
  }
}

function strongest(deviation: Deviation): Deviation {
  switch (deviation.kind) {
    case 'delay':
      return { ...deviation, by: 1000 };
    case 'hold':
    case 'pause':
    case 'slow':
    case 'partition':
    case 'one-way':
      return { ...deviation, for: 1000 };
    default:
      return deviation;
  }
}

/** One operation sent elsewhere or at another time, then two. */
function* otherWorkloads(schedule: Schedule, changes: number, from = 0): Generator<Schedule> {
  const places = schedule.clients.flatMap((operations, client) =>
    operations.map((_, index) => ({ client, index })),
  );
  for (let place = from; place < places.length; place++) {
    const { client, index } = places[place]!;
    const operation = schedule.clients[client]?.[index] as ClientOperation;
    for (const change of variations(operation, schedule.nodes)) {
      yield withOperation(schedule, client, index, change);
    }
    if (index === 0 || schedule.clients.length >= mostClients) continue;
    for (const wait of [20, 100]) {
      const split = splitClient(schedule, client, index, wait);
      yield split;
      for (let node = 0; node < schedule.nodes; node++) {
        if (node !== operation.node) yield withOperation(split, schedule.clients.length, 0, { node });
      }
    }
  }
  if (changes < 2) return;
  for (let place = from; place < places.length; place++) {
    const { client, index } = places[place]!;
    const operation = schedule.clients[client]?.[index] as ClientOperation;
    for (const change of variations(operation, schedule.nodes)) {
      yield* otherWorkloads(withOperation(schedule, client, index, change), changes - 1, place + 1);
    }
  }
}

function* variations({ node, wait }: ClientOperation, nodes: number): Generator<Partial<ClientOperation>> {
  for (let other = 0; other < nodes; other++) if (other !== node) yield { node: other };
  for (const other of waits) if (other !== wait) yield { wait: other };
}

/** Any one deviation in the place of two, those of the kinds at hand first. */
function* replacements(accepted: Accepted, { nemeses, clientsRetry }: ReduceOptions): Generator<Schedule> {
  const { schedule } = accepted;
  const { deviations } = schedule;
  const kinds = new Set(deviations.map(({ kind }) => kind));
  const pool = [...singleDeviations(schedule, accepted.trace(), { nemeses, grid, clientsRetry })];
  const ranked = [
    ...pool.filter(({ kind }) => kinds.has(kind)),
    ...pool.filter(({ kind }) => !kinds.has(kind)),
  ];
  let budget = mostReplacements;
  for (const deviation of ranked) {
    for (const rest of withoutPairs(deviations)) {
      if (budget-- <= 0) return;
      yield { ...schedule, deviations: [...rest, deviation] };
    }
  }
}

function* withoutPairs(deviations: readonly Deviation[]): Generator<Deviation[]> {
  for (let a = deviations.length - 1; a > 0; a--) {
    for (let b = a - 1; b >= 0; b--) yield deviations.filter((_, index) => index !== a && index !== b);
  }
}
