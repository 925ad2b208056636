/**
 * The page without data, one file of HTML. An installed clew brings it along (`npm run build` made it); in a checkout it
 * is built from src/viewer/app when it is first needed, and again when what it is made of has changed.
 */
import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { UsageError } from '../base/errors.ts';
import type { PageData } from '../report/page.ts';

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
const built = join(root, 'dist', 'viewer.html');
/** Layers that the page's code imports from. */
const ingredients = ['base', 'history', 'spec', 'checkers', 'kernel', 'report', 'viewer/app'];

/** Marks a page as ours: only such a file is overwritten without asking. */
const mark = '<meta name="generator" content="clew view" />';
const slot = '<script type="application/json" id="clew-data">null</script>';

/** The page with its data in it. Text in a script ends at a `<`, so there is none. */
export function pageWith(template: string, data: PageData): string {
  const text = JSON.stringify(data).replaceAll('<', '\\u003c');
  // A function, since a replacement's `$` has a meaning.
  return template.replace(slot, () => slot.replace('null', () => text));
}

export function isPage(file: string): boolean {
  return readFileSync(file, 'utf8').slice(0, 2000).includes(mark);
}

/** The page without data, built if need be. */
export async function pageTemplate(): Promise<string> {
  const version = `<!-- ${fingerprint()} -->`;
  const ready = existsSync(built) ? readFileSync(built, 'utf8') : undefined;
  if (ready?.endsWith(version)) return ready;
  const made = await build().catch((error: NodeJS.ErrnoException) => {
    // An installed package has no build tools, and its page is what it came with.
    if (ready !== undefined) return ready;
    if (error.code !== 'ERR_MODULE_NOT_FOUND') throw error;
    throw new UsageError(
      `the page is not built and vite is not installed; run: npm install && npm run build`,
    );
  });
  if (made === ready) return made;
  const whole = made + version;
  mkdirSync(dirname(built), { recursive: true });
  // Several processes may build at once; each file that is seen is whole.
  const draft = `${built}.${process.pid}`;
  writeFileSync(draft, whole);
  renameSync(draft, built);
  return whole;
}

/** Of everything the page can be made of; a few hundred small files. */
function fingerprint(): string {
  const hash = createHash('sha256');
  const visit = (path: string): void => {
    if (!statSync(path).isDirectory()) {
      hash.update(path.slice(root.length)).update(readFileSync(path));
      return;
    }
    for (const entry of readdirSync(path).sort()) visit(join(path, entry));
  };
  for (const ingredient of ingredients) visit(join(root, 'src', ingredient));
  return hash.digest('hex').slice(0, 16);
}

async function build(): Promise<string> {
  const { build: bundle } = await import('vite');
  const { viteSingleFile } = await import('vite-plugin-singlefile');
  // Whatever asks for the page, a test among others, gets the same one; Vite goes by the environment.
  const { NODE_ENV: before } = process.env;
  process.env['NODE_ENV'] = 'production';
  const result = await bundle({
    root: join(root, 'src', 'viewer', 'app'),
    configFile: false,
    logLevel: 'warn',
    mode: 'production',
    plugins: [viteSingleFile()],
    build: { write: false, modulePreload: { polyfill: false } },
  });
  if (before === undefined) delete process.env['NODE_ENV'];
  else process.env['NODE_ENV'] = before;
  const { output } = (Array.isArray(result) ? result[0] : result) as {
    output: readonly { type: string; source?: unknown }[];
  };
  const page = output.find(({ type }) => type === 'asset')?.source;
  if (typeof page !== 'string') throw new Error('clew is wrong: vite built no page');
  return page;
}
