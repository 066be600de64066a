import { randomBytes } from 'node:crypto';
import { createSmallLoginHost, createTestBrowser, type TestBrowser } from '@latchkey/testkit';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  catchArrival,
  createKittenFamily,
  type KittenFamily,
  login,
  secret,
  see,
  shop,
  toys,
} from '../../test/kitten-family.ts';
import { latchkey } from '../adapters/web.ts';
import { createFamilyApp } from '../app/family-app.ts';
import { deriveAppKey, derivePurposeKey } from '../app-key.ts';
import { defineFamily } from '../config/define-family.ts';
import { LatchkeyError } from '../errors.ts';
import { createFlowValue, createState } from '../handshake/flow.ts';
import { mintToken, type TokenFacts } from '../handshake/token.ts';
import { realmKey } from '../realm.ts';
import type { SessionStore, Slot } from '../session-store.ts';
import { createMemoryStore } from '../store/memory.ts';

/** A browser whose arrival is ready to be sent, and everything around it. */
interface Ready extends KittenFamily {
  readonly slot: Slot;
  readonly owner: TestBrowser;
  readonly arrival: URL;
}

async function ready(wrapStore?: (store: SessionStore) => SessionStore): Promise<Ready> {
  const family = createKittenFamily(wrapStore);
  const slot = await family.host.signIn();
  const browser = family.browserOf(slot);
  const arrival = await catchArrival(browser, `${toys}/private`);
  return { ...family, slot, owner: browser, arrival };
}

/** The URL with parameters set to other values; null takes one away. */
function changed(url: URL, parameters: Readonly<Record<string, string | null>>): string {
  const copy = new URL(url);
  for (const [name, value] of Object.entries(parameters)) {
    if (value === null) copy.searchParams.delete(name);
    else copy.searchParams.set(name, value);
  }
  return copy.href;
}

async function expectRefused(response: Response): Promise<void> {
  expect(response.status).toBe(400);
  expect(response.headers.getSetCookie()).toEqual([]);
  expect(response.headers.get('cache-control')).toBe('no-store');
  expect(await response.text()).toContain('<a href="/sign-in">');
}

const toToys = { app: 'toys', origin: toys };

const sessionLines = (response: Response): readonly string[] =>
  response.headers.getSetCookie().filter((line) => !/_(flow|arrivals)_/.test(line));

/** Nobody is signed in by it; this browser is asked whose it is, by a hop of its own. */
async function expectHopOfItsOwn(response: Response): Promise<void> {
  expect(response.status).toBe(303);
  expect(response.headers.get('location')).toMatch(`${login}/handshake?app=`);
  expect(sessionLines(response)).toEqual([]);
}

