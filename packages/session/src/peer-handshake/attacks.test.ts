import { randomBytes } from 'node:crypto';
import { hostileDestinations, type TestBrowser } from '@latchkey/testkit';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { fuzzRuns } from '../../test/fuzz-runs.ts';
import { see } from '../../test/kitten-family.ts';
import {
  catchPeerArrival,
  createTwoPeers,
  linkFrom,
  secret,
  shop,
  type TwoPeers,
  toys,
} from '../../test/two-peers.ts';
import { deriveAppKey, derivePurposeKey } from '../app-key.ts';
import { LatchkeyError } from '../errors.ts';
import { createFlowValue, createState } from '../handshake/flow.ts';
import { mintToken } from '../handshake/token.ts';
import type { InvitationOptions } from '../hop/handshake-calls.ts';
import { realmKey } from '../realm.ts';
import type { Slot } from '../session-store.ts';
import { createMemoryStore } from '../store/memory.ts';
import type { PeerHandshakeOptions } from './options.ts';

const timeoutMilliseconds = 600_000;
const parameter = 'latchkey_invitation';

/** A browser signed in at the shop, its link to the toys, and the arrival that is ready to be sent. */
async function ready(peers: TwoPeers): Promise<{ owner: TestBrowser; link: string; arrival: URL }> {
  const owner = await peers.signedIn();
  const link = await linkFrom(owner);
  const arrival = await catchPeerArrival(owner, link);
  return { owner, link, arrival };
}

async function expectRefused(response: Response): Promise<void> {
  expect(response.status).toBe(400);
  expect(response.headers.getSetCookie()).toEqual([]);
  expect(response.headers.get('cache-control')).toBe('no-store');
}

function changed(url: URL, parameters: Readonly<Record<string, string>>): string {
  const copy = new URL(url);
  for (const [name, value] of Object.entries(parameters)) copy.searchParams.set(name, value);
  return copy.href;
}

function anyText(): fc.Arbitrary<string> {
  return fc.string({ unit: 'binary', maxLength: 80 }).map((text) => text.toWellFormed());
}

describe('no binding at all: ', () => {
  test('an arrival opened in a second browser signs nobody in, and still works in the first', async () => {
    const peers = createTwoPeers();
    const { owner, arrival } = await ready(peers);
    const other = peers.browser();
    await expectRefused(await other.send(arrival.href));
    expect(await see(other, `${toys}/`)).toMatchObject({ name: null });
    expect((await owner.visit(arrival.href)).urls.at(-1)).toBe(`${toys}/cart?item=1`);
  });

  test('a link opened in a browser that is not signed in shows its page, signed out', async () => {
    const peers = createTwoPeers();
    const { link } = await ready(peers);
    const other = peers.browser();
    const { urls, text } = await other.visit(link);
    expect(urls.at(-1)).toBe(`${toys}/cart?item=1`);
    expect(JSON.parse(text)).toMatchObject({ name: null });
  });
});

