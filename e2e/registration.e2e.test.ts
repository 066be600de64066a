import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Browser, BrowserContextOptions } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { fillSignIn, launchBrowser, openProfile, words } from './browser.ts';
import { type DevelopmentFamily, repository, startDevelopmentFamily } from './family.ts';

const password = 'zebra oven lamp on a hill';

let family: DevelopmentFamily;
let browser: Browser;
beforeAll(async () => {
  [family, browser] = await Promise.all([startDevelopmentFamily(), launchBrowser()]);
});
afterAll(async () => {
  await browser?.close();
  await family?.stop();
});

/** The link of an invitation to the shop, as an operator has it printed. */
async function invite(email: string): Promise<string> {
  const { dataFolder, basePort } = family;
  const secret = (await readFile(join(dataFolder, 'family-secret'), 'utf8')).trim();
  const { stdout } = await promisify(execFile)(
    process.execPath,
    [
      join(repository, 'packages/cli/bin/latchkey.mjs'),
      ...['account', 'invite', email, '--app', 'shop', '--print', '--json'],
      ...['--config', join(repository, 'examples/family/src/latchkey.config.ts')],
    ],
    {
      env: {
        ...process.env,
        LATCHKEY_DATA: dataFolder,
        LATCHKEY_BASE_PORT: String(basePort),
        LATCHKEY_SECRET: secret,
      },
    },
  );
  return (JSON.parse(stdout) as { link: string }).link;
}

const english = { name: 'Your name', password: 'Password', button: 'Make the account' };
const german = { name: 'Ihr Name', password: 'Passwort', button: 'Konto anlegen' };

describe('asking for an account', () => {
  const visitors: readonly (readonly [string, BrowserContextOptions])[] = [
    ['a desktop', {}],
    ['a phone', { viewport: { width: 360, height: 640 }, isMobile: true, hasTouch: true }],
    ['a browser without JavaScript', { javaScriptEnabled: false }],
  ];
  test.each(visitors)('on %s begins at the sign-in page and ends at the mail', async (_, how) => {
    const context = await browser.newContext(how);
    const page = await context.newPage();
    await page.goto(`${family.origin('toys')}/private`);
    await page.getByRole('link', { name: 'Create an account' }).click();
    await page.getByLabel('Email').fill('kim@kittens.example');
    await page.getByRole('button', { name: 'Send the link' }).click();
    await page.getByRole('heading', { name: 'Look into your mail' }).waitFor();
    expect(await words(page)).toContain('kim@kittens.example');
    const width = await page.locator('main').boundingBox();
    expect(width?.x).toBeGreaterThanOrEqual(0);
    await context.close();
  });

  test('says in German beside the field what is wrong', async () => {
    const context = await browser.newContext({ locale: 'de-DE' });
    const page = await context.newPage();
    await page.goto(`${family.origin('login')}/register`);
    await page.getByLabel('E-Mail').fill('kim@localhost');
    await page.getByRole('button', { name: 'Link schicken' }).click();
    expect(await words(page)).toContain('An diese Adresse kann keine Mail geschickt werden.');
    await context.close();
  });
});

describe('the link', () => {
  test.each([
    ['English', 'en-GB', english],
    ['German', 'de-DE', german],
  ])(
    'in %s makes an account that is signed in, and enters what it was invited to',
    async (_, locale, labels) => {
      const email = `lea-${locale.toLowerCase()}@kittens.example`;
      const context = await browser.newContext({ locale });
      const page = await context.newPage();
      await page.goto(await invite(email));
      expect(await words(page)).toContain(email);
      await page.getByLabel(labels.name).fill('Lea');
      await page.getByLabel(labels.password, { exact: true }).fill(password);
      await page.getByRole('button', { name: labels.button }).click();
      await page.waitForURL(`${family.origin('login')}/`);
      expect(await words(page)).toContain('Lea');
      await page.goto(`${family.origin('shop')}/private`);
      expect(page.url()).toBe(`${family.origin('shop')}/private`);
      expect(await words(page)).toContain('Lea');
      await context.close();
    },
  );

  test('works without JavaScript, once, and tells another browser that it was used', async () => {
    const link = await invite('noa@kittens.example');
    const context = await browser.newContext({ javaScriptEnabled: false });
    const page = await context.newPage();
    // A mail scanner and a second look: nothing comes about.
    await page.goto(link);
    await page.goto(link);
    await page.getByLabel(english.name).fill('Noa');
    await page.getByLabel(english.password).fill('noa@kittens.example');
    await page.getByRole('button', { name: english.button }).click();
    expect(await words(page)).toContain('easy to guess');
    await page.getByLabel(english.password).fill(password);
    await page.getByRole('button', { name: english.button }).click();
    await page.waitForURL(`${family.origin('login')}/`);
    await context.close();

    await using other = await openProfile(browser);
    await other.page.goto(link);
    expect(await words(other.page)).toContain('This link was used before');
    await other.page.getByRole('link', { name: 'Sign in' }).click();
    await fillSignIn(other.page, 'noa@kittens.example', password);
    expect(await words(other.page)).toContain('Noa');
  });
});
