import {
  createFakeClock,
  createSmallLoginHost,
  createTestBrowser,
  type FakeClock,
  type SmallLoginHost,
  type TestBrowser,
  type TestBrowserOptions,
  type WebHandler,
} from '@latchkey/testkit';
import { latchkey, requireSignIn, type SessionHandler } from '../src/adapters/web.ts';
import { createFamilyApp, type FamilyApp } from '../src/app/family-app.ts';
import { deriveAppKey } from '../src/app-key.ts';
import { defineFamily } from '../src/config/define-family.ts';
import type { Family } from '../src/config/family.ts';
import type { LatchkeyEvent } from '../src/platform.ts';
import type { SessionStore, Slot } from '../src/session-store.ts';
import { createMemoryStore } from '../src/store/memory.ts';

export const secret = 'a family secret of at least 32 characters';
export const toys = 'https://toys.example';
export const shop = 'https://shop.apps.kittens.example';
export const blog = 'https://blog.apps.kittens.example';
export const login = 'https://login.kittens.example';

/** The family of these tests: one app by handshake, two that share a cookie, all over one store. */
export interface KittenFamily {
  readonly family: Family;
  readonly store: SessionStore;
  readonly clock: FakeClock;
  readonly host: SmallLoginHost;
  readonly apps: Readonly<Record<'toys' | 'shop' | 'blog', FamilyApp>>;
  readonly events: LatchkeyEvent[];
  readonly handlers: Readonly<Record<string, WebHandler>>;
  browser(options?: TestBrowserOptions): TestBrowser;
  /** A browser that the login host knows as the owner of this sign-in. */
  browserOf(slot: Slot, options?: TestBrowserOptions): TestBrowser;
}

/** What the pages of the apps answer about the session. */
export interface Seen {
  readonly name: string | null;
  readonly access: string;
  readonly data: Record<string, unknown>;
}

/** `wrapStore` stands between the apps and the store, to fail or to do things in between. */
export function createKittenFamily(
  wrapStore: (store: SessionStore) => SessionStore = (store) => store,
): KittenFamily {
  const clock = createFakeClock();
  const events: LatchkeyEvent[] = [];
  const store = createMemoryStore({ now: clock.now });
  const family = defineFamily({
    name: 'Kittens',
    loginHost: login,
    store: wrapStore(store),
    session: { key: 'kittens', domain: 'all', tldLength: 3 },
    apps: {
      toys: { origin: toys },
      shop: { origin: shop, reach: 'shared' },
      blog: { origin: blog, reach: 'shared' },
    },
  });
  const host = createSmallLoginHost({ family, store, secret });
  const join = (app: 'toys' | 'shop' | 'blog'): FamilyApp =>
    createFamilyApp({
      family,
      app,
      appKey: deriveAppKey(secret, app),
      platform: { now: clock.now, fetch: host.fetch, onEvent: (event) => events.push(event) },
    });
  const apps = { toys: join('toys'), shop: join('shop'), blog: join('blog') };
  const handlers: Record<string, WebHandler> = { [new URL(login).host]: host.handler };
  for (const app of Object.values(apps)) {
    handlers[new URL(app.origin).host] = latchkey(app)(pages(app));
  }
  const browser = (options?: TestBrowserOptions): TestBrowser =>
    createTestBrowser(handlers, options);
  return {
    family,
    store,
    clock,
    host,
    apps,
    events,
    handlers,
    browser,
    browserOf(slot, options) {
      const made = browser(options);
      made.setCookie(login, host.cookieLine(slot));
      return made;
    },
  };
}

function pages(app: FamilyApp): SessionHandler {
  const show: SessionHandler = (_request, { account, access, data }) =>
    Response.json({ name: account?.name ?? null, access, data } satisfies Seen);
  const guarded = requireSignIn(app, show);
  return async (request, session) => {
    const url = new URL(request.url);
    if (url.pathname.startsWith('/private')) return guarded(request, session);
    if (url.pathname === '/end') await session.end();
    if (url.pathname === '/set') {
      for (const [key, value] of url.searchParams) session.data[key] = value;
    }
    return show(request, session);
  };
}

/** What a page says about the session. */
export async function see(browser: TestBrowser, url: string): Promise<Seen> {
  const { text } = await browser.visit(url);
  return JSON.parse(text) as Seen;
}

/** Stops a navigation before it reaches the app again: the URL of the arrival, with token and state. */
export async function catchArrival(browser: TestBrowser, start: string): Promise<URL> {
  const hop = await browser.send(start);
  const back = await browser.send(hop.headers.get('location') ?? '');
  return new URL(back.headers.get('location') ?? '');
}
