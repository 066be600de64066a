import { createHmac } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type IncomingMessage, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { defineFamily, type Family, type SessionStore } from '@latchkey/session';
import {
  appSignOutPath,
  callSignatureHeader,
  deriveAppKey,
  derivePurposeKey,
  openToken,
  type Slot,
} from '@latchkey/session/parts';
import { createMemoryStore } from '@latchkey/session/store/memory';
import { hostileDestinations } from '@latchkey/testkit';
import { Agent, type RequestInit, fetch as undiciFetch } from 'undici';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { databaseOf, type TestDatabase } from '../test/databases.ts';
import { createLoginHost, type LoginHost } from './login-host.ts';

const password = 'correct horse battery staple';
const secret = 'a secret of the family, long enough to be one';
const state = `${'s'.repeat(22)}.L3ByaXZhdGU`;

interface Host {
  readonly family: Family;
  readonly loginHost: LoginHost;
  readonly origin: string;
  ask(path: string, init?: RequestInit): Promise<Answer>;
  /** The cookies of a browser that signed in. */
  signIn(email?: string): Promise<string>;
}

interface Answer {
  readonly status: number;
  readonly location: string;
  readonly cookies: readonly string[];
  readonly text: string;
}

let folder: string;
let database: TestDatabase;
let host: Host;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'login-host-'));
  database = await databaseOf(folder);
  host = await start();
});
afterEach(async () => {
  await host.loginHost.close();
  await database.free();
  await rm(folder, { recursive: true, force: true });
});

/** Without the cookie by which a browser is known again, which stays for 400 days. */
function sessionLines(lines: readonly string[]): readonly string[] {
  return lines.filter((line) => !/^[^=]*_browser=/.test(line));
}

