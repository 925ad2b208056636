/**
 * What a deviation would do first to a run, told from the run's trace alone: the first message that it makes late or
 * cuts off, the first step that it puts off, and how long it goes on. Until then the run is as it was, so two deviations
 * with one footprint make the same run, and one without any changes nothing. Of what a search could try it need try only
 * one for each footprint. Where the trace does not tell (crashes, clocks, faults that overlap their like), a
 * deviation has a footprint of its own.
 */
import { type EventRef, keyOf, sourceOf, type Trace, type TraceStep } from '../../kernel/trace.ts';
import { latency } from '../../kernel/world.ts';
import { type Deviation, linksCut, refOf, type Schedule } from '../schedule.ts';

type Spell = Extract<Deviation, { at: EventRef; for: number }>;

export class Footprints {
  private readonly schedule: Schedule;
  /** What happens in the stretch of chaos. */
  private readonly trace: Trace;
  private readonly nodes: readonly string[];
  /** By event: the index of the step that handles it, or of the sending of a message. */
  private readonly handled = new Map<string, number>();
  private readonly sent = new Map<string, number>();
  /** By index: how many faults struck before. */
  private readonly faults: number[] = [];
  private readonly kinds = new Set<string>();

  /** The schedule without the deviations in question, and the trace of its run. */
  constructor(schedule: Schedule, trace: Trace) {
    this.schedule = schedule;
    this.trace = trace.filter(({ time }) => time < schedule.duration);
    this.nodes = Array.from({ length: schedule.nodes }, (_, index) => `n${index + 1}`);
    let faults = 0;
    this.trace.forEach((step, index) => {
      this.faults.push(faults);
      if (step.kind === 'step') this.handled.set(keyOf(step.cause), index);
      else if (step.kind === 'sent') this.sent.set(keyOf(step.ref), index);
      else if (step.kind === 'fault') {
        faults++;
        this.kinds.add(step.fault);
      }
    });
  }

  /** The true time at which its target comes, ms; undefined for what names none, or a reply. */
  timeOf(deviation: Deviation): number | undefined {
    const ref = refOf(deviation);
    const index = ref && ('message' in deviation ? this.sent : this.handled).get(keyOf(ref));
    return index === undefined ? undefined : this.trace[index]?.time;
  }

  /** Undefined where the deviation leaves the run as it is. */
  of(deviation: Deviation): string | undefined {
    switch (deviation.kind) {
      case 'delay':
        return this.ofDelay(deviation);
      case 'hold':
      case 'slow':
      case 'pause':
      case 'partition':
      case 'one-way':
        return this.ofSpell(deviation);
      default:
        return JSON.stringify(deviation);
    }
  }

  private ofDelay(deviation: Extract<Deviation, { kind: 'delay' }>): string | undefined {
    const index = this.sent.get(keyOf(deviation.message));
    const step = this.trace[index ?? -1];
    if (step?.kind !== 'sent') return undefined;
    const own = sourceOf(deviation.message);
    const known = this.schedule.deviations.some((other) => {
      const ref = refOf(other);
      return ref !== undefined && sourceOf(ref) === own;
    });
    if (known || this.kinds.has('hold')) return JSON.stringify(deviation);
    if (step.at === 'lost') return undefined;
    const at = Math.min(step.at + deviation.by, this.schedule.duration + latency);
    return at === step.at ? undefined : `${index} arrives at ${at}`;
  }

  private ofSpell(deviation: Spell): string | undefined {
    const start = this.handled.get(keyOf(deviation.at));
    const overlapping =
      (deviation.kind === 'slow' && this.kinds.has('slow')) ||
      (deviation.kind !== 'slow' && deviation.kind !== 'hold' && this.kinds.has('pause'));
    if (start === undefined || overlapping) return JSON.stringify(deviation);
    const until = Math.min(this.trace[start]!.time + deviation.for, this.schedule.duration);
    const [what, hits] = this.target(deviation, until);
    for (let index = start + 1; index < this.trace.length; index++) {
      const step = this.trace[index] as TraceStep;
      if (step.time >= until) return undefined;
      if (hits(step)) return `${what} from ${index} until ${until}, ${this.faults[start]} faults before`;
    }
    return undefined;
  }

  /** Whom it hits, and whether a step of the run, before its end, would be the first that goes otherwise. */
  private target(deviation: Spell, until: number): [string, (step: TraceStep) => boolean] {
    switch (deviation.kind) {
      case 'hold': {
        const { from, to } = deviation;
        return [
          `${from} to ${to} held`,
          (step) =>
            isSent(step) && step.ref.from === from && step.ref.to === to && (step.at as number) < until,
        ];
      }
      case 'slow': {
        const { node, by } = deviation;
        return [
          `${node} slow by ${by}`,
          (step) => isSent(step) && isMessage(step.ref) && concerns(step.ref, node),
        ];
      }
      case 'pause':
        return [`${deviation.node} paused`, (step) => step.kind === 'step' && step.node === deviation.node];
      default: {
        const links = this.linksOf(deviation);
        return [
          `${[...links].sort().join()} cut`,
          (step) =>
            step.kind === 'step' && isMessage(step.cause) && links.has(linkOf(step.cause.from, step.node)),
        ];
      }
    }
  }

  private linksOf(deviation: Spell): Set<string> {
    if (deviation.kind === 'one-way')
      return new Set(deviation.from.flatMap((from) => deviation.to.map((to) => linkOf(from, to))));
    if (deviation.kind !== 'partition') return new Set();
    const cut = linksCut(deviation.groups, this.nodes);
    return new Set(cut.map(([from, to]) => linkOf(this.nodes[from] as string, this.nodes[to] as string)));
  }
}

const isSent = (step: TraceStep): step is Extract<TraceStep, { kind: 'sent' }> =>
  step.kind === 'sent' && step.at !== 'lost';
const isMessage = ({ from, to }: EventRef): boolean => from !== to;
const linkOf = (from: string, to: string): string => `${from} to ${to}`;
const concerns = ({ from, to }: EventRef, node: string): boolean => from === node || to === node;
