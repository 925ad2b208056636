/** The command line: one file a command, data on stdout, progress and errors on stderr. */
import { cac } from 'cac';
import { UsageError } from '../base/errors.ts';
import { type ExitCode, exitCode, type RegisterCommand } from './command.ts';

const commands: readonly RegisterCommand[] = [];

/** Runs one command. An author's mistake or bad input is one line on stderr and exit 3, never a stack trace. */
export async function main(argv: string[]): Promise<void> {
  const cli = cac('clew');
  for (const register of commands) register(cli);
  cli.help();
  try {
    cli.parse(argv, { run: false });
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
    process.exitCode = (await cli.runMatchedCommand()) as ExitCode | undefined;
  } catch (error) {
    if (!(error instanceof UsageError) && (error as Error).name !== 'CACError') throw error;
    process.stderr.write(`clew: ${(error as Error).message}\n`);
    process.exitCode = exitCode.badInput;
  }
}
