import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  cookieHeader,
  launchBrowser,
  openProfile,
  type Profile,
  signInAs,
  signInAt,
  walkTo,
  words,
} from './browser.ts';
import { type DevelopmentFamily, startDevelopmentFamily } from './family.ts';
import { ask, statusOfMe } from './http.ts';

let family: DevelopmentFamily;
let browser: Browser;
beforeAll(async () => {
  [family, browser] = await Promise.all([startDevelopmentFamily(), launchBrowser()]);
});
afterAll(async () => {
  await browser?.close();
  await family?.stop();
});

const path = '/_latchkey/handshake';

/** An arrival that the app has not seen, and the cookies with which the browser would have made it. */
interface Arrival {
  readonly url: string;
  readonly cookie: string;
}

/** Lets the browser come back from the login host, and catches the arrival before the app sees it. */
async function catchArrival({ page, context }: Profile): Promise<Arrival> {
  const origin = family.origin('toys');
  // Playwright's own routes do not see requests that a redirect makes.
  const session = await context.newCDPSession(page);
  let url = '';
  session.on('Fetch.requestPaused', ({ requestId, request }) => {
    url = request.url;
    void session.send('Fetch.fulfillRequest', { requestId, responseCode: 200, body: '' });
  });
  await session.send('Fetch.enable', { patterns: [{ urlPattern: `${origin}${path}*` }] });
  await page.goto(`${origin}/private`);
  await session.detach();
  expect(url).toContain('token=');
  return { url, cookie: await cookieHeader(context, origin) };
}

/** Asked whose browser it is, and nothing more. */
function expectOwnHop({ headers }: Response): void {
  expect(headers.get('location')).toMatch(`${family.origin('login')}/handshake?`);
  for (const line of headers.getSetCookie()) expect(line).toMatch(/latchkey_(flow|arrivals)_/);
}

test('an arrival works once, in the browser that began it, and leads to a clean address', async () => {
  await using profile = await openProfile(browser);
  await signInAt(profile.page, family, 'shop');
  const { url, cookie } = await catchArrival(profile);
  expect(new URL(url).searchParams.get('token')?.length).toBeLessThanOrEqual(200);

  const first = await ask(url, { headers: { cookie } });
  expect(first.status).toBe(303);
  expect(first.headers.get('location')).toBe(`${family.origin('toys')}/private`);
  expect(first.headers.get('referrer-policy')).toBe('no-referrer');

  const again = await ask(url, { headers: { cookie } });
  expect(again.status).toBe(303);
  expect(again.headers.get('location')).toContain(`${family.origin('login')}/handshake?`);
  expect(again.headers.getSetCookie().join()).not.toContain('session');
});

test('a leaked arrival is dead: refused elsewhere, used up by that, and its own browser still comes in', async () => {
  await using profile = await openProfile(browser);
  await signInAt(profile.page, family, 'shop');
  const { url, cookie } = await catchArrival(profile);
  const leaked = await ask(url);
  expectOwnHop(leaked);
  expect(leaked.headers.get('location')).not.toContain(
    new URL(url).searchParams.get('token') ?? '-',
  );
  const stolen = await ask(url, { headers: { cookie } });
  expect(stolen.headers.get('location')).toContain(`${family.origin('login')}/handshake?`);
  await profile.page.goto(url);
  expect(profile.page.url()).toBe(`${family.origin('toys')}/private`);
  expect(await words(profile.page)).toContain('Ben');
});

test('of fifty arrivals with one token at once exactly one wins', async () => {
  await using profile = await openProfile(browser);
  await signInAt(profile.page, family, 'shop');
  const { url, cookie } = await catchArrival(profile);
  const ways = await Promise.all(
    Array.from({ length: 50 }, async () => {
      const { headers } = await ask(url, { headers: { cookie } });
      return headers.get('location') ?? '';
    }),
  );
  expect(ways.filter((way) => way === `${family.origin('toys')}/private`)).toHaveLength(1);
  const hop = `${family.origin('login')}/handshake?`;
  expect(ways.filter((way) => way.startsWith(hop))).toHaveLength(49);
});

test('a token on its way opens nothing once the person has signed out', async () => {
  await using profile = await openProfile(browser);
  await signInAt(profile.page, family, 'shop');
  const { url, cookie } = await catchArrival(profile);
  await profile.page.goto(`${family.origin('shop')}/`);
  await profile.page.getByRole('button', { name: 'Sign out' }).click();
  await profile.page.getByRole('link', { name: 'Sign in' }).waitFor();
  expectOwnHop(await ask(url, { headers: { cookie } }));
});

test('broken arrivals get a plain page with a way on, and take nothing from who is signed in', async () => {
  await using profile = await openProfile(browser);
  const { page, context } = profile;
  await signInAt(page, family, 'shop');
  await walkTo(page, family, 'toys');
  const cookie = await cookieHeader(context, family.origin('toys'));
  const queries = [
    '',
    '?token=',
    '?token=x&state=y',
    '?state=y',
    '?token=x&token=x&state=y',
    `?token=${'A'.repeat(5000)}&state=${'B'.repeat(2000)}`,
    '?token=%00%ff&state=%',
    '?token[]=x&state[]=y',
  ];
  for (const query of queries) {
    for (const headers of [{ cookie }, {}]) {
      const response = await ask(`${family.origin('toys')}${path}${query}`, { headers });
      expect(response.headers.getSetCookie(), query.slice(0, 30)).toEqual([]);
      // Who is signed in goes on into the app.
      if (response.headers.get('location') === `${family.origin('toys')}/`) continue;
      expect(response.status, query.slice(0, 30)).toBe(400);
      expect(await response.text(), query.slice(0, 30)).toContain('href="/sign-in"');
    }
  }
  expect(await statusOfMe(family.origin('toys'), cookie)).toBe(200);
});

test('a link of another browser leaves the person who opens it who they were', async () => {
  await using attacker = await openProfile(browser);
  await using victim = await openProfile(browser);
  await signInAs('ada')(attacker.page, family, 'shop');
  const { url } = await catchArrival(attacker);
  await signInAs('ben')(victim.page, family, 'shop');
  await walkTo(victim.page, family, 'toys');
  await victim.page.goto(url);
  expect(victim.page.url()).toBe(`${family.origin('toys')}/private`);
  await victim.page.goto(`${family.origin('toys')}/`);
  expect(await words(victim.page)).toContain('Ben');
  expect(await words(victim.page)).not.toContain('Ada');
});

test('a browser that drops the session cookie is told so instead of going round for ever', async () => {
  await using profile = await openProfile(browser);
  await signInAt(profile.page, family, 'shop');
  const atLogin = await cookieHeader(profile.context, family.origin('login'));
  const kept = new Map<string, string>();
  let url = `${family.origin('toys')}/private`;
  let response: Response | null = null;
  for (let hop = 0; hop < 30; hop += 1) {
    const isLogin = url.startsWith(family.origin('login'));
    const own = [...kept].map(([name, value]) => `${name}=${value}`).join('; ');
    response = await ask(url, { headers: { cookie: isLogin ? atLogin : own } });
    for (const line of isLogin ? [] : response.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
      if (!name.includes('session')) kept.set(name, value);
    }
    const location = response.headers.get('location');
    if (location === null) break;
    url = new URL(location, url).href;
  }
  expect(response?.status).toBe(400);
  expect(await response?.text()).toContain('does not keep');
});
