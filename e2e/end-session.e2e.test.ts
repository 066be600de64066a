import { createHash, randomBytes } from 'node:crypto';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
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

interface Tokens {
  readonly id_token: string;
  readonly access_token: string;
}

/** A sign-on at a relying party of another make: its code, redeemed. */
async function signOn(page: Page): Promise<Tokens> {
  const { clientId, clientSecrets, redirectUris } = family.registration;
  const [redirectUri = ''] = redirectUris;
  const verifier = randomBytes(32).toString('base64url');
  const query = new URLSearchParams({
    client_id: clientId,
    response_type: 'code',
    scope: 'openid',
    state: 's',
    redirect_uri: redirectUri,
    code_challenge_method: 'S256',
    code_challenge: createHash('sha256').update(verifier).digest('base64url'),
  });
  await page.goto(`${family.origins.login}/oidc/authorize?${query}`);
  if (page.url().startsWith(family.origins.login)) {
    await fillSignIn(page, 'ada@kittens.example', strictPassword);
  }
  await page.waitForURL(`${redirectUri}**`);
  const code = new URL(page.url()).searchParams.get('code') ?? '';
  const credentials = Buffer.from(`${clientId}:${clientSecrets[0]}`).toString('base64');
  const answer = await family.fetch(`${family.origins.login}/oidc/token`, {
    method: 'POST',
    headers: {
      authorization: `Basic ${credentials}`,
      'content-type': 'application/x-www-form-urlencoded',
    },
    body: new URLSearchParams({
      grant_type: 'authorization_code',
      code,
      redirect_uri: redirectUri,
      code_verifier: verifier,
    }).toString(),
  });
  return (await answer.json()) as Tokens;
}

function endSessionUrl({ id_token: hint }: Tokens): string {
  const back = { post_logout_redirect_uri: `${family.origins.files}/`, state: 'back' };
  const query = new URLSearchParams({ id_token_hint: hint, ...back });
  return `${family.origins.login}/oidc/end-session?${query}`;
}

async function userinfoStatus({ access_token: token }: Tokens): Promise<number> {
  const headers = { authorization: `Bearer ${token}` };
  return (await family.fetch(`${family.origins.login}/oidc/userinfo`, { headers })).status;
}

async function enterToys(page: Page): Promise<void> {
  await page.goto(`${family.origins.toys}/`);
  expect(await words(page)).toContain('ada@kittens.example');
}

test('a relying party’s sign-out in the browser that signed in ends it everywhere and comes back', async () => {
  await using profile = await openProfile(browser);
  const { page } = profile;
  const tokens = await signOn(page);
  await enterToys(page);
  await page.goto(endSessionUrl(tokens));
  expect(page.url()).toBe(`${family.origins.files}/?state=back`);
  expect(await userinfoStatus(tokens)).toBe(401);
  await page.goto(`${family.origins.toys}/`);
  await page.getByLabel('Password').waitFor();
});

test('where the login host’s cookie is gone a page asks first, and then it is so', async () => {
  await using profile = await openProfile(browser);
  const { page, context } = profile;
  const tokens = await signOn(page);
  await enterToys(page);
  await context.clearCookies({ domain: new URL(family.origins.login).hostname });
  await page.goto(endSessionUrl(tokens));
  expect(await words(page)).not.toContain('signed out');
  expect(await userinfoStatus(tokens)).toBe(200);
  await page.getByRole('button', { name: 'Sign out' }).click();
  await page.waitForURL(`${family.origins.files}/?state=back`);
  expect(await userinfoStatus(tokens)).toBe(401);
  expect(family.asked).toContain('POST /notices');
  await page.goto(`${family.origins.toys}/`);
  await page.getByLabel('Password').waitFor();
});

test('a hint of an older sign-in while another is live: a page asks, and both end', async () => {
  await using profile = await openProfile(browser);
  const { page, context } = profile;
  const older = await signOn(page);
  await context.clearCookies({ domain: new URL(family.origins.login).hostname });
  const newer = await signOn(page);
  await page.goto(endSessionUrl(older));
  expect([await userinfoStatus(older), await userinfoStatus(newer)]).toEqual([200, 200]);
  await page.getByRole('button', { name: 'Sign out' }).click();
  await page.waitForURL(`${family.origins.files}/?state=back`);
  expect([await userinfoStatus(older), await userinfoStatus(newer)]).toEqual([401, 401]);
});

test('nobody signed in and no hint: no ending is claimed', async () => {
  await using profile = await openProfile(browser);
  const { page } = profile;
  await page.goto(`${family.origins.login}/oidc/end-session`);
  expect(await words(page)).toContain('nobody is signed in');
  expect(await words(page)).not.toMatch(/signed out/i);
});
