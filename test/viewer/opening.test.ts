/** Ways to the page and through it: links, files that are dropped, the clipboard, the keyboard, paper, a phone. */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { historyPage } from '../../src/report/history-page.ts';
import { savedCounterexamples } from '../../src/runner/regressions.ts';
import { pageWith } from '../../src/viewer/template.ts';
import { counterexample, inBrowser, shownStep } from './browser.ts';

const browser = inBrowser();
const { open, errors } = browser;

const lines = [
  { process: 0, type: 'invoke', f: 'write', value: 1 },
  { process: 0, type: 'ok', f: 'write', value: 1 },
  { process: 1, type: 'invoke', f: 'read', value: null },
  { process: 1, type: 'ok', f: 'read', value: 2 },
] as const;
const shortHistory = lines.map((event) => JSON.stringify(event)).join('\n');

async function drop(name: string, text: string): Promise<void> {
  await browser.page.evaluate(
    ([name, text]) => {
      const dataTransfer = new DataTransfer();
      dataTransfer.items.add(new File([text], name));
      document
        .querySelector('.drop')
        ?.dispatchEvent(new DragEvent('drop', { bubbles: true, cancelable: true, dataTransfer }));
    },
    [name, text] as const,
  );
}

test('the way back leads from jump to jump, and forward again', async () => {
  const { data, diagram } = await counterexample('raft', 'vote-not-persisted');
  const { page } = browser;
  await open(data, '#step=12');
  const jump = async (step: number) => {
    await page.locator(`svg.clew .step[data-step="${step}"]`).first().click();
    await expect.poll(() => shownStep(page)).toBe(`${step + 1}`);
  };
  const [first, , second] = diagram.steps.flatMap(({ kind }, index) =>
    kind === 'message' && index > 3 ? [index] : [],
  ) as [number, number, number];
  await jump(first);
  await page.keyboard.press('ArrowDown');
  await expect.poll(() => shownStep(page)).toBe(`${first + 2}`);
  await jump(second);
  await page.locator('.run[data-run="without-1"]').click();
  await expect.poll(() => page.locator('.verdict').textContent()).toBe('holds');
  await page.goBack();
  await expect.poll(() => page.locator('.verdict').textContent()).toBe('violated');
  await expect.poll(() => shownStep(page)).toBe(`${second + 1}`);
  await page.goBack();
  await expect.poll(() => shownStep(page)).toBe(`${first + 2}`);
  await page.goBack();
  await expect.poll(() => shownStep(page)).toBe('12');
  await page.goForward();
  await expect.poll(() => shownStep(page)).toBe(`${first + 2}`);
});

test('a link to what is not there leads to what is', async () => {
  const { data, diagram } = await counterexample('raft', 'vote-not-persisted');
  const { page } = browser;
  const last = `${diagram.steps.length}`;
  const links = {
    '#step=99999': last,
    '#step=0': last,
    '#step=twelve': last,
    '#step=-3&why=9999&run=none': last,
    '#step=5&why=1e9': '5',
    '#%%%&step=7': '7',
  };
  for (const [hash, step] of Object.entries(links)) {
    await open(data, hash);
    await expect.poll(() => shownStep(page), { message: hash }).toBe(step);
    await expect.poll(() => page.locator('.run[aria-pressed="true"]').count()).toBe(1);
    // Nothing is greyed out by a step that does not exist.
    expect(await page.locator('button.clear').count(), hash).toBe(0);
  }
  await page.evaluate(() => (location.hash = '#step=6&why=6'));
  await expect.poll(() => shownStep(page)).toBe('6');
  await expect.poll(() => page.locator('button.clear').count()).toBe(1);
});

