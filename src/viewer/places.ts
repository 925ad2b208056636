/** Where a deviation shows in a diagram: its target is named by cause, and found as the step or the message it was. */
import type { EventRef } from '../kernel/trace.ts';
import type { Diagram } from '../report/diagram.ts';
import type { Deviation } from '../schedule/schedule.ts';

/** The fault step or the message by which a deviation shows. */
export function placeOf(deviation: Deviation, diagram: Diagram): { step?: number; message?: number } {
  switch (deviation.kind) {
    case 'delay':
    case 'drop':
    case 'duplicate': {
      const copy = deviation.kind === 'duplicate';
      const message = messageAt(deviation.message, diagram, copy);
      return message < 0 ? {} : { message };
    }
    case 'give-up':
    case 'retry':
    case 'die':
      return clientPlace(deviation, diagram);
    case 'disk': {
      const step = stepAt(deviation.at, diagram);
      return step < 0 ? {} : { step };
    }
    default: {
      const after = stepAt(deviation.at, diagram);
      const fault = {
        crash: 'crash',
        pause: 'pause',
        slow: 'slow',
        jump: 'clock',
        drift: 'clock',
        hold: 'hold',
        partition: 'partition',
        'one-way': 'partition',
      }[deviation.kind];
      const step = diagram.steps.findIndex(
        ({ kind, label }, index) => index > after && kind === 'fault' && label === fault,
      );
      return after < 0 || step < 0 ? {} : { step };
    }
  }
}

function clientPlace(
  { kind, call }: Extract<Deviation, { call: number }>,
  { steps, lanes }: Diagram,
): { step?: number } {
  const label = { 'give-up': 'info', retry: 'retry', die: 'dies' }[kind];
  const client = `c${Math.floor(call / 100)}`;
  const calls = steps.flatMap((step, index) =>
    step.kind === 'client' && lanes[step.lanes[0] as number]?.id === client ? [{ ...step, index }] : [],
  );
  const invoked = calls.filter((step) => step.label === 'invoke')[(call % 100) - 1]?.index;
  const found =
    invoked === undefined ? undefined : calls.find((step) => step.index > invoked && step.label === label);
  return found ? { step: found.index } : {};
}

function messageAt(
  { event, from, to, nth, copy }: EventRef,
  { messages, lanes }: Diagram,
  second = copy ?? false,
): number {
  return messages.findIndex(
    (message) =>
      message.type === event &&
      lanes[message.from]?.id === from &&
      lanes[message.to]?.id === to &&
      message.nth === nth &&
      (message.copy ?? false) === second,
  );
}

/** The step that an event was, by its cause. */
function stepAt(ref: EventRef, diagram: Diagram): number {
  const message = diagram.messages[messageAt(ref, diagram)];
  if (message) return message.receivedBy ?? -1;
  const own = diagram.steps.flatMap(({ kind, label, lanes }, index) =>
    (kind === 'timer' || kind === 'start') &&
    label === ref.event &&
    diagram.lanes[lanes[0] as number]?.id === ref.to
      ? [index]
      : [],
  );
  return own[ref.nth - 1] ?? -1;
}
