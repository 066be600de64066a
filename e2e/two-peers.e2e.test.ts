import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { cookieHeader, launchBrowser, openProfile, type Profile } from './browser.ts';
import { startTwoPeers, type TwoPeers } from './two-peers.ts';
import { createVisitor } from './visitor.ts';

const parameter = 'latchkey_invitation';
const arrival = '/_latchkey/handshake';

let browser: Browser;
let peers: TwoPeers;
beforeAll(async () => {
  browser = await launchBrowser();
  peers = await startTwoPeers();
});
afterAll(async () => {
  await browser?.close();
  await peers?.[Symbol.asyncDispose]();
});

async function signedIn(name = 'Ada'): Promise<Profile> {
  const profile = await openProfile(browser);
  await profile.page.goto(`${peers.shop}/enter?as=${name}`);
  return profile;
}

async function whoIs(page: Page): Promise<string> {
  return (await page.locator('#who').textContent()) ?? '';
}

async function linkOn(page: Page): Promise<string> {
  return (await page.locator('#link').getAttribute('href')) ?? '';
}

/** Requests to the arrival since `from`. */
function arrivalsSince(from: number): readonly string[] {
  const since = peers.requests.slice(from).map(({ url }) => url);
  return since.filter((url) => url.includes(`${arrival}?`));
}

test('a decorated link arrives signed in on the other site, with a clean URL', async () => {
  await using profile = await signedIn();
  const { page } = profile;
  const link = await linkOn(page);
  expect(link).toMatch(/latchkey_invitation=shop\.[\w-]{98}$/);
  const from = peers.requests.length;
  await page.click('#link');
  await page.waitForURL(`${peers.toys}/landing?item=1`);
  expect(await whoIs(page)).toBe('Ada');
  expect(arrivalsSince(from)).toHaveLength(1);
  // The second request, and a page opened by hand, need no hop.
  await page.reload();
  expect(await whoIs(page)).toBe('Ada');
  await page.goto(`${peers.toys}/count`);
  expect([await whoIs(page), await page.locator('#count').textContent()]).toEqual(['Ada', '1']);
  expect(arrivalsSince(from)).toHaveLength(1);
  // Nobody was shown invitation, token or state afterwards: not by the address bar, not as Referer.
  const referers = peers.requests.slice(from).map(({ referer }) => referer ?? '');
  for (const text of [page.url(), ...referers]) {
    for (const secret of [parameter, 'token=', 'state=']) expect(text).not.toContain(secret);
  }
});

test('a redirect of the app arrives signed in too', async () => {
  await using profile = await signedIn();
  await profile.page.goto(`${peers.shop}/go`);
  expect(profile.page.url()).toBe(`${peers.toys}/landing?from=redirect`);
  expect(await whoIs(profile.page)).toBe('Ada');
});

test('the session cookies of both sites are host-only, and different', async () => {
  await using profile = await signedIn();
  await profile.page.goto(`${peers.shop}/go`);
  const [shop = [], toys = []] = await Promise.all(
    [peers.shop, peers.toys].map(async (origin) =>
      (await profile.context.cookies(origin)).filter(({ name }) => name.includes('session')),
    ),
  );
  expect([...shop, ...toys].map(({ name }) => name)).toEqual([
    '__Host-latchkey_session',
    '__Host-latchkey_session',
  ]);
  for (const { secure, httpOnly, domain } of [...shop, ...toys]) {
    expect([secure, httpOnly, domain.startsWith('.')]).toEqual([true, true, false]);
  }
  expect(shop[0]?.value).not.toBe(toys[0]?.value);
});

test.each(['shop', 'toys'] as const)('signing out at the %s is out at both', async (where) => {
  await using profile = await signedIn();
  const { page, context } = profile;
  await page.click('#link');
  await page.waitForURL(`${peers.toys}/landing?item=1`);
  const copied = await Promise.all(
    [peers.shop, peers.toys].map((origin) => cookieHeader(context, origin)),
  );
  await page.goto(`${peers[where]}/leave`);
  for (const origin of [peers.shop, peers.toys]) {
    await page.goto(`${origin}/`);
    expect([origin, await whoIs(page)]).toEqual([origin, 'nobody']);
  }
  // Nor do cookies that somebody copied before.
  await using thief = await openProfile(browser);
  for (const [index, origin] of [peers.shop, peers.toys].entries()) {
    await thief.context.setExtraHTTPHeaders({ cookie: copied[index] ?? '' });
    await thief.page.goto(`${origin}/`);
    expect(await whoIs(thief.page)).toBe('nobody');
  }
});

