import {
  createSmallLoginHost,
  createTestBrowser,
  type TestBrowser,
  type WebHandler,
} from '@latchkey/testkit';
import { describe, expect, test } from 'vitest';
import { latchkey } from '../adapters/web.ts';
import { createFamilyApp } from '../app/family-app.ts';
import { deriveAppKey } from '../app-key.ts';
import type { SessionStore } from '../session-store.ts';
import { createMemoryStore } from '../store/memory.ts';
import { defineFamily } from './define-family.ts';
import type { FamilyOptions, FamilySessionOptions, Reach } from './family.ts';

const secret = 'a family secret of at least 32 characters';
const login = 'https://login.example';
const shop = 'https://shop.kittens.example';
const blog = 'https://blog.kittens.example';

function options(session: FamilySessionOptions, reach: Reach, store: SessionStore): FamilyOptions {
  const apps = { shop: { origin: shop, reach }, blog: { origin: blog, reach } };
  return { name: 'Kittens', loginHost: login, store, session, apps };
}

/** One browser and one store, over which the family is configured again and again. */
interface Scene {
  readonly browser: TestBrowser;
  configure(session: FamilySessionOptions, reach: Reach): void;
  /** Signs Ada in and comes to this page. */
  signIn(url: string): Promise<unknown>;
  /** What a page says about the session. */
  see(url: string): Promise<unknown>;
  /** The names of the session cookies that go to a URL. */
  names(url: string): readonly string[];
}

function createScene(): Scene {
  const store = createMemoryStore();
  const handlers: Record<string, WebHandler> = {};
  const browser = createTestBrowser(handlers);
  const configured = {
    host: createSmallLoginHost({ family: familyOf({}, 'handshake'), store, secret }),
  };

  function familyOf(session: FamilySessionOptions, reach: Reach): ReturnType<typeof defineFamily> {
    return defineFamily(options(session, reach, store));
  }

  async function see(url: string): Promise<unknown> {
    return JSON.parse((await browser.visit(url)).text);
  }

  return {
    browser,
    see,
    configure(session, reach) {
      const family = familyOf(session, reach);
      const host = createSmallLoginHost({ family, store, secret });
      configured.host = host;
      handlers[new URL(login).host] = host.handler;
      for (const { name, origin } of family.apps.values()) {
        const platform = { fetch: host.fetch };
        const app = createFamilyApp({
          family,
          app: name,
          appKey: deriveAppKey(secret, name),
          platform,
        });
        handlers[new URL(origin).host] = latchkey(app)((request, session) => {
          const { searchParams } = new URL(request.url);
          for (const [key, value] of searchParams) session.data[key] = value;
          return Response.json({ name: session.account?.name ?? null, ...session.data });
        });
      }
    },
    async signIn(url) {
      browser.setCookie(login, configured.host.cookieLine(await configured.host.signIn()));
      const { origin, pathname, search } = new URL(url);
      return see(`${origin}/sign-in?return_to=${encodeURIComponent(`${pathname}${search}`)}`);
    },
    names: (url) =>
      (browser.cookieHeader(url) ?? '')
        .split('; ')
        .map((pair) => pair.replace(/=.*/, ''))
        .filter((name) => name !== '' && !/latchkey_(?:arrivals|flow)/.test(name)),
  };
}

