import { redact } from '@latchkey/session/parts';
import { CommanderError } from 'commander';
import { codeOf } from './exit-code.ts';
import type { Terminal } from './terminal.ts';

/** A result: one JSON value for programs, text for people. */
export interface Result {
  readonly json: unknown;
  readonly text: string;
}

export function printResult({ stdout }: Terminal, result: Result, asJson: boolean): void {
  const text = asJson ? JSON.stringify(result.json) : result.text;
  if (text !== '') stdout.write(`${text}\n`);
}

/** One line of text, or `{"error":{"code","message"}}`. Messages of our own hold no secrets; others are redacted. */
export function printError({ stderr }: Terminal, error: unknown, asJson: boolean): void {
  const { code, message } = wordsOf(error);
  stderr.write(
    asJson ? `${JSON.stringify({ error: { code, message } })}\n` : `latchkey: ${message}\n`,
  );
}

function wordsOf(error: unknown): { readonly code: string; readonly message: string } {
  const code = codeOf(error);
  const message = error instanceof Error ? error.message : String(error);
  if (error instanceof CommanderError) {
    // Called without a command: the help has been shown.
    const isHelp = error.code === 'commander.help';
    const words = isHelp ? 'A command is missing.' : message.replace(/^error: /, '');
    return { code: 'usage', message: words };
  }
  return code === null ? { code: 'unexpected', message: redact(message) } : { code, message };
}

/** Columns as wide as their widest cell. */
export function table(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) =>
    Math.max(...rows.map((row) => row[column]?.length ?? 0)),
  );
  return rows
    .map((row) => row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  '))
    .map((line) => line.trimEnd())
    .join('\n');
}
