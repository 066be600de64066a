import { randomBytes } from 'node:crypto';
import { createTestBrowser, type WebHandler } from '@latchkey/testkit';
import { describe, expect, test } from 'vitest';
import { see } from '../../test/kitten-family.ts';
import {
  createTwoPeers,
  linkFrom,
  secret,
  shop,
  type TwoPeers,
  toys,
} from '../../test/two-peers.ts';
import { createAppAlone } from '../app/app-alone.ts';
import { createMemoryStore } from '../store/memory.ts';

const sessionCookie = (header = ''): string => /latchkey_session=([^;]+)/.exec(header)?.[1] ?? '';

function handlerOf({ handlers }: TwoPeers, host: string): WebHandler {
  return handlers[host] ?? (() => new Response(null, { status: 404 }));
}

describe('a decorated link', () => {
  test('followed by who is signed in at the source arrives signed in, with a clean URL', async () => {
    const { signedIn } = createTwoPeers();
    const browser = await signedIn();
    const link = await linkFrom(browser);
    expect(link).toMatch(
      /^https:\/\/toys\.example\/cart\?item=1&latchkey_invitation=shop\.[A-Za-z0-9_-]{98}$/,
    );
    const { urls, responses, text } = await browser.visit(link);
    expect(urls.map((url) => new URL(url).origin + new URL(url).pathname)).toEqual([
      `${toys}/cart`,
      `${shop}/_latchkey/handshake/answer`,
      `${toys}/_latchkey/handshake`,
      `${toys}/cart`,
    ]);
    expect(urls.at(-1)).toBe(`${toys}/cart?item=1`);
    expect(JSON.parse(text)).toMatchObject({ name: 'Ada', access: 'granted' });
    expect(responses.map(({ status }) => status)).toEqual([303, 303, 303, 200]);
    for (const { headers } of responses.slice(0, 3)) {
      expect(headers.get('cache-control')).toBe('no-store');
      expect(headers.get('referrer-policy')).toBe('no-referrer');
    }
  });

  test('makes a session that lasts: the next request is signed in without another hop', async () => {
    const { signedIn } = createTwoPeers();
    const browser = await signedIn();
    await browser.visit(await linkFrom(browser));
    expect((await browser.visit(`${toys}/`)).urls).toHaveLength(1);
    expect(await see(browser, `${toys}/`)).toMatchObject({ name: 'Ada' });
  });

  test('makes a session id of its own, off the same sign-in', async () => {
    const { signedIn, store } = createTwoPeers();
    const browser = await signedIn();
    const { urls } = await browser.visit(await linkFrom(browser));
    const [there, here] = [shop, toys].map((url) => sessionCookie(browser.cookieHeader(url)));
    expect(there?.slice(0, 16)).toBe(here?.slice(0, 16));
    expect(there?.slice(17)).not.toBe(here?.slice(17));
    expect(await store.readSignIn(here?.slice(0, 16) as never)).not.toBe(null);
    // No cookie value, and no part of one, ever stands in a URL.
    for (const part of [...(there ?? '').split('.'), ...(here ?? '').split('.')]) {
      expect(urls.join('\n')).not.toContain(part);
    }
  });

  test('keeps what the visitor had at the target before', async () => {
    const { signedIn } = createTwoPeers();
    const browser = await signedIn();
    await browser.visit(`${toys}/set`);
    await browser.visit(await linkFrom(browser));
    expect(await see(browser, `${toys}/`)).toMatchObject({ name: 'Ada', data: { cart: 'apple' } });
  });

  test('works in the other direction too, and from a redirect of the app', async () => {
    const { browser: make } = createTwoPeers();
    const browser = make();
    await browser.send(`${toys}/enter`);
    const to = encodeURIComponent(`${shop}/landing#part`);
    const { urls, responses, text } = await browser.visit(`${toys}/go?to=${to}`);
    expect(responses[0]?.status).toBe(302);
    expect(responses[0]?.headers.get('cache-control')).toBe('no-store');
    expect(urls[1]).toMatch(/\/landing\?latchkey_invitation=toys\.[A-Za-z0-9_-]{98}#part$/);
    expect(urls.at(-1)).toBe(`${shop}/landing`);
    expect(JSON.parse(text)).toMatchObject({ name: 'Ada' });
  });

  test('as a name=value parameter needs no encoding', async () => {
    const { signedIn } = createTwoPeers();
    const browser = await signedIn();
    const { text } = await browser.visit(`${shop}/parameter`);
    expect(text).toBe(new URLSearchParams(text).toString());
    expect(await see(browser, `${toys}/?${text}&a=1`)).toMatchObject({ name: 'Ada' });
  });

  test('opened where somebody is signed in already is cleaned without a hop', async () => {
    const { signedIn } = createTwoPeers();
    const browser = await signedIn();
    const link = await linkFrom(browser);
    await browser.visit(link);
    expect((await browser.visit(link)).urls).toEqual([link, `${toys}/cart?item=1`]);
  });
});

describe('signing out', () => {
  test.each([
    ['the source', shop, toys],
    ['the target', toys, shop],
  ])('at %s is out at both', async (_where, here, there) => {
    const { signedIn } = createTwoPeers();
    const browser = await signedIn();
    await browser.visit(await linkFrom(browser));
    const stolen = browser.copy();
    await browser.visit(`${here}/leave`);
    for (const one of [browser, stolen]) {
      expect(await see(one, `${here}/`)).toMatchObject({ name: null });
      expect(await see(one, `${there}/`)).toMatchObject({ name: null });
    }
  });

  test('makes every link written before one that changes nothing', async () => {
    const { signedIn, events } = createTwoPeers();
    const browser = await signedIn();
    const link = await linkFrom(browser);
    await browser.visit(`${shop}/leave`);
    const { urls, text } = await browser.visit(link);
    expect(urls.at(-1)).toBe(`${toys}/cart?item=1`);
    expect(JSON.parse(text)).toMatchObject({ name: null });
    expect(events.at(-1)).toMatchObject({
      type: 'handshake.refused',
      app: 'toys',
      reason: 'nobody',
    });
  });
});

describe('who is not signed in', () => {
  test('gets links, redirects and parameters as they are (blanking)', async () => {
    const { browser: make } = createTwoPeers();
    const browser = make();
    await browser.visit(`${shop}/set`);
    expect(await linkFrom(browser)).toBe(`${toys}/cart?item=1`);
    expect((await browser.visit(`${shop}/parameter`)).text).toBe('');
    const response = await browser.send(`${shop}/go?to=${encodeURIComponent(`${toys}/`)}`);
    expect(response.headers.get('location')).toBe(`${toys}/`);
    expect(response.headers.get('cache-control')).toBe(null);
  });

  test('gets one by the very answer that signs in', async () => {
    const store = createMemoryStore();
    const { apps } = createTwoPeers({ store });
    const opened = await apps.shop.open(undefined);
    apps.shop.handshake.propagate({ session: opened.session, url: '/enter' }, 'toys');
    await opened.session.signIn({ id: 'a', email: 'ada@kittens.example', name: 'Ada' });
    expect(opened.session.redirectTo(`${toys}/x`)).toContain('latchkey_invitation=shop.');
    await opened.session.signOut();
    expect(opened.session.redirectTo(`${toys}/x`)).toBe(`${toys}/x`);
  });
});

describe('a redirect', () => {
  test.each([
    'https://evil.example/',
    'https://toys.example.evil.example/',
    'https://toys.example@evil.example/',
    'http://toys.example/',
    '//toys.example/',
    '/land',
    'https://[',
    `${shop}/`,
  ])('to %s is left as it is: nothing leaves the peers', async (to) => {
    const { signedIn } = createTwoPeers();
    const browser = await signedIn();
    const response = await browser.send(`${shop}/go?to=${encodeURIComponent(to)}`);
    expect([response.status, response.headers.get('location')]).toEqual([302, to]);
    expect((await browser.visit(`${shop}/link?to=${encodeURIComponent(to)}`)).text).toBe(to);
  });
});

describe('the calls', () => {
  test('refuse a target that is no peer, and a lifetime out of its bounds', async () => {
    const { apps } = createTwoPeers();
    const { session } = await apps.shop.open(undefined);
    const { handshake } = apps.shop;
    for (const target of ['wiki', 'shop', '', '__proto__', 'constructor']) {
      for (const call of [handshake.token, handshake.parameter, handshake.propagate]) {
        expect(() => call({ session }, target)).toThrow(
          expect.objectContaining({ code: 'app_unknown' }),
        );
      }
    }
    for (const lifetimeSeconds of [0, -1, 1.5, 601, Number.NaN, '10' as unknown as number]) {
      for (const call of [handshake.token, handshake.parameter, handshake.propagate]) {
        expect(() => call({ session }, 'toys', { lifetimeSeconds })).toThrow(
          expect.objectContaining({ code: 'option_invalid' }),
        );
      }
    }
  });

  test('know no app without the option, and no request is an arrival then', async () => {
    const app = createAppAlone({ origin: shop, store: createMemoryStore() });
    const { session } = await app.open(undefined);
    expect(() => app.handshake.token({ session }, 'toys')).toThrow(
      expect.objectContaining({ code: 'app_unknown' }),
    );
    expect(app.handshake.link({ session }, `${toys}/`)).toBe(`${toys}/`);
    expect(app.owns('/_latchkey/handshake')).toBe(false);
    expect(app.owns('/_latchkey/handshake/answer')).toBe(false);
  });
});

describe('keys', () => {
  test('are rotated newest first: links and tokens of either secret arrive while both are listed', async () => {
    const store = createMemoryStore();
    const [old, fresh] = [secret, randomBytes(32).toString('hex')];
    const before = createTwoPeers({ store });
    const between = createTwoPeers({ store, options: { secrets: [fresh, old] } });
    const after = createTwoPeers({ store, options: { secrets: [fresh] } });
    const arrives = async (source: TwoPeers, target: TwoPeers): Promise<boolean> => {
      const browser = createTestBrowser({
        'shop.example': handlerOf(source, 'shop.example'),
        'toys.example': handlerOf(target, 'toys.example'),
      });
      await browser.send(`${shop}/enter`);
      return (await see(browser, await linkFrom(browser))).name === 'Ada';
    };
    expect(await arrives(before, between)).toBe(true);
    expect(await arrives(between, between)).toBe(true);
    expect(await arrives(between, after)).toBe(true);
    expect(await arrives(before, after)).toBe(false);
    // The target knows the new one only second: still it opens.
    const late = createTwoPeers({ store, options: { secrets: [old, fresh] } });
    expect(await arrives(between, late)).toBe(true);
  });

  test('may be the handshake’s own: those of the app are then not used for it', async () => {
    const store = createMemoryStore();
    const own = { secrets: [randomBytes(32).toString('hex')] };
    const one = createTwoPeers({ store, shop: own, toys: own });
    const browser = await one.signedIn();
    expect(await see(browser, await linkFrom(browser))).toMatchObject({ name: 'Ada' });
    const other = createTwoPeers({ store, shop: own });
    const stranger = await other.signedIn();
    expect(await see(stranger, await linkFrom(stranger))).toMatchObject({ name: null });
    expect(other.events.at(-1)?.reason).toBe('forged');
  });
});
