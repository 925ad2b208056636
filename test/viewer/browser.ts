/**
 * A real browser for the tests of the page. It needs a Chromium (Debian: `apt-get install chromium`; or CHROMIUM names
 * one); without one every test that asks for it is skipped, and says so.
 */
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type BrowserContext, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach } from 'vitest';
import type { PageData } from '../../src/report/page.ts';
import { readCounterexample } from '../../src/runner/counterexample.ts';
import { Executions } from '../../src/runner/execute.ts';
import { loadModels, selectModels } from '../../src/runner/registry.ts';
import { savedCounterexamples } from '../../src/runner/regressions.ts';
import { counterexamplePage } from '../../src/viewer/counterexample-page.ts';
import { pageTemplate, pageWith } from '../../src/viewer/template.ts';

const { CHROMIUM: named } = process.env;
const known = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];
const browser = (named === undefined ? known : [named]).find((path) => existsSync(path));
const absent = 'no Chromium was found, so the page was not tested; install one, or name it in CHROMIUM.';
const flags =
  '--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking --disable-component-update --disable-sync';

export interface Browser {
  readonly page: Page;
  readonly context: BrowserContext;
  /** The page without data. */
  readonly template: string;
  /** What the page asked for, and what went wrong in it. */
  readonly requested: string[];
  readonly errors: string[];
  /** Opens the page from disk with these data. */
  readonly open: (data: PageData, hash?: string) => Promise<void>;
}

/** One browser for the tests of a file; its fields are there once the first test runs. */
export function inBrowser(): Browser {
  const folder = mkdtempSync(join(tmpdir(), 'clew-page-'));
  const file = join(folder, 'page.html');
  const here = {
    requested: [] as string[],
    errors: [] as string[],
    async open(data: PageData, hash = '') {
      const { page, template } = here as unknown as Browser;
      writeFileSync(file, pageWith(template, data));
      // From nowhere, since a change of the hash alone would not load the page anew.
      await page.goto('about:blank');
      await page.goto(pathToFileURL(file).href + hash);
      await page.locator('svg.clew .step').first().waitFor();
    },
  };
  beforeAll(async () => {
    Object.assign(here, { template: await pageTemplate() });
    if (browser === undefined) {
      console.warn(`Skipped: ${absent}`);
      return;
    }
    const context = await chromium.launchPersistentContext(join(folder, 'profile'), {
      executablePath: browser,
      args: flags.split(' '),
      viewport: { width: 1300, height: 850 },
    });
    const page = await context.newPage();
    page.on('request', (request) => here.requested.push(request.url()));
    page.on('pageerror', (error) => here.errors.push(error.message));
    Object.assign(here, { context, page });
  }, 120_000);
  afterAll(async () => {
    await (here as unknown as Partial<Browser>).context?.close();
    rmSync(folder, { recursive: true, force: true });
  });
  beforeEach(({ skip }) => {
    if (browser === undefined) skip(absent);
  });
  return here as unknown as Browser;
}

export const shownStep = (page: Page) => page.locator('input[aria-label="step"]').inputValue();

/** The data of a saved counterexample's page, with the trace that they show. */
export async function counterexample(model: string, mutant: string) {
  const file = savedCounterexamples(model).find(
    (path) => readCounterexample(path).mutant === mutant,
  ) as string;
  const saved = readCounterexample(file);
  const [found] = selectModels(await loadModels(), [model]);
  const data = counterexamplePage({ file, counterexample: saved, model: found! });
  const { trace } = new Executions(found!, mutant).trace(saved.schedule);
  return { data, trace, diagram: data.runs[0]!.diagram };
}