test('a link shows what its sender saw: filters, what is drawn, the chosen explanation', async () => {
  const { page } = browser;
  const { data } = await counterexample('raft', 'vote-not-persisted');
  await open(data, '#step=12');
  await page.locator('.lane-name', { hasText: 'n2' }).click();
  await page.locator('.types summary').click();
  await page.locator('.types label', { hasText: /^vote$/ }).click();
  const shown = () => page.locator('button.clear').textContent();
  await page.locator('#search').fill('granted');
  await expect.poll(() => page.url()).toContain('q=granted');
  const count = await shown();
  const { hash } = new URL(page.url());
  expect(hash).toBe('#step=12&q=granted&lane=n2&kind=vote');
  await open(data, hash);
  await expect.poll(shown).toBe(count);
  expect(await page.locator('#search').inputValue()).toBe('granted');
  expect(await page.locator('.lane-name[aria-pressed="true"]').allTextContents()).toEqual(['n2']);
  expect(await page.locator('.types summary').textContent()).toBe('vote');
  // What the run does not have is left out.
  await page.evaluate(() => (location.hash = '#step=12&lane=n9&kind=nonsense&key=7&prefix=9&edge=9&tab=no'));
  await expect.poll(() => page.locator('button.clear').count()).toBe(0);

  const order = await counterexample('abd', 'no-write-back');
  await open(order.data);
  await page.locator('.prefixes input').nth(1).click();
  await page.locator('button', { hasText: /^order$/ }).click();
  await expect.poll(() => page.url()).toContain('prefix=2&draws=nothing');
  await open(order.data, new URL(page.url()).hash);
  expect(await page.locator('.prefixes input').nth(1).isChecked()).toBe(true);
  expect(await page.locator('svg.clew .point').count()).toBe(0);

  const cycle = await counterexample('snapshot-store', 'no-first-committer-wins');
  await open(cycle.data);
  await page.locator('.reasons .reason:not([disabled])').nth(1).click();
  await expect.poll(() => page.url()).toContain('edge=2');
  await open(cycle.data, new URL(page.url()).hash);
  await expect.poll(() => page.locator('svg.clew .cycle-edge.chosen').count()).toBe(1);
  expect(await page.locator('.argument > .reasons li').nth(1).getAttribute('class')).toBe('chosen');

  const before = page.viewportSize()!;
  await page.setViewportSize({ width: 390, height: 800 });
  await open(data);
  await page.locator('.tabs button', { hasText: 'states' }).click();
  await expect.poll(() => page.url()).toContain('tab=states');
  await open(data, new URL(page.url()).hash);
  expect(await page.locator('.states').isVisible()).toBe(true);
  await page.setViewportSize(before);
});

test('the replay command is copied', async () => {
  const { data } = await counterexample('abd', 'no-write-back');
  const { page, context } = browser;
  await context.grantPermissions(['clipboard-read', 'clipboard-write']);
  await open(data);
  await page.locator('.copy').click();
  await expect.poll(() => page.locator('.copy').textContent()).toBe('copied ✓');
  expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(data.replay);
  expect(data.replay).toBe(`npx clew replay ${data.file}`);
});

test('where the clipboard is not trusted to a page, the older way is taken', async () => {
  const { data } = await counterexample('abd', 'no-write-back');
  const { page } = browser;
  await open(data);
  await page.evaluate(() => {
    navigator.clipboard.writeText = () => Promise.reject(new Error('not allowed'));
  });
  await page.evaluate(() =>
    document.addEventListener('copy', () => {
      document.title =
        String(document.getSelection()) || (document.activeElement as HTMLTextAreaElement).value;
    }),
  );
  await page.locator('.copy').click();
  await expect.poll(() => page.locator('.copy').textContent()).toBe('copied ✓');
  expect(await page.title()).toBe(data.replay);
});

test('a history dropped on the page is shown and judged there, by a spec and a level', async () => {
  const { page } = browser;
  await open(historyPage({ file: 'first.jsonl', history: lines.slice(0, 2) }), '#step=2');
  await drop('dropped.jsonl', shortHistory);
  await expect.poll(() => page.locator('h1').textContent()).toContain('dropped.jsonl');
  await expect.poll(() => page.locator('.verdict').textContent()).toBe('not judged');
  await expect.poll(() => page.locator('svg.clew .bar').count()).toBe(2);
  await page.locator('select[aria-label="spec"]').selectOption('register');
  await expect.poll(() => page.locator('.verdict').textContent()).toBe('violated');
  await expect.poll(() => page.locator('.prefixes').textContent()).toContain('would have to answer 1');
  await page.locator('select[aria-label="consistency"]').selectOption('ladder');
  await expect.poll(() => page.locator('.rung').count()).toBe(12);
  await page.locator('select[aria-label="consistency"]').selectOption('snapshot-isolation');
  await expect.poll(() => page.locator('.verdict').textContent()).toBe('violated');
  await expect.poll(() => page.locator('.explanation').textContent()).toContain('nobody wrote 2');
});

test('a page dropped on another takes its place', async () => {
  const { page } = browser;
  await open(historyPage({ file: 'first.jsonl', history: lines.slice(0, 2) }));
  const { data } = await counterexample('raft', 'vote-not-persisted');
  await drop('other.html', pageWith(browser.template, data));
  await expect.poll(() => page.locator('h1').textContent()).toContain('election safety');
  await expect.poll(() => page.locator('.judge').count()).toBe(0);
  await expect.poll(() => shownStep(page)).toBe(`${data.runs[0]!.diagram.steps.length}`);
});

