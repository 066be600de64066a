import { readFileSync } from 'node:fs';
import { exitCodeOf, exitCodes } from './exit-code.ts';
import { printError } from './print.ts';
import { createProgram } from './program.ts';
import type { Terminal } from './terminal.ts';

/** Runs one command line and gives its exit code. Never rejects: what goes wrong is printed. */
export async function runCommand(
  terminal: Terminal,
  commandLine: readonly string[],
): Promise<number> {
  try {
    await createProgram(terminal, readVersion()).parseAsync([...commandLine], { from: 'user' });
    return exitCodes.done;
  } catch (error) {
    const exitCode = exitCodeOf(error);
    if (exitCode !== exitCodes.done) printError(terminal, error, commandLine.includes('--json'));
    return exitCode;
  }
}

function readVersion(): string {
  const text = readFileSync(new URL('../package.json', import.meta.url), 'utf8');
  return (JSON.parse(text) as { readonly version: string }).version;
}
