import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { expect, test } from 'vitest';
import type { Ended } from '../test/command.ts';
import { runCommand } from './run-command.ts';

/** Command lines that end before any config is loaded; the real command is run by the other tests. */
async function run(args: readonly string[]): Promise<Ended> {
  const [stdout, stderr] = [new PassThrough(), new PassThrough()];
  const stdin = Object.assign(new PassThrough(), { isTTY: false }) as unknown as NodeJS.ReadStream;
  const exitCode = await runCommand({ stdin, stdout, stderr, environment: {} }, args);
  stdout.end();
  stderr.end();
  return { exitCode, stdout: await text(stdout), stderr: await text(stderr) };
}

test.each([
  [['app-key', 'shop', '--jsn'], "unknown option '--jsn'\n(Did you mean --json?)"],
  [['app-kye', 'shop'], "unknown command 'app-kye'\n(Did you mean app-key?)"],
  [['app-key'], "missing required argument 'app'"],
  [['app-key', 'shop', 'blog'], "too many arguments for 'app-key'"],
  [['serve', '--prot', '1'], "unknown option '--prot'\n(Did you mean --port?)"],
  [['serve', '--port', '70000'], 'from 1 to 65535'],
  [['serve', '--port', '0'], 'from 1 to 65535'],
  [['account', 'add', 'a@b.example'], "option '--name <text>'"],
  [
    ['account', 'add', 'a@b.example', '--name', 'A', '--password', 'x'],
    "unknown option '--password'",
  ],
  [['account', 'set-state', 'a@b.example', 'gone'], 'Allowed choices are active, suspended'],
  [['account', 'drop'], "unknown command 'drop'"],
  [['access', 'grant', 'a@b.example'], "missing required argument 'app'"],
])('%j is a mistake, not a guess', async (args, words) => {
  const ended = await run(args);
  expect(ended).toMatchObject({ exitCode: 2, stdout: '' });
  expect(ended.stderr).toContain(words);
  expect(ended.stderr.startsWith('latchkey: ')).toBe(true);
});

test('a mistake is one JSON value when asked for', async () => {
  const ended = await run(['serve', '--prot', '1', '--json']);
  expect(ended).toMatchObject({ exitCode: 2, stdout: '' });
  expect(JSON.parse(ended.stderr)).toEqual({
    error: { code: 'usage', message: expect.stringContaining('--prot') },
  });
});

test.each([
  [[], 'Commands:'],
  [['account'], 'set-password'],
  [['access'], 'revoke'],
])('%j alone shows what there is and fails', async (args, words) => {
  const ended = await run(args);
  expect(ended).toMatchObject({ exitCode: 2, stdout: '' });
  expect(ended.stderr).toContain(words);
  expect(ended.stderr).toContain('A command is missing.');
});

test.each([
  [['--help'], 'Exit codes: 0 done'],
  [['help', 'serve'], '--allow-range <cidr...>'],
  [['serve', '--help'], 'env: PORT'],
  [['account', 'add', '--help'], '--password-stdin'],
  [['--version'], '0.1.0'],
])('%j is answered', async (args, words) => {
  const ended = await run(args);
  expect(ended).toMatchObject({ exitCode: 0, stderr: '' });
  expect(ended.stdout).toContain(words);
});
