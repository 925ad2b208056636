/**
 * The three kinds of failure. A violation is data. An author's mistake or bad input is a `UsageError`,
 * whose message stands alone for the user. A bug of clew's own trips `invariant`.
 */

/** The caller, an input file or a protocol's author got something wrong; the message says what, where and what was expected. */
export class UsageError extends Error {
  override name = 'UsageError';
}

/** Asserts what must hold unless clew itself is wrong. */
export function invariant(condition: unknown, sentence: string): asserts condition {
  if (!condition) throw new Error(`clew is wrong: ${sentence}`);
}

/** `oneOf('model', 'rafft', ['abd', 'raft'])`: the message for a name that is not known. */
export function unknownName(kind: string, name: string, known: readonly string[]): UsageError {
  return new UsageError(`unknown ${kind} '${name}'; expected one of: ${known.join(', ') || '(none)'}`);
}
