import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { fillSignIn, launchBrowser, openProfile, signInAs, words } from './browser.ts';
import { type DevelopmentFamily, startDevelopmentFamily } from './family.ts';

let family: DevelopmentFamily;
let browser: Browser;
beforeAll(async () => {
  [family, browser] = await Promise.all([startDevelopmentFamily(), launchBrowser()]);
});
afterAll(async () => {
  await browser?.close();
  await family?.stop();
});

async function signInCat(page: Page): Promise<void> {
  await signInAs('cat')(page, family, 'shop');
  expect(await words(page)).toContain('cat@kittens.example');
}

describe('cat, who was granted the shop only', () => {
  test('is told by the blog, which shares the cookie, that she has no access', async () => {
    await using profile = await openProfile(browser);
    const { page } = profile;
    await signInCat(page);
    const home = await page.goto(`${family.origin('blog')}/`);
    expect(home?.status()).toBe(403);
    expect(await words(page)).toContain('no access');
    expect(await words(page)).not.toContain('cat@kittens.example');
    const me = await page.goto(`${family.origin('blog')}/me`);
    expect(me?.status()).toBe(403);
    expect(await me?.json()).toEqual({ signedIn: false, reason: 'no-access' });
    expect((await page.goto(`${family.origin('blog')}/private`))?.status()).toBe(403);
    expect(await words(page)).toMatch(/no access/i);
  });

  test.each(['toys', 'wiki'] as const)('is as signed out at %s', async (app) => {
    await using profile = await openProfile(browser);
    const { page } = profile;
    await signInCat(page);
    expect((await page.goto(`${family.origin(app)}/`))?.status()).toBe(200);
    expect(await page.getByRole('link', { name: 'Sign in' }).count()).toBe(1);
    const me = await page.goto(`${family.origin(app)}/me`);
    expect(me?.status()).toBe(401);
    expect(await me?.json()).toEqual({ signedIn: false });
  });

  test.each(['blog', 'toys', 'wiki'] as const)(
    'who asks to sign in at %s gets a page of the login host that says so',
    async (app) => {
      await using profile = await openProfile(browser);
      const { page } = profile;
      await signInCat(page);
      for (const path of app === 'blog' ? ['/sign-in'] : ['/sign-in', '/private']) {
        const response = await page.goto(`${family.origin(app)}${path}`);
        expect(response?.status(), path).toBe(403);
        expect(new URL(page.url()).origin, path).toBe(family.origin('login'));
        expect(await words(page), path).toMatch(/no access/i);
      }
      await page.goto(`${family.origin('shop')}/`);
      expect(await words(page)).toContain('cat@kittens.example');
    },
  );

  test('sees at the login host the app that she may enter, and can ask for the others', async () => {
    await using profile = await openProfile(browser);
    const { page } = profile;
    await signInCat(page);
    await page.goto(`${family.origin('login')}/`);
    const links = await page.getByRole('listitem').getByRole('link').all();
    const addresses = await Promise.all(links.map((link) => link.getAttribute('href')));
    const absolute = addresses.map((href) => new URL(href ?? '', family.origin('login')));
    const elsewhere = absolute.filter(({ origin }) => origin !== family.origin('login'));
    expect(elsewhere.map(({ origin }) => origin)).toEqual([family.origin('shop')]);
    const asked = absolute.filter(({ pathname }) => pathname === '/no-access');
    expect(asked.map(({ search }) => search)).toEqual(['?app=blog', '?app=toys', '?app=wiki']);
  });

  test('can sign out where she has no access', async () => {
    await using profile = await openProfile(browser);
    const { page } = profile;
    await signInCat(page);
    await page.goto(`${family.origin('blog')}/`);
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.getByRole('link', { name: 'Sign in' }).waitFor();
    await page.goto(`${family.origin('shop')}/`);
    expect(await words(page)).not.toContain('cat@kittens.example');
  });
});

describe('dan, who waits for approval', () => {
  test.each(['shop', 'toys', 'wiki'] as const)(
    'is told so after the right password, coming from %s',
    async (app) => {
      await using profile = await openProfile(browser);
      const { page, context } = profile;
      await page.goto(`${family.origin(app)}/private`);
      await fillSignIn(page, 'dan@kittens.example', family.password);
      expect(await words(page)).toMatch(/waiting for approval/i);
      const names = (await context.cookies()).map(({ name }) => name);
      expect(names.filter((name) => name.endsWith('_session_login'))).toEqual([]);
      expect((await page.goto(`${family.origin(app)}/me`))?.status()).toBe(401);
    },
  );

  test('is told nothing more than a stranger after a wrong one', async () => {
    await using profile = await openProfile(browser);
    const { page } = profile;
    expect(await refusal(page, 'dan@kittens.example')).toBe(
      await refusal(page, 'nobody@kittens.example'),
    );
  });
});

describe('a sign-in that fails', () => {
  test('reads the same for a wrong password and for an unknown person', async () => {
    await using profile = await openProfile(browser);
    const { page, context } = profile;
    const known = await refusal(page, 'ben@kittens.example');
    expect(known).toMatch(/not right/);
    expect(await refusal(page, 'nobody@kittens.example')).toBe(known);
    // The form has a cookie of its own, of no power.
    const sessions = (await context.cookies()).filter(({ name }) =>
      /session(?!.*_form$)/.test(name),
    );
    expect(sessions).toEqual([]);
  });

  test('can be put right on the page that says so', async () => {
    await using profile = await openProfile(browser);
    const { page } = profile;
    await page.goto(`${family.origin('toys')}/private`);
    await fillSignIn(page, 'ada@kittens.example', 'not this one');
    await fillSignIn(page, 'ada@kittens.example', family.password);
    await page.waitForURL(`${family.origin('toys')}/private`);
    expect(await words(page)).toContain('Ada');
  });
});

/** Status and words after a wrong password; what was typed does not count. */
async function refusal(page: Page, email: string): Promise<string> {
  await page.goto(`${family.origin('login')}/sign-in`);
  const answered = page.waitForResponse((response) => response.request().method() === 'POST');
  await fillSignIn(page, email, 'not this one');
  const status = (await answered).status();
  expect(await page.getByLabel('Email').inputValue()).toBe(email);
  return `${status} ${await words(page)}`;
}
