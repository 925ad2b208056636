/**
 * Histories of transactions in columns: one entry a transaction, one entry a micro-operation, keys and versions
 * as small integers. A version is a pair (key, value): a write creates it, a read names it. A million operations
 * take some tens of megabytes, and looking up who wrote what a read saw is an array access.
 * Single reads and writes are transactions of one operation.
 */
import { canonicalJson, type Json } from '../base/json.ts';

export const status = { ok: 0, info: 1, fail: 2 } as const;
export const micro = { read: 0, write: 1, append: 2, readList: 3 } as const;
/** The version of a read whose result nobody knows. */
export const unknownVersion = -1;
/** `completed` of a transaction whose outcome is unknown: it may take effect at any later time. */
export const never = 0x7fffffff;

export interface Transactions {
  readonly count: number;
  /** The session (a number from 0) of each transaction; the sessions' own names are in `processes`. */
  readonly session: Int32Array;
  readonly status: Uint8Array;
  /** Positions of invocation and completion in the recorded history. */
  readonly invoked: Int32Array;
  readonly completed: Int32Array;
  /** Operations of transaction t: `first[t]` to `first[t + 1] - 1`. */
  readonly first: Int32Array;
  readonly kind: Uint8Array;
  readonly key: Int32Array;
  /** The version read or written; of a list read, the version of its last element, or the key's empty version. */
  readonly version: Int32Array;
  /** List reads: their elements are `elements[listStart[op]] … elements[listStart[op + 1] - 1]`, as versions. */
  readonly listStart: Int32Array;
  readonly elements: Int32Array;
  readonly keys: readonly Json[];
  readonly versionKey: Int32Array;
  readonly versionValue: readonly Json[];
  /** The number that the history gives each version, larger is newer; NaN where it gives none. Absent where it gives none at all. */
  readonly versionNumber?: Float64Array;
  /** 1 for the version a key has before anyone writes it. */
  readonly isInitial: Uint8Array;
  readonly processes: readonly Json[];
  readonly hasLists: boolean;
  /** The history is one of single reads and writes; each is a transaction of one operation. */
  readonly single: boolean;
  /** Whether the recorded positions say anything about real time (the text form has none). */
  readonly timed: boolean;
}

/** A growing array of integers. */
class Column {
  length = 0;
  private data = new Int32Array(256);

  push(value: number): void {
    if (this.length === this.data.length) {
      const bigger = new Int32Array(this.length * 2);
      bigger.set(this.data);
      this.data = bigger;
    }
    this.data[this.length++] = value;
  }

  done(): Int32Array<ArrayBuffer> {
    return this.data.slice(0, this.length);
  }
}

/** Equal JSON, equal name: primitives stand for themselves. */
function nameOf(value: Json): string | number | boolean | null {
  return typeof value === 'object' && value !== null ? `json:${canonicalJson(value)}` : value;
}

export interface TransactionHead {
  readonly process: Json;
  readonly status: number;
  readonly invoked?: number;
  readonly completed?: number;
}

export class TransactionBuilder {
  private readonly session = new Column();
  private readonly statuses = new Column();
  private readonly invoked = new Column();
  private readonly completed = new Column();
  private readonly first = new Column();
  private readonly kind = new Column();
  private readonly key = new Column();
  private readonly version = new Column();
  private readonly listStart = new Column();
  private readonly elements = new Column();
  private readonly keys: Json[] = [];
  private readonly keyIds = new Map<unknown, number>();
  private readonly versionKey = new Column();
  private readonly versionValue: Json[] = [];
  private readonly numbers = new Map<number, number>();
  private readonly versionIds: Map<unknown, number>[] = [];
  private readonly emptyList: number[] = [];
  private readonly initialVersions: number[] = [];
  private readonly processes: Json[] = [];
  private readonly sessionIds = new Map<unknown, number>();
  private hasLists = false;
  private readonly initialName: unknown;
  private readonly timed: boolean;
  private readonly single: boolean;

  /** `initial` is the value of a register before anyone writes it; a list is empty (or null). */
  constructor(initial: Json = null, kind: { timed?: boolean; single?: boolean } = {}) {
    this.initialName = nameOf(initial);
    this.timed = kind.timed ?? true;
    this.single = kind.single ?? false;
  }