describe('83 minutes: ', () => {
  const followed = async (
    peers: TwoPeers,
    ageMilliseconds: number,
    options = {},
  ): Promise<string | null> => {
    const browser = await peers.signedIn();
    const opened = await peers.apps.shop.open(browser.cookieHeader(shop));
    const sent = { session: opened.session, url: '/' };
    const link = peers.apps.shop.handshake.link(sent, `${toys}/`, options);
    peers.clock.advance(ageMilliseconds);
    return (await see(browser, link)).name;
  };

  test.for<[number, InvitationOptions, Partial<PeerHandshakeOptions>, string | null]>([
    [59_999, {}, {}, 'Ada'],
    [60_000, {}, {}, null],
    [60_001, {}, {}, null],
    [9_999, { lifetimeSeconds: 10 }, {}, 'Ada'],
    [10_000, { lifetimeSeconds: 10 }, {}, null],
    [11_000, { lifetimeSeconds: 10 }, {}, null],
    [4_999, {}, { lifetimeSeconds: 5 }, 'Ada'],
    [5_000, {}, { lifetimeSeconds: 5 }, null],
    [5_000, { lifetimeSeconds: 600 }, { lifetimeSeconds: 5 }, null],
    [4_999_000, { lifetimeSeconds: 600 }, { lifetimeSeconds: 600 }, null],
    [599_999, { lifetimeSeconds: 600 }, { lifetimeSeconds: 600 }, 'Ada'],
  ])(
    'a link %i ms old, sender %j, receiver %j: %s',
    async ([ageMilliseconds, sender, receiver, name]) => {
      expect(await followed(createTwoPeers({ toys: receiver }), ageMilliseconds, sender)).toBe(
        name,
      );
    },
  );

  test.each([
    [59_999, 'Ada'],
    [60_000, null],
    [60_001, null],
  ])('a one-time token %i ms old: %s', async (ageMilliseconds, name) => {
    const peers = createTwoPeers();
    const { owner, arrival } = await ready(peers);
    peers.clock.advance(ageMilliseconds);
    await owner.send(arrival.href);
    expect((await see(owner, `${toys}/`)).name).toBe(name);
  });
});

describe('negative age: ', () => {
  test.each([
    [-5_000, 'Ada'],
    [-5_001, null],
    [-86_400_000, null],
  ])('a link from a clock that is %i ms behind at the target: %s', async (step, name) => {
    const peers = createTwoPeers();
    const browser = await peers.signedIn();
    // The link was made by a machine whose clock is ahead; the store's own is where the target's is.
    peers.clock.advance(-step);
    const opened = await peers.apps.shop.open(browser.cookieHeader(shop));
    const link = peers.apps.shop.handshake.link({ session: opened.session }, `${toys}/`);
    peers.clock.advance(step);
    expect((await see(browser, link)).name).toBe(name);
    if (name === null) expect(peers.events.at(-1)?.reason).toBe('from-the-future');
  });
});

describe('replay: ', () => {
  test('of fifty redemptions at once exactly one signs in', async () => {
    const peers = createTwoPeers();
    const { owner, arrival } = await ready(peers);
    const copies = Array.from({ length: 50 }, () => owner.copy());
    const responses = await Promise.all(copies.map((copy) => copy.send(arrival.href)));
    expect(responses.filter(({ status }) => status === 303)).toHaveLength(1);
    const seen = await Promise.all(copies.map((copy) => see(copy, `${toys}/`)));
    expect(seen.filter(({ name }) => name === 'Ada')).toHaveLength(1);
    expect(peers.events.filter(({ reason }) => reason === 'used')).toHaveLength(49);
  });

  test('an arrival sent again later changes nothing: who is signed in stays so', async () => {
    const peers = createTwoPeers();
    const { owner, arrival } = await ready(peers);
    await owner.visit(arrival.href);
    await owner.visit(`${toys}/set`);
    const again = await owner.send(arrival.href);
    expect([again.status, again.headers.getSetCookie()]).toEqual([303, []]);
    expect(await see(owner, `${toys}/`)).toMatchObject({ name: 'Ada', data: { cart: 'apple' } });
  });

  test('a token is not used up by a store that failed in the step that takes it', async () => {
    let isDown = false;
    const peers = createTwoPeers({
      wrapStore: (store) => ({
        ...store,
        async create(...args) {
          if (isDown) throw new LatchkeyError('store_unavailable', 'down');
          return store.create(...args);
        },
      }),
    });
    const { owner, arrival } = await ready(peers);
    isDown = true;
    expect((await owner.send(arrival.href)).status).toBe(503);
    isDown = false;
    expect((await owner.visit(arrival.href)).response.status).toBe(200);
  });
});