test('an attacker’s link changes nothing for a victim, wherever the victim is signed in', async () => {
  await using attacker = await signedIn('Mallory');
  const link = await linkOn(attacker.page);
  // Nowhere.
  await using stranger = await openProfile(browser);
  await stranger.page.goto(link);
  expect([stranger.page.url(), await whoIs(stranger.page)]).toEqual([
    `${peers.toys}/landing?item=1`,
    'nobody',
  ]);
  // At the shop alone: not as Mallory, and not silently as herself.
  await using victim = await signedIn();
  await victim.page.goto(link);
  expect(await whoIs(victim.page)).toBe('nobody');
  await victim.page.goto(`${peers.shop}/`);
  expect(await whoIs(victim.page)).toBe('Ada');
  // At both, with something in the session.
  await victim.page.click('#link');
  await victim.page.waitForURL(`${peers.toys}/landing?item=1`);
  await victim.page.goto(`${peers.toys}/count`);
  const before = await cookieHeader(victim.context, peers.toys);
  await victim.page.goto(await linkOn(attacker.page));
  expect(victim.page.url()).toBe(`${peers.toys}/landing?item=1`);
  expect([await whoIs(victim.page), await victim.page.locator('#count').textContent()]).toEqual([
    'Ada',
    '1',
  ]);
  expect(await cookieHeader(victim.context, peers.toys)).toBe(before);
});

test('an attacker’s arrival, not yet used, changes nothing for a victim', async () => {
  const attacker = createVisitor();
  const text = await (await attacker.go(`${peers.shop}/enter?as=Mallory`)).text();
  const link = (/href="([^"]+)"/.exec(text)?.[1] ?? '').replaceAll('&amp;', '&');
  let url = link;
  for (const _step of ['the target', 'the source']) {
    url = (await attacker.go(url)).headers.get('location') ?? '';
  }
  expect(url).toContain(`${peers.toys}${arrival}?token=`);
  await using victim = await signedIn();
  expect((await victim.page.goto(url))?.status()).toBe(400);
  await victim.page.goto(`${peers.toys}/`);
  expect(await whoIs(victim.page)).toBe('nobody');
  // It was good, and was not used up by who could not use it.
  expect((await attacker.go(url)).headers.get('location')).toBe(`${peers.toys}/landing?item=1`);
});

test('the Back button replays nothing: no arrival is asked for again, and the person stays signed in', async () => {
  await using profile = await signedIn();
  const { page } = profile;
  await page.click('#link');
  await page.waitForURL(`${peers.toys}/landing?item=1`);
  const from = peers.requests.length;
  await page.goBack();
  expect(new URL(page.url()).origin).toBe(peers.shop);
  await page.goForward();
  expect(page.url()).toBe(`${peers.toys}/landing?item=1`);
  expect(await whoIs(page)).toBe('Ada');
  expect(arrivalsSince(from)).toEqual([]);
  // The link once more, now that somebody is signed in there: no hop.
  await page.goBack();
  await page.click('#link');
  await page.waitForURL(`${peers.toys}/landing?item=1`);
  expect(arrivalsSince(from)).toEqual([]);
});

test('an arrival typed in again leads to the page, and signs nobody out', async () => {
  await using profile = await signedIn();
  const { page } = profile;
  const from = peers.requests.length;
  await page.click('#link');
  await page.waitForURL(`${peers.toys}/landing?item=1`);
  const [used = ''] = arrivalsSince(from);
  await page.goto(used);
  expect(page.url()).toBe(`${peers.toys}/landing?item=1`);
  expect(await whoIs(page)).toBe('Ada');
});

test('ten tabs opened at once all arrive', async () => {
  await using profile = await signedIn();
  const link = await linkOn(profile.page);
  const tabs = await Promise.all(Array.from({ length: 10 }, () => profile.context.newPage()));
  await Promise.all(tabs.map((tab) => tab.goto(link)));
  for (const tab of tabs) {
    expect([tab.url(), await whoIs(tab)]).toEqual([`${peers.toys}/landing?item=1`, 'Ada']);
  }
});
