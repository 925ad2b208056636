/**
 * Recorded-looking histories for benches: an atomic object is simulated, each operation takes effect at one random
 * instant between its invocation and its completion (a crashed one at a random later instant, or never), so they are
 * valid by construction; `bad` ones have one operation near the end that makes them certainly not linearizable.
 */
import type { Json } from '../../src/base/json.ts';
import { Random } from '../../src/base/random.ts';
import type { HistoryEvent } from '../../src/history/history.ts';

export interface Wanted {
  readonly model: 'cas' | 'uniq' | 'kv' | 'queue' | 'stack' | 'set' | 'gset' | 'append';
  readonly clients: number;
  readonly operations: number;
  readonly infoPercent: number;
  readonly bad?: boolean;
}

interface Running {
  readonly client: number;
  readonly process: number;
  readonly f: string;
  readonly input: Json;
  readonly key: Json | undefined;
  readonly forced: boolean;
  output: Json;
  fails: boolean;
}

const firstMarker = 100_000_001;
const secondMarker = 100_000_002;
const think = 0.1;
const values = 5;
const keys = 10;

/** What is invoked near the end, one after another by client 0; in bad histories the last of them lies. */
const scripts: Readonly<Record<string, readonly (readonly [string, Json])[]>> = {
  cas: [
    ['write', firstMarker],
    ['write', secondMarker],
    ['read', null],
  ],
  set: [
    ['add', firstMarker],
    ['contains', firstMarker],
  ],
  gset: [
    ['add', firstMarker],
    ['read-all', null],
  ],
  append: [
    ['append', firstMarker],
    ['read-all', null],
  ],
};

export function generateHistory(wanted: Wanted, seed = 1): HistoryEvent[] {
  const events = new Simulation(wanted, new Random(seed)).run();
  if (wanted.bad && wanted.model === 'queue') invertPair(events, 'enqueue', 'dequeue');
  if (wanted.bad && wanted.model === 'stack') invertPair(events, 'push', 'pop');
  return events;
}

class Simulation {
  private readonly wanted: Wanted;
  private readonly random: Random;
  private readonly events: HistoryEvent[] = [];
  private readonly agenda = new Agenda();
  private readonly processes: number[];
  private readonly script: (readonly [string, Json])[];
  private readonly registers = new Map<Json | undefined, Json>();
  private readonly lists = new Map<Json | undefined, Json[]>();
  private readonly elements = new Set<Json>();
  private invoked = 0;
  private fresh = 0;

  constructor(wanted: Wanted, random: Random) {
    this.wanted = wanted;
    this.random = random;
    this.processes = Array.from({ length: wanted.clients }, (_, client) => client);
    const { model } = wanted;
    this.script = [...(scripts[model === 'uniq' || model === 'kv' ? 'cas' : model] ?? [])];
  }

  run(): HistoryEvent[] {
    this.processes.forEach((_, client) => {
      this.agenda.add(this.delay(think), () => this.invoke(client));
    });
    this.agenda.run();
    return this.events;
  }

  private delay(mean: number): number {
    return -Math.log(1 - this.random.unit()) * mean;
  }

  private invoke(client: number): void {
    const { clients, operations, model, infoPercent } = this.wanted;
    if (this.invoked >= operations) return;
    this.invoked++;
    const due = Math.min(0.95 * operations, Math.max(0.2 * operations, operations - 8 * clients));
    const forced = client === 0 && this.script.length > 0 && this.invoked >= due;
    const [f, input] = forced ? this.script.shift()! : this.draw();
    const keyed = model === 'kv' || model === 'append';
    const key = keyed ? (forced ? 0 : this.random.below(keys)) : undefined;
    const process = this.processes[client]!;
    const operation: Running = { client, process, f, input, key, forced, output: null, fails: false };
    this.emit(operation, 'invoke', input);
    const duration = this.delay(1) + 1e-6;
    if (!forced && this.random.chance(infoPercent / 100)) {
      if (this.random.chance(0.5)) {
        this.agenda.add(duration * this.random.pick([0.3, 1, 5, 30]), () => this.apply(operation));
      }
      this.agenda.add(duration, () => this.crash(operation));
    } else {
      this.agenda.add(duration * this.random.unit(), () => this.apply(operation));
      this.agenda.add(duration, () => this.complete(operation));
    }
  }

  private crash(operation: Running): void {
    this.emit(operation, 'info', operation.input);
    this.processes[operation.client]! += this.wanted.clients;
    this.agenda.add(this.delay(think), () => this.invoke(operation.client));
  }

  private complete(operation: Running): void {
    let { output } = operation;
    if (this.wanted.bad && operation.forced) {
      if (operation.f === 'read') output = firstMarker;
      if (operation.f === 'contains') output = [firstMarker, false];
      if (operation.f === 'read-all') output = (output as Json[]).filter((value) => value !== firstMarker);
    }
    this.emit(operation, operation.fails ? 'fail' : 'ok', output);
    this.agenda.add(this.delay(think), () => this.invoke(operation.client));
  }

  private emit({ process, f, key }: Running, type: HistoryEvent['type'], value: Json): void {
    this.events.push({ process, type, f, value, ...(key === undefined ? {} : { key }) });
  }

