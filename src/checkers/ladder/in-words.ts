/**
 * A violated level as an argument in prose, in the manner of Elle's explanations: "Let T1 = …, T2 = …. T1 precedes
 * T2, because …. But T2 precedes T1, because …: a contradiction!" Inferred orders carry their justification.
 */
import type { Json } from '../../base/json.ts';
import { micro, status, type Transactions, unknownVersion } from '../../history/transactions.ts';
import { causalPath } from '../transactions/causal-path.ts';
import { classify } from '../transactions/cycle-classes.ts';
import type { History } from '../transactions/prepare.ts';
import type { Anomaly } from '../transactions/reads-from.ts';
import { initialState, type Step } from '../transactions/relations.ts';
import { predecessor } from '../transactions/sessions.ts';
import { type Contradiction, type Explanation, restsOn } from './explain.ts';

/** The name of what was found: an anomaly's, a cycle's class, or what kind of contradiction it is. */
export function anomalyName({ contradiction }: Explanation): string {
  switch (contradiction.kind) {
    case 'anomaly':
      return contradiction.anomaly.type;
    case 'cycle':
      return contradiction.steps.some((step) => step.relation === 'visible' || step.relation === 'hb')
        ? visibleName(contradiction.steps)
        : classify(contradiction.steps);
    case 'diverged':
      return 'divergence';
    default:
      return 'no-version-order';
  }
}

function visibleName(steps: readonly Step[]): string {
  return steps.some((step) => step.from === initialState) ? 'stale-initial-read' : 'stale-read';
}

export function explainInWords(explanation: Explanation): string {
  return new Teller(explanation).tell();
}

/** A step of an argument with its reason: "T2 read x = 1, which T1 wrote". */
export interface ReasonedStep extends Step {
  /** The key of the operation that shows it. */
  readonly key: string | undefined;
  readonly because: string;
}

/** The same argument taken apart, for a drawing of it. */
export interface ExplanationParts {
  /** By transaction of the reduced history, in order of mention, with the names that the sentences use. */
  readonly names: ReadonlyMap<number, string>;
  /** Orders of versions that are not shown but forced, each with the cycle that the other order would close. */
  readonly forced: readonly { readonly claim: string; readonly steps: readonly ReasonedStep[] }[];
  /** The cycle; empty where the contradiction is none, and `sentences` say what it is. */
  readonly steps: readonly ReasonedStep[];
  readonly sentences: readonly string[];
}

export function explainInParts(explanation: Explanation): ExplanationParts {
  return new Teller(explanation).parts();
}

/** A transaction as Jepsen writes it, with its process. */
export function describeTransaction(transactions: Transactions, t: number): string {
  const { first } = transactions;
  const operations = [];
  for (let op = first[t]!; op < first[t + 1]!; op++) operations.push(describeOperation(transactions, op));
  const outcome =
    transactions.status[t] === status.info
      ? ', outcome unknown'
      : transactions.status[t] === status.fail
        ? ', failed'
        : '';
  return `[${operations.join(', ')}] (process ${json(transactions.processes[transactions.session[t]!]!)}${outcome})`;
}

function describeOperation(transactions: Transactions, op: number): string {
  const verb = ['r', 'w', 'append', 'r'][transactions.kind[op]!]!;
  const key = transactions.keys[transactions.key[op]!] ?? null;
  const value = transactions.version[op] === unknownVersion ? '?' : seen(transactions, op);
  return key === null ? `${verb} ${value}` : `${verb} ${json(key)} ${value}`;
}

function seen(transactions: Transactions, op: number): string {
  if (transactions.kind[op] !== micro.readList)
    return json(transactions.versionValue[transactions.version[op]!]!);
  const list: Json[] = [];
  for (let i = transactions.listStart[op]!; i < transactions.listStart[op + 1]!; i++) {
    list.push(transactions.versionValue[transactions.elements[i]!]!);
  }
  return json(list.length > 12 ? ['…', ...list.slice(-11)] : list);
}

function json(value: Json): string {
  return typeof value === 'string' && /^[\w.:-]+$/.test(value) ? value : JSON.stringify(value);
}

/** Transactions listed where no short argument tells which of them matter. */
const namedAtMost = 30;

