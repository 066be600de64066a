import { readState } from '@latchkey/session/parts';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  cookieHeader,
  launchBrowser,
  openProfile,
  signInAs,
  signInAt,
  walkTo,
  words,
} from './browser.ts';
import { type App, apps, type DevelopmentFamily, hosts, startDevelopmentFamily } from './family.ts';
import { ask, isKnownAtLogin, statusAtHost, statusOfMe } from './http.ts';

let family: DevelopmentFamily;
let browser: Browser;
/** Cookies of somebody who is signed in everywhere, by host. */
let ben: Record<(typeof hosts)[number], string>;
/** Cookies of somebody else. */
let ada: Record<(typeof hosts)[number], string>;

beforeAll(async () => {
  [family, browser] = await Promise.all([startDevelopmentFamily(), launchBrowser()]);
  [ben, ada] = await Promise.all([cookiesOf('ben'), cookiesOf('ada')]);
});
afterAll(async () => {
  await browser?.close();
  await family?.stop();
});

async function cookiesOf(person: string): Promise<Record<(typeof hosts)[number], string>> {
  await using profile = await openProfile(browser);
  const { page, context } = profile;
  await signInAs(person)(page, family, 'shop');
  for (const app of apps) await walkTo(page, family, app);
  const entries = await Promise.all(
    hosts.map(async (host) => [host, await cookieHeader(context, family.origin(host))] as const),
  );
  return Object.fromEntries(entries) as Record<(typeof hosts)[number], string>;
}

/** The session cookie alone, as `[name, value]`. */
function sessionCookie(header: string): readonly [string, string] {
  const pair = header.split('; ').find((one) => /session|wiki/.test(one.split('=')[0] ?? '')) ?? '';
  const at = pair.indexOf('=');
  return [pair.slice(0, at), pair.slice(at + 1)];
}

describe('requests that another site makes', () => {
  const foreign = [
    { 'sec-fetch-site': 'cross-site', origin: 'https://evil.example' },
    { 'sec-fetch-site': 'cross-site' },
    { origin: 'https://evil.example' },
    { origin: 'null' },
    { referer: 'https://evil.example/page' },
    {},
  ];

  test.each(hosts)('cannot sign anybody out at %s', async (host) => {
    const origin = family.origin(host);
    for (const headers of foreign) {
      const init = { method: 'POST', headers: { ...headers, cookie: ben[host] } };
      const response = await ask(`${origin}/sign-out`, init);
      expect(response.status, JSON.stringify(headers)).toBe(403);
    }
    if (host === 'login') expect(await isKnownAtLogin(family, ben.login)).toBe(true);
    else expect(await statusOfMe(origin, ben[host])).toBe(200);
  });

  test('cannot sign anybody in, not even with the right password', async () => {
    const body = new URLSearchParams({
      email: 'ben@kittens.example',
      password: family.password,
    }).toString();
    for (const headers of foreign) {
      const type = { 'content-type': 'application/x-www-form-urlencoded' };
      const init = { method: 'POST', headers: { ...headers, ...type }, body };
      const response = await ask(`${family.origin('login')}/sign-in`, init);
      expect(response.status, JSON.stringify(headers)).toBe(403);
      expect(response.headers.getSetCookie()).toEqual([]);
    }
  });

  test('a sibling app is another origin too', async () => {
    const headers = {
      'sec-fetch-site': 'same-site',
      origin: family.origin('blog'),
      cookie: ben.shop,
    };
    const response = await ask(`${family.origin('shop')}/sign-out`, { method: 'POST', headers });
    expect(response.status).toBe(403);
    expect(await statusOfMe(family.origin('shop'), ben.shop)).toBe(200);
  });

  test.each(hosts)(
    'a form on a foreign page, sent by a real browser, is refused at %s',
    async (host) => {
      await using profile = await openProfile(browser);
      const { page, context } = profile;
      await signInAt(page, family, 'shop');
      const target = `${family.origin(host)}/sign-out`;
      const body = `<form method="post" action="${target}"><button>Win a prize</button></form>`;
      await context.route('http://evil.localhost/', (route) =>
        route.fulfill({ contentType: 'text/html', body }),
      );
      await page.goto('http://evil.localhost/');
      const answered = page.waitForResponse(target);
      await page.getByRole('button', { name: 'Win a prize' }).click();
      expect((await answered).status()).toBe(403);
      await page.goto(`${family.origin('shop')}/`);
      expect(await words(page)).toContain('Ben');
    },
  );

  test.each(hosts)('opening /sign-out at %s as a link signs nobody out', async (host) => {
    await ask(`${family.origin(host)}/sign-out`, { headers: { cookie: ben[host] } });
    expect(await statusOfMe(family.origin('shop'), ben.shop)).toBe(200);
  });
});

describe('requests to another host', () => {
  test.each(hosts)('are refused by %s', async (host) => {
    const port = family.basePort + hosts.indexOf(host);
    const own = new URL(family.origin(host)).host;
    const foreign = ['evil.example', `127.0.0.1:${port}`, `evil.example:${port}`, `x.${own}`];
    for (const name of foreign) {
      expect([400, 421], name).toContain(await statusAtHost(port, name, '/'));
      expect([400, 421], name).toContain(await statusAtHost(port, name, '/sign-in'));
    }
    expect(await statusAtHost(port, own)).toBe(200);
  });

  test.each(apps)('forged forwarding headers change no redirect of %s', async (app) => {
    const headers = {
      'x-forwarded-host': 'evil.example',
      'x-forwarded-proto': 'https',
      forwarded: 'host=evil.example;proto=https',
    };
    let url = `${family.origin(app)}/private`;
    while (new URL(url).origin === family.origin(app)) {
      const response = await ask(url, { headers });
      expect([302, 303]).toContain(response.status);
      url = new URL(response.headers.get('location') ?? '', url).href;
      expect(url).not.toContain('evil.example');
    }
    expect(new URL(url).origin).toBe(family.origin('login'));
  });
});

