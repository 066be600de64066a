import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { launchBrowser, openProfile, signInAt, walkTo } from './browser.ts';
import { apps, type DevelopmentFamily, startDevelopmentFamily } from './family.ts';

let family: DevelopmentFamily;
let browser: Browser;
beforeAll(async () => {
  [family, browser] = await Promise.all([startDevelopmentFamily(), launchBrowser()]);
});
afterAll(async () => {
  await browser?.close();
  await family?.stop();
});

/**
 * What may be in a URL on the way, and nowhere once the person has arrived. Not `state`: the form of the login host stands in the
 * place of a request, and its `state` is a hash and the page that is wanted.
 */
const onTheWay = /[?&](token|code|iss|ticket)=/;

interface Seen {
  readonly urls: string[];
  readonly referers: string[];
  readonly cookieValues: Set<string>;
  /** Resolves when all headers so far are read. */
  settled(): Promise<unknown>;
}

test('no token and no cookie value is left in a URL, a history entry or a Referer', async () => {
  await using profile = await openProfile(browser);
  const { page, context } = profile;
  const seen = watch(context);
  await signInAt(page, family, 'shop');
  for (const app of apps) {
    await walkTo(page, family, app);
    await page.goto(`${family.origin(app)}/private`);
    // The next page learns where the person came from: never a URL of a hop.
    await page.getByRole('link', { name: 'Account' }).click();
    await page.waitForURL(`${family.origin('login')}/`);
  }
  await page.getByRole('button', { name: 'Sign out' }).click();
  await page.waitForLoadState();
  await seen.settled();

  expect(seen.cookieValues.size).toBeGreaterThan(4);
  expect(seen.referers.length).toBeGreaterThan(4);
  expect(seen.urls.some((url) => url.includes('/_latchkey/handshake?'))).toBe(true);
  for (const value of seen.cookieValues) {
    for (const part of value.split('.').filter((one) => one.length >= 20)) {
      for (const url of [...seen.urls, ...seen.referers]) expect(url).not.toContain(part);
    }
  }
  for (const referer of seen.referers) expect(referer).not.toMatch(onTheWay);
  for (const url of await historyOf(page)) expect(url).not.toMatch(onTheWay);
});

test('the history of somebody who signed in has the pages of the apps alone', async () => {
  await using profile = await openProfile(browser);
  const { page } = profile;
  await page.goto(`${family.origin('toys')}/private`);
  await page.getByLabel('Email').fill('ben@kittens.example');
  await page.getByLabel('Password').fill(family.password);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.waitForURL(`${family.origin('toys')}/private`);
  const paths = await historyOf(page);
  expect(paths.map((url) => url.split('?')[0])).toEqual([
    // The form stands in the place of the hop.
    `${family.origin('login')}/handshake`,
    `${family.origin('toys')}/private`,
  ]);
  for (const url of paths) expect(url).not.toMatch(/token=/);
});

test('scripts of a page can read no cookie', async () => {
  await using profile = await openProfile(browser);
  const { page } = profile;
  await signInAt(page, family, 'shop');
  for (const app of apps) {
    await walkTo(page, family, app);
    expect(await page.evaluate('document.cookie')).toBe('');
  }
});

test('what the processes print holds neither password nor cookie', async () => {
  await using profile = await openProfile(browser);
  const { page, context } = profile;
  const seen = watch(context);
  await signInAt(page, family, 'shop');
  for (const app of apps) await walkTo(page, family, app);
  await seen.settled();
  const printed = family.output().split('Latchkey family ready')[1] ?? '';
  expect(printed).not.toContain(family.password);
  for (const value of seen.cookieValues) expect(printed).not.toContain(value);
});

function watch(context: BrowserContext): Seen {
  const reading: Promise<void>[] = [];
  const settled = (): Promise<unknown> => Promise.allSettled(reading);
  const seen: Seen = { urls: [], referers: [], cookieValues: new Set(), settled };
  context.on('request', (request) => {
    seen.urls.push(request.url());
    reading.push(
      request.allHeaders().then(({ referer }) => {
        if (referer !== undefined) seen.referers.push(referer);
      }),
    );
  });
  context.on('response', (response) => {
    reading.push(
      response.headersArray().then((headers) => {
        for (const { name, value } of headers) {
          if (name.toLowerCase() !== 'set-cookie') continue;
          const secret = /^[^=]+=([^;]*)/.exec(value)?.[1] ?? '';
          if (secret.length >= 20) seen.cookieValues.add(secret);
        }
      }),
    );
  });
  return seen;
}

async function historyOf(page: Page): Promise<readonly string[]> {
  const session = await page.context().newCDPSession(page);
  const { entries } = await session.send('Page.getNavigationHistory');
  return entries.map(({ url }) => url).filter((url) => url.startsWith('http'));
}
