import {
  type AppAlone,
  cookieStore,
  createAppAlone,
  createFamilyApp,
  defineFamily,
  type FamilyApp,
} from '@latchkey/session';
import { createMemoryStore } from '@latchkey/session/store/memory';
import { expect, test } from 'vitest';
import { signInAs } from './sign-in-as.ts';

const origin = 'https://shop.kittens.example';

function shopOfFamily(): FamilyApp {
  const family = defineFamily({
    name: 'Kittens',
    loginHost: 'https://login.kittens.example',
    store: createMemoryStore(),
    apps: { shop: { origin } },
  });
  return createFamilyApp({ family, app: 'shop', appKey: 'A'.repeat(43) });
}

async function seenBy(app: AppAlone | FamilyApp, cookie: string) {
  const { session } = await app.open(cookie);
  return { account: session.account, access: session.access, data: { ...session.data } };
}

test.each([
  ['alone', () => createAppAlone({ origin, store: 'memory:' })],
  ['of a family', shopOfFamily],
])('an app %s knows who was signed in, with their data', async (_kind, make) => {
  const app = make();
  const { cookie, account } = await signInAs(app, { name: 'Ben' }, { data: { cart: [1] } });
  expect(account.name).toBe('Ben');
  expect(await seenBy(app, cookie)).toMatchObject({
    account,
    access: 'granted',
    data: { cart: [1] },
  });
});

test('a sign-in without grants has no access, and one that is ended is nobody', async () => {
  const app = shopOfFamily();
  const { cookie, slot } = await signInAs(app, {}, { apps: [] });
  expect((await seenBy(app, cookie)).access).toBe('denied');
  await app.store.endSignIn(slot, 'sign-out');
  expect((await seenBy(app, cookie)).access).toBe('none');
});

test('two people are two people', async () => {
  const app = createAppAlone({ origin, store: 'memory:' });
  const [one, two] = [await signInAs(app), await signInAs(app)];
  expect(one.account.id).not.toBe(two.account.id);
});

test('an app that keeps no sign-ins says so', async () => {
  const secrets = ['s, and thirty bytes more of a secret'];
  const anonymous = createAppAlone({ origin, store: 'cookie:', secrets });
  await expect(signInAs(anonymous)).rejects.toThrow('cookie store');
  const store = cookieStore({ signIns: createMemoryStore() });
  const app = createAppAlone({ origin, store, secrets });
  expect((await seenBy(app, (await signInAs(app)).cookie)).access).toBe('granted');
});