describe('session in the token: ', () => {
  test('neither link nor token holds a cookie value, and both are short', async () => {
    const peers = createTwoPeers();
    const { owner, link, arrival } = await ready(peers);
    const [, id = ''] = /latchkey_session=([^;]+)/.exec(owner.cookieHeader(shop) ?? '') ?? [];
    const invitation = new URL(link).searchParams.get(parameter) ?? '';
    const token = arrival.searchParams.get('token') ?? '';
    expect(invitation).toHaveLength(103);
    expect(token).toHaveLength(63);
    const bytes = [invitation.slice(5), token].map((text) => Buffer.from(text, 'base64url'));
    for (const part of id.split('.')) {
      expect(link + arrival.href).not.toContain(part);
      for (const one of bytes) expect(one.includes(Buffer.from(part, 'base64url'))).toBe(false);
    }
  });
});

describe('500 on garbage: ', () => {
  const garbage: readonly (readonly [string, string])[] = [
    ['nothing', `${parameter}=`],
    ['no value', parameter],
    ['a word', `${parameter}=x`],
    ['the form of one', `${parameter}=shop.${'A'.repeat(98)}`],
    ['an unknown source', `${parameter}=wiki.${'A'.repeat(98)}`],
    ['the target itself', `${parameter}=toys.${'A'.repeat(98)}`],
    ['a list', `${parameter}[]=x`],
    ['an object', `${parameter}[a]=x`],
    ['an encoded list', `${parameter}%5B%5D=x`],
    ['a name from Object', `${parameter}=constructor.${'A'.repeat(98)}`],
    ['binary', `${parameter}=%00%01%ff%ed%a0%80`],
    ['broken encoding', `${parameter}=%zz%`],
    ['line breaks', `${parameter}=%0d%0aset-cookie:%20a=b`],
    ['markup', `${parameter}=%3Cscript%3Ealert(1)%3C/script%3E`],
    ['a huge one', `${parameter}=shop.${'A'.repeat(100_000)}`],
    ['many', Array.from({ length: 2_000 }, () => `${parameter}=x`).join('&')],
  ];

  test.each(garbage)(
    '%s: the request goes on anonymously at the clean URL',
    async (_what, query) => {
      const peers = createTwoPeers();
      const browser = peers.browser();
      const { urls, text, responses } = await browser.visit(`${toys}/cart?a=%20&${query}&b=+`);
      expect(urls.at(-1)).toBe(`${toys}/cart?a=%20&b=+`);
      expect(urls).toHaveLength(2);
      expect(JSON.parse(text)).toMatchObject({ name: null });
      expect(responses.flatMap(({ headers }) => headers.getSetCookie())).toEqual([]);
    },
  );

  test.each(garbage)('%s: or, by policy, a page with the cause', async (_what, query) => {
    const peers = createTwoPeers({ toys: { onFailure: 'refuse' } });
    const browser = await peers.signedIn();
    const response = await browser.send(`${toys}/cart?${query}`);
    const text = await response.clone().text();
    await expectRefused(response);
    expect(text).toContain('cannot be used');
    expect(text).not.toContain('alert(1)');
  });

  test('the same parameter twice is refused, also where both are good', async () => {
    const peers = createTwoPeers();
    const browser = await peers.signedIn();
    const link = await linkFrom(browser);
    const pair = link.slice(link.indexOf(parameter));
    const { urls, text } = await browser.visit(`${link}&${pair}`);
    expect(urls).toEqual([`${link}&${pair}`, `${toys}/cart?item=1`]);
    expect(JSON.parse(text)).toMatchObject({ name: null });
  });

  test.each(garbage)(
    '%s at the answer: a page, and nobody is sent anywhere',
    async (_what, query) => {
      const peers = createTwoPeers();
      const browser = await peers.signedIn();
      const state = createState(
        createFlowValue(randomBytes),
        { app: 'toys', returnPath: '/', isSecond: false },
        randomBytes,
      );
      const good = `app=toys&state=${state}`;
      const response = await browser.send(`${shop}/_latchkey/handshake/answer?${good}&${query}`);
      const location = response.headers.get('location');
      // What stands once goes back with a reason; the rest is no hop at all.
      if (location === null) expect(response.status).toBe(400);
      else expect(location).toMatch(/^https:\/\/toys\.example\/_latchkey\/handshake\?refused=/);
    },
  );

  test(
    'any parameter at all neither throws nor signs in',
    async () => {
      const peers = createTwoPeers();
      const browser = await peers.signedIn();
      const value = fc.oneof(
        fc.string({ unit: 'binary', maxLength: 150 }),
        fc.stringMatching(/^shop\.[A-Za-z0-9_-]{98}$/),
        fc.string({ unit: 'grapheme', maxLength: 40 }),
      );
      const query = fc.oneof(
        value.map((text) => `${parameter}=${encodeURIComponent(text.toWellFormed())}`),
        value.map((text) => `${parameter}=${text}`),
        fc
          .array(value, { maxLength: 4 })
          .map((all) => all.map((one) => `${parameter}[]=${one}`).join('&')),
        fc.tuple(value, value).map(([one, two]) => `${parameter}=${one}&x&${parameter}=${two}`),
      );
      await fc.assert(
        fc.asyncProperty(query, async (text) => {
          const url = new URL(`${toys}/cart`);
          url.search = text;
          const before = browser.cookieHeader(toys);
          const response = await browser.send(url.href);
          expect([200, 303]).toContain(response.status);
          expect(response.headers.getSetCookie()).toEqual([]);
          const location = response.headers.get('location');
          if (location !== null) expect(new URL(location).origin).toBe(toys);
          expect(browser.cookieHeader(toys)).toBe(before);
        }),
        { numRuns: fuzzRuns },
      );
    },
    timeoutMilliseconds,
  );

  test(
    'any arrival at all neither throws nor signs in, nor uses the token up',
    async () => {
      const peers = createTwoPeers();
      const { owner, arrival } = await ready(peers);
      const name = fc.constantFrom('token', 'state', 'refused');
      await fc.assert(
        fc.asyncProperty(name, anyText(), async (which, value) => {
          const response = await owner.send(changed(arrival, { [which]: value }));
          await expectRefused(response);
        }),
        { numRuns: fuzzRuns },
      );
      expect((await owner.visit(arrival.href)).response.status).toBe(200);
    },
    timeoutMilliseconds,
  );

  test(
    'any question at the answer is a page, or goes back to the peer',
    async () => {
      const peers = createTwoPeers();
      const { owner, link } = await ready(peers);
      const hop = new URL((await owner.send(link)).headers.get('location') ?? '');
      const name = fc.constantFrom('app', 'state', parameter);
      await fc.assert(
        fc.asyncProperty(name, anyText(), async (which, value) => {
          const response = await owner.send(changed(hop, { [which]: value }));
          expect([303, 400]).toContain(response.status);
          expect(response.headers.getSetCookie()).toEqual([]);
          const location = response.headers.get('location');
          if (location !== null) expect(new URL(location).origin).toBe(toys);
        }),
        { numRuns: fuzzRuns },
      );
    },
    timeoutMilliseconds,
  );
});