describe('a token', () => {
  test('sent fifty times at once signs in exactly once', async () => {
    const { owner: browser, arrival, events } = await ready();
    const copies = Array.from({ length: 50 }, () => browser.copy());
    const responses = await Promise.all(copies.map((copy) => copy.send(arrival.href)));
    const ways = responses.map(({ headers }) => headers.get('location') ?? '');
    expect(ways.filter((way) => way === `${toys}/private`)).toHaveLength(1);
    expect(ways.filter((way) => way.startsWith(`${login}/handshake?`))).toHaveLength(49);
    const seen = await Promise.all(copies.map((copy) => see(copy, `${toys}/`)));
    expect(seen.filter(({ name }) => name === 'Ada')).toHaveLength(1);
    expect(events.filter(({ reason }) => reason === 'used')).toHaveLength(49);
  });

  test('sent again later leads who is signed in to the page, and they stay who they were', async () => {
    const { owner: browser, arrival } = await ready();
    await browser.visit(arrival.href);
    await browser.visit(`${toys}/set?cart=apple`);
    const again = await browser.send(arrival.href);
    expect(again.headers.get('location')).toBe(`${toys}/private`);
    expect(again.headers.getSetCookie()).toEqual([]);
    expect(await see(browser, `${toys}/`)).toMatchObject({ name: 'Ada', data: { cart: 'apple' } });
  });

  test('in another browser signs nobody in, with or without a flow cookie of its own (login CSRF)', async () => {
    const { arrival, browser, events } = await ready();
    const victim = browser();
    await victim.visit(`${toys}/set?cart=apple`);
    await expectHopOfItsOwn(await victim.send(arrival.href));
    await victim.send(`${toys}/private`);
    await expectHopOfItsOwn(await victim.send(arrival.href));
    expect(await see(victim, `${toys}/`)).toEqual({
      name: null,
      access: 'none',
      data: { cart: 'apple' },
    });
    expect(events.map(({ reason }) => reason)).toEqual(['other-browser', 'other-browser']);
  });

  test('is dead once it was opened in another browser, and its own one comes in by a fresh hop', async () => {
    const { arrival, browser, owner } = await ready();
    const thief = owner.copy();
    await expectHopOfItsOwn(await browser().send(arrival.href));
    const { response, urls } = await owner.visit(arrival.href);
    expect(response.status).toBe(200);
    expect(urls.filter((url) => url.startsWith(`${login}/handshake?`))).toHaveLength(1);
    expect(urls.at(-1)).toBe(`${toys}/private`);
    expect((await see(thief, `${toys}/`)).name).toBe(null);
  });

  test('that was used up on its way twice in a row ends on a page, not in a loop', async () => {
    const { arrival, browser, owner, events } = await ready();
    await browser().send(arrival.href);
    const hop = await owner.send(arrival.href);
    const back = await owner.send(hop.headers.get('location') ?? '');
    const second = back.headers.get('location') ?? '';
    expect(second).toContain('/_latchkey/handshake?');
    await browser().send(second);
    expect((await owner.send(second)).status).toBe(400);
    expect((await see(owner, `${toys}/`)).name).toBe(null);
    expect(events.map(({ reason }) => reason)).toEqual([
      ...['other-browser', 'used', 'other-browser', 'used'],
    ]);
  });

  test('at another app is refused', async () => {
    const { arrival, slot, browserOf } = await ready();
    const browser = browserOf(slot);
    await browser.send(`${shop}/private`);
    const there = new URL(arrival.href.replace(toys, shop));
    await expectHopOfItsOwn(await browser.send(there.href));
    // Even with a state of that app, as if the login host had been made to mix them up.
    const own = await catchArrival(browser, `${shop}/private`);
    const mixed = {
      token: arrival.searchParams.get('token'),
      state: own.searchParams.get('state'),
    };
    await expectRefused(await browser.send(changed(own, mixed)));
  });

  test('with the state of another tab is refused, and both tabs still arrive', async () => {
    const { slot, browserOf } = await ready();
    const browser = browserOf(slot);
    const one = await catchArrival(browser, `${toys}/private?tab=1`);
    const two = await catchArrival(browser, `${toys}/private?tab=2`);
    await expectRefused(await browser.send(changed(one, { state: two.searchParams.get('state') })));
    expect((await browser.visit(one.href)).urls.at(-1)).toBe(`${toys}/private?tab=1`);
    expect((await browser.visit(two.href)).urls.at(-1)).toBe(`${toys}/private?tab=2`);
  });

  test.each([
    [59_999, `${toys}/private`],
    [60_000, `${login}/handshake`],
    [600_000, `${login}/handshake`],
  ])('after %i milliseconds leads to %s', async (age, place) => {
    const { clock, owner: browser, arrival } = await ready();
    clock.advance(age);
    const answer = await browser.send(arrival.href);
    expect(answer.headers.get('location')?.split('?')[0]).toBe(place);
    // By a fresh hop it ends where the person wanted to go.
    expect((await browser.visit(arrival.href)).urls.at(-1)).toBe(`${toys}/private`);
  });

  test('that a browser fetches ahead is not used up', async () => {
    const { owner: browser, arrival } = await ready();
    for (const purpose of ['prefetch', 'prefetch;prerender']) {
      const ahead = await browser.send(arrival.href, { headers: { 'sec-purpose': purpose } });
      expect([ahead.status, ahead.headers.getSetCookie()]).toEqual([503, []]);
    }
    expect((await browser.send(arrival.href)).headers.get('location')).toBe(`${toys}/private`);
  });

  test('that does not fit a second time leads no further', async () => {
    const { slot, browserOf } = await ready();
    const browser = browserOf(slot, { refuses: (name) => name.includes('_flow_') });
    const { response, urls, text } = await browser.visit(`${toys}/private`);
    expect(urls.map((url) => new URL(url).pathname)).toEqual([
      '/private',
      '/handshake',
      '/_latchkey/handshake',
      '/handshake',
      '/_latchkey/handshake',
    ]);
    expect([response.status, response.headers.getSetCookie()]).toEqual([400, []]);
    expect(text).toContain('<a href="/sign-in">');
  });

  test.each([
    [5_000, 200],
    [5_001, 400],
    [86_400_000, 400],
  ])('from %i milliseconds ahead gives %i', async (ahead, status) => {
    const { clock, host, browserOf } = createKittenFamily();
    const owner = await host.signIn();
    const browser = browserOf(owner);
    const hop = new URL((await browser.send(`${toys}/private`)).headers.get('location') ?? '');
    const state = hop.searchParams.get('state') ?? '';
    const token = forge(secret, { ...toToys, state, slot: owner, at: clock.now() + ahead });
    const url = `${toys}/_latchkey/handshake?${new URLSearchParams({ token, state })}`;
    expect((await browser.visit(url)).response.status).toBe(status);
  });

  test('under another family’s or another app’s key is refused', async () => {
    const { clock, host, browserOf } = createKittenFamily();
    const owner = await host.signIn();
    const browser = browserOf(owner);
    const hop = new URL((await browser.send(`${toys}/private`)).headers.get('location') ?? '');
    const state = hop.searchParams.get('state') ?? '';
    const facts = { ...toToys, state, slot: owner, at: clock.now() };
    for (const token of [
      forge('another secret of 32 characters, at least', facts),
      forge(secret, { ...facts, app: 'shop' }),
      forge(secret, { ...facts, origin: shop }),
      forge(secret, { ...facts, origin: toys.replace('https', 'http') }),
    ]) {
      const url = `${toys}/_latchkey/handshake?${new URLSearchParams({ token, state })}`;
      await expectRefused(await browser.send(url));
    }
  });

  test('of a sign-in that ended on the way signs nobody in', async () => {
    const { store, slot, owner: browser, arrival, events } = await ready();
    await store.endSignIn(slot, 'sign-out');
    await expectHopOfItsOwn(await browser.send(arrival.href));
    expect(events.at(-1)?.reason).toBe('ended');
  });

  test('of a sign-in that ends between its look-up and the new session gives no session', async () => {
    let isArmed = false;
    const {
      slot,
      owner: browser,
      arrival,
    } = await ready((store) => ({
      ...store,
      async create(...args) {
        if (isArmed) await store.endSignIn(slot, 'sign-out');
        return store.create(...args);
      },
    }));
    isArmed = true;
    await expectHopOfItsOwn(await browser.send(arrival.href));
    isArmed = false;
    expect((await see(browser, `${toys}/`)).name).toBe(null);
  });

  test('of a sign-in that ends right after the new session was made gives one that opens nothing', async () => {
    const {
      slot,
      owner: browser,
      arrival,
    } = await ready((store) => ({
      ...store,
      async create(...args) {
        const outcome = await store.create(...args);
        await store.endSignIn(slot, 'sign-out');
        return outcome;
      },
    }));
    expect((await browser.send(arrival.href)).status).toBe(303);
    expect((await see(browser, `${toys}/`)).name).toBe(null);
  });

  test('is taken in the same step that makes the session: a store that fails there takes nothing', async () => {
    let isDown = true;
    const { owner: browser, arrival } = await ready((store) => ({
      ...store,
      async create(...args) {
        if (isDown) throw new LatchkeyError('store_unavailable', 'down');
        return store.create(...args);
      },
    }));
    expect((await browser.send(arrival.href)).status).toBe(503);
    isDown = false;
    expect((await browser.visit(arrival.href)).response.status).toBe(200);
  });

  test.each(['HEAD', 'POST', 'PUT', 'OPTIONS'])(
    'sent by %s is refused and not used up',
    async (method) => {
      const { owner: browser, arrival } = await ready();
      const response = await browser.send(arrival.href, { method });
      expect([response.status, response.headers.get('allow')]).toEqual([405, 'GET']);
      expect(response.headers.getSetCookie()).toEqual([]);
      expect((await browser.visit(arrival.href)).response.status).toBe(200);
    },
  );

  test('in a form body is not looked at', async () => {
    const { owner: browser, arrival } = await ready();
    const response = await browser.send(`${toys}${arrival.pathname}`, {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: arrival.searchParams.toString(),
    });
    expect(response.status).toBe(405);
  });
});