describe('the sign-in page', () => {
  test('leads back to a page of the login host or of an app of the family, and nowhere else', async () => {
    const shop = `${host.family.apps.get('shop')?.origin}/cart`;
    const back = await submit({ return_to: shop });
    expect(back.status).toBe(303);
    expect(back.location).toBe(`${host.origin}/onward?${shop}`);
    const onward = await host.ask(`/onward?${shop}`);
    expect(onward.status).toBe(200);
    const begun = `${host.family.apps.get('shop')?.origin}/sign-in?return_to=%2Fcart`;
    expect(onward.text).toContain(`content="0;url=${begun}"`);
    expect((await submit({ return_to: '/devices' })).location).toBe(`${host.origin}/devices`);
    expect((await submit({ return_to: `/${'x'.repeat(9000)}` })).location).toBe(`${host.origin}/`);
    const long = await submit({ return_to: `${shop}?q=${'x'.repeat(2000)}` });
    expect(long.location).toBe(`${host.origin}/onward?${new URL(shop).origin}/`);
    for (const value of hostile(host.origin)) {
      const query = new URLSearchParams({ return_to: value });
      expect((await host.ask(`/sign-in?${query}`)).status, value.slice(0, 80)).toBe(400);
      expect((await submit({ return_to: value })).status, value.slice(0, 80)).toBe(400);
      // Escaped, some of them are names of pages here.
      const onward = (await host.ask(`/onward?${encodeURI(value.toWellFormed())}`)).text;
      const [, to = host.origin] = /content="0;url=([^"]*)"/.exec(onward) ?? [];
      expect(new URL(to).origin, value.slice(0, 80)).toBe(host.origin);
    }
  });

  test('refuses forms with missing or repeated fields, and other content types', async () => {
    const repeated = new URLSearchParams([
      ['email', 'ben@kittens.example'],
      ['email', 'ada@kittens.example'],
      ['password', password],
    ]);
    expect((await post('/sign-in', `${repeated}`)).status).toBe(400);
    expect((await post('/sign-in', 'email=ben%40kittens.example')).status).toBe(400);
    const json = { 'content-type': 'application/json' };
    expect((await post('/sign-in', '{}', json)).status).toBe(400);
    expect((await post('/sign-in', `password=${'x'.repeat(40_000)}`)).status).toBe(400);
  });

  test('is for its own origin: a cross-site post signs nobody in', async () => {
    const form = `${new URLSearchParams({ email: 'ben@kittens.example', password })}`;
    for (const origin of ['https://evil.example', 'null', 'http://shop.kittens.localhost:1']) {
      const answer = await post('/sign-in', form, { origin });
      expect(answer.status).toBe(403);
      expect(answer.cookies).toEqual([]);
    }
    const fetched = await post('/sign-in', form, { 'sec-fetch-site': 'cross-site' });
    expect(fetched.status).toBe(403);
  });

  test('stops after ten failed proofs of one account, known or not, and says when to come back', async () => {
    for (const email of ['ben@kittens.example', 'nobody@kittens.example']) {
      for (let count = 0; count < 10; count += 1) {
        expect((await submit({ email, password: 'wrong' })).status).toBe(401);
      }
      const limited = await submit({ email, password: email.startsWith('ben') ? password : 'x' });
      expect(limited.status).toBe(429);
      expect(limited.cookies).toEqual([]);
    }
  });

  test('does not count successful proofs', async () => {
    for (let count = 0; count < 15; count += 1) {
      expect((await submit({})).status).toBe(303);
    }
  });

  test('takes a fresh proof under the same sign-in and a new session id', async () => {
    const cookie = await host.signIn();
    expect((await host.ask('/sign-in', { headers: { cookie } })).status).toBe(303);
    const again = await submit({}, cookie);
    expect(again.status).toBe(303);
    const renewed = cookieHeader(again.cookies);
    expect(ownCookie(renewed)).not.toBe(ownCookie(cookie));
    expect((await home(renewed)).text).toContain('ben@kittens.example');
    expect((await home(cookie)).text).toContain('You are signed out');
  });

  test('keeps somebody signed in beyond the browser who asks for it, and nobody else', async () => {
    const page = await host.ask('/sign-in');
    expect(page.text).toContain('Keep me signed in on this device');
    expect(page.text).not.toContain('checked');
    const passing = await submit({});
    expect(sessionLines(passing.cookies).join()).not.toContain('Max-Age');
    const kept = await submit({ remember: 'yes' });
    expect(sessionLines(kept.cookies)).toHaveLength(2);
    for (const line of sessionLines(kept.cookies)) expect(line).toContain('; Max-Age=2592000; ');
    const slot = ownCookie(cookieHeader(kept.cookies)).slice(0, 16) as Slot;
    expect((await sessionStore().readSignIn(slot))?.signIn).toMatchObject({
      remembered: true,
      idleSeconds: 2_592_000,
      absoluteSeconds: 31_536_000,
    });
    // What was chosen stays chosen after a mistyped password.
    expect((await submit({ remember: 'yes', password: 'x' })).text).toContain('checked');
    expect((await submit({ password: 'x' })).text).not.toContain('checked');
  });

  test('takes nothing but its own word for the choice, and that once', async () => {
    const { cookies } = await submit({ remember: 'on' });
    expect(sessionLines(cookies).join()).not.toContain('Max-Age');
    const form = { email: 'ben@kittens.example', password };
    const twice = new URLSearchParams([
      ...Object.entries(form),
      ['remember', 'yes'],
      ['remember', ''],
    ]);
    expect((await post('/sign-in', `${twice}`)).status).toBe(400);
  });

  test('whoever asks to be kept only at a second sign-in gets a new one in place of the first', async () => {
    const before = await host.signIn();
    const kept = await submit({ remember: 'yes' }, before);
    expect(kept.cookies.join()).toContain('Max-Age=2592000');
    expect((await home(before)).text).toContain('You are signed out');
    const once = cookieHeader(kept.cookies);
    expect((await home(once)).text).toContain('ben@kittens.example');
    const slots = [before, once].map((cookie) => ownCookie(cookie).slice(0, 16));
    expect(await causes()).toEqual({ [slots[0] ?? '']: 'replaced', [slots[1] ?? '']: null });
    const twice = cookieHeader((await submit({ remember: 'yes' }, once)).cookies);
    expect(ownCookie(twice).slice(0, 16)).toBe(slots[1]);
  });

  describe('whose form is posted twice', () => {
    const formOf = async (cookie?: string): Promise<string> => {
      const page = await host.ask('/sign-in', cookie ? { headers: { cookie } } : {});
      return /name="form" value="([\w-]{22})"/.exec(page.text)?.[1] ?? '';
    };
    const slotsOf = (answers: readonly Answer[]) =>
      new Set(answers.map(({ cookies }) => ownCookie(cookieHeader(cookies)).slice(0, 16)));
    const live = async () => Object.values(await causes()).filter((cause) => cause === null).length;

    test('leaves one sign-in, and each answer opens it', async () => {
      const form = await formOf();
      expect(form).not.toBe(await formOf());
      const answers = [await submit({ form }), await submit({ form })];
      expect(slotsOf(answers).size).toBe(1);
      expect(new Set(answers.map(({ cookies }) => ownCookie(cookieHeader(cookies)))).size).toBe(2);
      for (const { status, cookies } of answers) {
        expect(status).toBe(303);
        expect((await home(cookieHeader(cookies))).text).toContain('ben@kittens.example');
      }
      expect([await live(), Object.keys(await causes()).length]).toEqual([1, 1]);
    });

    test('leaves one sign-in also when both are posted at the same time', async () => {
      const form = await formOf();
      const answers = await Promise.all([1, 2, 3, 4].map(() => submit({ form })));
      expect(slotsOf(answers).size).toBe(1);
      for (const { cookies } of answers) {
        expect((await home(cookieHeader(cookies))).text).toContain('ben@kittens.example');
      }
      expect(await live()).toBe(1);
    });

    test('under one session cookie leaves one sign-in, and each answer opens it', async () => {
      for (const fields of [{}, { remember: 'yes' }, { email: 'ada@kittens.example' }]) {
        const before = await host.signIn();
        const answers = [await submit(fields, before), await submit(fields, before)];
        expect(slotsOf(answers).size).toBe(1);
        for (const { cookies } of answers) {
          expect((await home(cookieHeader(cookies))).text).toMatch(/(ben|ada)@kittens\.example/);
        }
        expect(await live()).toBe(1);
        await post('/sign-out', '', { cookie: cookieHeader(answers[1]?.cookies ?? []) });
      }
    });

    test('by another person makes a sign-in of its own, and ends nobody’s', async () => {
      const form = await formOf();
      const mine = await submit({ form });
      const theirs = await submit({ form, email: 'ada@kittens.example' });
      expect((await home(cookieHeader(theirs.cookies))).text).toContain('ada@kittens.example');
      expect((await home(cookieHeader(mine.cookies))).text).toContain('ben@kittens.example');
      expect(await live()).toBe(2);
    });

    test('and a sign-out under the session id of before clears no newer one', async () => {
      const before = await host.signIn();
      const renewed = await submit({}, before);
      const late = await post('/sign-out', '', { cookie: before });
      const names = late.cookies.map((line) => line.slice(0, line.indexOf('=')));
      expect(names).not.toContain(ownCookie(before).split('=')[0]);
      expect(late.cookies.join()).not.toContain('_login=;');
      expect((await home(cookieHeader(renewed.cookies))).text).toContain('ben@kittens.example');
    });

    test('after the sign-in of the first was ended makes a new one', async () => {
      const form = await formOf();
      const first = cookieHeader((await submit({ form })).cookies);
      await post('/sign-out', '', { cookie: first });
      const second = await submit({ form });
      expect((await home(cookieHeader(second.cookies))).text).toContain('ben@kittens.example');
    });
  });

  test('writes down by which browser and from which address somebody signed in', async () => {
    const form = `${new URLSearchParams({ email: 'ben@kittens.example', password })}`;
    const browser = 'Mozilla/5.0 (X11; Linux x86_64; rv:150.0) Gecko/20100101 Firefox/150.0';
    const { cookies } = await post('/sign-in', form, { 'user-agent': browser });
    const slot = ownCookie(cookieHeader(cookies)).slice(0, 16) as Slot;
    const signIn = (await sessionStore().readSignIn(slot))?.signIn;
    expect(signIn).toMatchObject({ device: 'Firefox on Linux', place: '127.0.0.1' });
  });

  test('signs out whoever was signed in before when somebody else signs in', async () => {
    const before = await host.signIn('ben@kittens.example');
    const after = await submit({ email: 'ada@kittens.example' }, before);
    expect(after.status).toBe(303);
    expect((await home(before)).text).toContain('You are signed out');
    expect((await home(cookieHeader(after.cookies))).text).toContain('ada@kittens.example');
  });
});