  private draw(): [string, Json] {
    const { random, wanted } = this;
    const roll = random.unit();
    const full = (this.lists.get(undefined)?.length ?? 0) >= 2 * wanted.clients;
    switch (wanted.model) {
      case 'cas':
      case 'kv':
        if (roll < 0.34) return ['read', null];
        if (roll < 0.67) return ['write', random.below(values)];
        return ['cas', [random.below(values), random.below(values)]];
      case 'uniq':
        return roll < 0.6 ? ['read', null] : ['write', ++this.fresh];
      case 'queue':
        return roll < (full ? 0.35 : 0.5) ? ['enqueue', ++this.fresh] : ['dequeue', null];
      case 'stack':
        return roll < (full ? 0.35 : 0.5) ? ['push', ++this.fresh] : ['pop', null];
      case 'set':
        return [roll < 0.35 ? 'add' : roll < 0.65 ? 'remove' : 'contains', random.below(values)];
      case 'gset':
        return roll < 0.8 ? ['add', ++this.fresh] : ['read-all', null];
      case 'append':
        return roll < 0.5 ? ['append', ++this.fresh] : ['read-all', null];
    }
  }

  /** The operation takes effect. */
  private apply(operation: Running): void {
    const { f, input, key } = operation;
    const list = this.lists.get(key) ?? [];
    this.lists.set(key, list);
    operation.output = input;
    switch (f) {
      case 'read':
        operation.output = this.registers.get(key) ?? null;
        break;
      case 'write':
        this.registers.set(key, input);
        break;
      case 'cas': {
        const [from, to] = input as [Json, Json];
        operation.fails = this.registers.get(key) !== from;
        if (!operation.fails) this.registers.set(key, to);
        break;
      }
      case 'enqueue':
      case 'push':
      case 'append':
        list.push(input);
        break;
      case 'dequeue':
        operation.output = list.shift() ?? null;
        break;
      case 'pop':
        operation.output = list.pop() ?? null;
        break;
      case 'read-all':
        operation.output =
          this.wanted.model === 'append'
            ? [...list]
            : [...this.elements].sort((a, b) => Number(a) - Number(b));
        break;
      default:
        this.applyToSet(operation);
    }
  }

  private applyToSet(operation: Running): void {
    const { f, input } = operation;
    const was = this.elements.has(input);
    if (f === 'add') this.elements.add(input);
    if (f === 'remove') this.elements.delete(input);
    if (this.wanted.model === 'set') operation.output = [input, f === 'add' ? !was : was];
  }
}

/** What is to be done at which time: a binary heap. */
class Agenda {
  private now = 0;
  private count = 0;
  private readonly heap: { time: number; turn: number; act: () => void }[] = [];

  add(delay: number, act: () => void): void {
    const entry = { time: this.now + delay, turn: this.count++, act };
    let at = this.heap.push(entry) - 1;
    for (; at > 0; ) {
      const parent = (at - 1) >> 1;
      if (!before(entry, this.heap[parent]!)) break;
      this.heap[at] = this.heap[parent]!;
      at = parent;
    }
    this.heap[at] = entry;
  }

  run(): void {
    for (let next = this.take(); next; next = this.take()) {
      this.now = next.time;
      next.act();
    }
  }

  private take(): { time: number; turn: number; act: () => void } | undefined {
    const first = this.heap[0];
    const last = this.heap.pop();
    if (!first || !last || this.heap.length === 0) return first;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= this.heap.length) break;
      if (child + 1 < this.heap.length && before(this.heap[child + 1]!, this.heap[child]!)) child++;
      if (!before(this.heap[child]!, last)) break;
      this.heap[at] = this.heap[child]!;
      at = child;
    }
    this.heap[at] = last;
    return first;
  }
}

function before(a: { time: number; turn: number }, b: { time: number; turn: number }): boolean {
  return a.time < b.time || (a.time === b.time && a.turn < b.turn);
}

interface Life {
  put?: readonly [number, number];
  take?: readonly [number, number];
}

/** Swaps the answers of two takes near the end, one wholly before the other, whose puts do not overlap either. */
function invertPair(events: HistoryEvent[], put: 'enqueue' | 'push', take: string): void {
  const open = new Map<number, number>();
  const lives = new Map<Json, Life>();
  events.forEach(({ process, type, f, value }, at) => {
    if (type === 'invoke') open.set(process, at);
    if (type !== 'ok' || value === null) return;
    const life = lives.get(value) ?? {};
    lives.set(value, life);
    if (f === put) life.put = [open.get(process)!, at];
    if (f === take) life.take = [open.get(process)!, at];
  });
  const whole = [...lives.values()].filter((life): life is Required<Life> => !!life.put && !!life.take);
  whole.sort((a, b) => a.take[1] - b.take[1]);
  for (let j = whole.length - 1; j > 0; j--) {
    for (let i = j - 1; i >= Math.max(0, j - 400); i--) {
      const [x, y] = [whole[i]!, whole[j]!];
      if (x.take[1] >= y.take[0]) continue;
      // A queue gives x first because it was put first; a stack because it lies above y.
      const fits = put === 'enqueue' ? x.put[1] < y.put[0] : y.put[1] < x.put[0] && x.put[1] < x.take[0];
      if (!fits) continue;
      const [first, second] = [events[x.take[1]]!, events[y.take[1]]!];
      events[x.take[1]] = { ...first, value: second.value };
      events[y.take[1]] = { ...second, value: first.value };
      return;
    }
  }
  throw new Error('no pair to invert');
}
