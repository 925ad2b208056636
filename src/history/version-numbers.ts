/**
 * The versions that a history states: numbers by which a database orders the values of a key. Each value has one, no two
 * have the same, and the initial one comes first; a recording where that is not so is refused.
 */
import { canonicalJson, type Json } from '../base/json.ts';
import { HistoryError } from './operations.ts';

interface Stated {
  readonly value: Json;
  readonly version: number;
  readonly event: number;
}

export class VersionNumbers {
  private readonly initial: string;
  private readonly keys = new Map<string, { byValue: Map<string, Stated>; byVersion: Map<number, Stated> }>();

  constructor(initial: Json) {
    this.initial = canonicalJson(initial);
  }

  /** Throws a `HistoryError` where it contradicts what was stated before. */
  state(key: Json, stated: Stated): void {
    const name = canonicalJson(key);
    let known = this.keys.get(name);
    if (!known) this.keys.set(name, (known = { byValue: new Map(), byVersion: new Map() }));
    const { value, version, event } = stated;
    const same = known.byValue.get(canonicalJson(value));
    if (same && same.version !== version) {
      throw new HistoryError(
        event,
        `${assignment(key, value)} is version ${version}, but event ${same.event + 1} has it as version ${same.version}; expected one version for each value of a key`,
      );
    }
    const other = known.byVersion.get(version);
    if (other && canonicalJson(other.value) !== canonicalJson(value)) {
      throw new HistoryError(
        event,
        `${assignment(key, value)} is version ${version}, but so is ${JSON.stringify(other.value)} of event ${other.event + 1}; expected different versions for different values of a key`,
      );
    }
    known.byValue.set(canonicalJson(value), stated);
    known.byVersion.set(version, stated);
    const first = known.byValue.get(this.initial);
    const suspects = canonicalJson(value) === this.initial ? [...known.byVersion.values()] : [stated];
    const older = first && suspects.find((one) => one.version < first.version);
    if (older) {
      throw new HistoryError(
        event,
        `${assignment(key, older.value)} is version ${older.version}, older than the initial ${JSON.stringify(first.value)}, which is version ${first.version}; expected the initial value to come first`,
      );
    }
  }
}

const assignment = (key: Json, value: Json): string =>
  `${key === null ? '' : `${JSON.stringify(key)} = `}${JSON.stringify(value)}`;
