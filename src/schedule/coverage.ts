/**
 * What a campaign has reached. A node's state is abstracted to a small number: its words exactly (a role, a phase),
 * numbers and lengths as none, one or more, which node is named only as itself or another. Counted is, by the number
 * of runs that reached it, each pair of a message (or timer) and the abstract state that it met. For strategies that
 * look for what is new there are two finer kinds: such pairs with orders of magnitude, and the whole world as how the
 * nodes' states compare (who is ahead of whom). Those never come to an end, so nothing is estimated from them.
 *
 * How much is left is estimated from what was reached once (Good 1953; for fuzzing Böhme, "STADS", TOSEM 2018): with
 * f1 pairs that only one of n runs reached, the next run reaches a new one with a chance of about f1 / n; with f2
 * that two reached, about f1² / 2 f2 are still unseen (Chao 1984).
 */
import type { LiveNode } from '../kernel/participants.ts';
import type { Simulation } from '../kernel/simulation.ts';
import { faultKinds } from '../kernel/world.ts';

/** A set of 32-bit numbers with, for each, the number of runs that had it; open addressing. */
class Seen {
  size = 0;
  once = 0;
  twice = 0;
  private keys = new Int32Array(1 << 12);
  private runs = new Int32Array(1 << 12);
  private last = new Int32Array(1 << 12);

  /** Notes that a run (counted from 1) had this; true when it is the first to. */
  add(key: number, run: number): boolean {
    const { keys, runs, last } = this;
    const mask = keys.length - 1;
    let slot = Math.imul(key, 0x9e3779b1) >>> 7;
    for (slot &= mask; runs[slot] !== 0; slot = (slot + 1) & mask) {
      if (keys[slot] !== key) continue;
      if (last[slot] === run) return false;
      last[slot] = run;
      const count = ++runs[slot]!;
      if (count === 2) {
        this.once--;
        this.twice++;
      } else if (count === 3) this.twice--;
      return false;
    }
    keys[slot] = key;
    runs[slot] = 1;
    last[slot] = run;
    this.once++;
    if (++this.size * 2 > keys.length) this.grow();
    return true;
  }

  private grow(): void {
    const { keys, runs, last } = this;
    const mask = keys.length * 2 - 1;
    this.keys = new Int32Array(mask + 1);
    this.runs = new Int32Array(mask + 1);
    this.last = new Int32Array(mask + 1);
    for (let index = 0; index < keys.length; index++) {
      if (runs[index] === 0) continue;
      let slot = (Math.imul(keys[index] as number, 0x9e3779b1) >>> 7) & mask;
      while (this.runs[slot] !== 0) slot = (slot + 1) & mask;
      this.keys[slot] = keys[index] as number;
      this.runs[slot] = runs[index] as number;
      this.last[slot] = last[index] as number;
    }
  }
}

const combine = (hash: number, value: number): number => {
  const mixed = Math.imul(hash ^ value, 0x85ebca6b);
  return mixed ^ (mixed >>> 15);
};

/** 0, 1, 2, then by powers of two. */
const magnitude = (value: number): number =>
  value >= 0 && value < 3 ? value : value < 0 ? -1 : 34 - Math.clz32(Math.min(value, 0x7fff_ffff));

/** Lists count by none, one or more; dictionaries, whose keys are calls and the like, do not count. */
const lists = 64;
const records = 128;
const words = 256;

/** Of a field's code, what the coarser abstraction keeps. */
const coarse = (code: number): number =>
  code >= words
    ? code
    : code >= records
      ? records
      : code >= lists
        ? lists + Math.min(code - lists, 2)
        : Math.min(code, 2);

/** Fields of a state's parts that are looked at; more would be a dictionary's. */
const mostFields = 16;

/** More modes would be no modes. */
const mostModes = 100;

interface Field {
  readonly of: 'disk' | 'memory';
  readonly name: string;
}

