import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { launchBrowser, openProfile, signInAs, signInAt, words } from './browser.ts';
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

test.each([
  ['shop', 'Toys'],
  ['shop', 'Wiki'],
  ['shop', 'Blog'],
  ['toys', 'Shop'],
  ['toys', 'Wiki'],
  ['wiki', 'Toys'],
] as const)('signed in at the %s, a click on %s arrives signed in', async (from, to) => {
  await using profile = await openProfile(browser);
  const { page } = profile;
  await signInAt(page, family, from);
  await page.getByRole('navigation').getByRole('link', { name: to, exact: true }).click();
  const app = to.toLowerCase() as 'toys' | 'wiki' | 'blog' | 'shop';
  await page.waitForURL(`${family.origin(app)}/`);
  expect(await words(page)).toContain('ben@kittens.example');
});

test.each(['shop', 'blog', 'toys', 'wiki'] as const)(
  '“Your apps” on the login host’s home leads to the %s, signed in',
  async (app) => {
    await using profile = await openProfile(browser);
    const { page } = profile;
    await signInAt(page, family, 'login');
    const title = app.charAt(0).toUpperCase() + app.slice(1);
    await page.getByRole('link', { name: title, exact: true }).click();
    await page.waitForURL(`${family.origin(app)}/`);
    expect(await words(page)).toContain('ben@kittens.example');
  },
);

test('who may not enter an app, or is not signed in, is shown its home page by the same click', async () => {
  await using profile = await openProfile(browser);
  const { page } = profile;
  for (const sign of ['out', 'in'] as const) {
    if (sign === 'in') await signInAs('cat')(page, family, 'shop');
    for (const to of ['Toys', 'Wiki']) {
      await page.goto(`${family.origin('shop')}/`);
      await page.getByRole('navigation').getByRole('link', { name: to }).click();
      await page.waitForURL(`${family.origin(to.toLowerCase() as 'toys' | 'wiki')}/`);
      expect(await words(page), `${to}, ${sign}`).toContain('You are not signed in.');
    }
  }
});
