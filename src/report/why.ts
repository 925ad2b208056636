/**
 * Why a deviation matters: what would be otherwise without it. The failing run and the run of the same schedule without
 * this deviation are laid side by side; told is the first step that would have gone differently and matters (a disk, a
 * note, an answer to a client before mere bookkeeping), and then what clients or the properties would have seen.
 */
import type { Effect } from '../kernel/effects.ts';
import { type EventRef, keyOf, type NodeStep, type Trace, type TraceStep } from '../kernel/trace.ts';
import type { Deviation } from '../schedule/schedule.ts';
import { lostInWords, notesOf, tersely } from './chain.ts';
import { changesBetween } from './diff.ts';
import { changesOf, forgotten, isOnDisk, stateOf } from './states.ts';
import { all, payloadInWords, shown } from './words.ts';

/** Phrases to stand behind "without it, ", from the fullest to the briefest. */
export function whyItMatters(failing: Trace, without: Trace, deviation: Deviation): string[] {
  const first = ofCrash(failing, without, deviation) ?? ofCopy(failing, deviation);
  const parting = first ? undefined : ofParting(failing, without, isOfNetwork(deviation));
  // Bookkeeping alone explains little: told is then also the first step of weight that it prevents.
  const prevented = parting && parting.weight < 2.5 ? ofPrevention(failing, without) : undefined;
  const then = consequence(failing, without);
  const why = first ?? parting?.text;
  const phrases = [[why, prevented, then], [why, then], [why]].map((parts) =>
    parts.filter(Boolean).join('; '),
  );
  const said = [...new Set(phrases)].filter((phrase) => phrase !== '');
  return said.length > 0 ? said : ['all would go as it goes, but at other times'];
}

function stepsByCause(trace: Trace): Map<string, number> {
  const found = new Map<string, number>();
  trace.forEach((step, index) => {
    if (step.kind === 'step') found.set(keyOf(step.cause), index);
  });
  return found;
}

/** What a crash takes away: the rest of a step, then what was on disk; memory only when it is all there is. */
function ofCrash(failing: Trace, without: Trace, deviation: Deviation): string | undefined {
  if (deviation.kind !== 'crash' && deviation.kind !== 'disk') return undefined;
  const struck = deviation.kind === 'crash' ? deviation.nodes : [deviation.at.to];
  const at = stepsByCause(failing).get(keyOf(deviation.at));
  const undone =
    deviation.kind === 'disk' && at !== undefined
      ? restOfStep(failing, without, at, deviation.at)
      : undefined;
  // A crash may strike after an event of a client, which is no step.
  const crash = failing.findIndex(
    (step, index) =>
      index > (at ?? 0) &&
      step.kind === 'fault' &&
      step.fault === 'crash' &&
      shown(step.nodes) === shown(struck),
  );
  const victims = crash < 0 ? [] : struck;
  const lost = victims.map((node) => ({ node, changes: forgotten(failing, crash, node) }));
  const onDisk = lost
    .map(({ node, changes }) => ({ node, changes: changes.filter(isOnDisk) }))
    .filter(({ changes }) => changes.length > 0);
  const remembered = onDisk.map(({ node, changes }) => `${node} would still have ${lostInWords(changes)}`);
  const told = [...(undone ? [undone] : []), ...remembered];
  if (told.length > 0) return told.slice(0, 2).join(', and ');
  const parted = ofParting(failing, without, false);
  if (parted) return parted.text;
  const volatile = lost.find(({ changes }) => changes.length > 0);
  return volatile && `${volatile.node} would still have ${lostInWords(volatile.changes)}`;
}

function restOfStep(failing: Trace, without: Trace, at: number, ref: EventRef): string | undefined {
  const index = stepsByCause(without).get(keyOf(ref));
  const whole = index === undefined ? undefined : without[index];
  const cut = failing[at] as NodeStep;
  if (whole?.kind !== 'step' || whole.effects.length <= cut.effects.length) return undefined;
  const undone = whole.effects.slice(cut.effects.length);
  const visible = [...new Set(undone.map((effect) => effectInWords(effect, undone, cut.node)))].filter(
    Boolean,
  );
  return visible.length === 0 ? undefined : `${cut.node} would go on to ${all(visible.slice(0, 3))}`;
}