describe('blanking: ', () => {
  test('no refusal touches a session at the target, anonymous or signed in', async () => {
    const peers = createTwoPeers();
    const { link, arrival } = await ready(peers);
    const victims = [peers.browser(), peers.browser()];
    await victims[1]?.send(`${toys}/enter?as=ben`);
    for (const victim of victims) {
      await victim.visit(`${toys}/set`);
      const [before, cookies] = [await see(victim, `${toys}/`), victim.cookieHeader(toys)];
      const stolen = await victim.send(arrival.href);
      expect(stolen.headers.get('location') ?? toys).toMatch(toys);
      expect(stolen.headers.getSetCookie()).toEqual([]);
      await expectRefused(await victim.send(`${toys}/_latchkey/handshake?refused=nobody&state=x`));
      await expectRefused(await victim.send(`${toys}/_latchkey/handshake`));
      await victim.visit(link);
      await victim.visit(`${toys}/?${parameter}=garbage`);
      const now = victim.cookieHeader(toys) ?? '';
      expect(now.replace(/; __Host-latchkey_flow_[^;]+/g, '')).toBe(cookies);
      expect(await see(victim, `${toys}/`)).toEqual(before);
      expect(before.data).toEqual({ cart: 'apple' });
    }
  });
});

describe('open redirect: ', () => {
  test.each(hostileDestinations(toys))(
    'the path of a state is no way to $value ($what)',
    async ({ value }) => {
      const peers = createTwoPeers();
      const { owner, arrival } = await ready(peers);
      await owner.visit(arrival.href);
      const destination = { app: 'toys', returnPath: value.toWellFormed(), isSecond: false };
      const state = createState(createFlowValue(randomBytes), destination, randomBytes);
      const stale = await owner.send(changed(arrival, { state }));
      const location = stale.headers.get('location') ?? toys;
      expect(new URL(location).origin).toBe(toys);
    },
  );

  test.each(['wiki', 'shop', '', 'toys.example', 'https://toys.example', '__proto__'])(
    'the answer sends nobody to %s, which is no peer',
    async (app) => {
      const peers = createTwoPeers();
      const { owner, link } = await ready(peers);
      const hop = new URL((await owner.send(link)).headers.get('location') ?? '');
      await expectRefused(await owner.send(changed(hop, { app })));
    },
  );
});