describe('parameters', () => {
  test.each([
    ['none', { token: null, state: null }],
    ['no token', { token: null }],
    ['no state', { state: null }],
    ['an empty token', { token: '' }],
    ['an empty state', { state: '' }],
    ['garbage', { token: 'x'.repeat(63), state: 'y'.repeat(22) }],
    ['a truncated state', { state: 'A'.repeat(22) }],
    ['a huge token', { token: 'A'.repeat(100_000) }],
    ['a huge state', { state: `${'A'.repeat(22)}.${'A'.repeat(100_000)}` }],
    ['binary', { token: '\u0000\u0001\ud800', state: '\r\n\r\n' }],
    ['markup', { token: '<script>alert(1)</script>', state: '"><img src=x>' }],
  ])('%s: refused, and nothing of it is shown', async (_what, parameters) => {
    const { owner: browser, arrival } = await ready();
    const response = await browser.send(changed(arrival, parameters));
    const text = await response.clone().text();
    await expectRefused(response);
    for (const value of Object.values(parameters)) {
      if (value) expect(text).not.toContain(value);
    }
  });

  test.each([
    ['a token more', (url: URL) => url.searchParams.append('token', 'x')],
    [
      'the same token twice',
      (url: URL) => url.searchParams.append('token', url.searchParams.get('token') ?? ''),
    ],
    ['a state more', (url: URL) => url.searchParams.append('state', 'x')],
    [
      'the same state twice',
      (url: URL) => url.searchParams.append('state', url.searchParams.get('state') ?? ''),
    ],
    [
      'lists',
      (url: URL) => {
        url.search = url.search.replace('token=', 'token[]=').replace('state=', 'state[]=');
      },
    ],
    [
      'objects',
      (url: URL) => {
        url.search = url.search.replace('token=', 'token[a]=');
      },
    ],
    [
      'capitals',
      (url: URL) => {
        url.search = url.search.replace('token=', 'TOKEN=');
      },
    ],
  ])('%s: refused', async (_what, change) => {
    const { owner: browser, arrival } = await ready();
    const copy = new URL(arrival);
    change(copy);
    await expectRefused(await browser.send(copy.href));
    expect((await browser.visit(arrival.href)).response.status).toBe(200);
  });

  test('any text at all is refused without an exception', async () => {
    const { owner: browser, arrival } = await ready();
    const text = fc.string({ unit: 'binary', maxLength: 80 });
    await fc.assert(
      fc.asyncProperty(text, text, async (token, state) => {
        await expectRefused(await browser.send(changed(arrival, { token, state })));
        await expectRefused(await browser.send(changed(arrival, { token })));
        await expectRefused(await browser.send(changed(arrival, { state })));
      }),
    );
  });

  test('with more of them, unknown ones, it works all the same', async () => {
    const { owner: browser, arrival } = await ready();
    const { urls } = await browser.visit(`${arrival.href}&utm_source=x&session=y`);
    expect(urls.at(-1)).toBe(`${toys}/private`);
  });
});

