/**
 * Telling worlds apart: a fingerprint adds up what stands at each place, and its slow twin is the world in full, as
 * text. Under symmetry a world is told by the least of what it is when its nodes change names.
 */
import { canonicalJson, type Json } from '../base/json.ts';
import type { AnyProtocol } from '../kernel/protocol.ts';
import { ghostText } from './ghosts.ts';
import { type Interner, Slot } from './interner.ts';
import { copyLanes, Lanes } from './lanes.ts';
import type { Message } from './node-steps.ts';
import { permutations, renamed } from './symmetry.ts';
import { type PackedWorld, type WorldOptions, Worlds } from './worlds.ts';

export class WorldPrints extends Worlds {
  readonly print = new Int32Array(4);
  private readonly namings: readonly (readonly number[])[];
  private readonly names: readonly ReadonlyMap<string, string>[];
  private readonly lanes = new Lanes();
  private readonly slots: readonly Slot[];
  private readonly ownSlots: Slot[] = [];
  private readonly inFlight: Slot;
  /** A world in which something was violated is another than the same without. */
  private readonly broken: Slot;
  /** Fingerprints of the world that is expanded, and of the one that is made of it, by naming. */
  private readonly printsBefore: Int32Array;
  private readonly printsAfter: Int32Array;

  constructor(protocol: AnyProtocol, options: WorldOptions) {
    super(protocol, options);
    const { symmetry = false } = options;
    this.namings = symmetry ? this.allNamings() : [this.nodeIds.map((_, index) => index)];
    this.names = this.namings.map(
      (naming) =>
        new Map(this.nodeIds.map((id, index) => [id, this.nodeIds[naming[index] as number] as string])),
    );
    if (symmetry && this.dead) this.dead.namesakes = this.namesakes();
    this.slots = this.makeSlots();
    this.inFlight = this.slot('flight', this.messageText);
    this.broken = this.slot('violated', () => '');
    this.printsBefore = new Int32Array(4 * this.namings.length);
    this.printsAfter = new Int32Array(4 * this.namings.length);
  }

  /** Namings of nodes that clients, who each ask their own, cannot tell from the given one. */
  private allNamings(): number[][] {
    const { clients, anyNode } = this.bounds;
    const asked = anyNode ? [] : clients.flat().map(({ node }) => node % this.n);
    const all = permutations(this.nodeIds.map((_, index) => index));
    return all.filter((naming) => asked.every((node) => naming[node] === node));
  }

  /** A node's state under every naming. */
  private namesakes(): (local: number) => readonly number[] {
    const { steps, names } = this;
    const known = new Map<number, readonly number[]>();
    return (local) => {
      let found = known.get(local);
      if (!found) {
        const state = steps.locals.value(local);
        found = names.map((each) => steps.local(renamed(state, each) as typeof state));
        known.set(local, found);
      }
      return found;
    };
  }

  private slot(name: string, text: (number: number, naming: number) => string): Slot {
    const count = this.namings.length;
    return new Slot((number) => this.lanes.of(`${name}=${text(Math.floor(number / count), number % count)}`));
  }

  private readonly messageText = (number: number, naming: number): string => {
    const { type, from, to, payload } = this.steps.messages.value(number) as Message;
    const who = (participant: number) => this.nodeIds[participant] ?? `c${participant - this.n + 1}`;
    const message = { type: this.vocabulary.names[type], from: who(from), to: who(to), payload };
    return canonicalJson(renamed(message, this.names[naming] as ReadonlyMap<string, string>));
  };

