/** The command line: one file a command, data on stdout, progress and errors on stderr. */
import { type CAC, cac } from 'cac';
import { UsageError } from '../base/errors.ts';
import { registerCheck } from './check.ts';
import { type ExitCode, exitCode, type RegisterCommand, standardInput } from './command.ts';
import { registerExplore } from './explore.ts';
import { registerExport } from './export.ts';
import { registerFuzz } from './fuzz.ts';
import { registerList } from './list.ts';
import { registerNew } from './new.ts';
import { registerReplay } from './replay.ts';
import { registerView } from './view.ts';

const commands: readonly RegisterCommand[] = [
  registerFuzz,
  registerExplore,
  registerList,
  registerReplay,
  registerCheck,
  registerView,
  registerExport,
  registerNew,
];

/** Outside the four codes that have a meaning: EX_SOFTWARE of sysexits. */
const ownBug = 70;

/** Runs one command. An author's mistake or bad input is one line on stderr and exit 3, never a stack trace. */
export async function main(argv: string[]): Promise<void> {
  const cli = cac('clew');
  for (const register of commands) register(cli);
  cli.help();
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