describe('every refusal', () => {
  test('leaves an anonymous session and a signed-in one untouched', async () => {
    const { store, clock, host, browserOf, browser } = createKittenFamily();
    const slot = await host.signIn();
    const victims = [browser(), browserOf(await host.signIn())];
    await victims[1]?.visit(`${toys}/sign-in`);
    const attacker = browserOf(slot);
    const stolen = await catchArrival(attacker, `${toys}/private`);
    const ended = await host.signIn();
    for (const victim of victims) {
      await victim.visit(`${toys}/set?cart=apple`);
      const before = await see(victim, `${toys}/`);
      const flow = createFlowValue(randomBytes);
      victim.setCookie(toys, `__Host-latchkey_flow_toys_0=${flow}; Path=/; Secure`);
      const state = createState(
        flow,
        { app: 'toys', returnPath: '/private', isSecond: false },
        randomBytes,
      );
      const cookies = victim.cookieHeader(toys);
      const own = (owner: Slot, at: number): string =>
        `${toys}/_latchkey/handshake?${new URLSearchParams({
          token: forge(secret, { ...toToys, state, slot: owner, at }),
          state,
        })}`;
      await store.endSignIn(ended, 'sign-out');
      for (const url of [
        stolen.href,
        own(slot, clock.now() - 60_000),
        own(slot, clock.now() + 60_000),
        own(ended, clock.now()),
        `${toys}/_latchkey/handshake`,
        `${toys}/_latchkey/handshake?token=a&state=b`,
      ]) {
        const answer = await victim.send(url);
        expect(answer.headers.get('location') ?? login).toMatch(/^https:\/\/(login|toys)\./);
        expect(sessionLines(answer)).toEqual([]);
      }
      expect(victim.cookieHeader(toys)).toBe(cookies);
      expect(await see(victim, `${toys}/`)).toEqual(before);
      expect(before.data).toEqual({ cart: 'apple' });
    }
  });
});