  private makeSlots(): Slot[] {
    const { steps } = this;
    const json = (values: Interner<unknown>) => (number: number, naming: number) =>
      canonicalJson(renamed(values.value(number), this.names[naming] as ReadonlyMap<string, string>));
    const ghost = (values: Interner<unknown>) => (number: number, naming: number) =>
      ghostText(renamed(values.value(number), this.names[naming] as ReadonlyMap<string, string>));
    const plain = (number: number) => String(number);
    const block = (name: string, text: (number: number, naming: number) => string) =>
      this.nodeIds.map((_, node) => this.slot(`${name} ${node}`, text));
    const disk = json(steps.disks);
    return [
      ...block('local', json(steps.locals)),
      // Where no crash is left to go back to it, the disk's number is 0 and stands for nothing.
      ...block('durable', this.bounds.crashes > 0 ? disk : plain),
      ...block('flags', plain),
      ...block('draws', plain),
      ...block('timeouts', plain),
      ...this.bounds.clients.map((_, client) => this.slot(`client ${client}`, plain)),
      ...['crashes', 'drops', 'duplicates', 'retries', 'partitions'].map((name) => this.slot(name, plain)),
      this.slot('split', (side, naming) => plain(this.renamedSide(side, naming))),
      this.slot('ticks', plain),
      ...this.histories.map((memory, index) => this.slot(`history ${index}`, json(memory.memories))),
      ...this.always.map((judge, index) => this.slot(`ghost ${index}`, ghost(judge.ghosts))),
    ];
  }

  /** The side of a split network that the node now called n1 is on. */
  private renamedSide(side: number, naming: number): number {
    const places = this.namings[naming] as readonly number[];
    const moved = places.reduce((bits, to, node) => bits | (((side >> node) & 1) << to), 0);
    return side === 0 || (moved & 1) === 1 ? moved : moved ^ ((1 << this.n) - 1);
  }

  fingerprint = (world: PackedWorld): void => {
    const { print, namings } = this;
    this.sum(world, 0, print);
    const other = new Int32Array(4);
    for (let naming = 1; naming < namings.length; naming++) {
      this.sum(world, naming, other);
      if (isLess(other, 0, print)) copyLanes(other, print);
    }
  };

  /** Remembers the fingerprint of a world, under every naming, for `fingerprintAfter`. */
  protected fingerprintBefore(world: PackedWorld, known: Int32Array | undefined): void {
    if (known && this.namings.length === 1) copyLanes(known, this.printsBefore);
    else
      for (let naming = 0; naming < this.namings.length; naming++) {
        this.sum(world, naming, this.print);
        copyLanes(this.print, this.printsBefore, 0, 4 * naming);
      }
  }

  /** The fingerprint of a world that an event made of the remembered one: what stands at other places is the same. */
  protected fingerprintAfter(world: PackedWorld, next: PackedWorld): void {
    const { print, printsBefore, printsAfter: after, namings, hashed } = this;
    for (let naming = 0; naming < namings.length; naming++)
      copyLanes(printsBefore, after, 4 * naming, 4 * naming);
    for (let at = 0; at < hashed; at++) {
      const from = world[at] as number;
      const to = next[at] as number;
      if (from !== to) this.exchange(at, from, to);
    }
    if (next[this.ends - 2] !== 0) this.add(this.broken, 1, 1);
    this.exchangeMessages(world, next);
    copyLanes(after, print);
    for (let naming = 1; naming < namings.length; naming++) {
      if (isLess(after, 4 * naming, print)) copyLanes(after, print, 4 * naming);
    }
  }

  private exchangeMessages(world: PackedWorld, next: PackedWorld): void {
    const { ends, inFlight } = this;
    const [ownBefore, ownAfter] = [world[ends - 1] as number, next[ends - 1] as number];
    for (let index = 0; index < ownBefore; index++)
      this.add(this.ownSlot(index), world[ends + index] as number, -1);
    for (let index = 0; index < ownAfter; index++)
      this.add(this.ownSlot(index), next[ends + index] as number, 1);
    // Both are in the same order.
    let at = ends + ownBefore;
    let to = ends + ownAfter;
    while (at < world.length || to < next.length) {
      const gone = at < world.length ? (world[at] as number) : -1;
      const come = to < next.length ? (next[to] as number) : -1;
      if (gone === come) {
        at++;
        to++;
      } else if (come < 0 || (gone >= 0 && this.inOrder(gone, come) < 0)) {
        this.add(inFlight, gone, -1);
        at++;
      } else {
        this.add(inFlight, come, 1);
        to++;
      }
    }
  }

  /** The order in which messages in flight are listed: the same in every process, whatever their numbers. */
  protected readonly inOrder = (a: number, b: number): number => {
    if (a === b) return 0;
    const count = this.namings.length;
    const { data } = this.lanes;
    const [one, other] = [this.inFlight.offset(a * count), this.inFlight.offset(b * count)];
    for (let lane = 0; lane < 4; lane++) {
      const difference = (data[one + lane] as number) - (data[other + lane] as number);
      if (difference !== 0) return difference;
    }
    return a - b;
  };