/** How much was reached, and what is left, by an estimate. */
export interface CoverageReport {
  /** Runs that were watched; a sample, for speed. */
  readonly watched: number;
  /**
   * Messages, requests and timers that reached a node, and in which of its modes (the words in its state), by runs that
   * had them. The mode is `any` where no node ever had words, else `none` before a node has its first.
   */
  readonly events: Readonly<Record<string, Readonly<Record<string, number>>>>;
  /** Names of events that never reached any node. */
  readonly neverReached: readonly string[];
  /** Kinds of fault, and after which events they took effect, by steps of watched runs. */
  readonly faults: Readonly<Record<string, Readonly<Record<string, number>>>>;
  /** The same by the mode of the node that took the step. */
  readonly faultModes: Readonly<Record<string, Readonly<Record<string, number>>>>;
  /** Distinct pairs of an event and the abstract state that it met. */
  readonly pairs: number;
  /** Distinct abstract states of the whole world. */
  readonly worlds: number;
  /** Pairs reached after so many watched runs, at powers of two. */
  readonly growth: readonly { readonly runs: number; readonly pairs: number }[];
  /** The chance that one more run reaches a new pair, and how many pairs there are at least in all. */
  readonly estimate: { readonly chanceOfNew: number; readonly pairs: number };
  /** A sentence when too little was seen for a verdict to be trusted. */
  readonly caution: string | null;
}

/** Where one more run reaches something new with a larger chance than this, too little was seen. */
const trustedChance = 0.05;

export class Coverage {
  watched = 0;
  /** Things that the run being watched is the first to reach. */
  novelty = 0;
  private readonly pairs = new Seen();
  private readonly finePairs = new Seen();
  private readonly worlds = new Seen();
  private readonly growth: { runs: number; pairs: number }[] = [];
  private fields: Field[] | undefined = undefined;
  private numbers = new Float64Array(0);
  private states = new Int32Array(0);
  private fineStates = new Int32Array(0);
  /** Of `numbers`, those that ever were other than 0. */
  private readonly columns: number[] = [];
  private modes: string[] = [];
  private readonly codes = new Map<string, number>();
  private readonly modeRuns = new Map<string, { runs: number; last: number }[]>();
  private readonly faultEvents = new Map<number, number>();
  /** By mode and kind of fault. */
  private readonly faultModes = new Map<string, Float64Array>();
  private names: readonly string[] = [];
  private hasClients = false;

  /** Begins to watch a run. */
  begin(simulation: Simulation): void {
    this.watched++;
    this.novelty = 0;
    const { names, protocol } = simulation.vocabulary;
    this.names = names;
    this.hasClients = Object.keys(protocol.definition.client ?? {}).length > 0;
    const nodes = simulation.nodes.length;
    if (this.states.length !== nodes) {
      this.states = new Int32Array(nodes);
      this.fineStates = new Int32Array(nodes);
      this.numbers = new Float64Array(nodes * mostFields * 2);
    }
    this.states.fill(0);
    this.fineStates.fill(0);
    this.numbers.fill(0);
    this.modes = Array(nodes).fill('');
    simulation.effective = 0;
  }

  /** After a step; `simulation.changed` took it. */
  watch(simulation: Simulation): void {
    const { changed, type } = simulation;
    if (simulation.effective !== 0) this.attribute(simulation);
    if (!changed) return;
    const { index } = changed;
    const met = combine(this.states[index] as number, type + 1);
    this.pairs.add(met, this.watched);
    const fine = combine(this.fineStates[index] as number, type + 1);
    if (this.finePairs.add(fine, this.watched)) this.novelty++;
    this.meet(type, this.modes[index] as string);
    if (!this.look(changed, simulation.nodes.length)) return;
    if (this.worlds.add(this.world(simulation), this.watched)) this.novelty++;
  }