describe('forwarded headers: ', () => {
  test('of an unlisted peer decide neither host, nor where one is sent, nor the address', async () => {
    const peers = createTwoPeers({ toys: { addressCheck: 'exact' } });
    const { owner, arrival } = await ready(peers);
    const headers = {
      'x-forwarded-host': 'evil.example',
      'x-forwarded-proto': 'http',
      'x-forwarded-for': '203.0.113.7',
      forwarded: 'host=evil.example;proto=http',
    };
    const response = await owner.send(arrival.href, { headers });
    expect(response.headers.get('location')).toBe(`${toys}/cart?item=1`);
    const wrong = { host: 'evil.example', 'x-forwarded-host': 'toys.example' };
    expect((await owner.send(arrival.href, { headers: wrong })).status).toBe(421);
  });
});

describe('login CSRF and fixation: ', () => {
  test('an attacker’s link opened by a victim who is signed in at the source changes nothing', async () => {
    const peers = createTwoPeers();
    const attacker = await peers.signedIn('ben');
    const victim = await peers.signedIn('ada');
    const { urls, text } = await victim.visit(await linkFrom(attacker));
    expect(urls.at(-1)).toBe(`${toys}/cart?item=1`);
    // Not as the attacker, and not as herself either: she asked for nothing.
    expect(JSON.parse(text)).toMatchObject({ name: null });
    expect(peers.events.at(-1)?.reason).toBe('other-sign-in');
    expect(await see(victim, `${shop}/`)).toMatchObject({ name: 'Ada' });
  });

  test('an attacker’s link opened by a victim who is signed in at the target changes nothing', async () => {
    const peers = createTwoPeers();
    const attacker = await peers.signedIn('ben');
    const victim = await peers.signedIn('ada');
    await victim.visit(await linkFrom(victim));
    const cookies = victim.cookieHeader(toys);
    await victim.visit(await linkFrom(attacker));
    expect(victim.cookieHeader(toys)).toBe(cookies);
    expect(await see(victim, `${toys}/`)).toMatchObject({ name: 'Ada' });
  });

  test('an attacker’s answer and arrival opened by a victim change nothing', async () => {
    const peers = createTwoPeers();
    const { link, arrival, owner: attacker } = await ready(peers);
    const hop = (await attacker.send(link)).headers.get('location') ?? '';
    const victim = await peers.signedIn('ben');
    const { urls, response } = await victim.visit(hop);
    expect(urls.at(-1)).toMatch(/\/_latchkey\/handshake\?refused=other-sign-in&/);
    expect(response.status).toBe(400);
    await expectRefused(await victim.send(arrival.href));
    expect(await see(victim, `${toys}/`)).toMatchObject({ name: null });
  });

  test('a session id known before the hop opens nothing after it', async () => {
    const peers = createTwoPeers();
    const owner = await peers.signedIn();
    await owner.visit(`${toys}/set`);
    const planted = owner.copy();
    await owner.visit(await linkFrom(owner));
    expect(await see(owner, `${toys}/`)).toMatchObject({ name: 'Ada' });
    expect(await see(planted, `${toys}/`)).toMatchObject({ name: null, data: {} });
  });

  test('somebody signed in at the target meanwhile, in another tab, is not switched', async () => {
    const peers = createTwoPeers();
    const { owner, arrival, link } = await ready(peers);
    await owner.visit(`${toys}/enter?as=ben`);
    expect((await owner.visit(arrival.href)).urls.at(-1)).toBe(`${toys}/cart?item=1`);
    await owner.visit(link);
    expect(await see(owner, `${toys}/`)).toMatchObject({ name: 'Ben' });
  });
});