/** Messages of one type are told together. */
function effectInWords(effect: Effect, among: readonly Effect[], self: string): string {
  switch (effect.kind) {
    case 'send': {
      const { type } = effect.message;
      const receivers = among.flatMap((other) =>
        other.kind === 'send' && other.message.type === type ? [other.to === self ? 'itself' : other.to] : [],
      );
      return `send '${type}' to ${all([...new Set(receivers)])}`;
    }
    case 'persist':
      return 'make its disk durable';
    case 'reply':
      return 'answer the client';
    case 'refuse':
      return 'refuse the client';
    case 'note':
      return '';
    default:
      return '';
  }
}

function ofCopy(failing: Trace, deviation: Deviation): string | undefined {
  if (deviation.kind !== 'duplicate') return undefined;
  const index = stepsByCause(failing).get(keyOf({ ...deviation.message, copy: true }));
  const step = index === undefined ? undefined : failing[index];
  if (index === undefined || step?.kind !== 'step') return undefined;
  const changes = changesOf(failing, index);
  const what =
    changes.length > 0 ? ` would not change: ${tersely(changes)}` : ' would not hear it a second time';
  return `at ${Math.floor(step.time)} ms ${step.node}${what}`;
}

interface Parting {
  readonly weight: number;
  readonly text: string;
  /** Without what comes of it. */
  readonly brief: string;
}

/** How many parted steps are looked at for one that matters. */
const horizon = 40;

/** Faults that lose or delay messages: the first message that comes otherwise is what they are about. */
const isOfNetwork = ({ kind }: Deviation): boolean =>
  kind === 'delay' || kind === 'drop' || kind === 'hold' || kind === 'partition' || kind === 'one-way';

/** The first step that the other run takes otherwise, or at another time; `first` or the one that matters most. */
function ofParting(failing: Trace, without: Trace, first: boolean): Parting | undefined {
  const taken = stepsByCause(failing);
  const end = failing.at(-1)?.time ?? 0;
  let best: Parting | undefined;
  let seen = 0;
  for (let index = 0; index < without.length && seen < horizon; index++) {
    const step = without[index] as TraceStep;
    // How often a node has started depends on the crash itself.
    if (step.kind !== 'step' || step.cause.event === 'start') continue;
    if (step.time > end) break;
    const counterpart = failing[taken.get(keyOf(step.cause)) ?? -1];
    const parting = partingOf(without, index, step, counterpart?.kind === 'step' ? counterpart : undefined);
    if (!parting) continue;
    seen++;
    if (!best || parting.weight > best.weight) best = parting;
    if (best.weight >= 3 || first) break;
  }
  return best;
}

/** The first step of weight in the failing run that the other does not take, or takes at another time. */
function ofPrevention(failing: Trace, without: Trace): string | undefined {
  const taken = stepsByCause(without);
  for (let index = 0; index < failing.length; index++) {
    const step = failing[index] as TraceStep;
    const { kind } = step;
    if (kind !== 'step' || step.cause.event === 'request' || step.cause.event === 'start') continue;
    const counterpart = without[taken.get(keyOf(step.cause)) ?? -1];
    if (counterpart && Math.abs(counterpart.time - step.time) < 1) continue;
    const changes = changesOf(failing, index);
    if (!changes.some(isOnDisk) && notesOf(step.effects) === '') continue;
    const { event, from, to } = step.cause;
    const at = `at ${Math.floor(step.time)} ms`;
    const what =
      from === to && step.payload === null
        ? `${to}'s ${event} timer would not fire ${at}`
        : `${to} would get no '${event}' from ${from === to ? 'itself' : from} ${at}`;
    return `${what} (${`${tersely(changes)}${notesOf(step.effects)}`.trim()})`;
  }
  return undefined;
}