/** Names for the transactions of an explanation, in order of their first mention. */
class Teller {
  private readonly explanation: Explanation;
  private readonly history: History;
  private readonly transactions: Transactions;
  private readonly names = new Map<number, string>();
  private readonly letter: string;

  constructor(explanation: Explanation) {
    this.explanation = explanation;
    this.history = explanation.history;
    this.transactions = explanation.history.transactions;
    this.letter = this.transactions.single ? 'O' : 'T';
  }

  tell(): string {
    const { contradiction, forced } = this.explanation;
    const body: string[] = [];
    for (const { pair, because } of forced)
      body.push(`${this.orderSentence(pair)} ${this.otherwise(because)}`);
    body.push(...this.contradiction(contradiction));
    const givens = [...this.names].map(
      ([t, name]) => `  ${name} = ${describeTransaction(this.transactions, t)}`,
    );
    return givens.length === 0 ? body.join('\n') : `Let\n${givens.join('\n')}\n\n${body.join('\n')}`;
  }

  parts(): ExplanationParts {
    const { contradiction, forced } = this.explanation;
    const claims = forced.map(({ pair, because }) => ({
      claim: this.orderSentence(pair),
      steps: this.reasoned(because),
    }));
    const cycle = contradiction.kind === 'cycle';
    const steps = cycle ? this.reasoned(contradiction.steps) : [];
    const sentences = cycle ? [] : this.contradiction(contradiction);
    return { names: this.names, forced: claims, steps, sentences };
  }

  private reasoned(steps: readonly Step[]): ReasonedStep[] {
    for (const step of steps) this.name(step.from);
    return steps.map((step) => ({
      ...step,
      key: step.operation < 0 ? undefined : this.key(this.transactions.key[step.operation]!),
      because: this.because(step),
    }));
  }

  private name(t: number): string {
    if (t === initialState) return 'the initial state';
    let name = this.names.get(t);
    if (name === undefined) this.names.set(t, (name = `${this.letter}${this.names.size + 1}`));
    return name;
  }

  private contradiction(contradiction: Contradiction): string[] {
    switch (contradiction.kind) {
      case 'anomaly':
        return [this.anomaly(contradiction.anomaly)];
      case 'cycle':
        return this.cycle(contradiction);
      case 'diverged': {
        const [a, b] = contradiction.operations.map((op) => this.history.reads.owner[op]!) as [
          number,
          number,
        ];
        return [
          `After the last write had completed, ${this.name(a)} read ${this.version(contradiction.operations[0])} and ${this.name(b)} read ${this.version(contradiction.operations[1])}: the copies have come to rest in different states.`,
        ];
      }
      case 'exhausted':
        return this.exhausted();
    }
  }

  private exhausted(): string[] {
    const { count } = this.transactions;
    for (let t = 0; t < Math.min(count, namedAtMost); t++) this.name(t);
    const rest = count > namedAtMost ? ` These are ${namedAtMost} of the ${count} that it rests on.` : '';
    return [`Every order of the versions closes a cycle (found by search).${rest}`];
  }

  private cycle({ steps, process, shortest }: Contradiction & { kind: 'cycle' }): string[] {
    // Names in the order of the cycle, whoever is mentioned first.
    for (const step of steps) this.name(step.from);
    const lines = steps.map((step, i) => {
      const last = i === steps.length - 1;
      const sentence = `${this.name(step.from)} precedes ${this.name(step.to)}, because ${this.because(step)}`;
      return last ? `But ${sentence}: a contradiction!` : `${capital(sentence)}.`;
    });
    if (process !== undefined && process >= 0) {
      const who = json(this.transactions.processes[process] ?? process);
      lines.unshift(`In any one order that explains what process ${who} read:`);
    }
    if (!shortest) lines.push('(A shorter contradiction may exist: the search for it ended at its budget.)');
    return lines;
  }

  private otherwise(because: readonly Step[]): string {
    for (const step of because) this.name(step.from);
    const reasons = because.map(
      (step) => `${this.name(step.from)} precedes ${this.name(step.to)} (${this.because(step)})`,
    );
    return `Otherwise ${reasons.join(', and ')}.`;
  }