  private meet(type: number, mode: string): void {
    let types = this.modeRuns.get(mode);
    if (!types) {
      if (this.modeRuns.size >= mostModes) return;
      this.modeRuns.set(mode, (types = this.names.map(() => ({ runs: 0, last: 0 }))));
    }
    const entry = types[type] as { runs: number; last: number };
    if (entry.last === this.watched) return;
    entry.last = this.watched;
    entry.runs++;
  }

  private attribute(simulation: Simulation): void {
    const { changed } = simulation;
    const mode = changed ? (this.modes[changed.index] as string) : undefined;
    let inMode = mode === undefined ? undefined : this.faultModes.get(mode);
    if (mode !== undefined && !inMode && this.faultModes.size < mostModes)
      this.faultModes.set(mode, (inMode = new Float64Array(faultKinds.length)));
    for (let kind = 0; kind < faultKinds.length; kind++) {
      if (((simulation.effective >>> kind) & 1) === 0) continue;
      const key = kind * 256 + simulation.type;
      this.faultEvents.set(key, (this.faultEvents.get(key) ?? 0) + 1);
      if (inMode) inMode[kind]!++;
    }
    simulation.effective = 0;
  }

  /** Takes a node's state in: its abstraction, its words, and its numbers for comparison; false when none changed. */
  private look(node: LiveNode, nodes: number): boolean {
    this.fields ??= fieldsOf(node);
    const { fields } = this;
    let hash = node.up ? 17 : 19;
    let fine = hash;
    let mode = '';
    let moved = false;
    for (let field = 0; field < fields.length; field++) {
      const { of, name } = fields[field] as Field;
      const value = (node[of] as Record<string, unknown>)[name];
      let code = 0;
      let number = 0;
      let second = 0;
      if (typeof value === 'number') code = magnitude((number = value));
      else if (typeof value === 'string') {
        code = words + (value === node.id ? 1 : this.codeOf(value, nodes));
        if (code > words + 2) mode = mode === '' ? value : `${mode} ${value}`;
      } else if (typeof value === 'boolean') code = value ? 1 : 0;
      else if (Array.isArray(value)) {
        number = value.length;
        code = lists + magnitude(number);
        second = leading(value[number - 1]);
      } else if (value !== null && typeof value === 'object') code = this.ofRecord(value);
      fine = combine(fine, code + 97);
      hash = combine(hash, coarse(code) + 97);
      const at = (node.index * mostFields + field) * 2;
      if (this.numbers[at] !== number || this.numbers[at + 1] !== second) {
        moved = true;
        this.numbers[at] = number;
        this.numbers[at + 1] = second;
        if (!this.columns.includes(field * 2)) this.columns.push(field * 2, field * 2 + 1);
      }
    }
    this.states[node.index] = hash;
    moved ||= this.fineStates[node.index] !== fine;
    this.fineStates[node.index] = fine;
    this.modes[node.index] = mode;
    return moved;
  }

  /** A small number for a word; 2 for the name of another node. */
  private codeOf(word: string, nodes: number): number {
    let code = this.codes.get(word);
    if (code === undefined) {
      const other = /^n\d$/.test(word) && Number(word.slice(1)) <= nodes;
      code = other ? 2 : 3 + Math.min(this.codes.size, 60);
      this.codes.set(word, code);
    }
    return code;
  }

  /** How many keys, up to a few. */
  private ofRecord(value: object): number {
    let count = 0;
    for (const _ in value) if (++count === 4) break;
    return records + count;
  }

  /** Every node's words with, for each number, how many nodes have a larger and how many the same. Node names do not matter. */
  private world({ nodes }: Simulation): number {
    const { numbers } = this;
    const { columns } = this;
    let sum = 0;
    for (let a = 0; a < nodes.length; a++) {
      let hash = (nodes[a] as LiveNode).up ? (this.codes.get(this.modes[a] as string) ?? 1) : 2;
      for (let index = 0; index < columns.length; index++) {
        const field = columns[index] as number;
        const own = numbers[a * mostFields * 2 + field] as number;
        let rank = 0;
        for (let b = 0; b < nodes.length; b++) {
          const other = numbers[b * mostFields * 2 + field] as number;
          rank += other > own ? 1 : other === own ? 16 : 0;
        }
        hash = combine(hash, rank);
      }
      sum = (sum + combine(hash, 0x51ed270b)) | 0;
    }
    return sum;
  }

