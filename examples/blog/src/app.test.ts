import { appContract } from '@latchkey-example/family/app-contract';
import { listenForTest } from '@latchkey-example/family/listening-app';
import { signInVisitor } from '@latchkey-example/family/signed-in-visitor';
import { expect, test } from 'vitest';
import { createBlog } from './app.ts';

const listen = () =>
  listenForTest('blog', async (options) => {
    const { app } = await createBlog(options);
    await app.ready();
    return (request, response) => app.routing(request, response);
  });

for (const { name, run } of appContract) {
  test(`blog: ${name}`, async () => {
    await using app = await listen();
    await run(app);
  });
}

test('somebody without access gets a page and an answer that say so', async () => {
  await using app = await listen();
  const { cookieHeader } = await signInVisitor(app, app.member, ['shop']);
  const headers = { cookie: cookieHeader };
  const home = await app.ask('/', { headers });
  expect(home.status).toBe(403);
  expect(await home.text()).toContain('has no access to this app');
  const me = await app.ask('/me', { headers });
  expect(me.status).toBe(403);
  expect(await me.json()).toEqual({ signedIn: false, reason: 'no-access' });
  expect((await app.ask('/private', { headers })).status).toBe(403);
});

test('a cookie of the shop opens the same session here', async () => {
  await using app = await listen();
  const shop = app.family.apps.get('shop');
  if (shop === undefined) throw new Error('The family has no shop.');
  const { cookieHeader } = await signInVisitor(app, shop, ['shop', 'blog']);
  expect((await app.ask('/me', { headers: { cookie: cookieHeader } })).status).toBe(200);
});