describe('the handshake endpoint', () => {
  const hop = (changes: Readonly<Record<string, string>> = {}): string =>
    `/handshake?${new URLSearchParams({ app: 'toys', state, ...changes })}`;

  test('gives an app a token that only its own key opens, at its own origin', async () => {
    const cookie = await host.signIn();
    const answer = await host.ask(hop(), { headers: { cookie } });
    expect(answer.status).toBe(303);
    const arrival = new URL(answer.location);
    const toys = host.family.apps.get('toys')?.origin ?? '';
    expect(`${arrival.origin}${arrival.pathname}`).toBe(`${toys}/_latchkey/handshake`);
    const token = arrival.searchParams.get('token') ?? '';
    expect(token.length).toBeLessThanOrEqual(200);
    const open = (app: string, origin: string): string =>
      openToken(
        [derivePurposeKey(deriveAppKey(secret, app), 'handshake token', host.family.realm.present)],
        token,
        { app, origin, state, now: Date.now() },
      ).kind;
    expect(open('toys', toys)).toBe('opened');
    expect(open('shop', toys)).toBe('refused');
    expect(open('toys', 'https://toys.example')).toBe('refused');
  });

  test('makes no token for HEAD, by which link checkers look', async () => {
    const cookie = await host.signIn();
    const head = await host.ask(hop(), { method: 'HEAD', headers: { cookie } });
    expect([head.status, head.location, head.cookies]).toEqual([200, '', []]);
  });

  test('shows a visitor the form in its place, and goes on with the hop after the proof', async () => {
    const form = await host.ask(hop());
    expect([form.status, form.location]).toEqual([200, '']);
    const held = /name="return_to" value="([^"]*)"/.exec(form.text)?.[1]?.replaceAll('&amp;', '&');
    expect(held?.startsWith(`${hop()}&latchkey_asked=`)).toBe(true);
    const entered = await submit({ return_to: held ?? '' });
    expect(entered.location).toBe(`${host.origin}/onward?${held}`);
    const onward = await host.ask(`/onward?${held}`);
    expect(onward.text.replaceAll('&#38;', '&')).toContain(`0;url=${host.origin}${held}"`);
  });

  test('refuses unknown apps, other reaches, broken states and repeated parameters', async () => {
    const cookie = await host.signIn();
    const bad = [
      hop({ app: 'nothing' }),
      hop({ app: 'wiki' }),
      hop({ app: '__proto__' }),
      hop({ state: 'short' }),
      hop({ state: `${state}<script>` }),
      `${hop()}&app=shop`,
      `${hop()}&state=${state}`,
    ];
    for (const path of bad) {
      const answer = await host.ask(path, { headers: { cookie } });
      expect(answer.status, path.slice(0, 200)).toBe(400);
      expect(answer.location).toBe('');
    }
  });

  test('shows a 403 page to who was not granted the app, and mints nothing', async () => {
    const cookie = await host.signIn('cat@kittens.example');
    const answer = await host.ask(hop(), { headers: { cookie } });
    // A page of its own: none is rendered on a hop's URL.
    expect(answer.location).toBe(`${host.origin}/no-access?app=toys`);
    const page = await host.ask('/no-access?app=toys', { headers: { cookie } });
    expect(page.status).toBe(403);
    expect(page.text).toContain('no access');
    expect((await host.ask('/no-access?app=nothing', { headers: { cookie } })).status).toBe(404);
    const { location } = await host.ask('/no-access?app=toys');
    expect(new URL(location).searchParams.get('return_to')).toBe('/no-access?app=toys');
  });
});

