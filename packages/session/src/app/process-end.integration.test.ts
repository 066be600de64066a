import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort, startPostgresServer, startRedisServer } from '@latchkey/testkit';
import { describe, expect, onTestFinished, test } from 'vitest';

const script = new URL('../../test/stopping-app.ts', import.meta.url).pathname;

/** Starts a process over a store. `ended` resolves with its exit code, or with the signal that ended it. */
function start(store: string, what: 'import' | 'serve' | 'close') {
  const child = spawn(process.execPath, ['--conditions=latchkey-source', script, store, what], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  const ended = once(child, 'exit').then(([code, signal]) => (code ?? signal) as number | string);
  return { child, ended };
}

async function portOf({ stdout }: ChildProcess): Promise<number> {
  const [line] = (await once(stdout as NodeJS.ReadableStream, 'data')) as [Buffer];
  return Number(line.toString());
}

/** The status of a page that stores something. */
async function visit(port: number): Promise<number | undefined> {
  const asked = request({ host: '127.0.0.1', port, headers: { host: 'shop.localhost' } }).end();
  const [answer] = (await once(asked, 'response')) as [import('node:http').IncomingMessage];
  answer.resume();
  await once(answer, 'end');
  return answer.statusCode;
}

/** A store of each kind, by its URL. */
const stores: Readonly<Record<string, () => Promise<string>>> = {
  memory: async () => 'memory:',
  async sqlite() {
    const folder = await mkdtemp(join(tmpdir(), 'latchkey-end-'));
    onTestFinished(() => rm(folder, { recursive: true, force: true }));
    return `sqlite:${join(folder, 'sessions.db')}`;
  },
  async redis() {
    const program = process.env['LATCHKEY_TEST_REDIS_SERVER'] ?? 'redis-server';
    const server = await startRedisServer({ program });
    onTestFinished(() => server.stop());
    return server.url;
  },
  async postgres() {
    const server = await startPostgresServer();
    onTestFinished(() => server.stop());
    return server.url;
  },
};

describe.each(Object.entries(stores))('a process with sessions in %s', (_name, openUrl) => {
  test('ends by itself when a module of it only made them', async () => {
    expect(await start(await openUrl(), 'import').ended).toBe(0);
  });

  test('ends by SIGTERM once its server has closed, with close() and without', async () => {
    const url = await openUrl();
    for (const what of ['serve', 'close'] as const) {
      const { child, ended } = start(url, what);
      const port = await portOf(child);
      expect(await visit(port)).toBe(200);
      child.kill('SIGTERM');
      expect(await ended).toBe(0);
    }
  });
});

test.each(['redis', 'postgres'])('a process whose %s is away ends as well', async (scheme) => {
  const url = `${scheme}://127.0.0.1:${await freePort()}`;
  for (const what of ['serve', 'close'] as const) {
    const { child, ended } = start(url, what);
    expect(await visit(await portOf(child))).toBe(503);
    child.kill('SIGTERM');
    expect(await ended).toBe(0);
  }
});
