import { hostileDestinations, oddDestinations } from '@latchkey/testkit';
import { describe, expect, test } from 'vitest';
import {
  blog,
  catchArrival,
  createKittenFamily,
  login,
  see,
  shop,
  toys,
} from '../../test/kitten-family.ts';
import { readState } from '../handshake/flow.ts';
import { realmKey } from '../realm.ts';
import type { SessionStore } from '../session-store.ts';

const sessionCookie = '__Host-kittens_toys';

describe('a handshake', () => {
  test('carries the sign-in to the app and comes back to the page it began on', async () => {
    const { host, browserOf } = createKittenFamily();
    const visit = await browserOf(await host.signIn()).visit(`${toys}/private?item=1`);
    expect(JSON.parse(visit.text)).toMatchObject({ name: 'Ada', access: 'granted' });
    expect(visit.responses.map(({ status }) => status)).toEqual([303, 303, 303, 200]);
    expect(visit.urls.map((url) => new URL(url).origin + new URL(url).pathname)).toEqual([
      `${toys}/private`,
      `${login}/handshake`,
      `${toys}/_latchkey/handshake`,
      `${toys}/private`,
    ]);
    expect(visit.urls.at(-1)).toBe(`${toys}/private?item=1`);
    const hop = new URL(visit.urls[1] ?? '');
    expect([...hop.searchParams.keys()]).toEqual(['app', 'state', 'keys']);
    expect(hop.searchParams.get('app')).toBe('toys');
    expect(readState(hop.searchParams.get('state') ?? '')?.returnPath).toBe('/private?item=1');
  });

  test('leaves nothing secret in any URL, and no page may learn or keep the URLs', async () => {
    const { host, browserOf } = createKittenFamily();
    const slot = await host.signIn();
    const browser = browserOf(slot);
    const { urls, responses } = await browser.visit(`${toys}/private`);
    const values = (browser.cookieHeader(toys) ?? '').split('; ').map((pair) => pair.split('=')[1]);
    for (const value of values.filter((text = '') => text.length > 1)) {
      expect(urls.join(' ')).not.toContain(value);
    }
    expect(urls.join(' ')).not.toContain(slot);
    for (const index of [0, 2]) {
      expect(responses[index]?.headers.get('cache-control')).toBe('no-store');
      expect(responses[index]?.headers.get('referrer-policy')).toBe('no-referrer');
    }
    expect(urls.at(-1)).not.toMatch(/token|state/);
  });

  test('sets a host-only flow cookie and, on arrival, a host-only session cookie', async () => {
    const { host, browserOf } = createKittenFamily();
    const browser = browserOf(await host.signIn());
    const { responses } = await browser.visit(`${toys}/sign-in`);
    expect(responses[0]?.headers.getSetCookie()).toEqual([
      expect.stringMatching(
        /^__Host-latchkey_flow_toys_[0-9a-z]{1,2}=[\w-]{22}; Max-Age=600; Path=\/; HttpOnly; Secure; SameSite=Lax$/,
      ),
    ]);
    expect(responses[2]?.headers.getSetCookie()).toContainEqual(
      expect.stringMatching(
        /^__Host-kittens_toys=[\w-]{16}\.[\w-]{43}; Path=\/; HttpOnly; Secure; SameSite=Lax$/,
      ),
    );
  });

  test('reaches shared apps by one cookie with a domain, and the second app without a hop', async () => {
    const { host, browserOf } = createKittenFamily();
    const browser = browserOf(await host.signIn());
    const { responses } = await browser.visit(`${shop}/private`);
    expect(responses[2]?.headers.getSetCookie()).toContainEqual(
      expect.stringMatching(/^__Secure-kittens=\S+; Domain=apps\.kittens\.example; Path=\/;/),
    );
    expect((await browser.visit(`${blog}/private`)).urls).toHaveLength(1);
    await browser.visit(`${shop}/set?cart=apple`);
    expect((await see(browser, `${blog}/`)).data).toEqual({ cart: 'apple' });
  });

  test('gives each app a session of its own: other id, other data', async () => {
    const { host, browserOf } = createKittenFamily();
    const browser = browserOf(await host.signIn());
    await browser.visit(`${toys}/sign-in`);
    await browser.visit(`${shop}/sign-in`);
    await browser.visit(`${toys}/set?cart=ball`);
    expect((await see(browser, `${shop}/`)).data).toEqual({});
    const secretOf = (at: string) =>
      /=[\w-]{16}\.([\w-]{43})/.exec(browser.cookieHeader(at) ?? '')?.[1];
    expect(secretOf(toys)).not.toBe(secretOf(shop));
  });

  test('ends on the login host’s page for somebody who is not signed in there', async () => {
    const { browser } = createKittenFamily();
    const { urls, text } = await browser().visit(`${toys}/private`);
    expect([urls.length, text]).toEqual([2, 'Sign in.']);
  });

  test('asks the login host only where a page needs it', async () => {
    const { host, browserOf } = createKittenFamily();
    const { urls, text } = await browserOf(await host.signIn()).visit(`${toys}/`);
    expect(urls).toEqual([`${toys}/`]);
    expect(JSON.parse(text)).toEqual({ name: null, access: 'none', data: {} });
  });
});

