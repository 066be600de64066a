import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { createHttpVisitor } from '@latchkey/testkit';
import { expect, onTestFinished, test } from 'vitest';
import { listen } from '../../../test/listen.ts';
import { sessions } from '../../adapters/node.ts';

/** An app with sessions in a file, and another program on that file. */
async function start() {
  const folder = await mkdtemp(join(tmpdir(), 'latchkey-locked-'));
  const path = join(folder, 'sessions.db');
  const app = sessions({ origin: 'http://shop.localhost', store: `sqlite:${path}` });
  const server = await listen(
    createServer(
      app(async (request, response) => {
        if (request.url === '/add') request.session.data['seen'] = true;
        if (request.url === '/in') await request.session.signIn({ id: '1', email: '', name: '' });
        response.end(JSON.stringify(request.session.data));
      }),
    ),
  );
  const other = new DatabaseSync(path);
  onTestFinished(async () => {
    other.close();
    await server.close();
    await app.close();
    await rm(folder, { recursive: true, force: true });
  });
  return { other, visitor: () => createHttpVisitor(server.port, 'shop.localhost') };
}

test('while another program holds the lock, visitors are served, sessions read and writes answered with 503', async () => {
  const { other, visitor } = await start();
  const known = visitor();
  expect((await known.ask('/add')).status).toBe(200);
  other.exec('begin immediate');
  const writes = ['/add', '/in', '/add', '/in'].map((path) => visitor().ask(path));
  let isSettled = false;
  const answers = Promise.all(writes).finally(() => {
    isSettled = true;
  });
  for (let visit = 0; visit < 20; visit += 1) {
    expect(await visitor().ask('/')).toMatchObject({ status: 200, text: '{}' });
    expect(await known.ask('/')).toMatchObject({ status: 200, text: '{"seen":true}' });
  }
  // Not one of them stood in the way of these 40.
  expect(isSettled).toBe(false);
  for (const { status, headers, cookies } of await answers) {
    expect([status, headers['retry-after'], cookies]).toEqual([503, '2', []]);
  }
  // It is known by now that the lock is held for long: nobody waits for it again.
  const refused = visitor().ask('/add');
  await nextTurn();
  expect((await refused).status).toBe(503);
  other.exec('commit');
  expect((await visitor().ask('/in')).status).toBe(200);
});

test('a lock that is held for a moment makes a slow answer, no error', async () => {
  const { other, visitor } = await start();
  await visitor().ask('/add');
  other.exec('begin immediate');
  const writes = ['/add', '/in'].map((path) => visitor().ask(path));
  for (let visit = 0; visit < 10; visit += 1) await visitor().ask('/');
  other.exec('commit');
  for (const { status, cookies } of await Promise.all(writes)) {
    expect([status, cookies.length]).toEqual([200, 1]);
  }
});

test('a file that is opened while another program writes serves its sessions', async () => {
  const { other, visitor } = await start();
  await visitor().ask('/add');
  const second = sessions({ origin: 'http://shop.localhost', store: `sqlite:${other.location()}` });
  const server = await listen(createServer(second((_request, response) => void response.end())));
  onTestFinished(async () => {
    await server.close();
    await second.close();
  });
  other.exec('begin immediate');
  const cookie = `__Host-latchkey_session=${'A'.repeat(16)}.${'A'.repeat(43)}`;
  const answer = await createHttpVisitor(server.port, 'shop.localhost').ask('/', {
    headers: { cookie },
  });
  expect(answer.status).toBe(200);
  other.exec('commit');
});
