import { mkdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  fillSignIn,
  launchBrowser,
  openProfile,
  photographShop,
  signInAt,
  walkTo,
  words,
} from './browser.ts';
import {
  apps,
  type DevelopmentFamily,
  hosts,
  repository,
  startDevelopmentFamily,
} from './family.ts';

let family: DevelopmentFamily;
let browser: Browser;
beforeAll(async () => {
  [family, browser] = await Promise.all([startDevelopmentFamily(), launchBrowser()]);
});
afterAll(async () => {
  await browser?.close();
  await family?.stop();
});

test('everything works without JavaScript', async () => {
  const context = await browser.newContext({ javaScriptEnabled: false });
  const page = await context.newPage();
  await signInAt(page, family, 'shop');
  for (const app of apps) {
    await walkTo(page, family, app);
    expect(await words(page), app).toContain('Ben');
  }
  await page.getByRole('button', { name: 'Sign out' }).click();
  await page.getByRole('link', { name: 'Sign in' }).waitFor();
  await context.close();
});

test('somebody with a keyboard alone can sign in and out', async () => {
  await using profile = await openProfile(browser);
  const { page } = profile;
  await page.goto(`${family.origin('toys')}/`);
  await tabTo(page, 'Sign in');
  await page.keyboard.press('Enter');
  await page.getByLabel('Email').waitFor();
  await tabTo(page, '', 'email');
  await page.keyboard.type('ben@kittens.example');
  await page.keyboard.press('Tab');
  await page.keyboard.type(family.password);
  await page.keyboard.press('Enter');
  await page.waitForURL(`${family.origin('toys')}/`);
  await tabTo(page, 'Sign out');
  await page.keyboard.press('Enter');
  await page.getByRole('link', { name: 'Sign in' }).waitFor();
});

describe.each(hosts)('the pages of %s', (host) => {
  test('have a language, one heading, a main part, and no complaint of the browser', async () => {
    await using profile = await openProfile(browser);
    const { page } = profile;
    const complaints: string[] = [];
    page.on('console', (message) => {
      if (['error', 'warning'].includes(message.type())) complaints.push(message.text());
    });
    page.on('pageerror', (error) => complaints.push(error.message));
    await page.goto(`${family.origin(host)}/`);
    await expectOrder(page);
    await page.getByRole('link', { name: 'Sign in' }).click();
    await page.getByLabel('Email').waitFor();
    await expectOrder(page);
    await fillSignIn(page, 'ben@kittens.example', family.password);
    await page.waitForURL(`${family.origin(host)}/`);
    await expectOrder(page);
    expect(complaints).toEqual([]);
  });

  test.each(['light', 'dark'] as const)('fit on a phone, %s', async (colorScheme) => {
    const context = await browser.newContext({
      colorScheme,
      viewport: { width: 320, height: 640 },
    });
    const page = await context.newPage();
    await page.goto(`${family.origin(host)}/`);
    await expectToFit(page, colorScheme);
    await signInAt(page, family, host);
    await expectToFit(page, colorScheme);
    await context.close();
  });
});

test('a picture of the shop can be taken', async () => {
  const folder = join(repository, 'e2e/output');
  await mkdir(folder, { recursive: true });
  await photographShop(browser, family, join(folder, 'shop.png'));
  expect((await stat(join(folder, 'shop.png'))).size).toBeGreaterThan(10_000);
});

async function expectOrder(page: Page): Promise<void> {
  expect(await page.locator('html').getAttribute('lang')).toBe('en');
  expect(await page.getByRole('heading', { level: 1 }).count()).toBe(1);
  expect(await page.getByRole('main').count()).toBe(1);
  expect(await page.title()).not.toBe('');
}

async function expectToFit(page: Page, colorScheme: 'light' | 'dark'): Promise<void> {
  const { overflow, lightness } = await page.evaluate<{ overflow: number; lightness: number }>(
    `(() => {
      const [red, green, blue] = getComputedStyle(document.body).backgroundColor.match(/\\d+/g);
      return {
        overflow: document.documentElement.scrollWidth - innerWidth,
        lightness: (Number(red) + Number(green) + Number(blue)) / 3,
      };
    })()`,
  );
  expect(overflow).toBeLessThanOrEqual(0);
  if (colorScheme === 'light') expect(lightness).toBeGreaterThan(200);
  else expect(lightness).toBeLessThan(60);
}

/** Presses Tab until the control with this name, or this id, has the focus. */
async function tabTo(page: Page, name: string, id = ''): Promise<void> {
  for (let presses = 0; presses < 30; presses += 1) {
    await page.keyboard.press('Tab');
    const focused = await page.evaluate<{ text: string; id: string }>(
      '({ text: document.activeElement.innerText ?? "", id: document.activeElement.id })',
    );
    if (id === '' ? focused.text === name : focused.id === id) return;
  }
  throw new Error(`Tab never came to ${name || id}.`);
}