describe('parameter never stripped: ', () => {
  test('neither the last URL nor any event holds link or token', async () => {
    const peers = createTwoPeers();
    const { owner, link, arrival } = await ready(peers);
    const { urls } = await owner.visit(arrival.href);
    await owner.send(arrival.href);
    await peers.browser().visit(link);
    const secrets = [
      new URL(link).searchParams.get(parameter),
      arrival.searchParams.get('token'),
      arrival.searchParams.get('state'),
    ];
    expect(peers.events.length).toBeGreaterThan(1);
    for (const text of secrets) {
      expect(urls.at(-1)).not.toContain(text);
      expect(JSON.stringify(peers.events)).not.toContain(text);
    }
  });
});

describe('random key per process: ', () => {
  test('two processes of each app over one store are one: links arrive wherever they go', async () => {
    const store = createMemoryStore();
    const [one, two] = [createTwoPeers({ store }), createTwoPeers({ store })];
    const owner = await one.signedIn();
    const link = await linkFrom(owner);
    for (const [name, handler] of Object.entries(two.handlers))
      Object.assign(one.handlers, { [name]: handler });
    expect(await see(owner, link)).toMatchObject({ name: 'Ada' });
  });
});

describe('scheme not bound: ', () => {
  test('a token of the http origin, another port or another app is refused', async () => {
    const peers = createTwoPeers();
    const owner = await peers.signedIn();
    const hop = new URL((await owner.send(await linkFrom(owner))).headers.get('location') ?? '');
    const state = hop.searchParams.get('state') ?? '';
    const [, slot = ''] = /latchkey_session=([^.;]+)/.exec(owner.cookieHeader(shop) ?? '') ?? [];
    const forge = (app: string, origin: string, from = secret): string => {
      const key = derivePurposeKey(
        deriveAppKey(from, app),
        'handshake token',
        realmKey('handshake between peers'),
      );
      const binding = { app, origin, state };
      return mintToken(key, { ...binding, slot: slot as Slot, at: peers.clock.now() }, randomBytes);
    };
    for (const token of [
      forge('toys', 'http://toys.example'),
      forge('toys', 'https://toys.example:8443'),
      forge('toys', shop),
      forge('shop', toys),
      forge('toys', toys, 'another secret of at least 32 characters'),
    ]) {
      const query = new URLSearchParams({ token, state });
      await expectRefused(await owner.send(`${toys}/_latchkey/handshake?${query}`));
    }
    const query = new URLSearchParams({ token: forge('toys', toys), state });
    expect((await owner.visit(`${toys}/_latchkey/handshake?${query}`)).response.status).toBe(200);
  });
});

describe('reads the form body too: ', () => {
  test.each(['HEAD', 'POST', 'PUT', 'DELETE'])('%s is no arrival and no answer', async (method) => {
    const peers = createTwoPeers();
    const { owner, arrival, link } = await ready(peers);
    const hop = (await owner.send(link)).headers.get('location') ?? '';
    for (const url of [arrival.href, hop]) {
      const response = await owner.send(url, { method });
      expect([response.status, response.headers.get('allow')]).toEqual([405, 'GET']);
    }
    expect((await owner.visit(arrival.href)).response.status).toBe(200);
  });

  test('a form that brings the parameter, in body or query, is the app’s own', async () => {
    const peers = createTwoPeers();
    const owner = await peers.signedIn();
    const link = await linkFrom(owner);
    const body = new URLSearchParams({
      [parameter]: new URL(link).searchParams.get(parameter) ?? '',
    });
    for (const url of [`${toys}/`, link]) {
      const response = await owner.send(url, { method: 'POST', body });
      expect(await response.json()).toMatchObject({ name: null });
      expect(response.headers.getSetCookie()).toEqual([]);
    }
  });
});

