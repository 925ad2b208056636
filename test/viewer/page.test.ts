/** The page in a real browser: opened from disk, stepped through, filtered, and compared with the trace it shows. */
import { expect, test } from 'vitest';
import type { HistoryEvent } from '../../src/history/history.ts';
import { causalPast } from '../../src/report/diagram.ts';
import { historyPage } from '../../src/report/history-page.ts';
import { register } from '../../src/spec/register.ts';
import { counterexample, inBrowser, shownStep as stepIn } from './browser.ts';

const browser = inBrowser();
const { open, requested, errors } = browser;
const shownStep = () => stepIn(browser.page);

test('opened from disk it shows, step by step, the states of the trace', async () => {
  const { data, trace, diagram } = await counterexample('abd', 'no-write-back');
  requested.length = 0;
  await open(data, '#step=1');
  await expect.poll(() => browser.page.locator('.verdict').textContent()).toBe('violated');
  const names = diagram.lanes.map(({ id }) => id);
  expect(await browser.page.locator('.lane-name').allTextContents()).toEqual(names);

  const states: Record<string, unknown> = {};
  const moments = trace.filter(({ kind }) => kind === 'step' || kind === 'client' || kind === 'fault');
  for (const [index, entry] of moments.entries()) {
    await expect.poll(shownStep).toBe(`${index + 1}`);
    if (entry.kind === 'step') states[entry.node] = { disk: entry.disk, memory: entry.memory };
    const shown = await browser.page.locator('.states .node').evaluateAll((nodes) =>
      nodes.map((node) => {
        const state = node.querySelector<HTMLElement>('.state')?.dataset['state'];
        return [(node as HTMLElement).dataset['node'], state === undefined ? undefined : JSON.parse(state)];
      }),
    );
    expect(shown).toEqual(names.filter((name) => name.startsWith('n')).map((name) => [name, states[name]]));
    await browser.page.keyboard.press('ArrowDown');
  }
  await expect.poll(shownStep).toBe(`${moments.length}`);
  expect(requested.filter((url) => !/^(file|data|about):/.test(url))).toEqual([]);
});

test('keys that come faster than the page draws are not lost', async () => {
  const { data } = await counterexample('raft', 'vote-not-persisted');
  await open(data, '#step=1');
  await browser.page.evaluate(() => {
    for (let i = 0; i < 10; i++) dispatchEvent(new KeyboardEvent('keydown', { key: 'ArrowDown' }));
  });
  await expect.poll(shownStep).toBe('11');
});

test('it draws every message of the trace that travels, lost ones cut', async () => {
  const { data, diagram } = await counterexample('abd', 'no-write-back');
  await open(data);
  // A page that is printed shows everything at once.
  await browser.page.evaluate(() => dispatchEvent(new Event('beforeprint')));
  const arrows = await browser.page
    .locator('svg.clew .arrow')
    .evaluateAll((all) => all.map((arrow) => Number((arrow as SVGElement).dataset['message'])));
  const travelling = diagram.messages.flatMap(({ from, to }, index) => (from === to ? [] : [index]));
  expect(arrows.sort((a, b) => a - b)).toEqual(travelling);
  const cut = diagram.messages.filter(
    ({ from, to, fate }) => from !== to && ['lost', 'partition', 'down'].includes(fate),
  );
  await expect.poll(() => browser.page.locator('svg.clew .arrow .cross').count()).toBe(cut.length);
  await expect.poll(() => browser.page.locator('svg.clew .bar').count()).toBe(diagram.bars.length);
  await expect
    .poll(() => browser.page.locator('svg.clew .block.crash').count())
    .toBe(diagram.blocks.filter(({ kind }) => kind === 'crash').length);
  await browser.page.evaluate(() => dispatchEvent(new Event('afterprint')));
});

test('a deep link leads to its step, and so does a click', async () => {
  const { data, diagram } = await counterexample('raft', 'vote-not-persisted');
  await open(data, '#step=12');
  await expect.poll(shownStep).toBe('12');
  await expect.poll(() => browser.page.locator('.now h2').textContent()).toContain('Step 12');
  await expect
    .poll(() => browser.page.locator('svg.clew .step.selected').getAttribute('data-step'))
    .toBe('11');
  const other = diagram.steps.findIndex(({ kind }, index) => index > 12 && kind === 'message');
  await browser.page.locator(`svg.clew .step[data-step="${other}"]`).click();
  await expect.poll(shownStep).toBe(`${other + 1}`);
  expect(browser.page.url()).toContain(`#step=${other + 1}`);
  await browser.page.evaluate(() => (location.hash = '#step=3'));
  await expect.poll(shownStep).toBe('3');
});

