import type { TestBrowser } from '@latchkey/testkit';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { fuzzRuns } from '../../test/fuzz-runs.ts';
import {
  createKittenFamily,
  type KittenFamily,
  login,
  see,
  shop,
  toys,
} from '../../test/kitten-family.ts';
import { defineFamily } from '../config/define-family.ts';

const parameter = 'latchkey_invitation';

/** A link to the toys as the shop writes it for this browser. */
async function linkFrom(
  { apps }: KittenFamily,
  browser: TestBrowser,
  to: string = `${toys}/cart?item=1`,
): Promise<string> {
  const { session } = await apps.shop.open(browser.cookieHeader(shop));
  return apps.shop.handshake.link({ session, url: '/basket' }, to);
}

/** Somebody who is signed in at the shop and was never at the toys. */
async function atShop(family: KittenFamily, slot?: Parameters<KittenFamily['browserOf']>[0]) {
  const browser = family.browserOf(slot ?? (await family.host.signIn()));
  await browser.visit(`${shop}/sign-in`);
  return browser;
}

describe('a link to another app of the family', () => {
  test('arrives signed in with a clean URL, over the login host and without a page of its own', async () => {
    const family = createKittenFamily();
    const browser = await atShop(family);
    const link = await linkFrom(family, browser);
    expect(link).toMatch(/\/cart\?item=1&latchkey_invitation=shop\.[A-Za-z0-9_-]{98}$/);
    const { urls, text } = await browser.visit(link);
    expect(urls.map((url) => new URL(url).host)).toEqual([
      'toys.example',
      new URL(login).host,
      'toys.example',
      'toys.example',
    ]);
    expect(urls.at(-1)).toBe(`${toys}/cart?item=1`);
    expect(JSON.parse(text)).toMatchObject({ name: 'Ada', access: 'granted' });
    expect((await browser.visit(`${toys}/`)).urls).toHaveLength(1);
  });

  test('written for one sign-in shows its page signed out to any other browser', async () => {
    const family = createKittenFamily();
    const link = await linkFrom(family, await atShop(family));
    const victims = [
      family.browser(),
      await atShop(family),
      family.browserOf(await family.host.signIn()),
    ];
    for (const victim of victims) {
      const { urls, text } = await victim.visit(link);
      expect(urls.at(-1)).toBe(`${toys}/cart?item=1`);
      expect(JSON.parse(text)).toMatchObject({ name: null, access: 'none' });
    }
    expect(family.events.map(({ reason }) => reason)).toEqual([
      'nobody',
      'other-sign-in',
      'other-sign-in',
    ]);
  });

  test('never touches a session that is there, anonymous or somebody’s', async () => {
    const family = createKittenFamily();
    const link = await linkFrom(family, await atShop(family));
    const victims = [family.browser(), family.browserOf(await family.host.signIn())];
    await victims[1]?.visit(`${toys}/sign-in`);
    for (const victim of victims) {
      await victim.visit(`${toys}/set?cart=apple`);
      const before = await see(victim, `${toys}/`);
      await victim.visit(link);
      await victim.visit(`${toys}/?${parameter}=garbage`);
      expect(await see(victim, `${toys}/`)).toEqual(before);
      expect(before.data).toEqual({ cart: 'apple' });
    }
  });

  test('says nobody once the sign-in has ended', async () => {
    const family = createKittenFamily();
    const slot = await family.host.signIn();
    const browser = await atShop(family, slot);
    const link = await linkFrom(family, browser);
    await family.store.endSignIn(slot, 'sign-out');
    // The small login host does not ask the store: the arrival does.
    expect((await browser.visit(link)).response.status).toBe(400);
    expect(await see(browser, `${toys}/`)).toMatchObject({ name: null });
  });

  test.each([
    [59_999, undefined, 'Ada'],
    [60_000, undefined, null],
    [4_999, 5, 'Ada'],
    [5_000, 5, null],
  ])('%i ms old, the sender allowing %s s, opens as %s', async (age, lifetimeSeconds, name) => {
    const family = createKittenFamily();
    const browser = await atShop(family);
    const { session } = await family.apps.shop.open(browser.cookieHeader(shop));
    const options = lifetimeSeconds === undefined ? {} : { lifetimeSeconds };
    const link = family.apps.shop.handshake.link({ session }, `${toys}/`, options);
    family.clock.advance(age);
    expect((await see(browser, link)).name).toBe(name);
  });

  test('is not written to apps that have the session already, nor to strangers', async () => {
    const family = createKittenFamily();
    const browser = await atShop(family);
    for (const url of ['https://blog.apps.kittens.example/', login, 'https://evil.example/', '/']) {
      expect(await linkFrom(family, browser, url)).toBe(url);
    }
    const { session } = await family.apps.shop.open(browser.cookieHeader(shop));
    for (const target of ['blog', 'shop', 'wiki', 'login']) {
      expect(() => family.apps.shop.handshake.token({ session }, target)).toThrow(
        expect.objectContaining({ code: 'app_unknown' }),
      );
    }
  });

  test('is written for nobody who is not signed in, or without access here', async () => {
    const family = createKittenFamily();
    const visitor = family.browser();
    await visitor.visit(`${shop}/set?cart=apple`);
    expect(await linkFrom(family, visitor)).toBe(`${toys}/cart?item=1`);
    const slot = await family.host.signIn({ apps: { toys: null } });
    const browser = await atShop(family, slot);
    expect((await see(browser, `${shop}/`)).access).toBe('denied');
    expect(await linkFrom(family, browser)).toBe(`${toys}/cart?item=1`);
  });
});

test('any parameter goes on anonymously, without a throw, a session or a page of the login host', async () => {
  const family = createKittenFamily();
  const browser = await atShop(family);
  const value = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 150 }).map((text) => text.toWellFormed()),
    fc.stringMatching(/^(shop|toys|blog|wiki)\.[A-Za-z0-9_-]{98}$/),
  );
  const query = fc.oneof(
    value.map((text) => `${parameter}=${encodeURIComponent(text)}`),
    value.map((text) => `${parameter}=${text}`),
    value.map((text) => `${parameter}[]=${text}`),
    fc.tuple(value, value).map(([one, two]) => `${parameter}=${one}&${parameter}=${two}`),
  );
  await fc.assert(
    fc.asyncProperty(query, async (text) => {
      const url = new URL(`${toys}/cart`);
      url.search = text;
      const { response, text: page } = await browser.visit(url.href);
      expect(response.status).toBe(200);
      expect(JSON.parse(page)).toMatchObject({ name: null });
    }),
    { numRuns: fuzzRuns },
  );
  expect(browser.cookieHeader(toys) ?? '').not.toContain('session');
}, 600_000);

describe('the limits of a family', () => {
  const parts = {
    name: 'Kittens',
    loginHost: login,
    store: 'memory:',
    apps: { toys: { origin: toys } },
  };

  test('have defaults', () => {
    expect(defineFamily(parts).handshake).toEqual({
      lifetimeSeconds: 60,
      addressCheck: 'off',
      onFailure: 'continue',
    });
  });

  test.each([
    { lifetimeSeconds: 0 },
    { lifetimeSeconds: 601 },
    { lifetimeSeconds: 1.5 },
    { addressCheck: 'on' },
    { onFailure: 'die' },
    { peers: {} },
    'x',
  ])('%j are refused', (handshake) => {
    expect(() => defineFamily({ ...parts, handshake } as never)).toThrow(
      expect.objectContaining({ code: 'option_invalid' }),
    );
  });
});
