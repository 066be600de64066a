import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { launchBrowser, openProfile, signInAs, words } from './browser.ts';
import { type DevelopmentFamily, startDevelopmentFamily } from './family.ts';

const password = 'zebra oven lamp on a hill';
const email = 'lea@kittens.example';

let family: DevelopmentFamily;
let browser: Browser;
beforeAll(async () => {
  [family, browser] = await Promise.all([startDevelopmentFamily(), launchBrowser()]);
});
afterAll(async () => {
  await browser?.close();
  await family?.stop();
});

/** Opens the last mail of that subject in the development mailbox. */
async function openMail(page: Page, subject: RegExp): Promise<void> {
  const link = page.getByRole('link', { name: subject }).first();
  await expect
    .poll(async () => {
      await page.goto(`${family.origin('login')}/dev/mail`);
      return link.count();
    })
    .toBe(1);
  await link.click();
}

async function signIn(page: Page): Promise<void> {
  await page.getByLabel('E-Mail').fill(email);
  await page.getByLabel('Passwort', { exact: true }).fill(password);
  await page.getByRole('button', { name: 'Anmelden' }).click();
  await page.waitForLoadState();
}

describe('somebody without an account, on the way to an app', () => {
  test('asks in German, confirms by mail, is approved for the account and the app, and enters it', async () => {
    const context = await browser.newContext({ locale: 'de-DE' });
    const page = await context.newPage();
    await using ada = await openProfile(browser);
    await page.goto(`${family.origin('toys')}/private`);
    await page.getByRole('link', { name: 'Konto anlegen' }).click();
    await page.getByRole('heading', { name: 'Konto für Toys anlegen' }).waitFor();
    await page.getByLabel('E-Mail').fill(email);
    await page.getByRole('button', { name: 'Link schicken' }).click();
    await page.getByRole('link', { name: 'Entwicklungs-Postfach öffnen' }).waitFor();

    await openMail(page, /Bestätigen Sie Ihre Adresse/);
    await page.getByRole('link', { name: 'Adresse bestätigen' }).click();
    expect(await words(page)).toContain('Damit bitten Sie um Zugang zu Toys');
    await page.getByLabel('Ihr Name').fill('Lea');
    await page.getByLabel('Passwort', { exact: true }).fill(password);
    await page.getByLabel('Wozu brauchen Sie den Zugang?').fill('Ich verkaufe Bären.');
    await page.getByRole('button', { name: 'Konto anlegen' }).click();
    await page.getByText('Toys', { exact: true }).waitFor();

    await signInAs('ada')(ada.page, family, 'shop');
    await ada.page.goto(`${family.origin('login')}/approvals`);
    await ada.page.getByRole('link', { name: 'Decide on the account of Lea' }).click();
    await ada.page.getByRole('button', { name: 'Approve account' }).click();
    await ada.page.getByRole('heading', { name: 'Lea asks for Toys' }).waitFor();
    expect(await words(ada.page)).toContain('Ich verkaufe Bären.');

    await openMail(page, /Ihr Konto .* ist freigegeben/);
    await page.getByRole('link', { name: 'Anmelden' }).click();
    await signIn(page);
    expect(await words(page)).toContain('Lea');
    expect((await page.goto(`${family.origin('toys')}/private`))?.status()).toBe(403);
    expect(await words(page)).toContain('um Zugang gebeten');

    await ada.page.getByRole('link', { name: 'Decide on the request of Lea for Toys' }).click();
    await ada.page.getByRole('button', { name: 'Grant access' }).click();
    await ada.page.getByText('They may enter the app now').waitFor();

    await openMail(page, /Sie dürfen Toys nutzen/);
    await page.getByRole('link', { name: 'Toys öffnen' }).click();
    await page.waitForURL((url) => url.origin === family.origin('toys'));
    expect((await page.goto(`${family.origin('toys')}/private`))?.status()).toBe(200);
    expect(await words(page)).toContain('Lea');
    await context.close();
  });
});
