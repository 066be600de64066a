import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  copyCookies,
  fillSignIn,
  launchBrowser,
  launchProfile,
  openProfile,
  signInAs,
  signInEverywhere,
  walkTo,
  words,
} from './browser.ts';
import { apps, type DevelopmentFamily, startDevelopmentFamily, until } from './family.ts';
import { appsOpenedBy, isKnownAtLogin } from './http.ts';

let family: DevelopmentFamily;
let browser: Browser;
beforeAll(async () => {
  [family, browser] = await Promise.all([startDevelopmentFamily(), launchBrowser()]);
});
afterAll(async () => {
  await browser?.close();
  await family?.stop();
});

/** Apps that ask Latchkey at each request: out when the answer to the sign-out arrives. */
const asking = ['shop', 'blog', 'toys'] as const;

describe('somebody with two browsers', () => {
  test('signs the other one out on the page of devices, at once and everywhere', async () => {
    await using here = await openProfile(browser);
    await using there = await openProfile(browser);
    await signInEverywhere(there.page, family);
    const copied = await copyCookies(there.context, family);
    await signInEverywhere(here.page, family);
    await here.page.goto(`${family.origin('login')}/`);
    await here.page.getByRole('link', { name: 'Your devices' }).click();
    const items = here.page.getByRole('listitem');
    expect(await items.count()).toBe(2);
    expect(await items.nth(0).innerText()).toContain('This device');
    const other = (await items.nth(1).innerText()).replace(/\s+/g, ' ');
    expect(other).toContain('Chrome on Linux Last used a moment ago');
    expect(other).toContain('Apps Shop, Blog, Toys and Wiki');

    const answered = here.page.waitForResponse(
      (response) => response.request().method() === 'POST',
    );
    await here.page.getByRole('button', { name: /^Sign out Chrome on Linux, last used/ }).click();
    expect((await answered).status()).toBe(303);
    expect(await appsOpenedBy(family, copied, asking)).toEqual([]);
    expect(await isKnownAtLogin(family, copied.login)).toBe(false);
    await here.page.getByText('That device is signed out of every app.').waitFor();
    expect(await items.count()).toBe(1);
    await until(
      async () => (await appsOpenedBy(family, copied)).length === 0,
      'the wiki to be signed out',
      5_000,
    );
    for (const app of apps) {
      await here.page.goto(`${family.origin(app)}/`);
      expect(await words(here.page), app).toContain('Ben');
      await there.page.goto(`${family.origin(app)}/`);
      expect(await words(there.page), app).not.toContain('Ben');
    }
  });

  test('signs all others out, without JavaScript, and stays signed in', async () => {
    await using one = await openProfile(browser);
    await using two = await openProfile(browser);
    for (const { page } of [one, two]) await signInAs('ada')(page, family, 'toys');
    const copied = [await copyCookies(one.context, family), await copyCookies(two.context, family)];
    const context = await browser.newContext({ javaScriptEnabled: false });
    const page = await context.newPage();
    await signInAs('ada')(page, family, 'shop');
    await page.goto(`${family.origin('login')}/devices`);
    expect(await page.getByRole('listitem').count()).toBe(3);
    await page.getByRole('button', { name: 'Sign out all my other devices' }).click();
    await page.getByText('All your other devices are signed out of every app.').waitFor();
    for (const cookies of copied) expect(await appsOpenedBy(family, cookies, asking)).toEqual([]);
    expect(await words(page)).toContain('You are signed in nowhere else.');
    await page.goto(`${family.origin('shop')}/`);
    expect(await words(page)).toContain('Ada');
    await context.close();
  });
});

describe('closing the browser', () => {
  test.each([
    [true, 'who ticked the box is still signed in, in every app'],
    [false, 'nobody else is'],
  ])('with the box ticked %j: %s', async (isTicked) => {
    const folder = await mkdtemp(join(tmpdir(), 'latchkey-profile-'));
    const before = await launchProfile(folder);
    const page = await before.newPage();
    await page.goto(`${family.origin('shop')}/`);
    await page.getByRole('link', { name: 'Sign in' }).click();
    const box = page.getByLabel('Keep me signed in on this device');
    expect(await box.isChecked()).toBe(false);
    if (isTicked) await box.check();
    await fillSignIn(page, 'ben@kittens.example', family.password);
    await page.waitForURL(`${family.origin('shop')}/`);
    for (const app of apps) await walkTo(page, family, app);
    await before.close();

    const after = await launchProfile(folder);
    const later = await after.newPage();
    for (const host of ['login', ...asking] as const) {
      await later.goto(`${family.origin(host)}/`);
      expect((await words(later)).includes('Ben'), host).toBe(isTicked);
    }
    // It keeps a session of its own, for as long as the browser is open: one hop, and no password.
    await later.goto(`${family.origin('wiki')}/`);
    await later.getByRole('link', { name: 'Sign in' }).click();
    await later.waitForLoadState();
    expect((await words(later)).includes('Ben')).toBe(isTicked);
    await after.close();
    await rm(folder, { recursive: true, force: true });
  });
});
