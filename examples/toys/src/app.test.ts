import { getRequestListener } from '@hono/node-server';
import { appContract } from '@latchkey-example/family/app-contract';
import { listenForTest } from '@latchkey-example/family/listening-app';
import { signInVisitor } from '@latchkey-example/family/signed-in-visitor';
import { expect, test } from 'vitest';
import { createToys } from './app.ts';

const listen = () =>
  listenForTest('toys', (options) => getRequestListener(createToys(options).app.fetch));

for (const { name, run } of appContract) {
  test(`toys: ${name}`, async () => {
    await using app = await listen();
    await run(app);
  });
}

test('somebody without access is as signed out', async () => {
  await using app = await listen();
  const { cookieHeader } = await signInVisitor(app, app.member, ['shop']);
  const headers = { cookie: cookieHeader };
  const home = await app.ask('/', { headers });
  expect(home.status).toBe(200);
  expect(await home.text()).toContain('href="/sign-in"');
  const me = await app.ask('/me', { headers });
  expect(me.status).toBe(401);
  expect(await me.json()).toEqual({ signedIn: false });
});

test('a cookie of the shop opens nothing here, even under the name of this app', async () => {
  await using app = await listen();
  const shop = app.family.apps.get('shop');
  if (shop === undefined) throw new Error('The family has no shop.');
  const { cookieHeader } = await signInVisitor(app, shop, ['shop', 'toys']);
  const forged = cookieHeader.replace(/^[^=]+/, app.member.cookie?.name ?? '');
  for (const cookie of [cookieHeader, forged]) {
    expect((await app.ask('/me', { headers: { cookie } })).status).toBe(401);
  }
});
