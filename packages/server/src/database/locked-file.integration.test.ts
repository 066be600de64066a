import { DatabaseSync } from 'node:sqlite';
import { expect, onTestFinished, test } from 'vitest';
import { startLoginHost } from '../../test/running-login-host.ts';

test('while another program holds the lock of the accounts, pages are served and a sign-in is answered with 503', async () => {
  const host = await startLoginHost();
  const other = new DatabaseSync(host.databaseFile);
  onTestFinished(async () => {
    other.close();
    await host.close();
  });
  const cookie = await host.signIn();
  other.exec('begin immediate');
  const form = { email: 'ben@kittens.example', password: 'correct horse battery staple' };
  let isAnswered = false;
  const refused = host.post('/sign-in', form).finally(() => {
    isAnswered = true;
  });
  for (let visit = 0; visit < 20; visit += 1) {
    expect((await host.ask('/sign-in')).status).toBe(200);
  }
  expect(isAnswered).toBe(false);
  const answer = await refused;
  expect([answer.status, answer.headers.get('retry-after'), answer.cookies]).toEqual([
    503,
    '2',
    [],
  ]);
  expect(host.events).toContainEqual(expect.objectContaining({ type: 'database.unavailable' }));
  expect((await host.ask('/', { headers: { cookie } })).text).toContain('ben@kittens.example');
  other.exec('commit');
  expect(await host.signIn()).not.toBe('');
});
