import { defineFamily, type Family } from '@latchkey/session';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openTestLoginHost, type TestLoginHost } from '../../test/login-host.ts';
import { type AccessRules, adoptRules, readRules } from './access-rules.ts';

let host: TestLoginHost;
let rules: AccessRules;
beforeEach(async () => {
  // What the host asks is the rules of whoever starts in a test.
  const following: AccessRules = { current: () => rules.current(), refresh: () => rules.refresh() };
  host = await openTestLoginHost({ rules: following });
  rules = await adopt({ access: 'everyone' });
});
afterEach(() => host.close());

function adopt(app: object): Promise<AccessRules> {
  return adoptRules({ db: host.db, now: host.clock.now }, familyWith(app));
}

function familyWith(app: object): Family {
  return defineFamily({
    name: 'Kittens',
    loginHost: 'https://login.kittens.example',
    store: 'memory:',
    apps: {
      wiki: {
        origin: 'https://wiki.example',
        reach: 'oidc',
        redirectUris: ['https://wiki.example/_latchkey/callback'],
        ...app,
      },
    },
  });
}

async function enteredWiki() {
  const signIn = await host.signedIn('ada');
  expect(
    await host.signIns.join({ signInId: signIn.id, app: 'wiki', reach: 'oidc', sid: 'sid-ada' }),
  ).toBe('joined');
  return signIn;
}
const notices = () => host.db.selectFrom('notices').select(['app', 'sid', 'cause']).execute();

test('an app of everyone lets in whom nobody let in', async () => {
  const { id, slot } = await enteredWiki();
  expect((await host.store.readSignIn(slot))?.signIn.apps).toEqual({ shop: null, wiki: null });
  expect((await host.signIns.overviewIn(host.db, id))?.apps.has('wiki')).toBe(true);
});

test('a config that opens an app no more takes it from who is signed in, and the app is told', async () => {
  const { id, slot } = await enteredWiki();
  host.clock.advance(60_000);
  rules = await adopt({ access: 'request' });
  await host.reconciler.reconcileOnce();
  expect((await host.store.readSignIn(slot))?.signIn.apps).toEqual({ shop: null });
  expect(
    await host.signIns.join({ signInId: id, app: 'wiki', reach: 'oidc', sid: 'sid-ada' }),
  ).toBe('no-access');
  expect(await notices()).toEqual([{ app: 'wiki', sid: 'sid-ada', cause: 'access-withdrawn' }]);
  host.clock.advance(2_000);
  await host.reconciler.reconcileOnce();
  expect(await notices()).toHaveLength(1);
});

test('a config that opens an app reaches who is signed in', async () => {
  rules = await adopt({ access: 'request' });
  const { slot } = await host.signedIn('ada');
  await host.reconciler.reconcileOnce();
  host.clock.advance(60_000);
  rules = await adopt({ access: 'everyone' });
  await host.reconciler.reconcileOnce();
  expect((await host.store.readSignIn(slot))?.signIn.apps).toEqual({ shop: null, wiki: null });
});

test('an app that came back by the config knows the sign-in by another sid', async () => {
  const { id } = await enteredWiki();
  const decidedAt = async () =>
    (await host.signIns.overviewIn(host.db, id))?.apps.get('wiki')?.decidedAt;
  const before = await decidedAt();
  host.clock.advance(1_000);
  rules = await adopt({ access: 'request' });
  host.clock.advance(1_000);
  rules = await adopt({ access: 'everyone' });
  expect(await decidedAt()).toBe((before ?? 0) + 2_000);
});

test('a login host that started before follows the config of one that starts after it', async () => {
  const { slot } = await enteredWiki();
  await host.reconciler.reconcileOnce();
  host.clock.advance(60_000);
  // The other one adopts; this one has not heard of it.
  await adopt({ access: 'request' });
  expect(rules.current().get('wiki')?.access).toBe('everyone');
  await host.reconciler.reconcileOnce();
  expect(rules.current().get('wiki')?.access).toBe('request');
  expect((await host.store.readSignIn(slot))?.signIn.apps).toEqual({ shop: null });
});

test('who signed in by the old rules just after they changed is found all the same', async () => {
  await adopt({ access: 'request' });
  host.clock.advance(1_000);
  const { slot } = await enteredWiki();
  await host.reconciler.reconcileOnce();
  expect((await host.store.readSignIn(slot))?.signIn.apps).toEqual({ shop: null });
  expect(await notices()).toHaveLength(1);
});

test('a start with the config of before touches nobody', async () => {
  await enteredWiki();
  const marks = () => host.db.selectFrom('access_changes').selectAll().execute();
  const before = await marks();
  host.clock.advance(1_000);
  await adopt({ access: 'everyone' });
  expect(await marks()).toEqual(before);
});

test('a command beside the login host goes by what that one started with', async () => {
  const { db, clock } = host;
  const beside = await readRules({ db, now: clock.now });
  expect(beside.current()).toEqual(rules.current());
});
