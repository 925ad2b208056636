/** Values on their way to another worker, which has other numbers for them: they are told by their texts. */
import type { Interner } from './interner.ts';

export interface Told {
  readonly numbers: readonly number[];
  readonly texts: readonly string[];
  readonly values: readonly unknown[];
}

export function tell(values: Interner<unknown>, numbers: Iterable<number>): Told {
  const list = [...numbers];
  return {
    numbers: list,
    texts: list.map((number) => values.text(number)),
    values: list.map((number) => values.value(number)),
  };
}

/** The teller's numbers as one's own, put into `known`. */
export function take(
  values: Interner<unknown>,
  told: Told,
  known = new Map<number, number>(),
): Map<number, number> {
  told.numbers.forEach((number, at) => {
    known.set(number, values.number(told.texts[at] as string, told.values[at]));
  });
  return known;
}
