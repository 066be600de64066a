import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, onTestFinished, test } from 'vitest';

const run = promisify(execFile);
const script = new URL('../../../test/full-file.ts', import.meta.url).pathname;
/** Kilobytes to which files may grow: less than the log before SQLite empties it by itself. */
const limit = 1024;

test('where the write-ahead log has taken all the room, it is emptied and the write is done', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'latchkey-full-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const node = `"${process.execPath}" --conditions=latchkey-source "${script}"`;
  const { stdout } = await run('bash', [
    ...['-c', `ulimit -f ${limit}; ${node} "${join(folder, 'sessions.db')}"`],
  ]);
  expect(JSON.parse(stdout)).toEqual({
    before: 'store_unavailable',
    after: 'created',
    isKept: true,
  });
});