describe('a family that changed its cookie', () => {
  test('of one domain to another keeps people signed in, in every shared app', async () => {
    const scene = createScene();
    scene.configure({ key: 'old', domain: 'all' }, 'shared');
    expect(await scene.signIn(`${shop}/?cart=1`)).toEqual({ name: 'Ada', cart: '1' });
    scene.configure(
      { key: 'new', domain: 'all', former: [{ key: 'old', domain: 'all' }] },
      'shared',
    );
    expect(await scene.see(`${blog}/`)).toEqual({ name: 'Ada', cart: '1' });
    expect(scene.names(shop)).toEqual(['__Secure-new']);
    expect(await scene.see(`${shop}/`)).toEqual({ name: 'Ada', cart: '1' });
  });

  test('and says nothing about it makes people sign in again', async () => {
    const scene = createScene();
    scene.configure({ key: 'old', domain: 'all' }, 'shared');
    await scene.signIn(`${shop}/?cart=1`);
    scene.configure({ key: 'new', domain: 'all' }, 'shared');
    expect(await scene.see(`${blog}/`)).toEqual({ name: null });
  });

  test('from one of each host to a shared one keeps people signed in', async () => {
    const scene = createScene();
    scene.configure({ key: 'kittens' }, 'handshake');
    await scene.signIn(`${shop}/?cart=1`);
    await scene.signIn(`${blog}/?draft=2`);
    scene.configure({ key: 'kittens', domain: 'all', former: [{}] }, 'shared');
    expect(await scene.see(`${shop}/`)).toEqual({ name: 'Ada', cart: '1' });
    expect(scene.names(shop)).toEqual(['__Secure-kittens']);
    // The shared cookie opens shop's record here too, and the blog's own cookie of before goes.
    expect(await scene.see(`${blog}/`)).toEqual({ name: 'Ada', cart: '1' });
    expect(scene.names(blog)).toEqual(['__Secure-kittens']);
  });

  test('from a shared one to one of each host shares no session id, and nobody is asked for a password', async () => {
    const scene = createScene();
    scene.configure({ key: 'kittens', domain: 'all' }, 'shared');
    await scene.signIn(`${shop}/?cart=1`);
    const [shared] = (scene.browser.cookieHeader(shop) ?? '').match(/[^=]+$/) ?? [];
    scene.configure({ key: 'kittens', former: [{ domain: 'all' }] }, 'handshake');
    expect(await scene.see(`${shop}/`)).toEqual({ name: null });
    expect(await scene.see(`${shop}/sign-in`)).toEqual({ name: 'Ada' });
    expect(scene.names(shop)).toEqual(['__Host-kittens_shop']);
    expect(scene.names(blog)).toEqual([]);
    expect(scene.browser.cookieHeader(shop)).not.toContain(shared);
  });

  test('by name keeps the sessions of handshake apps', async () => {
    const scene = createScene();
    scene.configure({ key: 'old' }, 'handshake');
    await scene.signIn(`${shop}/?cart=1`);
    scene.configure({ key: 'new', former: [{ key: 'old' }] }, 'handshake');
    expect(await scene.see(`${shop}/`)).toEqual({ name: 'Ada', cart: '1' });
    expect(scene.names(shop)).toEqual(['__Host-new_shop']);
  });

  test('leaves nothing behind after a sign-out', async () => {
    const scene = createScene();
    scene.configure({ key: 'old', domain: 'all' }, 'shared');
    await scene.signIn(`${shop}/`);
    scene.configure(
      { key: 'new', former: [{ key: 'old', domain: 'all' }, {}], domain: 'all' },
      'shared',
    );
    await scene.browser.visit(`${shop}/sign-out`, { method: 'POST', headers: { origin: shop } });
    expect(scene.names(shop)).toEqual([]);
    expect(await scene.see(`${blog}/`)).toEqual({ name: null });
  });
});

