/** What the page says of a violation: the values that clash, the cycle with its reasons, the ladder. */
import { expect, test } from 'vitest';
import { checkLadder } from '../../src/checkers/ladder/ladder.ts';
import type { HistoryEvent } from '../../src/history/history.ts';
import { transactionsFromEvents } from '../../src/history/transactions-from-events.ts';
import { historyPage } from '../../src/report/history-page.ts';
import type { PageData } from '../../src/report/page.ts';
import {
  readMachineCounterexample,
  replayMachine,
  savedMachineCounterexamples,
} from '../../src/runner/machine-counterexample.ts';
import { loadMachines, loadModels, selectModels } from '../../src/runner/registry.ts';
import type { Schedule } from '../../src/schedule/schedule.ts';
import { kv } from '../../src/spec/kv.ts';
import { counterexamplePage } from '../../src/viewer/counterexample-page.ts';
import { machineCounterexamplePage } from '../../src/viewer/machine-counterexample-page.ts';
import { counterexample, inBrowser, shownStep } from './browser.ts';

const browser = inBrowser();
const { open, errors } = browser;

const argumentsOf = (data: PageData) => data.runs[0]!.consistency!.arguments;

test('a violated level is a graph in which every edge has its reason and leads to its operation', async () => {
  const { data, diagram } = await counterexample('snapshot-store', 'no-first-committer-wins');
  const [argument] = argumentsOf(data);
  const { members, edges } = argument!;
  expect(edges.length).toBeGreaterThan(1);
  await open(data);
  const { page } = browser;
  await expect.poll(() => page.locator('.explanation').textContent()).toContain(argument!.anomaly);
  const graph = page.locator('.argument > .cycle');
  await expect.poll(() => graph.locator('.edge').count()).toBe(edges.length);
  for (const [index, { from, to, because }] of edges.entries()) {
    const edge = graph.locator('.edge').nth(index);
    expect(await edge.getAttribute('aria-label')).toBe(
      `${members[from]!.name} before ${members[to]!.name}: ${because}`,
    );
    await edge.focus();
    await page.keyboard.press('Enter');
    const bar = diagram.bars[members[to]!.bar!]!;
    await expect.poll(() => shownStep(page)).toBe(`${bar.to! + 1}`);
    await expect.poll(() => page.locator('.argument > .reasons .chosen').textContent()).toContain(because);
  }
  // The same members stand in the diagram, on their operations.
  const tags = await page
    .locator('svg.clew .member.point')
    .evaluateAll((all) => all.map((tag) => [tag.textContent, Number((tag as SVGElement).dataset['bar'])]));
  expect(tags.sort()).toEqual(members.map(({ name, bar }) => [name, bar]).sort());
  await expect.poll(() => page.locator('svg.clew .cycle-edge').count()).toBe(edges.length);
  await page.locator('button', { hasText: /^cycle$/ }).click();
  await expect.poll(() => page.locator('svg.clew .cycle-edge').count()).toBe(0);
});

test('a causal violation is told by its reasons, and no order is drawn that was never promised', async () => {
  const { data } = await counterexample('causal-store', 'context-not-carried');
  expect(data.runs[0]!.linearization).toBeUndefined();
  await open(data);
  const { page } = browser;
  const reasons = await page.locator('.argument > .reasons li').allTextContents();
  const { edges } = argumentsOf(data)[0]!;
  expect(reasons.length).toBe(edges.length);
  for (const [index, { because }] of edges.entries()) expect(reasons[index]).toContain(because);
  expect(await page.locator('svg.clew .point:not(.member)').count()).toBe(0);
});

/** Each process sees its own order of two writes. */
const history: HistoryEvent[] = [
  [0, 'write', 1],
  [1, 'write', 2],
  [0, 'read', 2],
  [1, 'read', 1],
].flatMap(([process, f, value]) => [
  { process, type: 'invoke', f, key: 'x', value: f === 'read' ? null : value } as HistoryEvent,
  { process, type: 'ok', f, key: 'x', value } as HistoryEvent,
]);