test('a file that cannot be shown gives one clear error, and what was shown stays', async () => {
  const { page } = browser;
  await open(historyPage({ file: 'first.jsonl', history: lines.slice(0, 2) }));
  const saved = savedCounterexamples('raft')[0] as string;
  const files: Readonly<Record<string, readonly [text: string, problem: RegExp]>> = {
    'picture.png': ['\u0089PNG\r\n\u001a\n', /^picture\.png is neither a page of clew nor a history/],
    'empty.txt': ['', /^empty\.txt is neither/],
    'bad.jsonl': [`${shortHistory}\nnonsense`, /^bad\.jsonl:5: event 5: not JSON: "nonsense"/],
    'twice.jsonl': [
      `${shortHistory.split('\n')[0]}\n`.repeat(2),
      /^twice\.jsonl:2: event 2: process 0 invokes 'write' while its 'write'/,
    ],
    'open.edn': [
      '[{:process 0, :type :invoke, :f :read',
      /^open\.edn:1: event 1: an event that is never closed/,
    ],
    'old.json': ['{"format":"clew/page@0","runs":[]}', /^old\.json has no run in it/],
    'page.html': [browser.template, /^page\.html has no run in it/],
    'saved.json': [
      readFileSync(saved, 'utf8'),
      /^saved\.json is a counterexample.*npx clew view saved\.json/,
    ],
  };
  for (const [name, [text, problem]] of Object.entries(files)) {
    await drop(name, text);
    await expect.poll(() => page.locator('[role="alert"]').textContent(), { message: name }).toMatch(problem);
    expect(await page.locator('[role="alert"]').count()).toBe(1);
    await expect.poll(() => page.locator('h1').textContent()).toContain('first.jsonl');
  }
  await page.locator('[role="alert"] button').click();
  await expect.poll(() => page.locator('[role="alert"]').count()).toBe(0);
});

test('everything is reached by keyboard, and what has the focus is seen', async () => {
  const { data } = await counterexample('raft', 'vote-not-persisted');
  const { page } = browser;
  await open(data, '#step=12');
  const seen: string[] = [];
  for (let i = 0; i < 60; i++) {
    await page.keyboard.press('Tab');
    const at = await page.evaluate(() => {
      const element = document.activeElement as HTMLElement;
      if (element === document.body) return undefined;
      const style = getComputedStyle(element);
      const box = element.querySelector('rect, .line');
      return {
        name: element.getAttribute('aria-label') ?? element.textContent?.trim() ?? '',
        visible:
          style.outlineStyle !== 'none' || (box !== null && getComputedStyle(box).strokeWidth === '3px'),
      };
    });
    if (at === undefined) break;
    expect(at.visible, at.name).toBe(true);
    expect(at.name).not.toBe('');
    seen.push(at.name);
  }
  for (const name of ['as saved: violated', 'why?', 'step forward', 'search', 'n1', 'what happened']) {
    expect(seen).toContain(name);
  }
  await page.keyboard.press('/');
  await expect.poll(() => page.evaluate(() => document.activeElement?.id)).toBe('search');
  await page.keyboard.press('Escape');
  await expect.poll(() => page.evaluate(() => document.activeElement === document.body)).toBe(true);
});

test('what became of a lost message is reached without a mouse', async () => {
  const { data, diagram } = await counterexample('abd', 'no-write-back');
  const { page } = browser;
  const lost = diagram.messages.find(({ fate }) => fate === 'lost' || fate === 'partition');
  await open(data, `#step=${lost!.sentBy + 1}`);
  const sent = page.locator('.sent.partition summary').first();
  await sent.focus();
  await page.keyboard.press('Enter');
  await expect.poll(() => sent.textContent()).toContain('lost at the partition');
  await expect
    .poll(() => page.locator('.sent.partition .payload').first().textContent())
    .toContain(JSON.stringify(lost!.payload));
});

test('it follows the light, fits a phone, and is whole on paper', async () => {
  const { data, diagram } = await counterexample('raft', 'vote-not-persisted');
  const { page } = browser;
  const style = (name: 'backgroundColor' | 'color') =>
    page.evaluate((wanted) => getComputedStyle(document.body)[wanted], name);
  const ground = () => style('backgroundColor');
  await page.emulateMedia({ colorScheme: 'light' });
  await open(data);
  const light = await ground();
  const ink = await style('color');
  await page.emulateMedia({ colorScheme: 'dark' });
  await expect.poll(ground).not.toBe(light);
  const before = page.viewportSize()!;
  await page.setViewportSize({ width: 375, height: 740 });
  await expect.poll(() => page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(375);
  await page.locator('.tabs button', { hasText: 'states' }).click();
  await expect.poll(() => page.locator('.states').isVisible()).toBe(true);
  await expect.poll(() => page.locator('.deviations').isVisible()).toBe(false);
  await page.setViewportSize(before);

  await page.emulateMedia({ media: 'print', colorScheme: 'dark' });
  await page.evaluate(() => dispatchEvent(new Event('beforeprint')));
  await expect.poll(() => style('color')).toBe(ink);
  expect(await ground()).toBe('rgba(0, 0, 0, 0)');
  expect(await page.locator('.tools').isVisible()).toBe(false);
  expect(await page.locator('.deviations').isVisible()).toBe(true);
  const steps = diagram.steps.reduce((sum, { lanes }) => sum + lanes.length, 0);
  await expect.poll(() => page.locator('svg.clew g.step').count()).toBe(steps);
  await page.evaluate(() => dispatchEvent(new Event('afterprint')));
  await page.emulateMedia({ media: null, colorScheme: null });
});

test('nothing went wrong in the page', () => {
  expect(errors).toEqual([]);
});
