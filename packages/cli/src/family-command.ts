import type { Family } from '@latchkey/session';
import type { Command } from 'commander';
import { configNames, loadFamily } from './load-family.ts';
import { printResult, type Result } from './print.ts';
import type { Terminal } from './terminal.ts';

/** What every command that reads the family can be given. */
export interface CommonOptions {
  readonly config?: string;
  readonly json?: boolean;
}

/** What a command does with the family; what it gives is printed. */
type Work = (family: Family) => Result | Promise<Result>;

/** The options that every command has. */
export function common(command: Command): Command {
  return command
    .option(
      '--config <path>',
      `the family config (default: ${configNames[0]} here, or .mts, .cts, .js, .mjs, .cjs)`,
    )
    .option('--json', 'print JSON, errors too');
}

/** Reads the family, does the work and prints what it gives. */
export async function run(terminal: Terminal, options: CommonOptions, work: Work): Promise<void> {
  const family = await loadFamily(options.config);
  printResult(terminal, await work(family), options.json === true);
}