test('the ladder of a history shows what each level makes of it, and argues for what is violated', async () => {
  const transactions = transactionsFromEvents(history);
  const ladder = { level: 'ladder', transactions, options: {} } as const;
  const data = historyPage({ file: 'h.jsonl', history, spec: kv, ladder });
  const { levels } = checkLadder(transactions);
  await open(data);
  const { page } = browser;
  await expect.poll(() => page.locator('.verdict').textContent()).toBe('violated');
  const shown = await page
    .locator('.rung')
    .evaluateAll((all) =>
      all.map((rung) => [
        (rung as SVGElement).dataset['level'],
        ['holds', 'violated', 'unknown'].find((verdict) => rung.classList.contains(verdict)),
      ]),
    );
  expect(shown.length).toBe(12);
  for (const [level, verdict] of shown) expect(verdict, level).toBe(levels.get(level as never));
  for (const [index, { level, sentences, edges }] of argumentsOf(data).entries()) {
    await page.locator(`.rung[data-level="${level}"]`).click();
    await expect.poll(() => page.locator('.argument h2').textContent()).toContain(`Not ${level}`);
    const told = await page.locator('.argument').textContent();
    for (const sentence of [...sentences, ...edges.map(({ because }) => because)]) {
      expect(told, `argument ${index}`).toContain(sentence);
    }
  }
  // What follows from a weaker level is argued for by it.
  await page.locator('.rung[data-level="causal-convergence"]').click();
  await expect.poll(() => page.locator('.argument h2').textContent()).toContain('Not read-your-writes');
  // The order of the linearizability checker can be drawn instead.
  await page.locator('.prefixes input').first().click();
  const { linearization } = data.runs[0]!;
  if (linearization?.valid !== false) throw new Error('expected a history that is not linearizable');
  await expect
    .poll(() => page.locator('svg.clew .point:not(.member)').count())
    .toBe(linearization.prefixes[0]!.order.length);
});

test('a violated invariant shows the steps that clash with their values, in the diagram too', async () => {
  const { data } = await counterexample('raft', 'vote-not-persisted');
  const { verdict } = data.runs[0]!;
  if (verdict.kind !== 'violated') throw new Error('expected a violation');
  expect(verdict.facts.map(({ values }) => values)).toEqual([['leader 1'], ['leader 1']]);
  await open(data, '#step=1');
  const { page } = browser;
  await expect.poll(() => page.locator('.explanation').textContent()).toBe(verdict.explanation);
  for (const [index, { step, values }] of verdict.facts.entries()) {
    const fact = page.locator('.clash .fact').nth(index);
    expect(await fact.locator('.value').allTextContents()).toEqual(values);
    await fact.click();
    await expect.poll(() => shownStep(page)).toBe(`${step + 1}`);
    await expect.poll(() => page.locator(`svg.clew .step.clash[data-step="${step}"]`).count()).toBe(1);
  }
});

test('a machine counts from its initial state, as the commands do, and shows the values that clash', async () => {
  const [machine] = await loadMachines();
  const mutant = 'commits-before-all-prepared';
  const file = savedMachineCounterexamples(machine!.name).find((path) => path.includes(mutant))!;
  const replayed = replayMachine(file, readMachineCounterexample(file), machine!);
  const data = machineCounterexamplePage(file, replayed, machine!);
  const { actions } = replayed.counterexample.trace;
  await open(data);
  const { page } = browser;
  await expect.poll(() => shownStep(page)).toBe(`${actions.length}`);
  expect(page.url()).toContain(`#step=${actions.length}`);
  await page.keyboard.press('Home');
  await expect.poll(() => page.locator('.now h2').textContent()).toContain('Step 0');
  const facts = await page.locator('.clash .fact').allTextContents();
  expect(facts.map((fact) => fact.trim())).toEqual([
    'step 4 rmState.rm2 = "committed"RMRcvCommitMsg(rm2)',
    'step 5 rmState.rm1 = "aborted"RMChooseToAbort(rm1)',
  ]);
  await page.locator('.clash .fact').first().click();
  await expect.poll(() => shownStep(page)).toBe('4');
  await expect.poll(() => page.locator('.states .changed').textContent()).toBe('rm2 "committed"');
  expect(await page.locator('svg.clew .label.changes').allTextContents()).toContain(
    'tmState → committed, commit → true',
  );
});

test('every deviation says what would be otherwise without it, and leads to that run', async () => {
  const { data } = await counterexample('raft', 'vote-not-persisted');
  const { deviations } = data.runs[0]!;
  await open(data);
  const { page } = browser;
  const told = await page.locator('.deviations li').allTextContents();
  expect(told.length).toBe(deviations.length);
  for (const [index, { words, why }] of deviations.entries()) {
    expect(told[index]).toContain(words);
    expect(why).toBeTruthy();
    expect(told[index]).toContain(why);
  }
  await page.locator('.deviations .otherwise button').first().click();
  await expect
    .poll(() => page.locator('.run[data-run="without-1"]').getAttribute('aria-pressed'))
    .toBe('true');
});

test('a deviation whose target never came says why', async () => {
  const [model] = selectModels(await loadModels(), ['abd']);
  const clients = [[{ f: 'read', input: null, node: 0, wait: 0 }]];
  const message = { event: 'query', from: 'n1', to: 'n2', nth: 9 };
  const schedule: Schedule = { nodes: 3, duration: 100, clients, deviations: [{ kind: 'drop', message }] };
  const counterexample = {
    model: 'abd',
    mutant: null,
    property: 'one value a tag',
    explanation: '',
    schedule,
  };
  await open(counterexamplePage({ file: 'a.json', counterexample, model: model! }));
  await expect
    .poll(() => browser.page.locator('.deviations li').textContent())
    .toContain("found no target: there is no 9th 'query' n1→n2 any more: the run has 1 of them");
});

test('nothing went wrong in the page', () => {
  expect(errors).toEqual([]);
});
