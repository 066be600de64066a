import { appContract } from '@latchkey-example/family/app-contract';
import { listenForTest } from '@latchkey-example/family/listening-app';
import { signInVisitor } from '@latchkey-example/family/signed-in-visitor';
import { expect, test } from 'vitest';
import { createShop } from './app.ts';

const listen = () => listenForTest('shop', (options) => createShop(options).app);

for (const { name, run } of appContract) {
  test(`shop: ${name}`, async () => {
    await using app = await listen();
    await run(app);
  });
}

test('somebody without access gets a page and an answer that say so', async () => {
  await using app = await listen();
  const { cookieHeader } = await signInVisitor(app, app.member, ['blog']);
  const headers = { cookie: cookieHeader, origin: app.member.origin };
  const home = await app.ask('/', { headers });
  expect(home.status).toBe(403);
  expect(await home.text()).toContain('has no access to this app');
  const me = await app.ask('/me', { headers });
  expect(me.status).toBe(403);
  expect(await me.json()).toEqual({ signedIn: false, reason: 'no-access' });
  expect((await app.ask('/private', { headers })).status).toBe(403);
  expect((await app.ask('/cart', { method: 'POST', headers, body: yarn })).status).toBe(403);
});

const yarn = new URLSearchParams({ item: 'yarn' }).toString();

test('a visitor has a cart from the first thing on, and no cookie before', async () => {
  await using app = await listen();
  expect(await (await app.ask('/cart')).json()).toEqual([]);
  const headers = formHeaders(app.member.origin);
  const added = await app.ask('/cart', { method: 'POST', headers, body: yarn });
  expect(added.status).toBe(303);
  const [line = ''] = added.headers.getSetCookie();
  expect(line).toMatch(/^__Secure-_kittens_session=.*Domain=kittens\.localhost/);
  const cookie = line.split(';')[0] ?? '';
  expect(await (await app.ask('/cart', { headers: { cookie } })).json()).toEqual(['yarn']);
  expect(await (await app.ask('/', { headers: { cookie } })).text()).toContain('Ball of yarn.');
});

test('the cart takes neither what the shop does not sell nor what another site sends', async () => {
  await using app = await listen();
  const strange = { method: 'POST', headers: formHeaders(app.member.origin), body: 'item=dog' };
  expect((await app.ask('/cart', strange)).status).toBe(400);
  const foreign = { method: 'POST', headers: formHeaders('https://evil.example'), body: yarn };
  const refused = await app.ask('/cart', foreign);
  expect(refused.status).toBe(403);
  expect(refused.headers.getSetCookie()).toEqual([]);
  const long = { ...strange, body: `item=${'x'.repeat(5000)}` };
  expect((await app.ask('/cart', long)).status).toBe(413);
});

function formHeaders(origin: string): Record<string, string> {
  return { origin, 'content-type': 'application/x-www-form-urlencoded' };
}
