import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { fillSignIn, launchBrowser, openProfile, words } from './browser.ts';
import { type StrictFamily, startStrictFamily, strictPassword } from './strict-family.ts';

let family: StrictFamily;
let browser: Browser;
beforeAll(async () => {
  [family, browser] = await Promise.all([startStrictFamily(), launchBrowser()]);
});
afterAll(async () => {
  await browser?.close();
  await family?.[Symbol.asyncDispose]();
});

const signIn = (page: Page): Promise<void> =>
  fillSignIn(page, 'ada@kittens.example', strictPassword);

describe.each(['toys', 'wiki'] as const)(
  'with helmet’s headers and a protected home page, the %s',
  (app) => {
    const home = (): string => `${family.origins[app]}/`;

    test('signs people in, also where the page leads on to another host', async () => {
      await using profile = await openProfile(browser);
      const { page } = profile;
      await page.goto(`${family.origins[app]}/download`);
      await signIn(page);
      await page.waitForURL(`${family.origins.files}/file`);
      await page.goto(home());
      expect(await words(page)).toContain('ada@kittens.example');
    });

    test.each([
      ['its own button', '/'],
      ['the page of GET /sign-out', '/sign-out'],
    ])('signs out by %s, and Back sends nothing once more', async (_what, path) => {
      await using profile = await openProfile(browser);
      const { page } = profile;
      await page.goto(home());
      await signIn(page);
      await page.waitForURL(home());
      await page.goto(`${family.origins[app]}${path}`);
      const before = posts();
      await page.getByRole('button', { name: 'Sign out' }).click();
      await page.waitForURL(`${family.origins.login}/signed-out?app=${app}`);
      expect(await words(page)).toContain('You are signed out');
      expect(posts() - before).toBe(1);
      await page.goBack();
      await page.goBack().catch(() => null);
      expect(posts() - before).toBe(1);
      await page.goto(home());
      await page.getByLabel('Password').waitFor();
    });
  },
);

function posts(): number {
  return family.asked.filter((line) => line === 'POST /sign-out').length;
}