test('a search shows what it finds and steps through that alone', async () => {
  const { data, diagram } = await counterexample('raft', 'vote-not-persisted');
  await open(data, '#step=1');
  await browser.page.locator('#search').fill('leader');
  const found = diagram.steps.flatMap(({ notes }, index) =>
    notes.some(({ name }) => name === 'leader') ? [index] : [],
  );
  await browser.page.locator('button.clear').waitFor();
  const count = Number((await browser.page.locator('button.clear').textContent())?.split(' ')[0]);
  expect(count).toBeGreaterThanOrEqual(found.length);
  expect(count).toBeLessThan(diagram.steps.length);
  const visited: number[] = [];
  for (let i = 0; i < count; i++) {
    const before = await shownStep();
    await browser.page.keyboard.press('Enter');
    await expect.poll(shownStep).not.toBe(before);
    visited.push(Number(await shownStep()) - 1);
  }
  for (const step of found) expect(visited).toContain(step);
  await browser.page.keyboard.press('Escape');
  await expect.poll(() => browser.page.locator('button.clear').count()).toBe(0);

  // By kind of event, and by lane.
  await browser.page.locator('.types summary').click();
  await browser.page.locator('.types label', { hasText: /^crash$/ }).click();
  const crashes = diagram.steps.filter(({ label }) => label === 'crash').length;
  await expect.poll(() => browser.page.locator('button.clear').textContent()).toBe(`${crashes} shown ✕`);
  await browser.page.locator('button.clear').click();
  await browser.page.locator('.lane-name', { hasText: 'n2' }).click();
  const lane = diagram.lanes.findIndex(({ id }) => id === 'n2');
  const own = diagram.steps.filter(({ lanes, received }) => {
    const from = received === undefined ? [] : [diagram.messages[received]!.from];
    return lanes.length === 0 || [...lanes, ...from].includes(lane);
  });
  await expect.poll(() => browser.page.locator('button.clear').textContent()).toBe(`${own.length} shown ✕`);
});

test('a history of several keys is filtered by one, and the menu of kinds closes by itself', async () => {
  const history = ['x', 'y', 'x', 'z'].flatMap((key, process): HistoryEvent[] => [
    { process, type: 'invoke', f: 'write', key, value: process },
    { process, type: 'ok', f: 'write', key, value: process },
  ]);
  await open(historyPage({ file: 'keys.jsonl', history }), '#step=1');
  const { page } = browser;
  await page.locator('select[aria-label="key"]').selectOption('"x"');
  await expect.poll(() => page.locator('button.clear').textContent()).toBe('4 shown ✕');
  const standing = await page
    .locator('svg.clew .bar')
    .evaluateAll((all) => all.map((bar) => !bar.classList.contains('dim')));
  expect(standing).toEqual([true, false, true, false]);
  await page.locator('.types summary').click();
  await expect.poll(() => page.locator('.types .menu').isVisible()).toBe(true);
  await page.locator('.at').click();
  await expect.poll(() => page.locator('.types .menu').isVisible()).toBe(false);
  await page.locator('.types summary').click();
  await page.keyboard.press('Escape');
  await expect.poll(() => page.locator('.types .menu').isVisible()).toBe(false);
  await expect.poll(() => page.locator('button.clear').count()).toBe(0);
});

test('"why?" greys out everything that is not in the causal past', async () => {
  const { data, diagram } = await counterexample('raft', 'vote-not-persisted');
  await open(data, `#step=${diagram.steps.length}`);
  await browser.page.keyboard.press('w');
  const past = causalPast(diagram.steps, diagram.steps.length - 1);
  await expect.poll(() => browser.page.locator('button.clear').textContent()).toBe(`${past.size} shown ✕`);
  const shown = await browser.page
    .locator('svg.clew g.step')
    .evaluateAll((all) =>
      all.map((step) => [Number((step as SVGElement).dataset['step']), step.classList.contains('dim')]),
    );
  expect(shown.length).toBeGreaterThan(10);
  for (const [step, dim] of shown) expect(dim).toBe(!past.has(step as number));
});

