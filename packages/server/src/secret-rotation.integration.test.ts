import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { defineFamily, type Family } from '@latchkey/session';
import { deriveAppKey, deriveClientSecret } from '@latchkey/session/parts';
import { createMemoryStore } from '@latchkey/session/store/memory';
import { latchkey } from '@latchkey/session/web';
import { createTestBrowser, type TestBrowser, type WebHandler } from '@latchkey/testkit';
import { Agent, type RequestInit as UndiciInit, fetch as undiciFetch } from 'undici';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { databaseOf, type TestDatabase } from '../test/databases.ts';
import { createLoginHost, type LoginHost } from './login-host.ts';

// The steps of docs/getting-started.md, "a new family secret", with people who sign in all the while.

const [oldSecret, newSecret] = ['old', 'new'].map(
  (age) => `the ${age} secret of the family, of 32 bytes and more`,
) as [string, string];
const password = 'correct horse battery staple';
const loopback = new Agent({
  connect: {
    lookup: (_name, { all }, done) =>
      all ? done(null, [{ address: '127.0.0.1', family: 4 }]) : done(null, '127.0.0.1', 4),
  },
});
const call = (url: string, init: UndiciInit = {}) =>
  undiciFetch(url, { redirect: 'manual', ...init, dispatcher: loopback });

const store = createMemoryStore();
let folder = '';
let database: TestDatabase;
let port = 0;
let loginHost: LoginHost | null = null;
let toys: WebHandler = () => new Response(null, { status: 503 });

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'latchkey-rotation-'));
  database = await databaseOf(folder);
  port = await freePort();
});
afterAll(async () => {
  await loginHost?.close();
  await database.free();
  await rm(folder, { recursive: true, force: true });
});

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((done) => server.once('listening', done));
  const found = (server.address() as AddressInfo).port;
  await new Promise((done) => server.close(done));
  return found;
}

function familyWith(secrets: readonly string[]): Family {
  return defineFamily({
    name: 'Kittens',
    loginHost: `http://login.kittens.localhost:${port}`,
    secrets,
    store,
    database: database.url,
    apps: {
      toys: { origin: 'http://toys.puppies.localhost:4003' },
      wiki: {
        origin: 'http://wiki.ponies.localhost:4004',
        reach: 'oidc',
        redirectUris: ['http://wiki.ponies.localhost:4004/_latchkey/callback'],
      },
    },
  });
}

/** The login host starts again with these secrets, newest first. */
async function restartLoginHost(...secrets: string[]): Promise<void> {
  await loginHost?.close();
  loginHost = await createLoginHost({
    family: familyWith(secrets),
    isDevelopment: true,
    seeds: { dataFolder: folder, password },
  });
  await loginHost.listen(port);
}

/** The app starts again with what `latchkey app-key toys` prints for these secrets. */
function restartToys(...secrets: string[]): void {
  const appKey = secrets.map((secret) => deriveAppKey(secret, 'toys')).join(',');
  const fetch = call as unknown as (url: string, init?: RequestInit) => Promise<Response>;
  const options = { family: familyWith([]), app: 'toys', appKey, platform: { fetch } };
  toys = latchkey(options)((_request, session) => new Response(session.account?.name ?? 'nobody'));
}

function browser(): TestBrowser {
  return createTestBrowser({
    [`login.kittens.localhost:${port}`]: async (request) => {
      const { method, url } = request;
      const headers = Object.fromEntries(request.headers);
      const body = method === 'POST' ? { body: await request.text() } : {};
      return (await call(url, { method, headers, ...body })) as unknown as Response;
    },
    'toys.puppies.localhost:4003': (request) => toys(request),
  });
}

const home = 'http://toys.puppies.localhost:4003/';

/** From the app's `Sign in` over the login host's form back to the app. */
async function signIn(visitor: TestBrowser): Promise<string> {
  const { text, urls } = await visitor.visit(`${home}sign-in`);
  const [, returnTo = ''] = /name="return_to" value="([^"]*)"/.exec(text) ?? [];
  const origin = new URL(urls.at(-1) ?? '').origin;
  const fields = {
    email: 'ben@kittens.example',
    password,
    return_to: returnTo.replaceAll('&amp;', '&'),
  };
  const headers = { 'content-type': 'application/x-www-form-urlencoded', origin };
  const form = { method: 'POST', headers, body: `${new URLSearchParams(fields)}` };
  return (await visitor.visit(`${origin}/sign-in`, form)).text;
}

/** Whether the login host takes the client secret that an app derives from this family secret. */
async function takesClient(secret: string): Promise<boolean> {
  const credentials = `wiki:${deriveClientSecret(deriveAppKey(secret, 'wiki'))}`;
  const answer = await call(`http://login.kittens.localhost:${port}/oidc/token`, {
    method: 'POST',
    headers: {
      authorization: `Basic ${Buffer.from(credentials).toString('base64')}`,
      'content-type': 'application/x-www-form-urlencoded',
    },
    body: 'grant_type=authorization_code&code=x&redirect_uri=http://wiki.ponies.localhost:4004/_latchkey/callback',
  });
  return ((await answer.json()) as { error?: string }).error === 'invalid_grant';
}

test('a family secret is changed step by step, and nobody notices', async () => {
  const steps: readonly (readonly [string, () => unknown])[] = [
    ['the app has one key', () => restartToys(oldSecret)],
    ['one secret', () => restartLoginHost(oldSecret)],
    ['the login host has the new one first', () => restartLoginHost(newSecret, oldSecret)],
    ['the app has both keys', () => restartToys(newSecret, oldSecret)],
    ['the login host has the new one alone', () => restartLoginHost(newSecret)],
    ['the app has the new key alone', () => restartToys(newSecret)],
  ];
  const early = browser();
  for (const [name, take] of steps) {
    await take();
    if (loginHost === null) continue;
    expect([name, await signIn(browser())]).toEqual([name, 'Ben']);
    if (name === 'one secret') await signIn(early);
    expect([name, (await early.visit(home)).text]).toEqual([name, 'Ben']);
  }
  expect([await takesClient(newSecret), await takesClient(oldSecret)]).toEqual([true, false]);
});

test('the other order is as good: the app first, or the new secret second', async () => {
  restartToys(oldSecret);
  await restartLoginHost(oldSecret, newSecret);
  expect(await signIn(browser())).toBe('Ben');
  expect([await takesClient(newSecret), await takesClient(oldSecret)]).toEqual([true, true]);
  restartToys(newSecret);
  expect(await signIn(browser())).toBe('Ben');
  await restartLoginHost(newSecret, oldSecret);
  expect(await signIn(browser())).toBe('Ben');
});

test('an app that has none of the keys is named before anybody types a password', async () => {
  await restartLoginHost(newSecret);
  restartToys(oldSecret);
  const { response, text } = await browser().visit(`${home}sign-in`);
  expect(response.status).toBe(409);
  expect(text).toContain('LATCHKEY_APP_KEY');
});