describe('hosts', () => {
  test.each([
    ['evil.example', 421],
    ['toys.example.evil.example', 421],
    ['evil.toys.example', 421],
    ['toys.example:8443', 421],
    ['toys.example.', 421],
    ['shop.apps.kittens.example', 421],
    ['', 421],
    ['toys.example, evil.example', 421],
    ['toys.example', 303],
    ['TOYS.example', 303],
    ['toys.example:443', 303],
  ])('Host: %s gives %i', async (host, status) => {
    const { owner: browser, arrival } = await ready();
    const response = await browser.send(arrival.href, { headers: { host } });
    expect(response.status).toBe(status);
    if (status === 421) expect(response.headers.getSetCookie()).toEqual([]);
  });

  test('forwarded headers decide nothing: not the host, not where one is sent', async () => {
    const { owner: browser, arrival } = await ready();
    const headers = {
      'x-forwarded-host': 'evil.example',
      'x-forwarded-proto': 'http',
      'x-forwarded-port': '1234',
      forwarded: 'host=evil.example;proto=http',
      'x-original-url': '/evil',
      'x-rewrite-url': '/evil',
    };
    const hop = await browser.send(`${toys}/private`, { headers });
    expect(hop.headers.get('location')).toMatch(/^https:\/\/login\.kittens\.example\/handshake\?/);
    const response = await browser.send(arrival.href, { headers });
    expect(response.headers.get('location')).toBe(`${toys}/private`);
    const wrong = { ...headers, host: 'evil.example', 'x-forwarded-host': 'toys.example' };
    expect((await browser.send(arrival.href, { headers: wrong })).status).toBe(421);
  });
});

test('an app in two processes over one store takes a token once', async () => {
  const store = createMemoryStore();
  const family = defineFamily({
    name: 'Kittens',
    loginHost: login,
    store,
    apps: { toys: { origin: toys } },
  });
  const appKey = deriveAppKey(secret, 'toys');
  const processes = [1, 2].map(() =>
    latchkey(createFamilyApp({ family, app: 'toys', appKey }))(() => new Response('page')),
  );
  let turn = 0;
  const browser = createTestBrowser({
    'toys.example': (request) => {
      turn += 1;
      const process = processes[turn % 2];
      return process === undefined ? new Response() : process(request);
    },
  });
  const hop = new URL((await browser.send(`${toys}/sign-in`)).headers.get('location') ?? '');
  const owner = await createSmallLoginHost({ family, store, secret }).signIn();
  const state = hop.searchParams.get('state') ?? '';
  const token = forge(secret, { ...toToys, state, slot: owner, at: store.now() });
  const url = `${toys}/_latchkey/handshake?${new URLSearchParams({ token, state })}`;
  const copies = Array.from({ length: 20 }, () => browser.copy());
  const responses = await Promise.all(copies.map((copy) => copy.send(url)));
  const ways = responses.map(({ headers }) => headers.get('location'));
  expect(ways.filter((way) => way === `${toys}/`)).toHaveLength(1);
});

/** A token that the holder of `familySecret` could make. */
function forge(familySecret: string, facts: TokenFacts): string {
  const appKey = deriveAppKey(familySecret, facts.app);
  const key = derivePurposeKey(appKey, 'handshake token', realmKey(login));
  return mintToken(key, facts, randomBytes);
}
