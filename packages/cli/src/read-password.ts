import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { LatchkeyError } from '@latchkey/session';
import type { CliErrorCode } from './errors.ts';
import { isInteractive, type Terminal } from './terminal.ts';

/**
 * A password that never stood on a command line: the standard input with `fromStdin`, one line, a line end at its end is
 * not part of it; else asked for twice, unseen, at a terminal. Without a terminal nothing is asked: `input_invalid`.
 */
export async function readPassword(terminal: Terminal, fromStdin: boolean): Promise<string> {
  if (fromStdin) return readFromStdin(terminal);
  if (!isInteractive(terminal)) {
    throw invalid(
      'There is no terminal to ask for the password at: pass it with --password-stdin.',
    );
  }
  const password = await ask(terminal, 'Password: ');
  if ((await ask(terminal, 'The same again: ')) !== password) {
    throw invalid('The two passwords are not the same. Nothing was changed.');
  }
  return password;
}

/** Whether somebody at the terminal says yes. `input_invalid` without a terminal. */
export async function confirm(terminal: Terminal, question: string): Promise<boolean> {
  if (!isInteractive(terminal)) {
    throw invalid('There is no terminal to ask for a confirmation at: pass --yes.');
  }
  const lines = createInterface({ input: terminal.stdin, output: terminal.stderr });
  try {
    const answer = await untilClosed(lines, lines.question(`${question} [y/N] `));
    return /^y(es)?$/i.test(answer.trim());
  } finally {
    lines.close();
  }
}

async function readFromStdin({ stdin }: Terminal): Promise<string> {
  const password = (await text(stdin)).replace(/\r?\n$/, '');
  if (password === '') throw invalid('The standard input is empty: a password was expected there.');
  if (/[\r\n]/.test(password)) {
    throw invalid('The standard input has several lines: a password is one line.');
  }
  return password;
}

async function ask({ stdin, stderr }: Terminal, question: string): Promise<string> {
  // Readline edits the line by writing it: into nothing.
  const unseen = new Writable({ write: (_chunk, _encoding, done) => done() });
  const lines = createInterface({ input: stdin, output: unseen, terminal: true });
  stderr.write(question);
  try {
    return await untilClosed(lines, lines.question(''));
  } finally {
    lines.close();
    stderr.write('\n');
  }
}

/** Ctrl-C and Ctrl-D close the lines, and then nobody would answer any more. */
function untilClosed(
  lines: { once(event: 'close', listener: () => void): unknown },
  answer: Promise<string>,
): Promise<string> {
  const closed = new Promise<never>((_resolve, reject) => {
    lines.once('close', () => reject(invalid('Broken off. Nothing was changed.')));
  });
  // Also closed after an answer: nobody waits for it then.
  closed.catch(() => undefined);
  return Promise.race([answer, closed]);
}

function invalid(message: string): LatchkeyError<CliErrorCode> {
  return new LatchkeyError<CliErrorCode>('input_invalid', message);
}
