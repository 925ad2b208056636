/** The command line: one file a command, data on stdout, progress and errors on stderr. */
import { readFileSync } from 'node:fs';
import { type CAC, cac } from 'cac';
import { UsageError } from '../base/errors.ts';
import { type ExitCode, exitCode, type RegisterCommand, standardInput } from './command.ts';

/** Each command's file is loaded when it is asked for: together they are most of the time that a short command takes. */
const commands: Readonly<Record<string, () => Promise<RegisterCommand>>> = {
  fuzz: async () => (await import('./fuzz.ts')).registerFuzz,
  explore: async () => (await import('./explore.ts')).registerExplore,
  list: async () => (await import('./list.ts')).registerList,
  replay: async () => (await import('./replay.ts')).registerReplay,
  check: async () => (await import('./check.ts')).registerCheck,
  view: async () => (await import('./view.ts')).registerView,
  export: async () => (await import('./export.ts')).registerExport,
  new: async () => (await import('./new.ts')).registerNew,
};

/** Outside the four codes that have a meaning: EX_SOFTWARE of sysexits. */
const ownBug = 70;

const packageFile = new URL('../../package.json', import.meta.url);
const { version } = JSON.parse(readFileSync(packageFile, 'utf8')) as { version: string };

/** Runs one command. An author's mistake or bad input is one line on stderr and exit 3, never a stack trace. */
export async function main(argv: string[]): Promise<void> {
  const cli = cac('clew');
  const [, , first = ''] = argv;
  const wanted = Object.hasOwn(commands, first) ? [commands[first]!] : Object.values(commands);
  for (const load of wanted) (await load())(cli);
  cli.help();
  cli.version(version);
  try {
    cli.parse(words(argv), { run: false });
    if (!cli.matchedCommand) {
      if (!cli.options['help'] && !cli.options['version']) {
        if (cli.args.length > 0) {
          const known = cli.commands.map((command) => command.name).join(', ');
          throw new UsageError(`unknown command '${cli.args[0]}'; expected one of: ${known}`);
        }
        cli.outputHelp();
      }
      return;
    }
    refuseUnknownFlags(cli);
    process.exitCode = (await cli.runMatchedCommand()) as ExitCode | undefined;
  } catch (error) {
    if (!(error instanceof UsageError) && (error as Error).name !== 'CACError') {
      // Not the user's doing: Node's own exit code 1 would read as "violated".
      process.stderr.write(
        `clew failed, which is a bug of clew:\n${(error as Error).stack ?? String(error)}\n`,
      );
      process.exitCode = ownBug;
      return;
    }
    process.stderr.write(`clew: ${(error as Error).message}\n`);
    process.exitCode = exitCode.badInput;
  }
}

/** What cac would take for flags and is none: `-` for standard input, and a negative number after its flag. */
function words(argv: readonly string[]): string[] {
  const flagOf = (at: number) => /^--[^=]+$/.exec(argv[at - 1] ?? '')?.[0];
  const isValue = (at: number) => /^-[\d.]/.test(argv[at] ?? '') && flagOf(at) !== undefined;
  return argv.flatMap((word, at) => {
    if (isValue(at + 1)) return [];
    if (isValue(at)) return [`${flagOf(at)}=${word}`];
    return [word === '-' ? standardInput : word];
  });
}

function refuseUnknownFlags({ matchedCommand, options }: CAC): void {
  const known = matchedCommand?.options.map((option) => option.name) ?? [];
  const unknown = Object.keys(options).find(
    (name) => name !== '--' && name !== 'help' && !known.includes(name),
  );
  if (unknown === undefined) return;
  const dashed = (name: string) => `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
  throw new UsageError(`unknown flag ${dashed(unknown)}; expected one of: ${known.map(dashed).join(', ')}`);
}
