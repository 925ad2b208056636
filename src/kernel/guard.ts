/**
 * Catches handlers that are not pure: while one runs under `guarded`, `Math.random`, `Date`, timers and the like throw
 * an error that names the handler and what to use instead; outside handlers they work as ever. On where states are
 * kept (tests, replay, traces), off in the fuzzing loop, whose runs are spot-checked against guarded ones.
 */
import { UsageError } from '../base/errors.ts';

type Owner = Record<string, unknown>;
type Callable = (...parameters: unknown[]) => unknown;

const globals = globalThis as unknown as Owner;
const insteadOfTimers = 'context.setTimer';

const forbidden: readonly (readonly [owner: Owner, prefix: string, name: string, instead: string])[] = [
  [Math as unknown as Owner, 'Math.', 'random', 'context.random()'],
  [globals['crypto'] as Owner, 'crypto.', 'randomUUID', 'context.random()'],
  [globals['crypto'] as Owner, 'crypto.', 'getRandomValues', 'context.random()'],
  [globals['performance'] as Owner, 'performance.', 'now', 'context.now'],
  [globals, '', 'Date', 'context.now'],
  [globals, '', 'setTimeout', insteadOfTimers],
  [globals, '', 'setInterval', insteadOfTimers],
  [globals, '', 'setImmediate', insteadOfTimers],
  [globals, '', 'queueMicrotask', insteadOfTimers],
];

let installed = 0;
/** Names the handler that is running, if one is. */
let running: (() => string) | undefined;

/** Runs `body` with the traps installed. They bite only inside `asHandler`. */
export function guarded<T>(body: () => T): T {
  if (installed++ > 0) {
    try {
      return body();
    } finally {
      installed--;
    }
  }
  const saved = forbidden.map(([owner, , name]) => Object.getOwnPropertyDescriptor(owner, name));
  for (const [owner, prefix, name, instead] of forbidden) {
    const original = owner[name] as Callable;
    const bite = () => {
      const by = running;
      if (!by) return;
      running = undefined;
      throw new UsageError(
        `${by()} used ${prefix}${name}; expected ${instead}, so that every run can be replayed`,
      );
    };
    Object.defineProperty(owner, name, {
      value: trapped(original, bite),
      configurable: true,
      writable: true,
    });
  }
  try {
    return body();
  } finally {
    installed--;
    forbidden.forEach(([owner, , name], index) => {
      const descriptor = saved[index];
      if (descriptor) Object.defineProperty(owner, name, descriptor);
      else delete owner[name];
    });
  }
}

function trapped(original: Callable, bite: () => void): Callable {
  return new Proxy(original, {
    apply(target, self, parameters) {
      bite();
      return Reflect.apply(target, self, parameters);
    },
    construct(target, parameters) {
      bite();
      return Reflect.construct(target, parameters);
    },
    get(target, name) {
      if (name === 'now') bite();
      return Reflect.get(target, name);
    },
  });
}

/** Runs a handler; `by` names it for the message. */
export function asHandler<T>(by: () => string, handler: () => T): T {
  running = by;
  try {
    return handler();
  } finally {
    running = undefined;
  }
}