describe('/sign-in', () => {
  test.each([
    ['/sign-in', '/'],
    ['/sign-in?return_to=/cart', '/cart'],
    [`/sign-in?return_to=${encodeURIComponent('/cart?a=1&b=2')}`, '/cart?a=1&b=2'],
    [`/sign-in?return_to=${encodeURIComponent(`${toys}/cart`)}`, '/cart'],
  ])('%s comes back to %s, at once where one is signed in already', async (start, end) => {
    const { host, browserOf } = createKittenFamily();
    const browser = browserOf(await host.signIn());
    expect((await browser.visit(toys + start)).urls).toHaveLength(4);
    const again = await browser.visit(toys + start);
    expect(again.urls).toEqual([toys + start, toys + end]);
  });

  test.each(hostileDestinations(toys))(
    'refuses to come back to $what: $value',
    async ({ value }) => {
      const { host, browserOf } = createKittenFamily();
      const browser = browserOf(await host.signIn());
      const url = `${toys}/sign-in?${new URLSearchParams({ return_to: value })}`;
      const { response, urls } = await browser.visit(url);
      if (response.status === 400)
        expect([urls.length, response.headers.getSetCookie()]).toEqual([1, []]);
      // Too long to be carried.
      else
        expect([new URL(value, toys).href.length > 2_000, urls.at(-1)]).toEqual([true, `${toys}/`]);
    },
  );

  test.each(oddDestinations)('never leaves the app for $what: $value', async ({ value }) => {
    const { host, browserOf } = createKittenFamily();
    const browser = browserOf(await host.signIn());
    const url = `${toys}/sign-in?${new URLSearchParams({ return_to: value })}`;
    const { urls } = await browser.visit(url);
    expect(urls.every((at) => [toys, login].includes(new URL(at).origin))).toBe(true);
    expect(new URL(urls.at(-1) ?? '').origin).toBe(toys);
  });

  test('refuses a repeated return_to', async () => {
    const { browser } = createKittenFamily();
    const { response } = await browser().visit(`${toys}/sign-in?return_to=/a&return_to=/b`);
    expect(response.status).toBe(400);
  });

  test('is for GET and HEAD', async () => {
    const { browser } = createKittenFamily();
    const head = await browser().send(`${toys}/sign-in`, { method: 'HEAD' });
    expect(head.status).toBe(303);
    const post = await browser().send(`${toys}/sign-in`, { method: 'POST' });
    expect([post.status, post.headers.get('allow')]).toEqual([405, 'GET, HEAD']);
  });
});

