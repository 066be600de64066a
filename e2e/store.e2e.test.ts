import { setTimeout as sleep } from 'node:timers/promises';
import { startRedisServer, type TestRedisServer } from '@latchkey/testkit';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { cookieHeader, launchBrowser, openProfile, signInAt, walkTo, words } from './browser.ts';
import { type App, apps, type DevelopmentFamily, startDevelopmentFamily, until } from './family.ts';
import { ask, statusOfMe } from './http.ts';

let redis: TestRedisServer;
let family: DevelopmentFamily;
let browser: Browser;
beforeAll(async () => {
  const program = process.env['LATCHKEY_TEST_REDIS_SERVER'];
  redis = await startRedisServer(program === undefined ? {} : { program });
  [family, browser] = await Promise.all([
    startDevelopmentFamily({ store: redis.url }),
    launchBrowser(),
  ]);
});
afterAll(async () => {
  await browser?.close();
  await family?.stop();
  await redis?.stop();
});

/** Apps with a session in the store; the wiki keeps its own. */
const onTheStore = ['shop', 'blog', 'toys'] as const;

test('with sessions in Redis people sign in once and sign out everywhere', async () => {
  await using profile = await openProfile(browser);
  const { page, context } = profile;
  await signInAt(page, family, 'shop');
  const copied = new Map<App, string>();
  for (const app of apps) {
    await walkTo(page, family, app);
    expect(await words(page), app).toContain('Ben');
    copied.set(app, await cookieHeader(context, family.origin(app)));
  }
  await page.goto(`${family.origin('toys')}/`);
  await page.getByRole('button', { name: 'Sign out' }).click();
  await page.getByRole('link', { name: 'Sign in' }).waitFor();
  for (const app of onTheStore) {
    expect(await statusOfMe(family.origin(app), copied.get(app) ?? ''), app).toBe(401);
  }
  await until(
    async () => (await statusOfMe(family.origin('wiki'), copied.get('wiki') ?? '')) === 401,
    'the wiki to be signed out',
    2_000,
  );
});

test('without its store an app answers 503 to who brings a session, serves visitors, and recovers by itself', async () => {
  await using profile = await openProfile(browser);
  const { page, context } = profile;
  await signInAt(page, family, 'shop');
  await walkTo(page, family, 'toys');
  const cookies = new Map<App, string>();
  for (const app of onTheStore) {
    cookies.set(app, await cookieHeader(context, family.origin(app)));
  }

  await redis.crash();
  for (const app of onTheStore) {
    const origin = family.origin(app);
    const cookie = cookies.get(app) ?? '';
    await until(async () => (await statusOfMe(origin, cookie)) === 503, `${app} to say so`, 5_000);
    const known = await ask(`${origin}/`, { headers: { cookie } });
    expect(known.status, app).toBe(503);
    expect(known.headers.get('retry-after'), app).not.toBeNull();
    expect(known.headers.getSetCookie(), app).toEqual([]);
    expect((await ask(`${origin}/`)).status, app).toBe(200);
    expect((await ask(`${origin}/me`)).status, app).toBe(401);
    expect((await ask(`${origin}/health/ready`)).status, app).toBe(503);
    expect((await ask(`${origin}/health/live`)).status, app).toBe(200);
  }
  expect((await ask(`${family.origin('login')}/health/live`)).status).toBe(200);

  await redis.start();
  for (const app of onTheStore) {
    const origin = family.origin(app);
    const cookie = cookies.get(app) ?? '';
    await until(async () => (await statusOfMe(origin, cookie)) === 200, `${app} to recover`);
    // Over another connection than sessions are read by, which may come back a moment later.
    const isReady = async () => (await ask(`${origin}/health/ready`)).status === 200;
    await until(isReady, `${app} to be ready`);
  }
  await page.goto(`${family.origin('shop')}/`);
  expect(await words(page)).toContain('Ben');
  // It tries its store again by its own breaker, which may be later than the apps do.
  const login = family.origin('login');
  const isBack = async () => (await ask(`${login}/health/ready`)).status === 200;
  await until(isBack, 'the login host to recover');
  await page.goto(`${login}/`);
  expect(await words(page)).toContain('ben@kittens.example');
});

test('a stall shorter than the time-out is a slow answer, not an error', async () => {
  await using profile = await openProfile(browser);
  const { page, context } = profile;
  await signInAt(page, family, 'shop');
  const cookie = await cookieHeader(context, family.origin('shop'));
  redis.freeze();
  const answer = statusOfMe(family.origin('shop'), cookie);
  await sleep(700);
  redis.thaw();
  expect(await answer).toBe(200);
});