function partingOf(
  without: Trace,
  index: number,
  step: NodeStep,
  counterpart: NodeStep | undefined,
): Parting | undefined {
  const changes = changesOf(without, index);
  const notes = notesOf(step.effects);
  const answers = step.effects.some(({ kind }) => kind === 'reply');
  const weight = changes.some(isOnDisk) || notes !== '' || answers ? 3 : changes.length > 0 ? 2 : 1;
  const what = causeInWords(step, changes.length === 0);
  const told = `${tersely(changes)}${notes}`.trim();
  const effect = told === '' ? '' : `: ${told}`;
  const at = `at ${Math.floor(step.time)} ms`;
  const barely = causeInWords(step, false);
  if (!counterpart) return { weight, text: `${at} ${what}${effect}`, brief: `${at} ${barely}` };
  const later = counterpart.time - step.time;
  if (Math.abs(later) >= 1) {
    const instead = `instead of at ${Math.floor(counterpart.time)} ms`;
    const when = `${at} ${instead}`;
    return { weight, text: `${what} ${when}${effect}`, brief: `${barely} ${when}` };
  }
  const differences = changesBetween(stateOf(counterpart), stateOf(step));
  if (differences.length === 0) return undefined;
  const would = differences.slice(0, 2).map(({ path, before, after }) => {
    const name = path.replace(/^memory\./, '');
    const instead = before === undefined ? '' : `, not ${shown(before, 28)}`;
    return after === undefined ? `no ${name}` : `${name} ${shown(after, 28)}${instead}`;
  });
  const last = causeInPast(step);
  const text = `${at}, after ${last}, ${step.node} would have ${all(would)}`;
  return { weight: weight - 0.5, text, brief: text };
}

function causeInWords({ node, cause, payload }: NodeStep, withPayload: boolean): string {
  const { event, from, to } = cause;
  if (event === 'start') return `${node} would start`;
  if (event === 'request') return `${node} would get ${from}'s ${(payload as { f: string }).f}`;
  if (from === to && payload === null) return `${node}'s ${event} timer would fire`;
  const source = from === to ? 'its own' : `${from}'s`;
  return `${node} would get ${source} '${event}'${withPayload ? ` ${payloadInWords(payload, 34)}`.trimEnd() : ''}`;
}

/** The event as something that did come. */
function causeInPast({ cause: { event, from, to } }: NodeStep): string {
  return from === to ? `its '${event}'` : `${from}'s '${event}'`;
}

/** What clients would have been told, or the step that broke the property, in the other run. */
function consequence(failing: Trace, without: Trace): string | undefined {
  const answers = new Map<number, Extract<TraceStep, { kind: 'client' }>>();
  for (const step of without)
    if (step.kind === 'client' && isOutcome(step.what)) answers.set(step.call, step);
  for (const step of failing) {
    if (step.kind !== 'client' || !isOutcome(step.what)) continue;
    const other = answers.get(step.call);
    if (!other || (other.what === step.what && shown(other.value) === shown(step.value))) continue;
    const name = `${step.client}'s ${step.f}`;
    if (other.what === 'ok' && step.what === 'ok')
      return `${name} would return ${shown(other.value)}, not ${shown(step.value)}`;
    if (other.what === 'ok') return `${name} would succeed`;
    return `${name} would ${other.what === 'fail' ? 'be refused' : 'not be answered'}`;
  }
  const last = failing.findLast((step) => step.kind === 'step');
  const notes = last?.kind === 'step' ? last.effects.filter(({ kind }) => kind === 'note') : [];
  for (const note of notes) {
    const again = without.some(
      (step) =>
        step.kind === 'step' &&
        step.node === (last as NodeStep).node &&
        step.effects.some((effect) => shown(effect) === shown(note)),
    );
    if (!again && note.kind === 'note')
      return `${(last as NodeStep).node} would never reach ‹${note.name} ${shown(note.value)}›`;
  }
  return undefined;
}

const isOutcome = (what: string): boolean => what === 'ok' || what === 'fail' || what === 'info';
