/**
 * Telling worlds apart: a fingerprint adds up what stands at each place, and its slow twin is the world in full, as
 * text. Under symmetry a world is told by the least of what it is when its nodes change names.
 */
import { canonicalJson, type Json } from '../base/json.ts';
import type { AnyProtocol } from '../kernel/protocol.ts';
import { type Interner, Lanes, Slot } from './interner.ts';
import { ghostText } from './judges.ts';
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

  constructor(protocol: AnyProtocol, options: WorldOptions) {
    super(protocol, options);
    const { symmetry = false } = options;
    this.namings = symmetry ? this.allNamings() : [this.nodeIds.map((_, index) => index)];
    this.names = this.namings.map(
      (naming) =>
        new Map(this.nodeIds.map((id, index) => [id, this.nodeIds[naming[index] as number] as string])),
    );
    this.slots = this.makeSlots();
    this.inFlight = this.slot('flight', this.messageText);
  }

  /** Namings of nodes that clients, who each ask their own, cannot tell from the given one. */
  private allNamings(): number[][] {
    const { clients, anyNode } = this.bounds;
    const asked = anyNode ? [] : clients.flat().map(({ node }) => node % this.n);
    const all = permutations(this.nodeIds.map((_, index) => index));
    return all.filter((naming) => asked.every((node) => naming[node] === node));
  }

  private slot(name: string, text: (number: number, naming: number) => string): Slot {
    const count = this.namings.length;
    return new Slot(this.lanes, name, (number) => text(Math.floor(number / count), number % count));
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
      ...['crashes', 'drops', 'duplicates', 'retries'].map((name) => this.slot(name, plain)),
      ...this.histories.map((memory, index) =>
        this.slot(`history ${index}`, (number) => memory.text(number)),
      ),
      ...this.always.map((judge, index) => this.slot(`ghost ${index}`, ghost(judge.ghosts))),
    ];
  }

  fingerprint = (world: PackedWorld): void => {
    const { print, namings } = this;
    this.sum(world, 0, print);
    if (namings.length === 1) return;
    const other = [0, 0, 0, 0] as unknown as Int32Array;
    for (let naming = 1; naming < namings.length; naming++) {
      this.sum(world, naming, other);
      let lane = 0;
      while (lane < 3 && other[lane] === print[lane]) lane++;
      if ((other[lane] as number) < (print[lane] as number)) print.set(other);
    }
  };

  /** Adds up what stands at each place, nodes having the names that this naming gives them. */
  private sum(world: PackedWorld, naming: number, print: Int32Array): void {
    const { namings, n, slots, lanes, hashed, ends } = this;
    const count = namings.length;
    const places = namings[naming] as readonly number[];
    const ownEnd = ends + (world[ends - 1] as number);
    let [a, b, c, d] = [0, 0, 0, 0];
    const total = hashed + world.length - ends;
    for (let step = 0; step < total; step++) {
      let slot: Slot;
      let number: number;
      if (step < hashed) {
        number = world[step] as number;
        const block = step < 5 * n ? step - (step % n) : -1;
        slot = slots[block < 0 ? step : block + (places[step - block] as number)] as Slot;
      } else {
        const at = step - hashed + ends;
        number = world[at] as number;
        slot = at < ownEnd ? this.ownSlot(at - ends) : this.inFlight;
      }
      const offset = slot.offset(number * count + naming);
      const { data } = lanes;
      a = (a + (data[offset] as number)) | 0;
      b = (b + (data[offset + 1] as number)) | 0;
      c = (c + (data[offset + 2] as number)) | 0;
      d = (d + (data[offset + 3] as number)) | 0;
    }
    print[0] = a;
    print[1] = b;
    print[2] = c;
    print[3] = d;
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
      world.slice(this.client, this.memories),
      this.histories.map((memory, index) => memory.text(world[this.memories + index] as number)),
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