describe('an app’s signed call to sign out', () => {
  const slotOf = (cookie: string): string => ownCookie(cookie).slice(0, 16);
  const call = (body: string, key = deriveAppKey(secret, 'toys')): Promise<Answer> =>
    host.ask(appSignOutPath, {
      method: 'POST',
      body,
      headers: {
        [callSignatureHeader]: createHmac(
          'sha256',
          derivePurposeKey(key, 'call to the login host', host.family.realm.present),
        )
          .update(`POST ${appSignOutPath}\n${body}`)
          .digest('base64url'),
      },
    });

  test('ends the sign-in at once, and may be repeated', async () => {
    const cookie = await host.signIn();
    const body = JSON.stringify({ app: 'toys', slot: slotOf(cookie), at: Date.now() });
    expect((await call(body)).status).toBe(200);
    expect((await home(cookie)).text).toContain('You are signed out');
    expect((await call(body)).status).toBe(200);
  });

  test('is refused when unsigned, stale, malformed or signed by another app', async () => {
    const cookie = await host.signIn();
    const fresh = { app: 'toys', slot: slotOf(cookie), at: Date.now() };
    const shopKey = deriveAppKey(secret, 'shop');
    const refused = [
      await call(JSON.stringify(fresh), shopKey),
      await call(JSON.stringify({ ...fresh, at: Date.now() - 600_000 })),
      await call(JSON.stringify({ ...fresh, app: 'nothing' })),
      await call(JSON.stringify({ ...fresh, slot: '../../etc' })),
      await call('null'),
      await host.ask(appSignOutPath, { method: 'POST', body: JSON.stringify(fresh) }),
    ];
    expect(refused.map(({ status }) => status)).toEqual([401, 401, 401, 401, 401, 401]);
    expect((await home(cookie)).text).toContain('ben@kittens.example');
  });
});

