import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  cookieHeader,
  fillSignIn,
  launchBrowser,
  openProfile,
  type Profile,
  signInEverywhere,
  words,
} from './browser.ts';
import { type apps, type DevelopmentFamily, startDevelopmentFamily, until } from './family.ts';
import { statusOfMe } from './http.ts';

let family: DevelopmentFamily;
let browser: Browser;
beforeAll(async () => {
  [family, browser] = await Promise.all([startDevelopmentFamily(), launchBrowser()]);
});
afterAll(async () => {
  await browser?.close();
  await family?.stop();
});

/** Signed in everywhere; then the login host and its siblings forget the browser, and the person signs in once more. */
async function signedInTwice({ page, context }: Profile, person = 'ben'): Promise<void> {
  await signInEverywhere(page, family);
  await context.clearCookies({ domain: /kittens\.localhost$/ });
  await page.goto(`${family.origin('shop')}/sign-in`);
  await fillSignIn(page, `${person}@kittens.example`, family.password);
  await page.waitForURL(`${family.origin('shop')}/`);
}

async function isKnownAt(page: Page, host: 'login' | (typeof apps)[number]): Promise<boolean> {
  await page.goto(`${family.origin(host)}/`);
  return (await page.getByRole('button', { name: 'Sign out' }).count()) > 0;
}

async function signOutAt(page: Page, app: (typeof apps)[number]): Promise<void> {
  await page.goto(`${family.origin(app)}/`);
  await page.getByRole('button', { name: 'Sign out' }).click();
  await page.waitForURL(`${family.origin('login')}/signed-out?app=${app}`);
}

describe('two sign-ins of one person in one browser', () => {
  test.each(['toys', 'wiki'] as const)(
    'signing out at the %s, which knows the first, ends the second as well',
    async (app) => {
      await using profile = await openProfile(browser);
      const { page } = profile;
      await signedInTwice(profile);
      await signOutAt(page, app);
      expect(await words(page)).toContain('You are signed out');
      expect(await words(page)).toContain(`Back to ${app === 'toys' ? 'Toys' : 'Wiki'}`);
      for (const host of ['login', 'shop', 'blog'] as const) {
        expect(await isKnownAt(page, host), host).toBe(false);
      }
      await until(async () => !(await isKnownAt(page, 'wiki')), 'the wiki to be signed out', 5_000);
      await page.goto(`${family.origin('toys')}/private`);
      await page.getByLabel('Password').waitFor();
    },
  );

  test('of two people: the other one stays, is named, and is asked before the next app', async () => {
    await using profile = await openProfile(browser);
    const { page } = profile;
    await signedInTwice(profile, 'ada');
    await signOutAt(page, 'toys');
    expect(await words(page)).toContain('ada@kittens.example');
    expect(await isKnownAt(page, 'shop')).toBe(true);
    await page.goto(`${family.origin('toys')}/private`);
    await fillSignIn(page, 'ada@kittens.example', family.password);
    await page.waitForURL(`${family.origin('toys')}/private`);
    await page.goto(`${family.origin('blog')}/private`);
    expect(page.url()).toBe(`${family.origin('blog')}/private`);
  });

  test('an arrival of the later one ends the earlier one', async () => {
    await using profile = await openProfile(browser);
    const { page, context } = profile;
    await signInEverywhere(page, family);
    const toys = family.origin('toys');
    // Without the flow cookie of its hop: now and then the later one has that name, and would lose its own.
    const first = (await context.cookies(toys)).filter(({ name }) => !name.includes('_flow_'));
    const copied = await cookieHeader(context, toys);
    await context.clearCookies();
    // A hop that begins while the toys know nobody, and comes back when they know the person by the first sign-in.
    await page.goto(`${toys}/private`);
    await context.addCookies(first);
    expect(await statusOfMe(toys, copied)).toBe(200);
    await fillSignIn(page, 'ben@kittens.example', family.password);
    await page.waitForURL(`${toys}/private`);
    expect(await words(page)).toContain('Ben');
    expect(await statusOfMe(toys, copied)).toBe(401);
    expect(await statusOfMe(toys, await cookieHeader(context, toys))).toBe(200);
  });
});

test('a sign-out by fetch says where the browser is to go, and that leads to the same page', async () => {
  // The apps of the demo forbid themselves every script.
  const context = await browser.newContext({ bypassCSP: true });
  await using _closed = { [Symbol.asyncDispose]: () => context.close() };
  const page = await context.newPage();
  await signInEverywhere(page, family);
  await page.goto(`${family.origin('toys')}/`);
  const answer = await page.evaluate(async () => {
    const response = await fetch('/sign-out', { method: 'POST' });
    return { status: response.status, body: (await response.json()) as { next: string } };
  });
  expect(answer.status).toBe(200);
  await page.goto(answer.body.next);
  await page.waitForURL(`${family.origin('login')}/signed-out?app=toys`);
  expect(await words(page)).toContain('You are signed out');
});
