import { randomBytes } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { ada } from '../test/alone.ts';
import { signInRecord } from '../test/records.ts';
import { createTwoPeers, shop as peerShop, toys as peerToys } from '../test/two-peers.ts';
import { type AppAloneOptions, createAppAlone } from './app/app-alone.ts';
import { createAppAnyHost } from './app/app-any-host.ts';
import { createFamilyApp } from './app/family-app.ts';
import { deriveAppKey, derivePurposeKey } from './app-key.ts';
import { defineFamily } from './config/define-family.ts';
import { cookieStore } from './cookie-store/cookie-store.ts';
import { mintToken, openToken } from './handshake/token.ts';
import type { OpenSession } from './http/http-exchange.ts';
import { realmKey } from './realm.ts';
import { createSlot } from './session-id/session-id.ts';
import type { SessionObject } from './session-object/session-object.ts';
import type { Account } from './session-store.ts';
import { createMemoryStore } from './store/memory.ts';

interface Openable {
  open(header: string | undefined): OpenSession | Promise<OpenSession>;
}

/** Signs somebody in and stores something; the cookie, without its attributes. */
async function signIn(app: Openable, account: Account = ada, device = ''): Promise<string> {
  const opened = await app.open(undefined);
  await opened.session.signIn(account, { device });
  opened.session.data['cart'] = ['yarn'];
  return (await opened.commit())[0]?.split(';')[0] ?? '';
}

/** What a cookie opens, by whatever name an app's cookie has. */
async function opens(app: Openable, cookie: string, name: string): Promise<SessionObject> {
  return (await app.open(`${name}=${cookie.slice(cookie.indexOf('=') + 1)}`)).session;
}

const secrets = ['a secret of at least 32 characters, for tests'];
const origin = 'https://kittens.example';
const stores = {
  'a store': () => createMemoryStore(),
  'the cookie, with sign-ins in a store': () => cookieStore({ signIns: createMemoryStore() }),
  'the cookie alone': () => cookieStore({ revocation: 'none' }),
};

describe.each(Object.entries(stores))('two apps alone on one place, %s', (_, createPlace) => {
  const pairs: [string, Partial<AppAloneOptions>, Partial<AppAloneOptions>, string][] = [
    [
      'of another cookie name',
      { cookie: { key: 'shop' } },
      { cookie: { key: 'admin' } },
      '__Host-admin',
    ],
    [
      'of another path',
      { cookie: { path: '/shop' } },
      { cookie: { path: '/admin' } },
      '__Secure-latchkey_session',
    ],
    [
      'by http in place of https',
      { origin: 'https://a.localhost' },
      { origin: 'http://a.localhost' },
      '__Host-latchkey_session',
    ],
    [
      'on another port',
      { origin: 'https://a.localhost' },
      { origin: 'https://a.localhost:8443' },
      '__Host-latchkey_session',
    ],
    [
      'of another cookie name on one domain',
      { origin: 'https://a.kittens.example', cookie: { key: 'a', domain: 'kittens.example' } },
      { origin: 'https://b.kittens.example', cookie: { key: 'b', domain: 'kittens.example' } },
      '__Secure-b',
    ],
    ['that name another realm', { realm: 'one' }, { realm: 'two' }, '__Host-latchkey_session'],
  ];

  test.for(pairs)('a cookie opens nothing in one %s', async ([_name, one, two, name]) => {
    const common = { origin, secrets, store: createPlace() };
    const cookie = await signIn(createAppAlone({ ...common, ...one }));
    const session = await opens(createAppAlone({ ...common, ...two }), cookie, name);
    expect(session.signedIn).toBe(false);
    expect({ ...session.data }).toEqual({});
    const again = createAppAlone({ ...common, ...one });
    expect((await again.open(cookie)).session.account?.name).toBe('Ada');
  });

  test('it opens in another app of the same realm, as far as the cookie goes', async () => {
    const common = { secrets, store: createPlace(), realm: 'kittens' };
    const cookie = { key: 'shared', domain: 'kittens.example' };
    const one = createAppAlone({ ...common, origin: 'https://a.kittens.example', cookie });
    const two = createAppAlone({ ...common, origin: 'https://b.kittens.example', cookie });
    expect((await two.open(await signIn(one))).session.account?.name).toBe('Ada');
  });

  test('the same cookie with a domain is one app’s, at whatever host below', async () => {
    const common = { secrets, store: createPlace() };
    const cookie = { domain: 'kittens.example' };
    const one = createAppAlone({ ...common, origin: 'https://a.kittens.example', cookie });
    const two = createAppAlone({ ...common, origin: 'https://b.kittens.example', cookie });
    expect((await two.open(await signIn(one))).session.data['cart']).toEqual(['yarn']);
  });

  test('what a former realm sealed and stored goes on, and a new id is of the present one', async () => {
    const common = { origin, secrets, store: createPlace() };
    const cookie = await signIn(createAppAlone({ ...common, realm: 'old' }));
    const today = createAppAlone({ ...common, realm: 'new', formerRealms: ['older', 'old'] });
    const opened = await today.open(cookie);
    expect(opened.session.account?.name).toBe('Ada');
    opened.session.data['cart'] = ['yarn', 'bell'];
    await opened.session.rotate();
    const lines = await opened.commit();
    const rotated = lines[0]?.split(';')[0] ?? cookie;
    const later = createAppAlone({ ...common, realm: 'new' });
    expect((await later.open(rotated)).session.data['cart']).toEqual(['yarn', 'bell']);
    const without = createAppAlone({ ...common, realm: 'newer' });
    expect((await without.open(rotated)).session.signedIn).toBe(false);
  });
});