describe('cookies', () => {
  const garbage = [
    '',
    'x',
    '"',
    '%00%ff%',
    'a.b.c',
    `${'A'.repeat(16)}.${'A'.repeat(43)}`,
    'A'.repeat(4096),
    '../../../etc/passwd',
    '{"id":1}',
    '\u00e9\u00ff',
  ];

  test.each(apps)('that are garbage, cut or too long make a visitor at %s', async (app) => {
    const [name, value] = sessionCookie(ben[app]);
    const broken = [value.slice(0, -1), value.slice(1), `${value}A`, value.toLowerCase()];
    for (const one of [...garbage, ...broken]) {
      const headers = { cookie: `${name}=${one}` };
      const shown = `${one.slice(0, 20)}…`;
      expect((await ask(`${family.origin(app)}/`, { headers })).status, shown).toBe(200);
      expect((await ask(`${family.origin(app)}/me`, { headers })).status, shown).toBe(401);
    }
  });

  test('that are garbage make a visitor at the login host', async () => {
    const [name, value] = sessionCookie(ben.login);
    for (const one of [...garbage, value.slice(0, -1)]) {
      const response = await ask(`${family.origin('login')}/`, {
        headers: { cookie: `${name}=${one}` },
      });
      expect(response.status).toBe(200);
      expect(await response.text()).not.toContain('Sign out');
    }
  });

  test('of another app open nothing', async () => {
    const [, shopValue] = sessionCookie(ben.shop);
    const [toysName] = sessionCookie(ben.toys);
    expect(await statusOfMe(family.origin('toys'), `${toysName}=${shopValue}`)).toBe(401);
    const [, toysValue] = sessionCookie(ben.toys);
    const [shopName] = sessionCookie(ben.shop);
    expect(await statusOfMe(family.origin('shop'), `${shopName}=${toysValue}`)).toBe(401);
    const [loginName] = sessionCookie(ben.login);
    expect(await isKnownAtLogin(family, `${loginName}=${shopValue}`)).toBe(false);
  });

  test.each(['shop', 'toys'] as const)(
    'of one name at %s: the one that opens counts, and two that open count as none',
    async (app) => {
      const [name, value] = sessionCookie(ben[app]);
      const [, other] = sessionCookie(ada[app]);
      const unknown = `${'A'.repeat(16)}.${'A'.repeat(43)}`;
      const origin = family.origin(app);
      for (const pair of [
        [value, 'x'],
        ['x', value],
        [unknown, value],
        [value, value],
      ]) {
        const cookie = pair.map((one) => `${name}=${one}`).join('; ');
        expect(await statusOfMe(origin, cookie)).toBe(200);
      }
      expect(await statusOfMe(origin, `${name}=${value}; ${name}=${other}`)).toBe(401);
      expect(await statusOfMe(origin, `${name}=${other}; ${name}=${value}`)).toBe(401);
      expect(await statusOfMe(origin, ben[app])).toBe(200);
    },
  );
});

describe('destinations outside the family', () => {
  const elsewhere = [
    'https://evil.example/',
    '//evil.example/',
    '/\\evil.example',
    '\\\\evil.example',
    'http:evil.example',
    'javascript:alert(1)',
    '/%0d%0aLocation:https://evil.example',
    ' https://evil.example',
    '/\t/evil.example',
  ];

  test.each(apps)('%s goes to none of them after signing in', async (app) => {
    for (const wanted of elsewhere) {
      const url = `${family.origin(app)}/sign-in?return_to=${encodeURIComponent(wanted)}`;
      for (const cookie of ['', ben[app]]) {
        await expectToStay(app, await ask(url, { headers: { cookie } }), wanted);
      }
    }
  });

  test('nor does the login host', async () => {
    for (const wanted of elsewhere) {
      const encoded = encodeURIComponent(wanted);
      const paths = [
        `/sign-in?return_to=${encoded}`,
        `/handshake?app=toys&state=${encoded}`,
        `/handshake?app=${encoded}&state=x`,
      ];
      for (const path of paths) {
        const headers = { cookie: ben.login };
        const response = await ask(`${family.origin('login')}${path}`, { headers });
        const location = response.headers.get('location') ?? '/';
        const target = new URL(location, family.origin('login'));
        expect(target.origin, path).toBe(family.origin('login'));
        expect(response.status, path).toBeLessThan(500);
        if (path.startsWith('/handshake')) expect(response.status, path).toBe(400);
      }
    }
  });
});

/** Refused, or led on within the app or to the login host with a path of the app. */
async function expectToStay(app: App, response: Response, wanted: string): Promise<void> {
  expect(response.status, wanted).toBeLessThan(500);
  const location = response.headers.get('location');
  if (location === null) {
    expect(response.status, wanted).toBe(400);
    return;
  }
  const target = new URL(location, family.origin(app));
  expect([family.origin(app), family.origin('login')], wanted).toContain(target.origin);
  const state = readState(target.searchParams.get('state') ?? '');
  const carried = state?.returnPath ?? target.searchParams.get('return_to') ?? '/';
  expect(new URL(carried, family.origin(app)).origin, wanted).toBe(family.origin(app));
}