  private orderSentence({ before, after }: { before: number; after: number }): string {
    const key = this.transactions.versionKey[after]!;
    const [old, young] = [this.value(before), this.value(after)].map((value) => this.assigned(key, value));
    return `${this.writerOf(before)}'s ${old} is older than ${this.writerOf(after)}'s ${young}.`;
  }

  private writerOf(version: number): string {
    const op = this.history.reads.writer[version]!;
    return op >= 0 ? this.name(this.history.reads.owner[op]!) : 'the initial state';
  }

  private value(version: number): string {
    return json(this.transactions.versionValue[version]!);
  }

  /** Nothing where there is one object only, which has no name. */
  private key(index: number): string | undefined {
    const key = this.transactions.keys[index] ?? null;
    return key === null ? undefined : json(key);
  }

  private assigned(index: number, value: string): string {
    const key = this.key(index);
    return key === undefined ? value : `${key} = ${value}`;
  }

  /** `x = 3`, as an operation saw or wrote it. */
  private version(op: number): string {
    return this.assigned(this.transactions.key[op]!, seen(this.transactions, op));
  }

  /** A verb with the object that it is about. */
  private about(verb: string, preposition: string, index: number): string {
    const key = this.key(index);
    return key === undefined ? verb : `${verb} ${preposition}${key}`;
  }

  private because(step: Step): string {
    const [from, to] = [this.name(step.from), this.name(step.to)];
    switch (step.relation) {
      case 'so':
        return `process ${json(this.transactions.processes[this.transactions.session[step.from]!]!)} issued ${from} before ${to}`;
      case 'rt':
        return `${from} had completed before ${to} was invoked`;
      case 'wr':
        return this.sawWrite(step, from, to);
      case 'ww':
        return this.laterWrite(step, from, to);
      case 'rw':
        return this.missedWrite(step, from, to);
      case 'visible':
        return this.visible(step);
      case 'hb':
        return `${to} knew of it: ${this.path(step.from, step.to)}`;
    }
  }

  private sawWrite(step: Step, from: string, to: string): string {
    const what =
      this.transactions.kind[step.operation] === micro.readList
        ? `, whose last element ${from} appended`
        : `, which ${from} wrote`;
    return `${to} read ${this.version(step.operation)}${what}`;
  }

  private laterWrite(step: Step, from: string, to: string): string {
    if (step.from === initialState) return `nothing precedes the initial state, and ${to} wrote`;
    if (this.transactions.kind[step.operation] === micro.append) {
      const { version, key } = this.transactions;
      const appended = `appended ${this.value(version[step.operation]!)}`;
      return `${to} ${this.about(appended, 'to ', key[step.operation]!)} after what ${from} had appended`;
    }
    return `${to}'s ${this.version(step.operation)} is newer than the version ${from} wrote${this.forcedNote(step)}`;
  }

  private missedWrite(step: Step, from: string, to: string): string {
    const { kind, isInitial, version } = this.transactions;
    if (kind[step.operation] === micro.readList) {
      return `${from} read ${this.version(step.operation)} and so did not see what ${to} appended`;
    }
    const initial = isInitial[version[step.operation]!] === 1;
    return `${from} read ${initial ? 'the initial ' : ''}${this.version(step.operation)}, which ${to} overwrote${initial ? '' : this.forcedNote(step)}`;
  }

  /** Says that the order was argued for above. */
  private forcedNote(step: Step): string {
    return this.explanation.forced.some(({ pair }) => restsOn(this.history, step, pair))
      ? ' (as shown above)'
      : '';
  }

  private visible(step: Step): string {
    const { reads } = this.history;
    const reader = reads.owner[step.operation]!;
    const how = this.sight(step.from, reader, step.operation);
    const key = this.key(this.transactions.key[step.operation]!);
    const writer = `${this.name(step.from)}, ${key === undefined ? 'a write' : `which wrote ${key}`}`;
    if (step.to === initialState) {
      return `${this.name(reader)} read the initial ${this.version(step.operation)} although it could see ${writer} (${how})`;
    }
    return `${this.name(reader)} could see ${writer} (${how}), and yet read ${this.version(step.operation)}, which ${this.name(step.to)} wrote`;
  }