test('signing out ends what the store has also where SQL has lost it, as after a restored backup', async () => {
  const cookie = await host.signIn();
  const slot = ownCookie(cookie).slice(0, 16) as Slot;
  await database.write('delete from joined_apps');
  await database.write('delete from sign_ins');
  expect(await sessionStore().readSignIn(slot)).not.toBeNull();
  expect((await post('/sign-out', '', { cookie })).status).toBe(303);
  expect(await sessionStore().readSignIn(slot)).toBeNull();
});

describe('every page', () => {
  test('is kept by no cache, framed by nobody, and loads nothing from elsewhere', async () => {
    for (const path of ['/', '/sign-in', '/sign-out', '/nothing', '/console', '/handshake']) {
      const response = await raw(path);
      expect(response.headers.get('cache-control'), path).toBe('no-store');
      const policy = response.headers.get('content-security-policy') ?? '';
      expect(policy).toContain("default-src 'none'");
      expect(policy).toContain("frame-ancestors 'none'");
      await response.text();
    }
    expect((await host.ask('/console')).status).toBe(404);
  });

  test('belongs to the configured host: another one is refused, whatever a proxy header says', async () => {
    const port = new URL(host.origin).port;
    const evil = `evil.localhost:${port}`;
    expect(await statusWith({ host: evil })).toBe(421);
    const forwarded = { host: evil, 'x-forwarded-host': new URL(host.origin).host };
    expect(await statusWith(forwarded)).toBe(421);
    expect(await statusWith({ host: new URL(host.origin).host })).toBe(200);
    expect(await statusWith({ host: new URL(host.origin).host.toUpperCase() })).toBe(200);
  });

  test('that another host was asked for says which, and which one it is', async () => {
    const { port, host: own } = new URL(host.origin);
    const page = await pageAt({ host: `Evil.localhost:${port}` });
    expect(page).toContain(`<strong>Evil.localhost:${port}</strong>`);
    expect(page).toContain(`<strong>${own}</strong>`);
  });

  test('of a sign-in flow leaves an opener its window, and one about the account does not', async () => {
    const policyOf = async (path: string, cookie = '') =>
      (await raw(path, { headers: { cookie } })).headers.get('cross-origin-opener-policy');
    const flow = `/handshake?${new URLSearchParams({ app: 'toys', state })}`;
    for (const path of ['/', '/sign-in', flow, '/onward?/', '/sign-out', '/nothing']) {
      expect([path, await policyOf(path)]).toEqual([path, null]);
    }
    const cookie = await host.signIn();
    for (const path of ['/', '/devices']) {
      expect([path, await policyOf(path, cookie)]).toEqual([path, 'same-origin']);
    }
  });

  test('names no app in its policy, and lets its forms lead to itself alone', async () => {
    for (const path of ['/', '/sign-in', '/sign-out', '/nothing', '/onward?/']) {
      const policy = (await raw(path)).headers.get('content-security-policy') ?? '';
      expect(policy).toContain("form-action 'self';");
      expect(policy).not.toContain('http');
    }
  });
});

test('a secret that is missing or short is refused at start', async () => {
  for (const secrets of [[], ['short']]) {
    const family = defineFamily({ ...options(4999), secrets });
    await expect(createLoginHost({ family })).rejects.toMatchObject({ code: 'secret_missing' });
  }
});

