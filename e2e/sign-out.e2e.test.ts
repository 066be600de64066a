import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  copyCookies,
  launchBrowser,
  openProfile,
  signInAs,
  signInAt,
  signInEverywhere,
  walkTo,
  words,
} from './browser.ts';
import { apps, type DevelopmentFamily, hosts, startDevelopmentFamily, until } from './family.ts';
import { appsOpenedBy, ask, type CopiedCookies, isKnownAtLogin, statusOfMe } from './http.ts';

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

describe.each(hosts)('sign-out at %s', (host) => {
  test('copied cookies open nothing in any app, nor at the login host', async () => {
    await using profile = await openProfile(browser);
    const { page, context } = profile;
    await signInEverywhere(page, family);
    const copied = await copyCookies(context, family);
    expect(await appsOpenedBy(family, copied)).toEqual(apps);
    expect(await isKnownAtLogin(family, copied.login)).toBe(true);

    const { leftAtOnce, status } = await signOutAt(page, host, copied);
    expect(status).toBe(303);
    expect(leftAtOnce).toEqual([]);
    expect(await isKnownAtLogin(family, copied.login)).toBe(false);
    await until(
      async () => (await statusOfMe(family.origin('wiki'), copied.wiki)) === 401,
      'the wiki to be signed out',
      2_000,
    );

    for (const other of hosts) {
      await page.goto(`${family.origin(other)}/`);
      expect(await words(page), other).not.toContain('Ben');
      expect(await page.getByRole('link', { name: 'Sign in' }).count(), other).toBe(1);
    }
    expect(await appsOpenedBy(family, copied)).toEqual([]);
  });

  test('Back shows nothing private', async () => {
    await using profile = await openProfile(browser);
    const { page } = profile;
    await signInEverywhere(page, family);
    const path = host === 'login' ? '/' : '/private';
    await page.goto(`${family.origin(host)}${path}`);
    expect(await words(page)).toContain('Ben');
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.waitForURL(`${family.origin('login')}/signed-out**`);
    for (const step of [1, 2]) {
      await page.goBack();
      const shown = await words(page);
      expect(shown, `${step} back`).not.toContain('Ben');
      expect(shown, `${step} back`).not.toContain('ben@kittens.example');
    }
  });
});

describe('around a sign-out', () => {
  test('the same person in another profile stays signed in', async () => {
    await using one = await openProfile(browser);
    await using two = await openProfile(browser);
    await signInEverywhere(one.page, family);
    await signInEverywhere(two.page, family);
    const copied = await copyCookies(two.context, family);
    await one.page.goto(`${family.origin('toys')}/`);
    await one.page.getByRole('button', { name: 'Sign out' }).click();
    await one.page.getByRole('link', { name: 'Sign in' }).waitFor();
    expect(await appsOpenedBy(family, copied)).toEqual(apps);
    expect(await isKnownAtLogin(family, copied.login)).toBe(true);
  });

  test.each(apps)('the next sign-in at %s asks for the password', async (app) => {
    await using profile = await openProfile(browser);
    const { page } = profile;
    await signInAt(page, family, app);
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.getByRole('link', { name: 'Sign in' }).click();
    await page.getByLabel('Password').waitFor();
    expect(new URL(page.url()).origin).toBe(family.origin('login'));
  });

  test('a visitor can sign out as well, and is led over a page of the app', async () => {
    for (const app of apps) {
      const origin = family.origin(app);
      const response = await ask(`${origin}/sign-out`, { method: 'POST', headers: { origin } });
      expect(response.status, app).toBe(303);
      expect(new URL(response.headers.get('location') ?? '', origin).href).toBe(
        `${origin}/_latchkey/signed-out`,
      );
    }
  });

  test('somebody else who signs in afterwards finds nothing of the person before', async () => {
    await using profile = await openProfile(browser);
    const { page } = profile;
    await signInAs('ben')(page, family, 'shop');
    await page.getByRole('button', { name: 'Add to cart: Cardboard box' }).click();
    await page.getByText('Cardboard box.').waitFor();
    await page.getByRole('button', { name: 'Sign out' }).click();
    await signInAs('ada')(page, family, 'shop');
    expect(await words(page)).toContain('Nothing yet.');
    for (const app of apps) {
      await walkTo(page, family, app);
      expect(await words(page), app).toContain('Ada');
    }
  });
});

/** Clicks `Sign out` and replays the copied cookies the moment the answer is there. */
async function signOutAt(
  page: Page,
  host: (typeof hosts)[number],
  copied: CopiedCookies,
): Promise<{ readonly leftAtOnce: readonly string[]; readonly status: number }> {
  await page.goto(`${family.origin(host)}/`);
  const answered = page.waitForResponse((response) => response.request().method() === 'POST');
  await page.getByRole('button', { name: 'Sign out' }).click();
  const response = await answered;
  const leftAtOnce = await appsOpenedBy(family, copied, asking);
  await page.getByRole('link', { name: 'Sign in' }).waitFor();
  return { leftAtOnce, status: response.status() };
}