  begin(head: TransactionHead): void {
    const name = nameOf(head.process);
    let session = this.sessionIds.get(name);
    if (session === undefined) {
      session = this.processes.push(head.process) - 1;
      this.sessionIds.set(name, session);
    }
    const position = this.session.length;
    this.session.push(session);
    this.statuses.push(head.status);
    this.invoked.push(head.invoked ?? position);
    this.completed.push(head.completed ?? (head.status === status.info ? never : position));
    this.first.push(this.kind.length);
  }

  /** `number` is the history's own for the version: the larger, the newer. */
  read(key: Json, value: Json | undefined, number?: number): void {
    const id = this.keyId(key);
    const version = value === undefined ? unknownVersion : this.versionId(id, value);
    if (number !== undefined && value !== undefined) this.numbers.set(version, number);
    this.operation(micro.read, id, version);
  }

  write(key: Json, value: Json, number?: number): void {
    const id = this.keyId(key);
    const version = this.versionId(id, value);
    if (number !== undefined) this.numbers.set(version, number);
    this.operation(micro.write, id, version);
  }

  append(key: Json, value: Json): void {
    this.hasLists = true;
    const id = this.keyId(key);
    this.emptyVersion(id);
    this.operation(micro.append, id, this.versionId(id, value, true));
  }

  readList(key: Json, list: readonly Json[] | undefined): void {
    this.hasLists = true;
    const id = this.keyId(key);
    if (list === undefined) {
      this.operation(micro.readList, id, unknownVersion);
      return;
    }
    let last = this.emptyVersion(id);
    this.listStart.push(this.elements.length);
    for (const element of list) this.elements.push((last = this.versionId(id, element, true)));
    this.kind.push(micro.readList);
    this.key.push(id);
    this.version.push(last);
  }

  build(): Transactions {
    const count = this.session.length;
    this.first.push(this.kind.length);
    this.listStart.push(this.elements.length);
    const isInitial = new Uint8Array(this.versionKey.length);
    for (const version of this.initialVersions) isInitial[version] = 1;
    const versionNumber = new Float64Array(this.versionKey.length).fill(Number.NaN);
    for (const [version, number] of this.numbers) versionNumber[version] = number;
    return {
      ...(this.numbers.size > 0 ? { versionNumber } : {}),
      count,
      session: this.session.done(),
      status: Uint8Array.from(this.statuses.done()),
      invoked: this.invoked.done(),
      completed: this.completed.done(),
      first: this.first.done(),
      kind: Uint8Array.from(this.kind.done()),
      key: this.key.done(),
      version: this.version.done(),
      listStart: this.listStart.done(),
      elements: this.elements.done(),
      keys: this.keys,
      versionKey: this.versionKey.done(),
      versionValue: this.versionValue,
      isInitial,
      processes: this.processes,
      hasLists: this.hasLists,
      single: this.single && !this.hasLists,
      timed: this.timed,
    };
  }

  private operation(kind: number, key: number, version: number): void {
    this.listStart.push(this.elements.length);
    this.kind.push(kind);
    this.key.push(key);
    this.version.push(version);
  }

  private keyId(key: Json): number {
    const name = nameOf(key);
    let id = this.keyIds.get(name);
    if (id === undefined) {
      id = this.keys.push(key) - 1;
      this.keyIds.set(name, id);
      this.versionIds.push(new Map());
    }
    return id;
  }

  private versionId(key: number, value: Json, element = false): number {
    const name = nameOf(value);
    const known = this.versionIds[key]!;
    let id = known.get(name);
    if (id === undefined) {
      id = this.versionValue.push(value) - 1;
      this.versionKey.push(key);
      known.set(name, id);
      if (!element && name === this.initialName) this.initialVersions.push(id);
    }
    return id;
  }

  private emptyVersion(key: number): number {
    let id = this.emptyList[key];
    if (id === undefined) {
      id = this.versionValue.push([]) - 1;
      this.versionKey.push(key);
      this.initialVersions.push(id);
      this.emptyList[key] = id;
    }
    return id;
  }
}
