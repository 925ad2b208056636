/**
 * Small random histories for a spec: mostly what a real object would answer, sometimes a twisted answer, with
 * overlap, crashes and failures. The answers come from running the spec at a random instant of each operation.
 */
import { cloneJson, type Json } from '../../../src/base/json.ts';
import type { Random } from '../../../src/base/random.ts';
import type { HistoryEvent } from '../../../src/history/history.ts';
import { type AnySpec, alternatives, type SpecFunction } from '../../../src/spec/spec.ts';

export interface Shape {
  readonly spec: AnySpec;
  /** Draws a function, an input and perhaps a key; `fresh` gives a number not given before. */
  readonly draw: (random: Random, fresh: () => number) => { f: string; input: Json; key?: Json };
  /** Twists an answer into one that may be wrong. */
  readonly twist: (random: Random, output: Json, f: string) => Json;
}

interface Running {
  readonly process: number;
  readonly f: string;
  readonly input: Json;
  readonly key: Json | undefined;
  output: Json | undefined;
  done: boolean;
}

export function randomHistory(
  shape: Shape,
  random: Random,
  size: { operations: number; processes: number; crash: number; twist: number },
): HistoryEvent[] {
  const events: HistoryEvent[] = [];
  const states = new Map<unknown, unknown>();
  const running: Running[] = [];
  let numbers = 0;
  let invoked = 0;
  let processes = size.processes;
  let free = Array.from({ length: size.processes }, (_, i) => i);
  const apply = (operation: Running): void => {
    if (!states.has(operation.key)) states.set(operation.key, shape.spec.init());
    operation.output = answer(shape.spec, states.get(operation.key), operation);
    operation.done = true;
  };
  while (invoked < size.operations || running.length > 0) {
    if (invoked < size.operations && free.length > 0 && (running.length === 0 || random.chance(0.5))) {
      const process = free.splice(random.below(free.length), 1)[0] as number;
      const { f, input, key } = shape.draw(random, () => ++numbers);
      running.push({ process, f, input, key, output: undefined, done: false });
      events.push({ process, type: 'invoke', f, value: input, ...(key === undefined ? {} : { key }) });
      invoked++;
      continue;
    }
    const operation = random.pick(running);
    if (!operation.done && random.chance(0.6)) {
      apply(operation);
      continue;
    }
    running.splice(running.indexOf(operation), 1);
    const { process, f, input, key } = operation;
    const event = { process, f, ...(key === undefined ? {} : { key }) };
    if (random.chance(size.crash)) {
      if (random.chance(0.5)) events.push({ ...event, type: 'info', value: input });
      free = [...free, processes++];
      continue;
    }
    if (!operation.done && random.chance(0.1)) events.push({ ...event, type: 'fail', value: input });
    else {
      if (!operation.done) apply(operation);
      const output = operation.output as Json;
      events.push({
        ...event,
        type: 'ok',
        value: random.chance(size.twist) ? shape.twist(random, output, f) : output,
      });
    }
    free = [...free, process];
  }
  return events;
}

/** What a client sees when the function runs on `state`; one without a result echoes its input. */
function answer(spec: AnySpec, state: unknown, { f, input }: Running): Json {
  const result = (spec.ops[f] as SpecFunction<unknown>)(state, input as never, undefined as never);
  if (result === undefined) return input;
  return cloneJson((alternatives(result) ?? [result])[0]) as Json;
}
