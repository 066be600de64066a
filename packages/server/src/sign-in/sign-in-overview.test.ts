import { afterEach, beforeEach, expect, test } from 'vitest';
import { openTestLoginHost, type TestLoginHost } from '../../test/login-host.ts';

let host: TestLoginHost;
beforeEach(async () => {
  host = await openTestLoginHost();
});
afterEach(() => host.close());

const read = (id: string) => host.signIns.overviewIn(host.db, id);

test('shows the sign-in, whose it is, and the apps that the account may enter', async () => {
  const signIn = await host.signedIn('ada', ['wiki']);
  const other = await host.signedIn('ben', ['forum']);
  const overview = await read(signIn.id);
  expect(overview?.signIn).toEqual(signIn);
  const { accountId: id } = signIn;
  expect(overview?.account).toEqual({ id, email: 'ada@kittens.example', name: 'ada' });
  const granted = { until: null, roles: [], decidedAt: host.clock.now() };
  expect(Object.fromEntries(overview?.apps ?? [])).toEqual({
    shop: { ...granted, sid: null },
    wiki: { ...granted, sid: 'sid-ada-wiki' },
  });
  expect([...((await read(other.id))?.apps.keys() ?? [])].sort()).toEqual(['forum', 'shop']);
  for (const app of ['constructor', '__proto__']) expect(overview?.apps.has(app)).toBe(false);
});

test('an app is not among them once access was withdrawn or has run out', async () => {
  const { id, accountId } = await host.signedIn('ada', ['wiki', 'forum']);
  await host.access.grant(accountId, 'wiki', { until: host.clock.now() + 1000 });
  await host.access.revoke(accountId, 'forum');
  expect([...((await read(id))?.apps.keys() ?? [])].sort()).toEqual(['shop', 'wiki']);
  host.clock.advance(1000);
  expect([...((await read(id))?.apps.keys() ?? [])]).toEqual(['shop']);
});

test('an account that may enter nothing has an overview without apps', async () => {
  const { id, accountId } = await host.signedIn('ada');
  await host.access.revoke(accountId, 'shop');
  expect((await read(id))?.apps.size).toBe(0);
});

test('there is none of a sign-in that ended, is too old or of an account that is not active', async () => {
  const ended = await host.signedIn('ada');
  await host.endings.endSignIn({ signInId: ended.id, cause: 'sign-out' });
  const suspended = await host.signedIn('ben');
  await host.db
    .updateTable('accounts')
    .set({ state: 'suspended' })
    .where('id', '=', suspended.accountId)
    .execute();
  const old = await host.signedIn('cat');
  host.clock.advance(old.absoluteSeconds * 1000);
  for (const { id } of [ended, suspended, old, { id: 'nobody' }]) expect(await read(id)).toBeNull();
});
