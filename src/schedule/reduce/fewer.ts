/**
 * The neighbourhood of a failing schedule among those with fewer deviations: its workload sent to other nodes or at other
 * times and, where two deviations are left, any single one that could befall it. Bounded, since of these there are
 * thousands.
 */
import { type ClientOperation, mostClients } from '../../kernel/workload.ts';
import type { Deviation, Schedule } from '../schedule.ts';
import type { Accepted, ReduceOptions } from './candidate.ts';
import { splitClient, withOperation } from './edits.ts';
import { rebuilt } from './rebuild.ts';

/** At most so many schedules of each kind. */
const mostWorkloads = 200;
const mostSingle = 2000;
const mostElsewhere = 500;
const mostPairs = 1000;

/** What one deviation does may take longer than what several did; so much, ms. */
const respite = 200;
const waits = [0, 10, 20, 30];

export function* searchedFewer(accepted: Accepted, options: ReduceOptions): Generator<Schedule> {
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
  const longer = { ...schedule, duration: schedule.duration + respite };
  for (const { bases, most } of basesOf(longer)) {
    let left = most;
    for (const candidate of rebuilt(bases, accepted, options)) {
      if (left-- <= 0) break;
      yield candidate;
    }
  }
}

/** Two deviations less: what one more could make fail. */
function basesOf(schedule: Schedule): { bases: Schedule[]; most: number }[] {
  const { deviations } = schedule;
  const bare = { ...schedule, deviations: [] };
  if (deviations.length === 2)
    return [
      { bases: [bare], most: mostSingle },
      { bases: [...otherNodes(bare)], most: mostElsewhere },
    ];
  if (deviations.length !== 3) return [];
  const single = deviations.flatMap((deviation) => [...new Set([deviation, strongest(deviation)])]);
  return [{ bases: single.map((deviation) => ({ ...bare, deviations: [deviation] })), most: mostPairs }];
}

/** One operation sent to another node. */
function* otherNodes(schedule: Schedule): Generator<Schedule> {
  for (const [client, operations] of schedule.clients.entries()) {
    for (const [index, operation] of operations.entries()) {
      for (let node = 0; node < schedule.nodes; node++) {
        if (node !== operation.node) yield withOperation(schedule, client, index, { node });
      }
    }
  }
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