test('hovering over a message tells its payload and its cause', async () => {
  const { data, diagram } = await counterexample('abd', 'no-write-back');
  const index = diagram.messages.findIndex(({ type, from, to }) => type === 'store' && from !== to);
  await open(data, `#step=${diagram.messages[index]!.sentBy + 1}`);
  await browser.page.locator(`svg.clew [data-message="${index}"] .line`).hover();
  const tip = await browser.page.locator('.tip').textContent();
  expect(tip).toContain('store');
  expect(tip).toContain(JSON.stringify(diagram.messages[index]!.payload));
  expect(tip).toContain(`because of ${diagram.messages[index]!.sentBy + 1}.`);
});

test('without a deviation the run holds, and the page says where it parts ways', async () => {
  const { data } = await counterexample('raft', 'vote-not-persisted');
  await open(data);
  const without = data.runs.filter(({ id }) => id.startsWith('without-'));
  expect(without.length).toBe(data.runs[0]!.deviations.length);
  for (const { id, partsWays, verdict } of without) {
    await browser.page.locator(`.run[data-run="${id}"]`).click();
    await expect.poll(() => browser.page.locator('.verdict').textContent()).toBe(verdict.kind);
    await expect.poll(shownStep).toBe(`${(partsWays as number) + 1}`);
    await expect.poll(() => browser.page.locator('.verdict-panel').textContent()).toContain('part ways');
  }
});

test('the longest linearizable prefixes can be chosen and are drawn', async () => {
  const { data } = await counterexample('abd', 'no-write-back');
  const { linearization } = data.runs[0]!;
  if (linearization?.valid !== false) throw new Error('expected a history that is not linearizable');
  await open(data);
  await browser.page.evaluate(() => dispatchEvent(new Event('beforeprint')));
  for (const [index, { order }] of linearization.prefixes.entries()) {
    await browser.page.locator('.prefixes input').nth(index).click();
    await browser.page.locator('.prefixes label.chosen').nth(0).waitFor();
    const drawn = await browser.page
      .locator('svg.clew .point')
      .evaluateAll((all) => all.map((point) => Number((point as SVGElement).dataset['operation'])));
    expect(drawn).toEqual(order);
  }
  await browser.page.evaluate(() => dispatchEvent(new Event('afterprint')));
});

/** Clients that write and read one register, each operation in turn, so that it is linearizable. */
function longHistory(operations: number, clients: number): HistoryEvent[] {
  const events: HistoryEvent[] = [];
  let value = 0;
  for (let i = 0; i < operations; i += clients) {
    for (let process = 0; process < clients; process++) {
      const write = (i + process) % 3 === 0;
      events.push({
        process,
        type: 'invoke',
        f: write ? 'write' : 'read',
        value: write ? i + process : null,
      });
    }
    for (let process = 0; process < clients; process++) {
      const write = (i + process) % 3 === 0;
      if (write) value = i + process;
      events.push({ process, type: 'ok', f: write ? 'write' : 'read', value });
    }
  }
  return events;
}

test('ten thousand operations are drawn only where one looks', async () => {
  const data = historyPage({ file: 'long.jsonl', history: longHistory(10_000, 10), spec: register });
  await open(data, '#step=9000');
  expect(data.runs[0]!.diagram.bars.length).toBe(10_000);
  await expect.poll(() => browser.page.locator('.verdict').textContent()).toBe('holds');
  const elements = () => browser.page.locator('svg.clew *').count();
  expect(await elements()).toBeLessThan(6000);
  await browser.page.keyboard.press('End');
  await expect.poll(shownStep).toBe('20000');
  await expect
    .poll(() => browser.page.locator('svg.clew .step.selected').getAttribute('data-step'))
    .toBe('19999');
  const frames = await browser.page.evaluate(async () => {
    const scroller = document.querySelector('.diagram') as HTMLElement;
    const times: number[] = [];
    for (let i = 0; i < 60; i++) {
      const before = performance.now();
      scroller.scrollTop -= 400;
      await new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve)));
      times.push(performance.now() - before);
    }
    return times.sort((a, b) => a - b);
  });
  const median = frames[30] as number;
  console.info(
    `scrolling 20,000 events: median ${median.toFixed(0)} ms a frame, slowest ${frames.at(-1)?.toFixed(0)} ms`,
  );
  // What bounds the work is the number of elements; the time is told, and only a machine that stalls fails.
  expect(median).toBeLessThan(1000);
});

test('nothing went wrong in the page', () => {
  expect(errors).toEqual([]);
});
