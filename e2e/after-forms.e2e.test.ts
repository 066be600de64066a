import { createHash, randomBytes } from 'node:crypto';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { fillSignIn, launchBrowser, openProfile, type Profile } from './browser.ts';
import { type SmallFamily, startSmallFamily } from './small-family.ts';

// Browsers hold every redirect that follows a form against `form-action` of the page with the form, and silently stay there.

let family: SmallFamily;
let browser: Browser;

beforeAll(async () => {
  family = await startSmallFamily();
  browser = await launchBrowser();
});
afterAll(async () => {
  await browser.close();
  await family[Symbol.asyncDispose]();
});

/** A profile that counts the forms it sends. */
async function openCounting(): Promise<Profile & { posts: string[] }> {
  const profile = await openProfile(browser);
  const posts: string[] = [];
  profile.page.on('request', (request) => {
    if (request.method() === 'POST') posts.push(new URL(request.url()).pathname);
  });
  return { ...profile, posts };
}

async function typePassword(page: Page, person = 'ben'): Promise<void> {
  await fillSignIn(page, `${person}@kittens.example`, family.password);
}

/** An authorization request of a client whose callback is on another origin than its own. */
function authorizeWide(changes: Readonly<Record<string, string>> = {}): string {
  const challenge = createHash('sha256').update(randomBytes(32)).digest('base64url');
  const query = new URLSearchParams({
    client_id: 'wide',
    response_type: 'code',
    scope: 'openid',
    state: 's',
    nonce: 'n',
    redirect_uri: `${family.origins.elsewhere}/callback`,
    code_challenge: challenge,
    code_challenge_method: 'S256',
    ...changes,
  });
  return `${family.origins.login}/oidc/authorize?${query}`;
}

test('a callback on another origin that leads on to a third host is reached', async () => {
  await using profile = await openCounting();
  await profile.page.goto(authorizeWide());
  await typePassword(profile.page);
  await profile.page.waitForURL(`${family.origins.beyond}/landed`);
});

test('an answer by form post is reached, and the client leads on from there', async () => {
  await using profile = await openCounting();
  await profile.page.goto(authorizeWide({ response_mode: 'form_post' }));
  await typePassword(profile.page);
  await profile.page.waitForURL(`${family.origins.beyond}/landed`);
  expect(profile.posts).toEqual(['/sign-in', '/callback']);
});

test.each([
  ['a home page that leads on', '/sign-in', '/home'],
  ['a protected page that leads to a download host', '/download', '/file'],
])('%s is reached', async (_what, path, end) => {
  await using profile = await openCounting();
  await profile.page.goto(`${family.origins.toys}${path}`);
  await typePassword(profile.page);
  await profile.page.waitForURL(`${family.origins.elsewhere}${end}`);
});

test.each(['toys', 'wiki'] as const)(
  'Back after signing in at %s resubmits nothing and ends in the app, signed in',
  async (app) => {
    await using profile = await openCounting();
    const { page, posts } = profile;
    await page.goto(`${family.origins.beyond}/before`);
    await page.goto(`${family.origins[app]}/private?x=1`);
    await typePassword(page);
    await page.waitForURL(`${family.origins[app]}/private?x=1`);
    expect(await page.title()).toBe(`${app} Ben`);
    await page.goBack();
    await page.waitForURL(`${family.origins[app]}/private?x=1`);
    expect([await page.title(), posts]).toEqual([`${app} Ben`, ['/sign-in']]);
  },
);

test.each(['toys', 'wiki'] as const)(
  'a form at %s whose flow cookie is gone, and the same form once more, end in the app',
  async (app) => {
    await using profile = await openCounting();
    const { context, page } = profile;
    await page.goto(`${family.origins[app]}/private?x=1`);
    await context.clearCookies({ name: /_flow_/ });
    await typePassword(page);
    await page.waitForURL(`${family.origins[app]}/private?x=1`);
    const second = await context.newPage();
    await second.goto(`${family.origins.login}/sign-in`);
    await second.goto(`${family.origins[app]}/private?x=2`);
    expect(await second.title()).toBe(`${app} Ben`);
  },
);

test('the bookmark of a form, opened in another browser, ends in the app', async () => {
  await using one = await openCounting();
  await using other = await openCounting();
  for (const app of ['toys', 'wiki'] as const) {
    await one.page.goto(`${family.origins[app]}/private?x=1`);
    const bookmark = one.page.url();
    expect(new URL(bookmark).origin).toBe(family.origins.login);
    await other.context.clearCookies();
    await other.page.goto(bookmark);
    await typePassword(other.page);
    await other.page.waitForURL(`${family.origins[app]}/private?x=1`);
    expect(await other.page.title()).toBe(`${app} Ben`);
  }
});

test('two tabs with one form each: the second submit ends in the app too', async () => {
  await using profile = await openCounting();
  const second = await profile.context.newPage();
  for (const page of [profile.page, second]) await page.goto(`${family.origins.wiki}/private`);
  for (const page of [profile.page, second]) {
    await typePassword(page);
    await page.waitForURL(`${family.origins.wiki}/private`);
    expect(await page.title()).toBe('wiki Ben');
  }
});

test('a popup in which the password is typed keeps its opener', async () => {
  await using profile = await openCounting();
  const { context, page } = profile;
  await page.goto(`${family.origins.elsewhere}/opener`);
  const opening = context.waitForEvent('page');
  await page.getByRole('button', { name: 'Open' }).click();
  const popup = await opening;
  await typePassword(popup);
  await popup.waitForURL(`${family.origins.toys}/popup`);
  expect(await popup.evaluate('window.opener !== null')).toBe(true);
  expect(await page.evaluate('window.opened.closed')).toBe(false);
});
