import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';
import { apps, type DevelopmentFamily, type Host, hosts } from './family.ts';
import type { CopiedCookies } from './http.ts';

const chromiumFlags = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** Debian's Chromium, without a window. */
export function launchBrowser(): Promise<Browser> {
  const executablePath = process.env['LATCHKEY_TEST_CHROMIUM'] ?? '/usr/bin/chromium';
  return chromium.launch({ executablePath, headless: true, args: chromiumFlags });
}

/** The same with a profile on disk: what a browser has that is closed and opened again. */
export function launchProfile(folder: string): Promise<BrowserContext> {
  const executablePath = process.env['LATCHKEY_TEST_CHROMIUM'] ?? '/usr/bin/chromium';
  const options = { executablePath, headless: true, args: chromiumFlags };
  return chromium.launchPersistentContext(folder, options);
}

/** A browser profile of its own with one tab. Closed by `using`. */
export interface Profile extends AsyncDisposable {
  readonly context: BrowserContext;
  readonly page: Page;
}

export async function openProfile(browser: Browser): Promise<Profile> {
  const context = await browser.newContext();
  context.setDefaultTimeout(20_000);
  const page = await context.newPage();
  return { context, page, [Symbol.asyncDispose]: () => context.close() };
}

/** Fills the form of the login host, on which the tab must be or come to be, and waits for where it leads. */
export async function fillSignIn(page: Page, email: string, password: string): Promise<void> {
  await page.getByLabel('Email').fill(email);
  await page.getByLabel('Password').fill(password);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.waitForLoadState();
}

type SignInAt = (page: Page, family: DevelopmentFamily, host: Host) => Promise<void>;

/** Signs in as a person would: on the app's home page, by the link `Sign in`, with the form of the login host. */
export function signInAs(person: string): SignInAt {
  return async (page, family, host) => {
    await page.goto(`${family.origin(host)}/`);
    await page.getByRole('link', { name: 'Sign in' }).click();
    await fillSignIn(page, `${person}@kittens.example`, family.password);
    await page.waitForURL(`${family.origin(host)}/`);
  };
}
export const signInAt: SignInAt = signInAs('ben');

/** Goes to an app's home page and, where it does not know the person yet, clicks `Sign in`. */
export async function walkTo(page: Page, family: DevelopmentFamily, host: Host): Promise<void> {
  await page.goto(`${family.origin(host)}/`);
  const link = page.getByRole('link', { name: 'Sign in' });
  if ((await link.count()) === 0) return;
  await link.click();
  await page.waitForURL(`${family.origin(host)}/`);
}

/** What the profile would send to this host as `Cookie`: a thief's copy. */
export async function cookieHeader(context: BrowserContext, origin: string): Promise<string> {
  const cookies = await context.cookies(origin);
  return cookies.map(({ name, value }) => `${name}=${value}`).join('; ');
}

/** Signs in at the shop and enters every other app. */
export async function signInEverywhere(page: Page, family: DevelopmentFamily): Promise<void> {
  await signInAt(page, family, 'shop');
  for (const app of apps) await walkTo(page, family, app);
}

/** {@link cookieHeader} for every host of the family. */
export async function copyCookies(
  context: BrowserContext,
  family: DevelopmentFamily,
): Promise<CopiedCookies> {
  const copied = await Promise.all(
    hosts.map(async (host) => [host, await cookieHeader(context, family.origin(host))] as const),
  );
  return Object.fromEntries(copied) as CopiedCookies;
}

/** The words of a page, without layout. */
export async function words(page: Page): Promise<string> {
  return (await page.locator('body').innerText()).replace(/\s+/g, ' ').trim();
}

/** A picture of the shop with Ada signed in, at twice the size for sharp screens. */
export async function photographShop(
  browser: Browser,
  family: DevelopmentFamily,
  file: string,
): Promise<void> {
  const context = await browser.newContext({
    viewport: { width: 900, height: 760 },
    deviceScaleFactor: 2,
    colorScheme: 'light',
  });
  const page = await context.newPage();
  await signInAs('ada')(page, family, 'shop');
  await page.getByRole('button', { name: 'Add to cart: Ball of yarn' }).click();
  await page.getByText('Ball of yarn.').waitFor();
  await page.screenshot({ path: file });
  await context.close();
}
