/** Runs the command line in a folder of its own, where `models` is the checkout's, and gives what a shell would see. */
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '../..');
const clew = join(root, 'src/cli/clew.mjs');
const batch = join(root, 'test/cli/batch.mjs');

export interface Finished {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export class Folder {
  readonly path = mkdtempSync(join(tmpdir(), 'clew-'));

  /** With the checkout's models; or with these files, in which `clew` stands for the public surface. */
  constructor(models?: Readonly<Record<string, string>>) {
    if (!models) {
      symlinkSync(join(root, 'models'), join(this.path, 'models'));
      return;
    }
    mkdirSync(join(this.path, 'models'));
    const surface = pathToFileURL(join(root, 'src/index.ts')).href;
    for (const [name, text] of Object.entries(models))
      writeFileSync(join(this.path, 'models', name), text.replace("'clew'", `'${surface}'`));
    writeFileSync(join(this.path, 'package.json'), '{"type": "module"}');
  }

  write(name: string, text: string): string {
    writeFileSync(join(this.path, name), text);
    return name;
  }

  /** `onOutput` is told what standard error says, with a way to send signals to the running command. */
  run(
    words: string,
    onOutput?: (text: string, signal: (name: NodeJS.Signals) => void) => void,
  ): Promise<Finished> {
    return launch(this.path, [clew, ...words.split(' ').filter(Boolean)], '', onOutput);
  }

  remove(): void {
    rmSync(this.path, { recursive: true });
  }
}

function launch(
  cwd: string,
  parameters: readonly string[],
  input: string,
  onOutput?: (text: string, signal: (name: NodeJS.Signals) => void) => void,
): Promise<Finished> {
  const { NO_COLOR: _no, FORCE_COLOR: _force, ...env } = process.env;
  const child = spawn(process.execPath, parameters, { cwd, env });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk) => (stdout += chunk));
  child.stderr.on('data', (chunk) => {
    stderr += chunk;
    onOutput?.(stderr, (name) => child.kill(name));
  });
  child.stdin.end(input);
  return new Promise((done) => child.on('close', (code) => done({ code, stdout, stderr })));
}

/** Runs command lines one after the other in one process. */
export async function runAll(
  cases: readonly (readonly [words: string, where: Folder])[],
): Promise<Finished[]> {
  const list = cases.map(([words, { path }]) => ({ words, cwd: path }));
  const { code, stdout, stderr } = await launch(root, [batch], JSON.stringify(list));
  if (code !== 0) throw new Error(stderr);
  return JSON.parse(stdout);
}
