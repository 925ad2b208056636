/**
 * Protocol tests for Vitest: one call, one test; saved counterexamples are replayed before anything new is tried.
 * Importing this also registers the matchers for histories.
 */
import { test } from 'vitest';
import type { AnyProtocol } from '../kernel/protocol.ts';
import { type AssertOptions, assert } from '../runner/assert.ts';
import { type Model, type ModelSettings, model } from '../runner/model.ts';
import type { Replay } from '../runner/regressions.ts';
import './matchers.ts';

/** Schedules a test tries where it does not say; `CLEW_RUNS` multiplies the effort of a nightly run. */
const defaultRuns = 1000;

/**
 * A test that a protocol keeps its properties under its faults:
 * `protocolTest('abd is linearizable', abd, { nodes: 3, nemeses: [crash()], properties: [linearizable(register)] })`.
 * It fails with the story of the shrunk counterexample, which is saved under histories/regressions.
 */
export function protocolTest(
  name: string,
  protocol: AnyProtocol,
  settings: ModelSettings & AssertOptions,
): void {
  modelTest(name, model(protocol, settings), settings);
}

/** The same for a model that is declared already. */
export function modelTest(name: string, subject: Model, options: AssertOptions = {}): void {
  const { CLEW_RUNS: asked } = process.env;
  const runs = asked === undefined ? (options.runs ?? defaultRuns) : Number(asked);
  test(name, { timeout: 10 * 60_000 }, async () => {
    const onFixed = ({ file, counterexample, misses }: Replay) => {
      console.info([`FIXED '${counterexample.property}' holds under ${file}`, ...misses].join('\n'));
    };
    const result = await assert(subject, { onFixed, ...options, runs });
    for (const sentence of result.vacuous) console.warn(`${subject.name}: beware, ${sentence}`);
    if (result.verdict === 'unknown') throw new Error(`${subject.name}: unknown, ${result.reason}`);
  });
}