describe('a page that needs a sign-in', () => {
  test.each<readonly [method: string, headers: Record<string, string>]>([
    ['GET', { accept: 'text/html,application/xhtml+xml;q=0.9,*/*;q=0.8' }],
    ['HEAD', { accept: 'application/json, Text/HTML;q=0.1' }],
    ['GET', { 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document', accept: '*/*' }],
  ])('leads a person who opens it to the login host: %s %o', async (method, headers) => {
    const { browser } = createKittenFamily();
    const response = await browser().send(`${toys}/private`, { method, headers });
    expect(response.status).toBe(303);
    expect(response.headers.getSetCookie()).toHaveLength(1);
  });

  test.each<readonly [method: string, headers: Record<string, string>]>([
    ['GET', { accept: '*/*' }],
    ['GET', { accept: 'application/json' }],
    ['GET', { accept: 'text/htmlx, text/event-stream' }],
    ['GET', { accept: 'text/html', 'x-requested-with': 'XMLHttpRequest' }],
    ['GET', { accept: 'text/html', 'sec-fetch-mode': 'cors' }],
    ['GET', { accept: 'text/html', 'sec-fetch-mode': 'no-cors', 'sec-fetch-dest': 'image' }],
    ['GET', { accept: 'text/html', 'sec-fetch-dest': 'document' }],
    ['POST', { accept: 'text/html', 'sec-fetch-mode': 'navigate' }],
  ])('answers 401 and sets no cookie in the background: %s %o', async (method, headers) => {
    const { browser } = createKittenFamily();
    const response = await browser().send(`${toys}/private`, { method, headers });
    expect([response.status, await response.json()]).toEqual([401, { signedIn: false }]);
    expect(response.headers.get('content-type')).toBe('application/json');
    expect(response.headers.getSetCookie()).toEqual([]);
  });

  test('says 403 as JSON in the background to who is signed in without access', async () => {
    const { host, browserOf } = createKittenFamily();
    const browser = browserOf(await host.signIn({ apps: { shop: null } }));
    await browser.visit(`${shop}/sign-in`);
    const headers = { 'sec-fetch-mode': 'cors' };
    const response = await browser.send(`${blog}/private`, { headers });
    expect(response.status).toBe(403);
    expect(await response.json()).toEqual({ signedIn: false, reason: 'no-access' });
  });

  test('/sign-in leads on whoever asks', async () => {
    const { browser } = createKittenFamily();
    const headers = { 'sec-fetch-mode': 'cors', accept: '*/*' };
    expect((await browser().send(`${toys}/sign-in`, { headers })).status).toBe(303);
  });

  test('answers 403 to who is signed in without access, and never hops for ever', async () => {
    const { host, browserOf } = createKittenFamily();
    const slot = await host.signIn({ apps: { shop: null } });
    const browser = browserOf(slot);
    await browser.visit(`${shop}/sign-in`);
    const { response, urls } = await browser.visit(`${blog}/private`);
    expect([response.status, urls.length]).toEqual([403, 1]);
    expect(await see(browser, `${blog}/`)).toMatchObject({ name: null, access: 'denied' });
  });

  test('comes back to the home page where its own path could not be carried', async () => {
    const { host, browserOf } = createKittenFamily();
    const browser = browserOf(await host.signIn());
    const { urls } = await browser.visit(`${toys}/private/${'a'.repeat(3000)}`);
    expect(urls.at(-1)).toBe(`${toys}/`);
  });
});

describe('arriving', () => {
  test('changes the session id; the one known before opens nothing', async () => {
    const { host, browserOf } = createKittenFamily();
    const browser = browserOf(await host.signIn());
    await browser.visit(`${toys}/set?cart=apple`);
    const before = browser.copy();
    await browser.visit(`${toys}/sign-in`);
    expect(browser.cookieHeader(toys)).not.toBe(before.cookieHeader(toys));
    expect(await see(before, `${toys}/`)).toEqual({ name: null, access: 'none', data: {} });
  });

  test('carries over what was stored before', async () => {
    const { host, browserOf } = createKittenFamily();
    const browser = browserOf(await host.signIn());
    await browser.visit(`${toys}/set?cart=apple`);
    await browser.visit(`${toys}/sign-in`);
    expect(await see(browser, `${toys}/`)).toMatchObject({ name: 'Ada', data: { cart: 'apple' } });
  });

  test('carries over what a parallel request wrote while the session was being moved', async () => {
    let between: (() => Promise<unknown>) | null = null;
    const { host, browserOf } = createKittenFamily((store: SessionStore) => ({
      ...store,
      async retire(...args) {
        const write = between;
        between = null;
        await write?.();
        return store.retire(...args);
      },
    }));
    const browser = browserOf(await host.signIn());
    await browser.visit(`${toys}/set?cart=apple&theme=dark`);
    const other = browser.copy();
    between = () => other.visit(`${toys}/set?cart=pear&seen=yes`);
    await browser.visit(`${toys}/sign-in`);
    expect(between).toBe(null);
    expect(await see(browser, `${toys}/`)).toMatchObject({
      name: 'Ada',
      data: { cart: 'pear', theme: 'dark', seen: 'yes' },
    });
  });

  test('with the same sign-in as before keeps the session and takes the token', async () => {
    const { host, browserOf } = createKittenFamily();
    const browser = browserOf(await host.signIn());
    const first = await catchArrival(browser, `${toys}/private`);
    const second = await catchArrival(browser, `${toys}/private`);
    await browser.visit(first.href);
    await browser.visit(`${toys}/set?cart=apple`);
    const before = browser.cookieHeader(toys);
    expect((await browser.visit(second.href)).response.status).toBe(200);
    expect(browser.cookieHeader(toys)).toContain(
      /__Host-kittens_toys=[^;]+/.exec(before ?? '')?.[0],
    );
    expect((await see(browser, `${toys}/`)).data).toEqual({ cart: 'apple' });
    const used = await browser.copy().send(second.href);
    expect(used.headers.get('location')).toBe(`${toys}/private`);
    expect(used.headers.getSetCookie()).toEqual([]);
  });

  test('as somebody else starts afresh: other id, nothing of the other person’s data', async () => {
    const { host, browserOf } = createKittenFamily();
    const browser = browserOf(await host.signIn());
    // Two tabs begin; in the first Ada arrives, then Ben signs in at the login host, then the second tab goes on.
    const hops = [await browser.send(`${toys}/private`), await browser.send(`${toys}/private`)];
    const [first = '', second = ''] = hops.map(({ headers }) => headers.get('location') ?? '');
    await browser.visit(first);
    await browser.visit(`${toys}/set?cart=apple`);
    const before = browser.copy();
    const ben = { id: 'ben', email: 'ben@kittens.example', name: 'Ben' };
    browser.setCookie(login, host.cookieLine(await host.signIn({ account: ben })));
    await browser.visit(second);
    expect(await see(browser, `${toys}/`)).toEqual({ name: 'Ben', access: 'granted', data: {} });
    expect(await see(before, `${toys}/`)).toEqual({ name: null, access: 'none', data: {} });
  });

  test('works in ten tabs at once: none ends in an error, one session, nothing lost', async () => {
    const { host, browserOf } = createKittenFamily();
    const browser = browserOf(await host.signIn());
    await browser.visit(`${toys}/set?cart=apple`);
    const tabs = Array.from({ length: 10 }, (_, tab) => `${toys}/private?tab=${tab}`);
    const visits = await Promise.all(tabs.map((tab) => browser.visit(tab)));
    expect(visits.map(({ response }) => response.status)).toEqual(tabs.map(() => 200));
    expect(visits.map(({ urls }) => urls.at(-1))).toEqual(tabs);
    for (const { text } of visits) {
      expect(JSON.parse(text)).toMatchObject({ name: 'Ada', data: { cart: 'apple' } });
    }
  });

  test('works when each tab arrives only after the one before, with the cookies of its start', async () => {
    const { host, browserOf } = createKittenFamily();
    const browser = browserOf(await host.signIn());
    await browser.visit(`${toys}/set?cart=apple`);
    const arrivals = await Promise.all(
      [0, 1, 2, 3, 4].map((tab) => catchArrival(browser, `${toys}/private?tab=${tab}`)),
    );
    // The request of each tab left before the answer to the first brought the new cookie.
    const stale = browser.cookieHeader(toys) ?? '';
    for (const [tab, arrival] of arrivals.entries()) {
      const response = await browser.send(arrival.href, { headers: { cookie: stale } });
      const { text, urls } = await browser.visit(response.headers.get('location') ?? '');
      expect(urls.at(-1)).toBe(`${toys}/private?tab=${tab}`);
      expect(JSON.parse(text)).toMatchObject({ name: 'Ada', data: { cart: 'apple' } });
    }
  });

  test('with a cookie that opens nothing takes one round more, and no second one', async () => {
    const { host, browserOf } = createKittenFamily();
    const browser = browserOf(await host.signIn());
    const dead = `${'A'.repeat(16)}.${'A'.repeat(43)}`;
    browser.setCookie(toys, `${sessionCookie}=${dead}; Path=/; Secure`);
    const { urls, text } = await browser.visit(`${toys}/private`);
    expect(urls).toHaveLength(5);
    expect(JSON.parse(text)).toMatchObject({ name: 'Ada' });
  });
});

describe('a loop', () => {
  test('of a browser that keeps no session cookie stops after three arrivals, with the cause', async () => {
    const { host, browserOf, events } = createKittenFamily();
    const browser = browserOf(await host.signIn(), { refuses: (name) => name === sessionCookie });
    const { response, text, urls } = await browser.visit(`${toys}/private`);
    expect(response.status).toBe(400);
    expect(text).toContain('does not keep this app’s cookie');
    expect(urls.filter((url) => url.includes('/_latchkey/handshake'))).toHaveLength(3);
    expect(events).toContainEqual({
      type: 'handshake.refused',
      app: 'toys',
      reason: 'cookie-not-kept',
    });
  });

  test('of a store that loses sessions stops as well, with another cause', async () => {
    let isLosing = true;
    const { host, browserOf } = createKittenFamily((store) => ({
      ...store,
      read: (key) => (isLosing ? null : store.read(key)),
    }));
    const browser = browserOf(await host.signIn());
    const { response, text } = await browser.visit(`${toys}/private`);
    expect(response.status).toBe(400);
    expect(text).toContain('could not be found afterwards');
    isLosing = false;
    expect((await browser.visit(`${toys}/private`)).response.status).toBe(200);
  });

  test('can be tried again from its page', async () => {
    const { host, browserOf } = createKittenFamily();
    let refuses = true;
    const browser = browserOf(await host.signIn(), {
      refuses: (name) => refuses && name === sessionCookie,
    });
    expect((await browser.visit(`${toys}/private`)).response.status).toBe(400);
    refuses = false;
    expect((await browser.visit(`${toys}/sign-in`)).response.status).toBe(200);
  });

  test('is not what a browser without any cookies gets: it goes round once more, and sees why', async () => {
    const { host } = createKittenFamily();
    const family = createKittenFamily();
    const browser = family.browserOf(await host.signIn(), {
      refuses: (name) => name.startsWith('__'),
    });
    const { response, urls } = await browser.visit(`${toys}/private`);
    expect([response.status, urls.length]).toEqual([400, 5]);
  });

  test.each([
    [
      'the app’s sign-out',
      `${toys}/sign-out`,
      { method: 'POST', headers: { 'sec-fetch-site': 'same-origin' } },
    ],
    ['a page that ends the session', `${toys}/end`, {}],
  ])('is never seen in who signs in and out again and again, by %s', async (_how, url, init) => {
    const { host, browser: newBrowser } = createKittenFamily();
    const browser = newBrowser();
    for (let round = 0; round < 10; round += 1) {
      browser.setCookie(login, host.cookieLine(await host.signIn()));
      expect((await browser.visit(`${toys}/private`)).response.status).toBe(200);
      expect((await browser.visit(url, init)).response.status).toBe(200);
      expect((await see(browser, `${toys}/`)).name).toBe(null);
    }
  });

  test('is never seen in who is signed out elsewhere again and again', async () => {
    const { host, store, browser: newBrowser } = createKittenFamily();
    const browser = newBrowser();
    for (let round = 0; round < 10; round += 1) {
      const slot = await host.signIn();
      browser.setCookie(login, host.cookieLine(slot));
      expect((await browser.visit(`${toys}/private`)).response.status).toBe(200);
      await store.endSignIn(slot, 'revoked-by-person');
    }
  });
});

describe('/sign-out', () => {
  const submit = {
    method: 'POST',
    headers: { 'sec-fetch-site': 'same-origin', 'sec-fetch-mode': 'navigate' },
  };

  test('by GET shows a button and changes nothing', async () => {
    const { host, browserOf } = createKittenFamily();
    const browser = browserOf(await host.signIn());
    await browser.visit(`${toys}/sign-in`);
    const { response, text } = await browser.visit(`${toys}/sign-out`);
    expect(response.status).toBe(200);
    expect(text).toContain('<form method="post" action="/sign-out">');
    expect((await see(browser, `${toys}/`)).name).toBe('Ada');
  });

  test('by POST ends the sign-in in every app and drops the cookie', async () => {
    const { host, browserOf } = createKittenFamily();
    const browser = browserOf(await host.signIn());
    await browser.visit(`${toys}/sign-in`);
    await browser.visit(`${shop}/sign-in`);
    const stolen = browser.copy();
    const response = await browser.send(`${toys}/sign-out`, submit);
    const location = response.headers.get('location');
    expect(response.status).toBe(303);
    expect(location).toMatch(/^https:\/\/toys\.example\/_latchkey\/signed-out\?ticket=[\w-]+$/);
    expect(response.headers.getSetCookie()).toContainEqual(
      expect.stringMatching(/^__Host-kittens_toys=; Max-Age=0; Path=\//),
    );
    for (const at of [toys, shop, blog]) {
      expect((await see(browser, `${at}/`)).name).toBe(null);
      expect((await see(stolen, `${at}/`)).name).toBe(null);
    }
  });

  test('by POST from another site is refused and changes nothing', async () => {
    const { host, browserOf } = createKittenFamily();
    const browser = browserOf(await host.signIn());
    await browser.visit(`${toys}/sign-in`);
    for (const headers of [
      { 'sec-fetch-site': 'cross-site', origin: 'https://evil.example' },
      { 'sec-fetch-site': 'same-site' },
      { origin: 'https://evil.example' },
      { origin: 'null' },
      {},
    ]) {
      const response = await browser.send(`${toys}/sign-out`, { method: 'POST', headers });
      expect([response.status, response.headers.getSetCookie()]).toEqual([403, []]);
    }
    expect((await see(browser, `${toys}/`)).name).toBe('Ada');
  });

  test('by POST leads over a page of its own origin to the login host, which has the ticket then', async () => {
    const { host, browserOf } = createKittenFamily();
    const browser = browserOf(await host.signIn());
    await browser.visit(`${toys}/sign-in`);
    const { urls, responses, text } = await browser.visit(`${toys}/sign-out`, submit);
    const ticket = new URL(urls[1] ?? '').searchParams.get('ticket');
    expect(ticket).toMatch(/^[\w-]+$/);
    expect(urls.slice(1)).toEqual([
      `${toys}/_latchkey/signed-out?ticket=${ticket}`,
      `${login}/signed-out?app=toys&ticket=${ticket}`,
    ]);
    expect(responses.map(({ status }) => status)).toEqual([303, 200, 200]);
    expect(responses[1]?.headers.get('referrer-policy')).toBe('no-referrer');
    expect(responses[1]?.headers.get('cache-control')).toBe('no-store');
    expect(responses[1]?.headers.get('content-security-policy')).toContain("form-action 'self'");
    expect(text).toBe('You are signed out.');
  });

  test('by POST signed out leads the same way without a ticket', async () => {
    const { browser } = createKittenFamily();
    const { urls, responses } = await browser().visit(`${toys}/sign-out`, submit);
    expect(urls.slice(1)).toEqual([`${toys}/_latchkey/signed-out`, `${login}/signed-out?app=toys`]);
    expect(responses[0]?.headers.getSetCookie()).toEqual([]);
  });

  test.each<Record<string, string>>([
    { 'sec-fetch-mode': 'cors' },
    { accept: '*/*' },
    { accept: 'application/json' },
    { accept: 'text/html', 'x-requested-with': 'XMLHttpRequest' },
  ])('by POST of what is no navigation gives JSON with the way on: %o', async (headers) => {
    const { host, browserOf, store } = createKittenFamily();
    const slot = await host.signIn();
    const browser = browserOf(slot);
    await browser.visit(`${toys}/sign-in`);
    const given = { 'sec-fetch-site': 'same-origin', ...headers };
    const response = await browser.send(`${toys}/sign-out`, { method: 'POST', headers: given });
    expect(response.status).toBe(200);
    const { signedIn, next } = (await response.json()) as { signedIn: unknown; next: string };
    expect(signedIn).toBe(false);
    expect(await store.readSignIn(slot)).toBe(null);
    expect((await browser.visit(next)).urls.at(-1)).toContain(
      `${login}/signed-out?app=toys&ticket=`,
    );
  });

  test('the page after it leads home who has signed in again, and takes no POST', async () => {
    const { host, browserOf } = createKittenFamily();
    const browser = browserOf(await host.signIn());
    await browser.visit(`${toys}/sign-in`);
    const page = `${toys}/_latchkey/signed-out`;
    expect((await browser.send(page)).headers.get('location')).toBe(`${toys}/`);
    expect((await browser.send(page, submit)).status).toBe(405);
  });

  test('by other methods is refused', async () => {
    const { browser } = createKittenFamily();
    const response = await browser().send(`${toys}/sign-out`, { method: 'PUT' });
    expect([response.status, response.headers.get('allow')]).toEqual([405, 'GET, HEAD, POST']);
  });

  test('while the login host is away ends the sign-in in the store and leaves a report', async () => {
    const { host, browserOf, store, events } = createKittenFamily();
    const slot = await host.signIn();
    const browser = browserOf(slot);
    await browser.visit(`${toys}/sign-in`);
    await browser.visit(`${shop}/sign-in`);
    host.isAway = true;
    const { response, text, urls } = await browser.visit(`${toys}/sign-out`, submit);
    expect(response.status).toBe(200);
    expect(urls.at(-1)).toBe(`${toys}/_latchkey/signed-out`);
    expect(text).toContain('The login host could not be reached');
    expect(browser.cookieHeader(toys)).not.toContain(sessionCookie);
    expect(await store.readSignIn(slot)).toBe(null);
    expect((await see(browser, `${shop}/`)).name).toBe(null);
    expect(await store.readReports(realmKey(login), 10)).toMatchObject([
      { slot, cause: 'sign-out' },
    ]);
    expect(events).toContainEqual(
      expect.objectContaining({ type: 'login-host.unavailable', app: 'toys', reason: 'sign-out' }),
    );
  });

  test('after that the next hop asks for the password, and the one after the arrival does not', async () => {
    const { host, browserOf } = createKittenFamily();
    const browser = browserOf(await host.signIn());
    await browser.visit(`${toys}/sign-in`);
    host.isAway = true;
    await browser.visit(`${toys}/sign-out`, submit);
    host.isAway = false;
    browser.setCookie(login, host.cookieLine(await host.signIn()));
    const { urls } = await browser.visit(`${toys}/sign-in`);
    expect(new URL(urls[1] ?? '').searchParams.get('ask')).toBe('1');
    expect((await see(browser, `${toys}/`)).name).toBe('Ada');
    expect(browser.cookieHeader(toys)).not.toContain('latchkey_ask');
  });

  test('while both login host and store are away is a 503, and nobody is told to be signed out', async () => {
    const down = Object.assign(new Error('down'), { code: 'x' });
    let isDown = false;
    const { LatchkeyError } = await import('../errors.ts');
    const { host, browserOf } = createKittenFamily((store) => ({
      ...store,
      async endSignIn(...args) {
        if (isDown) throw new LatchkeyError('store_unavailable', 'down', { cause: down });
        return store.endSignIn(...args);
      },
    }));
    const browser = browserOf(await host.signIn());
    await browser.visit(`${toys}/sign-in`);
    [host.isAway, isDown] = [true, true];
    const response = await browser.send(`${toys}/sign-out`, submit);
    expect([response.status, response.headers.getSetCookie()]).toEqual([503, []]);
    isDown = false;
    expect((await see(browser, `${toys}/`)).name).toBe('Ada');
  });
});

test('other paths under /_latchkey/ are not found', async () => {
  const { browser } = createKittenFamily();
  for (const path of [
    '/_latchkey/',
    '/_latchkey/other',
    '/_latchkey/handshake/',
    '/_latchkey/..%2f',
  ]) {
    expect((await browser().send(toys + path)).status).toBe(404);
  }
});