  /** Why `writer` was visible to `reader`: read by it, before it in its session, or by a path of such steps. */
  private sight(writer: number, reader: number, operation: number): string {
    const { reads, transactions } = this.history;
    for (let op = transactions.first[reader]!; op < transactions.first[reader + 1]!; op++) {
      if (op !== operation && reads.source[op] === writer) return `it also read ${this.version(op)} from it`;
    }
    const earlier =
      this.explanation.level === 'monotonic-reads' ? this.earlierRead(writer, reader) : undefined;
    if (earlier === undefined) return this.path(writer, reader);
    const before = this.name(reads.owner[earlier]!);
    return `${before} read ${this.version(earlier)} from ${this.name(writer)}, ${this.came(before, this.name(reader))}`;
  }

  /** A read of what `writer` wrote, in the session of `reader` and before it: all that monotonic reads go by. */
  private earlierRead(writer: number, reader: number): number | undefined {
    const { reads, sessions, transactions } = this.history;
    for (let t = predecessor(sessions, reader); t !== -1; t = predecessor(sessions, t)) {
      for (let op = transactions.first[t]!; op < transactions.first[t + 1]!; op++) {
        if (reads.source[op] === writer) return op;
      }
    }
    return undefined;
  }

  private came(before: string, after: string): string {
    return `${before} came before ${after} in their session`;
  }

  /** The shortest path of session order and reads-from, in words. */
  private path(from: number, to: number): string {
    const hops = causalPath(this.history, from, to);
    if (!hops) return 'through the orders above';
    return hops
      .map(({ from, to, operation }) => {
        const names = [this.name(from), this.name(to)] as const;
        return operation === -1
          ? this.came(...names)
          : `${names[1]} read ${this.version(operation)} from ${names[0]}`;
      })
      .join(', ');
  }

  private anomaly(anomaly: Anomaly): string {
    const [t, other] = anomaly.transactions;
    const me = t === undefined ? 'a transaction' : this.name(t);
    const op = anomaly.operation;
    const read = op === undefined || op < 0 ? '' : this.version(op);
    const writer = other === undefined ? '' : this.name(other);
    const version = anomaly.versions?.[0];
    const value = version === undefined ? '' : this.value(version);
    const { key: index } = anomaly;
    const about = (verb: string, preposition = '') =>
      index === undefined ? verb : this.about(verb, preposition, index);
    const assigned = index === undefined ? value : this.assigned(index, value);
    switch (anomaly.type) {
      case 'G1a':
        return `${me} read ${read}, but ${value === read ? 'it' : assigned} was written by ${writer}, which failed: an aborted read (G1a).`;
      case 'G1b':
        return `${me} read ${read}, but ${value} was not the last value that ${writer} ${about('wrote', 'to ')}: an intermediate read (G1b).`;
      case 'thin-air-read':
        return `${me} read ${read}, but nobody ${about(`wrote ${value}`, 'to ')}: a thin-air read.`;
      case 'future-read':
        return `${me} read ${read}, which it wrote itself only later: a future read.`;
      case 'internal':
        return `${me} read ${read}, which disagrees with what it had itself ${about('written', 'to ')} before: an internal inconsistency.`;
      case 'non-repeatable-read':
        return `${me} ${about('read')} twice and saw different values, the second time ${read}: a non-repeatable read.`;
      case 'lost-update':
        return `${anomaly.transactions.map((id) => this.name(id)).join(' and ')} ${anomaly.transactions.length > 2 ? 'all' : 'both'} read ${assigned} and then ${about('wrote')}: all but one of these updates were made without knowing of another, a lost update.`;
      case 'dirty-update':
        return `${writer} wrote ${assigned} on top of what ${me} had written, and ${me} failed: a dirty update.`;
      case 'duplicate-elements':
        return `${me} read ${read}, in which ${value} stands twice, though it was appended once: duplicate elements.`;
      case 'incompatible-order': {
        const [a, b] = anomaly.versions as [number, number];
        return `${me} read ${this.version(a)}, and ${writer} read ${this.version(b)}: neither is a prefix of the other, so no one order of appends explains both (incompatible order).`;
      }
      case 'cyclic-versions':
        return `${index === undefined ? 'The versions' : this.about('The versions', 'of ', index)} have no order under the assumptions made: cyclic versions.`;
    }
  }
}

function capital(sentence: string): string {
  return sentence.charAt(0).toUpperCase() + sentence.slice(1);
}
