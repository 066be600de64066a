import { afterEach, beforeEach, expect, test } from 'vitest';
import { type AccessHost, openAccessHost } from '../../test/access-host.ts';

let at: AccessHost;
beforeEach(async () => {
  at = await openAccessHost();
  await at.groups.add('sellers');
});
afterEach(() => at.host.close());

async function appsInStore(slot: Parameters<AccessHost['host']['store']['readSignIn']>[0]) {
  return (await at.host.store.readSignIn(slot))?.signIn.apps;
}

test('a group has a name of its own', async () => {
  expect(await at.groups.add('sellers')).toBe('name-taken');
  for (const name of ['', 'Sellers', 'a b', '-a', 'x'.repeat(65), 'a,b'])
    expect(await at.groups.add(name)).toBe('name-invalid');
});

test('an app of a group is open to its members, with the role, also in live sign-ins', async () => {
  const { accountId, slot } = await at.host.signedIn('ada');
  expect(await at.groups.grant('sellers', 'blog', 'editor')).toEqual({
    kind: 'changed',
    signedIn: 0,
  });
  expect(await at.groups.addMember('sellers', accountId)).toEqual({ kind: 'changed', signedIn: 1 });
  expect(await appsInStore(slot)).toEqual({ blog: null, shop: null });
  const access = await at.host.access.of(accountId);
  expect(access.groups).toEqual(['sellers']);
  expect(access.apps.get('blog')?.roles).toEqual(['editor']);
});

test.each([
  ['is withdrawn from it', () => at.groups.withdraw('sellers', 'wiki')],
  ['goes with it', () => at.groups.remove('sellers')],
])(
  'an app that %s is closed to its members at once, and a relying party is told',
  async (_how, act) => {
    const { accountId, slot, id } = await at.host.signedIn('ada');
    await at.groups.grant('sellers', 'wiki', null);
    await at.groups.addMember('sellers', accountId);
    await at.host.signIns.join({ signInId: id, app: 'wiki', reach: 'oidc', sid: 'sid-ada' });
    expect(await act()).toEqual({ kind: 'changed', signedIn: 1 });
    expect(await appsInStore(slot)).toEqual({ shop: null });
    const notices = await at.host.db.selectFrom('notices').select(['sid', 'cause']).execute();
    expect(notices).toEqual([{ sid: 'sid-ada', cause: 'access-withdrawn' }]);
    expect(
      await at.host.signIns.join({ signInId: id, app: 'wiki', reach: 'oidc', sid: 'sid-ada' }),
    ).toBe('no-access');
  },
);

test('a member who leaves loses what the group alone opened', async () => {
  const { accountId, slot } = await at.host.signedIn('ada');
  for (const app of ['shop', 'blog']) await at.groups.grant('sellers', app, null);
  await at.groups.addMember('sellers', accountId);
  await at.groups.removeMember('sellers', accountId);
  expect(await appsInStore(slot)).toEqual({ shop: null });
});

test('a change that the store did not take is made good in the next round', async () => {
  const { accountId, slot } = await at.host.signedIn('ada');
  await at.groups.grant('sellers', 'blog', null);
  await at.groups.addMember('sellers', accountId);
  await at.host.access.applyMissed();
  at.host.store.breakNext('replaceSignIn', 'before');
  await expect(at.groups.remove('sellers')).rejects.toMatchObject({ code: 'store_unavailable' });
  at.host.clock.advance(2_000);
  await at.host.access.applyMissed();
  expect(await appsInStore(slot)).toEqual({ shop: null });
});

test('what is not there is said, and changes nothing', async () => {
  const { id } = await at.host.person('ada');
  const unknownGroup = { kind: 'refused', why: 'unknown-group' };
  expect(await at.groups.addMember('buyers', id)).toEqual(unknownGroup);
  expect(await at.groups.remove('buyers')).toEqual(unknownGroup);
  const unknownAccount = { kind: 'refused', why: 'unknown-account' };
  expect(await at.groups.addMember('sellers', 'nobody')).toEqual(unknownAccount);
  expect(await at.groups.removeMember('sellers', id)).toEqual(unknownAccount);
});

test('groups are listed with the number of their members and their apps', async () => {
  const { id } = await at.host.person('ada');
  await at.groups.addMember('sellers', id);
  await at.groups.grant('sellers', 'shop', 'reader');
  await at.groups.add('buyers');
  expect(await at.groups.list()).toEqual([
    { name: 'buyers', members: 0, apps: [] },
    { name: 'sellers', members: 1, apps: [{ app: 'shop', role: 'reader' }] },
  ]);
});