  private exchange(at: number, from: number, to: number): void {
    const { namings, n, slots, lanes, printsAfter: after } = this;
    const count = namings.length;
    const block = at < 5 * n ? at - (at % n) : -1;
    for (let naming = 0; naming < count; naming++) {
      const place = block < 0 ? at : block + ((namings[naming] as readonly number[])[at - block] as number);
      const slot = slots[place] as Slot;
      lanes.exchange(slot.offset(from * count + naming), slot.offset(to * count + naming), after, 4 * naming);
    }
  }

  private add(slot: Slot, number: number, sign: number): void {
    const { namings, lanes, printsAfter: after } = this;
    const count = namings.length;
    for (let naming = 0; naming < count; naming++) {
      const offset = slot.offset(number * count + naming);
      const { data } = lanes;
      for (let lane = 0; lane < 4; lane++)
        after[4 * naming + lane]! += sign * (data[offset + lane] as number);
    }
  }

  /** Adds up what stands at each place, nodes having the names that this naming gives them. */
  private sum(world: PackedWorld, naming: number, print: Int32Array): void {
    const { namings, n, slots, lanes, hashed, ends } = this;
    const count = namings.length;
    const places = namings[naming] as readonly number[];
    const ownEnd = ends + (world[ends - 1] as number);
    print.fill(0);
    for (let at = 0; at < world.length; at++) {
      let slot: Slot;
      if (at < hashed) {
        const block = at < 5 * n ? at - (at % n) : -1;
        slot = slots[block < 0 ? at : block + (places[at - block] as number)] as Slot;
      } else if (at >= ends) slot = at < ownEnd ? this.ownSlot(at - ends) : this.inFlight;
      else if (at === ends - 2 && world[at] !== 0) slot = this.broken;
      else continue;
      const offset = slot.offset((slot === this.broken ? 1 : (world[at] as number)) * count + naming);
      const { data } = lanes;
      for (let lane = 0; lane < 4; lane++) print[lane]! += data[offset + lane] as number;
    }
  }

  private ownSlot(index: number): Slot {
    return (this.ownSlots[index] ??= this.slot(`own ${index}`, this.messageText));
  }

  encode = (world: PackedWorld): string =>
    this.namings.map((_, naming) => this.text(world, naming)).reduce((a, b) => (a < b ? a : b));

  /** The world in full, as canonical text, without anything that its numbers are used for. */
  private text(world: PackedWorld, naming: number): string {
    const { n, ends, steps, bounds } = this;
    const names = this.names[naming] as ReadonlyMap<string, string>;
    const places = this.namings[naming] as readonly number[];
    const nodes: Json[] = [];
    for (let node = 0; node < n; node++) {
      const at = (block: number) => world[block * n + node] as number;
      const durable = bounds.crashes > (world[this.faults] as number) ? steps.disks.value(at(1)) : null;
      nodes[places[node] as number] = renamed(
        { state: steps.locals.value(at(0)), durable, flags: at(2), draws: at(3), timeouts: at(4) },
        names,
      ) as Json;
    }
    const ownEnd = ends + (world[ends - 1] as number);
    return JSON.stringify([
      canonicalJson(nodes),
      world.slice(this.client, this.split),
      this.renamedSide(world[this.split] as number, naming),
      world[this.ticks] as number,
      world[ends - 2] !== 0,
      this.histories.map(({ memories }, index) =>
        canonicalJson(renamed(memories.value(world[this.memories + index] as number), names)),
      ),
      this.always.map(({ ghosts }, index) =>
        ghostText(
          renamed(ghosts.value(world[this.memories + this.histories.length + index] as number), names),
        ),
      ),
      world.slice(ends, ownEnd).map((message) => this.messageText(message, naming)),
      world
        .slice(ownEnd)
        .map((message) => this.messageText(message, naming))
        .sort(),
    ]);
  }
}

function isLess(prints: Int32Array, from: number, than: Int32Array): boolean {
  let lane = 0;
  while (lane < 3 && prints[from + lane] === than[lane]) lane++;
  return (prints[from + lane] as number) < (than[lane] as number);
}
