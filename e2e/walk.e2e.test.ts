import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { launchBrowser, openProfile, signInAs, signInAt, walkTo, words } from './browser.ts';
import { apps, type DevelopmentFamily, hosts, startDevelopmentFamily } from './family.ts';

let family: DevelopmentFamily;
let browser: Browser;
beforeAll(async () => {
  [family, browser] = await Promise.all([startDevelopmentFamily(), launchBrowser()]);
});
afterAll(async () => {
  await browser?.close();
  await family?.stop();
});

describe('sign in once', () => {
  test('at the shop, and four apps on three sites and the login host know the person', async () => {
    await using profile = await openProfile(browser);
    const { page } = profile;
    await signInAt(page, family, 'shop');
    for (const app of apps) {
      await walkTo(page, family, app);
      const shown = await words(page);
      expect(shown, app).toContain('Ben');
      expect(shown, app).toContain('ben@kittens.example');
      expect(await page.getByRole('button', { name: 'Sign out' }).count(), app).toBe(1);
      expect(await page.getByRole('link', { name: 'Sign in' }).count(), app).toBe(0);
    }
    await page.goto(`${family.origin('login')}/`);
    expect(await words(page)).toContain('ben@kittens.example');
  });

  test.each(apps)('at %s, and the password is asked for nowhere else', async (first) => {
    await using profile = await openProfile(browser);
    const { page } = profile;
    await signInAt(page, family, first);
    for (const app of apps.filter((other) => other !== first)) {
      await walkTo(page, family, app);
      expect(await words(page), app).toContain('ben@kittens.example');
    }
  });

  test('every app names the same account at /me', async () => {
    await using profile = await openProfile(browser);
    const { page } = profile;
    await signInAs('ada')(page, family, 'wiki');
    const ids = new Set<string>();
    for (const app of apps) {
      await walkTo(page, family, app);
      await page.goto(`${family.origin(app)}/me`);
      const me = JSON.parse(await words(page));
      expect(me).toMatchObject({ signedIn: true, app, account: { email: 'ada@kittens.example' } });
      ids.add(me.account.id);
    }
    expect([...ids]).toEqual([
      expect.stringMatching(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/),
    ]);
  });

  test.each(apps)('a protected page of %s comes back to itself, with its query', async (app) => {
    await using profile = await openProfile(browser);
    const { page } = profile;
    await signInAt(page, family, 'shop');
    await page.goto(`${family.origin(app)}/private?page=2&sort=new`);
    expect(page.url()).toBe(`${family.origin(app)}/private?page=2&sort=new`);
    expect(await words(page)).toContain('Ben');
  });

  test('what a visitor put into the cart is still there after signing in', async () => {
    await using profile = await openProfile(browser);
    const { page, context } = profile;
    await page.goto(`${family.origin('shop')}/`);
    await page.getByRole('button', { name: 'Add to cart: Ball of yarn' }).click();
    await page.waitForURL(`${family.origin('shop')}/`);
    const before = await sessionCookie(context.cookies());
    await signInAt(page, family, 'shop');
    expect(await words(page)).toContain('Ball of yarn.');
    expect(await sessionCookie(context.cookies())).not.toBe(before);
    await page.goto(`${family.origin('blog')}/`);
    expect(await words(page)).toContain('Your cart at the shop 1 thing.');
  });
});

describe('people and browsers', () => {
  test('home pages and /me never redirect by themselves', async () => {
    await using profile = await openProfile(browser);
    const { page } = profile;
    await signInAt(page, family, 'shop');
    for (const app of ['toys', 'wiki'] as const) {
      await page.goto(`${family.origin(app)}/`);
      expect(page.url()).toBe(`${family.origin(app)}/`);
      expect(await page.getByRole('link', { name: 'Sign in' }).count()).toBe(1);
      const me = await page.goto(`${family.origin(app)}/me`);
      expect(me?.status()).toBe(401);
      expect(await me?.json()).toEqual({ signedIn: false });
    }
  });

  test('a visitor who stored nothing has no cookie anywhere', async () => {
    await using profile = await openProfile(browser);
    const { page, context } = profile;
    for (const host of hosts) await page.goto(`${family.origin(host)}/`);
    expect(await context.cookies()).toEqual([]);
  });

  test('two profiles are two people, and two sign-ins of one person', async () => {
    await using one = await openProfile(browser);
    await using two = await openProfile(browser);
    await signInAs('ada')(one.page, family, 'shop');
    await two.page.goto(`${family.origin('shop')}/`);
    expect(await words(two.page)).not.toContain('Ada');
    await signInAs('ben')(two.page, family, 'shop');
    await walkTo(one.page, family, 'toys');
    await walkTo(two.page, family, 'toys');
    expect(await words(one.page)).toContain('Ada');
    expect(await words(two.page)).toContain('Ben');
  });
});

describe('parallel tabs', () => {
  test('ten at the toys at once: none ends in an error, all know the person', async () => {
    await using profile = await openProfile(browser);
    const { page, context } = profile;
    await signInAt(page, family, 'shop');
    const tabs = await Promise.all(Array.from({ length: 10 }, () => context.newPage()));
    await Promise.all(
      tabs.map((tab, index) => tab.goto(`${family.origin('toys')}/private?tab=${index}`)),
    );
    for (const [index, tab] of tabs.entries()) {
      expect(tab.url()).toBe(`${family.origin('toys')}/private?tab=${index}`);
      expect(await words(tab)).toContain('Ben');
    }
    await page.goto(`${family.origin('toys')}/me`);
    expect(await words(page)).toContain('"signedIn":true');
  });

  test('three at the wiki, and one at each other app, at once: all succeed', async () => {
    await using profile = await openProfile(browser);
    const { page, context } = profile;
    await signInAt(page, family, 'blog');
    const places = ['wiki', 'wiki', 'wiki', 'toys', 'shop'] as const;
    const tabs = await Promise.all(places.map(() => context.newPage()));
    await Promise.all(
      tabs.map((tab, index) => tab.goto(`${family.origin(places[index] ?? 'wiki')}/private`)),
    );
    for (const [index, tab] of tabs.entries()) {
      expect(tab.url()).toBe(`${family.origin(places[index] ?? 'wiki')}/private`);
      expect(await words(tab)).toContain('Ben');
    }
  });
});

async function sessionCookie(
  cookies: Promise<readonly { readonly name: string; readonly value: string }[]>,
): Promise<string | undefined> {
  return (await cookies).find(({ name }) => name.endsWith('_kittens_session'))?.value;
}
