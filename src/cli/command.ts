/** What every command of the command line shares: exit codes and the shape by which `main` registers it. */
import type { CAC } from 'cac';

/** 0 holds, 1 violated, 2 unknown (a budget ran out), 3 usage or bad input. */
export const exitCode = { holds: 0, violated: 1, unknown: 2, badInput: 3 } as const;
export type ExitCode = (typeof exitCode)[keyof typeof exitCode];

/** One file a command: adds itself, its options and its help to the command line. Its action returns the exit code. */
export type RegisterCommand = (cli: CAC) => void;

/** What `-` on the command line is turned into: the parser of options takes a lone hyphen for an option. */
export const standardInput = 'standard input';
