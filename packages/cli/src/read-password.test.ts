import { PassThrough } from 'node:stream';
import { describe, expect, test } from 'vitest';
import { confirm, readPassword } from './read-password.ts';
import type { Terminal } from './terminal.ts';

/** Somebody at a terminal who types these lines, each after a question. */
function typing(lines: readonly string[]): { terminal: Terminal; shown: () => string } {
  const stdin = Object.assign(new PassThrough(), { isTTY: true });
  const stderr = Object.assign(new PassThrough(), { isTTY: true });
  const waiting = [...lines];
  let shown = '';
  stderr.on('data', (chunk: Buffer) => {
    shown += chunk.toString();
    // The questions end in a space.
    if (shown.endsWith(' ')) setImmediate(() => stdin.write(waiting.shift() ?? '\u0004'));
  });
  const terminal = { stdin, stdout: new PassThrough(), stderr, environment: {} };
  return { terminal: terminal as unknown as Terminal, shown: () => shown };
}

describe('a password at a terminal', () => {
  test('is asked for twice and not shown', async () => {
    const { terminal, shown } = typing(['correct horse\r', 'correct horse\r']);
    expect(await readPassword(terminal, false)).toBe('correct horse');
    expect(shown()).toBe('Password: \nThe same again: \n');
  });

  test('typed differently the second time is refused', async () => {
    const { terminal } = typing(['correct horse\r', 'correct house\r']);
    await expect(readPassword(terminal, false)).rejects.toMatchObject({ code: 'input_invalid' });
  });

  test.each([
    ['Ctrl-C', '\u0003'],
    ['Ctrl-D', '\u0004'],
  ])('%s breaks off', async (_what, key) => {
    const { terminal } = typing([key]);
    await expect(readPassword(terminal, false)).rejects.toThrow('Broken off');
  });
});

describe('a confirmation', () => {
  test.each([
    ['y\r', true],
    ['YES\r', true],
    ['\r', false],
    ['n\r', false],
    ['yellow\r', false],
  ])('%j means %s', async (line, isSure) => {
    const { terminal } = typing([line]);
    expect(await confirm(terminal, 'Sure?')).toBe(isSure);
  });
});