describe('former cookies of a family', () => {
  const store = createMemoryStore();

  function formerOf(session: FamilySessionOptions, apps: FamilyOptions['apps']): unknown {
    const family = defineFamily({ ...options(session, 'shared', store), apps });
    const places = [['login', family.loginHost.former] as const].concat(
      [...family.apps].map(([name, { former }]) => [name, former] as const) as never,
    );
    return Object.fromEntries(
      places.map(([name, { cookies, scopeNames }]) => [
        name,
        [cookies.map((cookie) => `${cookie.name} ${cookie.domain ?? ''}`.trim()), scopeNames],
      ]),
    );
  }

  test('are those of each app and of the login host; a shared record opens where it was carried to', () => {
    const apps = {
      shop: { origin: shop, reach: 'shared' },
      blog: { origin: blog, reach: 'shared' },
      toys: { origin: 'https://toys.example' },
      wiki: {
        origin: 'https://wiki.example',
        reach: 'oidc',
        redirectUris: ['https://wiki.example/callback'],
      },
    } as const;
    const former = [{ key: 'old', domain: 'shop.kittens.example' }, { prefix: 'none' }] as const;
    expect(formerOf({ key: 'new', domain: 'all', former }, apps)).toEqual({
      login: [['__Host-old_login'], []],
      shop: [
        ['__Secure-old shop.kittens.example', '__Host-new_shop', 'new'],
        ['*.shop.kittens.example', 'shop', 'blog'],
      ],
      blog: [
        ['__Host-new_blog', 'new'],
        ['*.shop.kittens.example', 'shop', 'blog'],
      ],
      toys: [['__Host-old_toys'], []],
      wiki: [[], []],
    });
  });

  test('of a domain stay with the shared apps while there are any: others would clear them too early', () => {
    const apps = {
      shop: { origin: 'https://shop.apps.kittens.example', reach: 'shared' },
      toys: { origin: 'https://toys.kittens.example' },
    } as const;
    const session = { key: 'k', domain: 'apps.kittens.example' };
    const former = [{ domain: 'kittens.example' }];
    expect(formerOf({ ...session, former }, apps)).toEqual({
      login: [[], []],
      shop: [['__Secure-k kittens.example'], ['*.kittens.example']],
      toys: [[], []],
    });
  });

  test.each([
    ['the cookie of today', { former: [{ domain: 'all' }] }, 'former\\[0\\]'],
    ['a domain of nobody', { former: [{}, { domain: 'puppies.example' }] }, 'former\\[1\\]'],
    ['an unknown option', { former: [{ path: '/' }] }, 'former\\[0\\].*path'],
    ['something that is no list', { former: {} }, 'list'],
    ['something that is no object', { former: ['old'] }, 'object'],
    ['a domain that is no text', { former: [{ domain: ['kittens.example'] }] }, 'domain'],
    ['SameSite Strict', { sameSite: 'strict' }, 'hop from another site'],
    ['SameSite None', { sameSite: 'none' }, 'every site'],
  ])('%s is refused, and the message says why', (_what, parts, words) => {
    const session = { key: 'k', domain: 'all', ...parts } as unknown as FamilySessionOptions;
    expect(() => defineFamily(options(session, 'shared', store))).toThrow(
      expect.objectContaining({
        code: expect.stringMatching(/^(?:option|family)_invalid$/),
        message: expect.stringMatching(new RegExp(words)),
      }),
    );
  });

  test.each([
    [{ former: [{ key: 'a b' }] }, 'cookie_name_refused'],
    [{ former: [{ key: '__Host-k' }] }, 'cookie_name_refused'],
    [{ former: [{ domain: 'example' }] }, 'cookie_domain_refused'],
    [{ expireAfter: 0 }, 'option_invalid'],
    [{ expireAfter: 34_560_001 }, 'option_invalid'],
  ])('%j is refused with %s', (parts, code) => {
    const session = { key: 'k', domain: 'all', ...parts } as FamilySessionOptions;
    expect(() => defineFamily(options(session, 'shared', store))).toThrow(
      expect.objectContaining({ code }),
    );
  });

  test('expireAfter holds for every cookie of the family', () => {
    const session = { key: 'k', domain: 'all', expireAfter: 86_400, sameSite: 'lax' } as const;
    const family = defineFamily(options(session, 'shared', store));
    expect(family.sharedCookie).toMatchObject({ expireAfter: 86_400 });
    expect(family.loginHost.cookie).toMatchObject({ expireAfter: 86_400 });
    const { apps } = defineFamily(options({ expireAfter: 60 }, 'handshake', store));
    expect(apps.get('shop')?.cookie).toMatchObject({ expireAfter: 60 });
  });
});