test('an app that changes the name of its cookie names the realm of before by it', async () => {
  const store = createMemoryStore();
  const cookie = await signIn(createAppAlone({ origin, store, cookie: { key: 'old' } }));
  const today = { key: 'new', former: [{ key: 'old' }] };
  const { session } = await createAppAlone({ origin, store, cookie: today }).open(cookie);
  expect(session.account?.name).toBe('Ada');
});

describe('the list of somebody’s sign-ins', () => {
  test('has those of the own app alone: the same account id is another person elsewhere', async () => {
    const store = createMemoryStore();
    const one = createAppAlone({ origin: 'https://one.example', store });
    const two = createAppAlone({ origin: 'https://two.example', store });
    const customer = { id: '1', email: 'ada@two.example', name: 'Ada of two' };
    const hers = await signIn(two, customer, 'Ada’s phone');
    const eve = (await one.open(await signIn(one, { ...customer, name: 'Eve of one' }))).session;
    expect((await eve.signIns()).map(({ device }) => device)).toEqual(['']);
    expect(await eve.signOutOthers()).toBe(0);
    const [listed] = await (await two.open(hers)).session.signIns();
    expect(await eve.endSignIn(listed?.id ?? '')).toBe('unknown');
    expect((await two.open(hers)).session.signedIn).toBe(true);
  });

  test('goes on over a change of realm, and ends what was made before it', async () => {
    const store = createMemoryStore();
    const before = await signIn(createAppAlone({ origin, store, realm: 'old' }), ada, 'before');
    const app = createAppAlone({ origin, store, realm: 'new', formerRealms: ['old'] });
    const { session } = await app.open(await signIn(app, ada, 'after'));
    const devices = (await session.signIns()).map(({ device }) => device);
    expect(devices.sort()).toEqual(['after', 'before']);
    expect(await session.signOutOthers()).toBe(1);
    expect((await app.open(before)).session.signedIn).toBe(false);
  });

  test('is one at all peers', async () => {
    const { apps } = createTwoPeers();
    const names = { [peerShop]: apps.shop, [peerToys]: apps.toys };
    const cookies = await Promise.all(
      Object.entries(names).map(([name, app]) => signIn(app, ada, name)),
    );
    const { session } = await apps.toys.open(cookies[1]);
    expect((await session.signIns()).map(({ device }) => device).sort()).toEqual(
      [peerShop, peerToys].sort(),
    );
  });
});