function options(port: number): Parameters<typeof defineFamily>[0] {
  return {
    name: 'Kittens',
    loginHost: `http://login.kittens.localhost:${port}`,
    secrets: [secret],
    store: createMemoryStore(),
    database: database.url,
    session: { key: '_kittens_session', domain: 'all', tldLength: 2 },
    apps: {
      shop: { origin: `http://shop.kittens.localhost:${port + 1}`, reach: 'shared' },
      toys: { origin: `http://toys.puppies.localhost:${port + 2}` },
      wiki: {
        origin: `http://wiki.ponies.localhost:${port + 3}`,
        reach: 'oidc',
        redirectUris: [`http://wiki.ponies.localhost:${port + 3}/_latchkey/callback`],
      },
    },
  };
}

async function start(): Promise<Host> {
  const port = await freePort();
  const family = defineFamily(options(port));
  const seeds = { dataFolder: folder, password };
  const loginHost = await createLoginHost({ family, isDevelopment: true, seeds });
  await loginHost.listen(port);
  const { origin } = family.loginHost;
  return {
    family,
    loginHost,
    origin,
    ask: async (path, init) => answerOf(await raw(path, init, origin)),
    signIn: async (email) =>
      cookieHeader((await submit(email === undefined ? {} : { email })).cookies),
  };
}

/** Why each sign-in ended, by slot. */
async function causes(): Promise<Record<string, string | null>> {
  const rows = await database.rows('select slot, end_cause from sign_ins');
  return Object.fromEntries(rows.map((row) => [row['slot'], row['end_cause'] as string | null]));
}

function sessionStore(): SessionStore {
  const { store } = host.family;
  if (typeof store === 'string') throw new Error('The family has a store of the test.');
  return store;
}

const loopback = new Agent({
  connect: {
    lookup: (_name, lookup, done) =>
      lookup.all ? done(null, [{ address: '127.0.0.1', family: 4 }]) : done(null, '127.0.0.1', 4),
  },
});

function raw(
  path: string,
  init: RequestInit = {},
  origin: string = host.origin,
): ReturnType<typeof undiciFetch> {
  return undiciFetch(`${origin}${path}`, { redirect: 'manual', dispatcher: loopback, ...init });
}

async function answerOf(response: Awaited<ReturnType<typeof undiciFetch>>): Promise<Answer> {
  return {
    status: response.status,
    location: response.headers.get('location') ?? '',
    cookies: response.headers.getSetCookie(),
    text: await response.text(),
  };
}

/** Destinations that lead out of `origin`; one that is empty means none, and what is only long leads out of nothing. */
function hostile(origin: string): readonly string[] {
  return hostileDestinations(origin)
    .map(({ value }) => value)
    .filter((value) => value !== '' && value.length < 900);
}

async function statusWith(headers: Readonly<Record<string, string>>): Promise<number> {
  return (await answerAt(headers)).statusCode ?? 0;
}

async function pageAt(headers: Readonly<Record<string, string>>): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of await answerAt(headers)) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}

/** By node:http, which sends any `Host`. */
function answerAt(headers: Readonly<Record<string, string>>): Promise<IncomingMessage> {
  const { port } = new URL(host.origin);
  return new Promise((done, fail) => {
    const call = request({ host: '127.0.0.1', port, path: '/sign-in', headers }, done);
    call.on('error', fail).end();
  });
}

function post(
  path: string,
  body: string,
  headers: Readonly<Record<string, string>> = {},
): Promise<Answer> {
  const form = { 'content-type': 'application/x-www-form-urlencoded' };
  const from = 'sec-fetch-site' in headers ? {} : { origin: host.origin };
  return host.ask(path, { method: 'POST', body, headers: { ...form, ...from, ...headers } });
}

function submit(changes: Readonly<Record<string, string>>, cookie?: string): Promise<Answer> {
  const form = new URLSearchParams({ email: 'ben@kittens.example', password, ...changes });
  return post('/sign-in', `${form}`, cookie === undefined ? {} : { cookie });
}

function home(cookie: string): Promise<Answer> {
  return host.ask('/', { headers: { cookie } });
}

function cookieHeader(lines: readonly string[]): string {
  return lines.map((line) => line.slice(0, line.indexOf(';'))).join('; ');
}

function ownCookie(header: string): string {
  return /__Host-_kittens_session_login=([^;]+)/.exec(header)?.[1] ?? '';
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((done) => server.once('listening', done));
  const { port } = server.address() as AddressInfo;
  await new Promise((done) => server.close(done));
  return port;
}