describe('no logout: ', () => {
  test('a token in flight while the sign-in ends opens nothing', async () => {
    const peers = createTwoPeers();
    const { owner, arrival } = await ready(peers);
    await owner.visit(`${shop}/leave`);
    await expectRefused(await owner.send(arrival.href));
    expect(peers.events.at(-1)?.reason).toBe('ended');
  });

  test('a sign-in that ends between its look-up and the new session gives no session', async () => {
    let endNow: (() => Promise<void>) | null = null;
    const peers = createTwoPeers({
      wrapStore: (store) => ({
        ...store,
        async create(...args) {
          await endNow?.();
          return store.create(...args);
        },
      }),
    });
    const { owner, arrival } = await ready(peers);
    const [, slot = ''] = /latchkey_session=([^.;]+)/.exec(owner.cookieHeader(shop) ?? '') ?? [];
    endNow = () => peers.store.endSignIn(slot as Slot, 'sign-out');
    await expectRefused(await owner.send(arrival.href));
    endNow = null;
    expect(await see(owner, `${toys}/`)).toMatchObject({ name: null });
  });
});

describe('the address check', () => {
  const taken = async (
    addressCheck: 'off' | 'prefix' | 'exact',
    now: string | undefined,
    forwardedFor: string | null = null,
  ): Promise<readonly [status: number | undefined, differs: boolean, name: string | null]> => {
    const own = { trustedProxies: ['10.0.0.1'] };
    const peers = createTwoPeers({ shop: own, toys: { ...own, addressCheck } });
    const browser = await peers.signedIn();
    const opened = await peers.apps.shop.open(browser.cookieHeader(shop));
    const link = peers.apps.shop.handshake.link(
      {
        session: opened.session,
        headers: { 'x-forwarded-for': '203.0.113.7' },
        socket: { remoteAddress: '10.0.0.1' },
      },
      `${toys}/`,
    );
    const arriving = await peers.apps.toys.open(undefined);
    const hop = peers.apps.toys.takeInvitation?.(
      {
        method: 'GET',
        path: link.slice(toys.length),
        cookieHeader: undefined,
        connection: {
          remoteAddress: now,
          encrypted: true,
          header: (name) => (name === 'x-forwarded-for' ? (forwardedFor ?? undefined) : undefined),
        },
      },
      arriving.session,
    );
    const differs = peers.events.some(({ type }) => type === 'handshake.address-differs');
    for (const line of hop?.headers.getSetCookie() ?? []) browser.setCookie(toys, line);
    return [hop?.status, differs, (await see(browser, hop?.headers.get('location') ?? '')).name];
  };

  test.for([
    ['off', '198.51.100.1', null, false],
    ['exact', '203.0.113.7', null, false],
    ['exact', '203.0.113.8', null, true],
    ['prefix', '203.0.113.8', null, false],
    ['prefix', '203.0.114.8', null, true],
    ['exact', '10.0.0.1', '203.0.113.7', false],
    ['exact', '10.0.0.1', '203.0.113.7, 203.0.113.8', true],
    ['exact', '10.0.0.1', '203.0.113.8, 203.0.113.7', false],
    ['exact', '198.51.100.1', '203.0.113.7', true],
    ['exact', undefined, null, true],
  ] as const)(
    '%s, arriving from %s (forwarded: %s): told %s, and the hop signs in all the same',
    async ([check, now, forwardedFor, differs]) => {
      expect(await taken(check, now, forwardedFor)).toEqual([303, differs, 'Ada']);
    },
  );
});