  /** Ends the watching of a run. */
  end(): void {
    if ((this.watched & (this.watched - 1)) === 0) {
      this.growth.push({ runs: this.watched, pairs: this.pairs.size });
    }
  }

  private caution(neverReached: readonly string[], chanceOfNew: number): string | null {
    if (this.watched === 0) return 'no schedule was watched, so nothing is known of what was seen';
    if (neverReached.length > 0) {
      return `this says nothing about ${neverReached.map((name) => `'${name}'`).join(', ')}, which no node ever handled`;
    }
    if (chanceOfNew <= trustedChance) return null;
    const often =
      chanceOfNew >= 1 / 1.5
        ? 'nearly each further schedule'
        : `about one in ${Math.round(1 / chanceOfNew)} further schedules`;
    return `too little was seen to be trusted: ${often} would meet a situation that none has met so far`;
  }

  report(): CoverageReport {
    const { watched, pairs, worlds, names } = this;
    const events: Record<string, Record<string, number>> = {};
    const wordless = this.modeRuns.size === 1 ? 'any' : 'none';
    for (const [mode, types] of this.modeRuns) {
      types.forEach(({ runs }, type) => {
        if (runs > 0) (events[names[type] as string] ??= {})[mode === '' ? wordless : mode] = runs;
      });
    }
    const faults: Record<string, Record<string, number>> = {};
    for (const [key, count] of [...this.faultEvents].sort(([a], [b]) => a - b)) {
      const fault = faultKinds[key >>> 8] as string;
      (faults[fault] ??= {})[names[key & 255] as string] = count;
    }
    const faultModes: Record<string, Record<string, number>> = {};
    for (const [mode, counts] of this.faultModes) {
      counts.forEach((count, kind) => {
        if (count > 0) (faultModes[faultKinds[kind] as string] ??= {})[mode === '' ? wordless : mode] = count;
      });
    }
    const unseen =
      pairs.twice > 0 ? pairs.once ** 2 / (2 * pairs.twice) : (pairs.once * (pairs.once - 1)) / 2;
    const last = this.growth.at(-1);
    const growth =
      watched > 0 && last?.runs !== watched
        ? [...this.growth, { runs: watched, pairs: pairs.size }]
        : [...this.growth];
    const neverReached = names.filter(
      (name) =>
        name !== 'reply' && name !== 'start' && (name !== 'request' || this.hasClients) && !events[name],
    );
    const chanceOfNew = watched === 0 ? 1 : Math.round((1000 * pairs.once) / watched) / 1000;
    return {
      watched,
      events,
      neverReached,
      faults,
      faultModes,
      pairs: pairs.size,
      worlds: worlds.size,
      growth,
      estimate: {
        chanceOfNew: Math.min(1, chanceOfNew),
        pairs: Math.round(pairs.size + unseen),
      },
      caution: this.caution(neverReached, chanceOfNew),
    };
  }
}

function fieldsOf(node: LiveNode): Field[] {
  return (['disk', 'memory'] as const)
    .flatMap((of) => {
      const part = node[of];
      const isRecord = typeof part === 'object' && part !== null && !Array.isArray(part);
      return isRecord ? Object.keys(part).map((name) => ({ of, name })) : [];
    })
    .slice(0, mostFields);
}

/** The first number in the last element of a list, such as the term of a log's last entry. */
function leading(element: unknown): number {
  if (typeof element === 'number') return element;
  if (typeof element !== 'object' || element === null) return 0;
  for (const key in element) {
    const value = (element as Record<string, unknown>)[key];
    return typeof value === 'number' ? value : 0;
  }
  return 0;
}
