import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  cookieHeader,
  fillSignIn,
  launchBrowser,
  openProfile,
  signInAt,
  signInEverywhere,
  walkTo,
  words,
} from './browser.ts';
import { apps, type DevelopmentFamily, startDevelopmentFamily, until } from './family.ts';
import { ask, isKnownAtLogin, statusOfMe } from './http.ts';

let family: DevelopmentFamily;
let browser: Browser;
beforeAll(async () => {
  [family, browser] = await Promise.all([startDevelopmentFamily(), launchBrowser()]);
});
afterAll(async () => {
  await browser?.close();
  await family?.stop();
});

async function restart(host: 'login' | (typeof apps)[number]): Promise<void> {
  await family.kill(host);
  await family.revive(host);
  await until(async () => {
    const response = await ask(`${family.origin(host)}/health/ready`).catch(() => null);
    return response?.status === 200;
  }, `${host} to be ready`);
}

test.each(apps)('with %s killed the others go on, old and new visitors alike', async (victim) => {
  await using known = await openProfile(browser);
  await signInEverywhere(known.page, family);
  await family.kill(victim);
  try {
    const others = apps.filter((app) => app !== victim);
    await using fresh = await openProfile(browser);
    const [first = 'shop'] = others;
    await signInAt(fresh.page, family, first);
    for (const app of others) {
      await walkTo(known.page, family, app);
      expect(await words(known.page), app).toContain('Ben');
      await walkTo(fresh.page, family, app);
      expect(await words(fresh.page), app).toContain('Ben');
    }
    await fresh.page.getByRole('button', { name: 'Sign out' }).click();
    await fresh.page.getByRole('link', { name: 'Sign in' }).waitFor();
    await until(
      () => family.output().includes(`${victim} stopped by itself (SIGKILL); the others go on.`),
      'the supervisor to name it',
    );
  } finally {
    await family.revive(victim);
  }
  await until(async () => {
    const response = await ask(`${family.origin(victim)}/health/ready`).catch(() => null);
    return response?.status === 200;
  }, `${victim} to be back`);
  await walkTo(known.page, family, victim);
  expect(await words(known.page)).toContain('Ben');
});

test('with the login host killed, sign-out at the shop ends everything that asks; the wiki follows', async () => {
  await using profile = await openProfile(browser);
  const { page, context } = profile;
  await signInEverywhere(page, family);
  const copied = new Map<string, string>();
  for (const app of apps) {
    copied.set(app, await cookieHeader(context, family.origin(app)));
  }
  const atLogin = await cookieHeader(context, family.origin('login'));
  await family.kill('login');
  for (const app of apps) {
    expect(await statusOfMe(family.origin(app), copied.get(app) ?? ''), app).toBe(200);
  }

  await page.goto(`${family.origin('shop')}/`);
  await page.getByRole('button', { name: 'Sign out' }).click();
  await page.getByText('The login host could not be reached').waitFor();
  for (const app of ['shop', 'blog', 'toys'] as const) {
    expect(await statusOfMe(family.origin(app), copied.get(app) ?? ''), app).toBe(401);
  }

  await family.revive('login');
  await until(
    async () => (await statusOfMe(family.origin('wiki'), copied.get('wiki') ?? '')) === 401,
    'the wiki to follow',
  );
  expect(await isKnownAtLogin(family, atLogin)).toBe(false);
  await page.goto(`${family.origin('shop')}/private`);
  await page.getByLabel('Password').waitFor();
});

test('a wiki that is down while somebody signs out hears of it when it is back', async () => {
  await using profile = await openProfile(browser);
  const { page, context } = profile;
  await signInEverywhere(page, family);
  const atWiki = await cookieHeader(context, family.origin('wiki'));
  await family.kill('wiki');
  await page.goto(`${family.origin('toys')}/`);
  await page.getByRole('button', { name: 'Sign out' }).click();
  await page.getByRole('link', { name: 'Sign in' }).waitFor();
  await family.revive('wiki');
  await until(
    async () => (await statusOfMe(family.origin('wiki'), atWiki).catch(() => 0)) === 401,
    'the notice to reach the wiki',
    30_000,
  );
});

test('with the login host killed, sign-out at the wiki is out of the wiki, and of all when it is back', async () => {
  await using profile = await openProfile(browser);
  const { page, context } = profile;
  await signInEverywhere(page, family);
  const copied = new Map<string, string>();
  for (const app of apps) {
    copied.set(app, await cookieHeader(context, family.origin(app)));
  }
  await family.kill('login');
  await page.goto(`${family.origin('wiki')}/`);
  const answered = page.waitForResponse((response) => response.request().method() === 'POST');
  await page.getByRole('button', { name: 'Sign out' }).click();
  expect((await answered).status()).toBeLessThan(500);
  await page.waitForLoadState();
  expect(await words(page)).toContain('The login host could not be reached');
  expect(await statusOfMe(family.origin('wiki'), copied.get('wiki') ?? '')).toBe(401);
  await family.revive('login');
  for (const app of apps) {
    await until(
      async () => (await statusOfMe(family.origin(app), copied.get(app) ?? '')) === 401,
      `${app} to follow`,
    );
  }
});

test.each(apps)(
  'the login host restarted while somebody types the password for %s: nothing is lost',
  async (app) => {
    await using profile = await openProfile(browser);
    const { page } = profile;
    await page.goto(`${family.origin(app)}/private?page=7`);
    await page.getByLabel('Email').waitFor();
    await restart('login');
    await fillSignIn(page, 'ben@kittens.example', family.password);
    await page.waitForURL(`${family.origin(app)}/private?page=7`);
    expect(await words(page)).toContain('Ben');
  },
);

test('the login host restarted after signing in: everyone is still signed in everywhere', async () => {
  await using profile = await openProfile(browser);
  const { page } = profile;
  await signInAt(page, family, 'shop');
  await walkTo(page, family, 'wiki');
  await restart('login');
  for (const app of apps) {
    await walkTo(page, family, app);
    expect(await words(page), app).toContain('Ben');
  }
  await page.goto(`${family.origin('login')}/`);
  expect(await words(page)).toContain('ben@kittens.example');
  await page.getByRole('button', { name: 'Sign out' }).click();
  await page.getByRole('link', { name: 'Sign in' }).waitFor();
  await page.goto(`${family.origin('toys')}/`);
  expect(await words(page)).not.toContain('Ben');
});

test('every app restarted after signing in: sessions are still there', async () => {
  await using profile = await openProfile(browser);
  const { page } = profile;
  await signInEverywhere(page, family);
  for (const app of apps) {
    await restart(app);
    await page.goto(`${family.origin(app)}/`);
    expect(await words(page), app).toContain('Ben');
  }
});