test('an app on any host is one realm at all of them, and http and https are two', async () => {
  const served = createAppAnyHost({ store: createMemoryStore(), hosts: ['.kittens.example'] });
  const at = (host: string, encrypted = true) => {
    const header = (name: string): string | undefined => (name === 'host' ? host : undefined);
    const handler = served.at({ remoteAddress: '192.0.2.7', encrypted, header });
    if (handler === null) throw new Error(`${host} is refused.`);
    return handler;
  };
  const cookie = await signIn(at('a.kittens.example'), ada, 'a');
  await signIn(at('b.kittens.example'), ada, 'b');
  const { session } = await at('a.kittens.example').open(cookie);
  expect((await session.signIns()).map(({ device }) => device).sort()).toEqual(['a', 'b']);
  const plain = await opens(at('a.kittens.example', false), cookie, 'latchkey_session');
  expect(plain.signedIn).toBe(false);
});

test('two families of one secret on one store, such as staging and production, open nothing of each other', async () => {
  const store = createMemoryStore();
  const appKey = deriveAppKey(secrets[0] ?? '', 'toys');
  const at = (loginHost: string) => {
    const apps = { toys: { origin: 'https://toys.example' } };
    const family = defineFamily({ name: 'Kittens', loginHost, store, apps });
    const app = createFamilyApp({ family, app: 'toys', appKey });
    const tokenKey = derivePurposeKey(appKey, 'handshake token', family.realm.present);
    return { app, tokenKey, realm: family.realm.present };
  };
  const staging = at('https://login.staging.example');
  const production = at('https://login.kittens.example');
  const slot = createSlot(randomBytes);
  await store.createSignIn(slot, signInRecord({ apps: { toys: null } }), staging.realm);
  const opened = await staging.app.open(undefined);
  await staging.app.sessions.signIn(opened.session, slot);
  const cookie = (await opened.commit()).at(-1)?.split(';')[0] ?? '';
  expect((await staging.app.open(cookie)).session.signedIn).toBe(true);
  expect((await production.app.open(cookie)).session.signedIn).toBe(false);
  const binding = { app: 'toys', origin: 'https://toys.example', state: 'state' };
  const token = mintToken(staging.tokenKey, { ...binding, slot, at: 0 }, randomBytes);
  expect(openToken([staging.tokenKey], token, { ...binding, now: 0 }).kind).toBe('opened');
  const refused = { kind: 'refused', why: 'forged' };
  expect(openToken([production.tokenKey], token, { ...binding, now: 0 })).toEqual(refused);
});

describe('a family', () => {
  const apps = { shop: { origin: 'https://shop.kittens.example' } };
  const options = { name: 'Kittens', store: 'memory:', apps };
  const loginHost = 'https://login.kittens.example';

  test('is the origin of its login host, with those it had before', () => {
    const { realm } = defineFamily({ ...options, loginHost, formerRealms: ['https://id.example'] });
    expect(realm).toEqual({
      present: realmKey(loginHost),
      former: [realmKey('https://id.example')],
    });
  });

  test.each([
    [['id.example'], 'formerRealms[0]'],
    [['https://id.example/'], 'formerRealms[0]'],
    [[loginHost], 'login host of today'],
    ['https://id.example', 'must be a list'],
  ])('with former realms %j is refused', (formerRealms, words) => {
    const given = { ...options, loginHost, formerRealms: formerRealms as string[] };
    expect(() => defineFamily(given)).toThrow(
      expect.objectContaining({
        code: expect.stringMatching(/^(?:option|family)_invalid$/),
        message: expect.stringContaining(words),
      }),
    );
  });
});

test.each([
  [{ realm: '' }],
  [{ realm: 1 }],
  [{ realm: 'x'.repeat(2001) }],
  [{ formerRealms: 'old' }],
  [{ formerRealms: [''] }],
])('an app alone with %j is refused', (options) => {
  const given = { origin, store: 'memory:', ...options } as AppAloneOptions;
  expect(() => createAppAlone(given)).toThrow(expect.objectContaining({ code: 'option_invalid' }));
});
