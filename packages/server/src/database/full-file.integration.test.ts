import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, onTestFinished, test } from 'vitest';

const run = promisify(execFile);
const script = new URL('../../test/full-database.ts', import.meta.url).pathname;
/** Kilobytes to which files may grow: less than the log before SQLite empties it by itself. */
const limit = 512;

test('where the log of the accounts has taken all the room, it is emptied, and queries and transactions are done', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'latchkey-full-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const node = `"${process.execPath}" --conditions=latchkey-source "${script}"`;
  const { stdout } = await run('bash', [
    ...['-c', `ulimit -f ${limit}; ${node} "${join(folder, 'latchkey.db')}"`],
  ]);
  expect(JSON.parse(stdout)).toEqual({
    wasRefused: [true, true],
    query: true,
    transaction: true,
  });
});
