import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  deriveAppKey,
  derivePurposeKey,
  invitationParameter,
  realmKey,
  type Slot,
  sealInvitation,
} from '@latchkey/session/parts';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  cookieHeader,
  fillSignIn,
  launchBrowser,
  openProfile,
  type Profile,
  signInAs,
  words,
} from './browser.ts';
import { type DevelopmentFamily, startDevelopmentFamily } from './family.ts';

let browser: Browser;
let family: DevelopmentFamily;
let toys: string;
let key: Buffer;
beforeAll(async () => {
  [browser, family] = await Promise.all([launchBrowser(), startDevelopmentFamily()]);
  toys = family.origin('toys');
  const secret = (await readFile(join(family.dataFolder, 'family-secret'), 'utf8')).trim();
  key = derivePurposeKey(
    deriveAppKey(secret, 'shop'),
    'handshake invitation',
    realmKey(family.origin('login')),
  );
});
afterAll(async () => {
  await browser?.close();
  await family?.stop();
});

async function atShop(person: string): Promise<Profile> {
  const profile = await openProfile(browser);
  await signInAs(person)(profile.page, family, 'shop');
  return profile;
}

/** A link to the toys as the shop would write it for this browser. */
async function linkFor({ context }: Profile, path = '/', at = Date.now()): Promise<string> {
  const cookies = await cookieHeader(context, family.origin('shop'));
  const slot = (/session=([^.]{16})\./.exec(cookies)?.[1] ?? '') as Slot;
  const facts = { slot, at, lifetimeSeconds: null, path: '/', address: '127.0.0.1' };
  const binding = { source: 'shop', sourceOrigin: family.origin('shop') };
  const to = { target: 'toys', targetOrigin: toys };
  const invitation = sealInvitation(key, { ...facts, ...binding, ...to }, randomBytes);
  return `${toys}${path}?${invitationParameter}=${invitation}`;
}

test('a link from another app arrives signed in, without a page of the login host', async () => {
  await using profile = await atShop('ben');
  const seen: string[] = [];
  profile.page.on('response', (response) => {
    if (response.request().isNavigationRequest()) {
      seen.push(`${response.status()} ${new URL(response.url()).host}`);
    }
  });
  await profile.page.goto(await linkFor(profile));
  expect(profile.page.url()).toBe(`${toys}/`);
  expect(await words(profile.page)).toContain('Sign out');
  const [login, here] = [family.origin('login'), toys].map((origin) => new URL(origin).host);
  expect(seen).toEqual([`303 ${here}`, `303 ${login}`, `303 ${here}`, `200 ${here}`]);
});

test('the link of somebody else shows the page signed out, and nothing changes anywhere', async () => {
  await using attacker = await atShop('ada');
  const link = await linkFor(attacker);
  await using stranger = await openProfile(browser);
  await using victim = await atShop('ben');
  for (const { page, context } of [stranger, victim]) {
    await page.goto(link);
    expect(page.url()).toBe(`${toys}/`);
    expect(await words(page)).toContain('Sign in');
    expect(await cookieHeader(context, toys)).not.toContain('session');
  }
  await victim.page.goto(`${family.origin('shop')}/`);
  expect(await words(victim.page)).toContain('Ben');
});

test('who may not enter the app is shown its page, not a refusal', async () => {
  await using profile = await atShop('cat');
  await profile.page.goto(await linkFor(profile));
  expect(profile.page.url()).toBe(`${toys}/`);
  expect(await words(profile.page)).toContain('Sign in');
});

test('an old link to a page that needs a sign-in leads there by an ordinary hop', async () => {
  await using profile = await atShop('ben');
  const link = await linkFor(profile, '/private', Date.now() - 61_000);
  await profile.page.goto(link);
  expect(profile.page.url()).toBe(`${toys}/private`);
  await using stranger = await openProfile(browser);
  await stranger.page.goto(link);
  expect(new URL(stranger.page.url()).origin).toBe(family.origin('login'));
  await fillSignIn(stranger.page, 'ben@kittens.example', family.password);
  await stranger.page.waitForURL(`${toys}/private`);
});
