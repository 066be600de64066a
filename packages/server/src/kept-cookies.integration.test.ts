import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { defineFamily, type FamilySessionOptions, type SessionStore } from '@latchkey/session';
import { createMemoryStore } from '@latchkey/session/store/memory';
import { createFakeClock } from '@latchkey/testkit';
import { Agent, type Response, fetch as undiciFetch } from 'undici';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { databaseOf, type TestDatabase } from '../test/databases.ts';
import { createLoginHost, type LoginHost } from './login-host.ts';

const password = 'correct horse battery staple';
const state = `${'s'.repeat(22)}.L3ByaXZhdGU`;
const loopback = new Agent({
  connect: {
    lookup: (_name, { all }, done) =>
      all ? done(null, [{ address: '127.0.0.1', family: 4 }]) : done(null, '127.0.0.1', 4),
  },
});

let folder: string;
let database: TestDatabase;
let port: number;
const running: LoginHost[] = [];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'login-cookies-'));
  database = await databaseOf(folder);
  port = await freePort();
});
afterEach(async () => {
  for (const loginHost of running.splice(0)) await loginHost.close();
  await database.free();
  await rm(folder, { recursive: true, force: true });
});

function originOf(app: string): string {
  return `http://${app}.kittens.localhost:${port}`;
}

/** The login host with these cookies, on the files and the store of the one before, which is closed. */
async function start(session: FamilySessionOptions, store: SessionStore): Promise<void> {
  for (const loginHost of running.splice(0)) await loginHost.close();
  const family = defineFamily({
    name: 'Kittens',
    loginHost: originOf('login'),
    session,
    secrets: ['a secret of the family, long enough to be one'],
    // Each login host closes the store that it was given.
    store: { ...store, close: () => Promise.resolve() },
    database: database.url,
    apps: {
      toys: { origin: originOf('toys') },
      forum: { origin: originOf('forum') },
      wiki: { origin: originOf('wiki'), reach: 'oidc', redirectUris: [`${originOf('wiki')}/back`] },
    },
  });
  const seeds = { dataFolder: folder, password };
  const loginHost = await createLoginHost({ family, isDevelopment: true, seeds });
  running.push(loginHost);
  await loginHost.listen(port);
}

function ask(path: string, cookie: string): Promise<Response> {
  const headers = { cookie };
  return undiciFetch(`${originOf('login')}${path}`, {
    redirect: 'manual',
    dispatcher: loopback,
    headers,
  });
}

/** Signs Ben in; the `Set-Cookie` line of the login host's own cookie. */
async function signIn(): Promise<string> {
  const answer = await undiciFetch(`${originOf('login')}/sign-in`, {
    method: 'POST',
    redirect: 'manual',
    dispatcher: loopback,
    headers: {
      origin: originOf('login'),
      'content-type': 'application/x-www-form-urlencoded',
    },
    body: `${new URLSearchParams({ email: 'ben@kittens.example', password, return_to: '' })}`,
  });
  return answer.headers.getSetCookie()[0] ?? '';
}

function pairOf(line: string): string {
  return line.split(';')[0] ?? '';
}

/** Every way over which people come while they are signed in. */
function ways(): readonly string[] {
  const hop = { app: 'toys', return_to: '/private', state };
  const authorization = {
    client_id: 'wiki',
    response_type: 'code',
    scope: 'openid',
    nonce: 'n',
    state: 's',
    redirect_uri: `${originOf('wiki')}/back`,
    code_challenge_method: 'S256',
    code_challenge: 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM',
  };
  return [
    '/',
    '/sign-in',
    '/sign-in?prompt=login',
    '/devices',
    '/no-access?app=forum',
    `/handshake?${new URLSearchParams({ ...hop, app: 'forum' })}`,
    '/oidc/end-session',
    `/handshake?${new URLSearchParams(hop)}`,
    `/oidc/authorize?${new URLSearchParams(authorization)}`,
  ];
}

describe('the cookie of the login host', () => {
  test('is kept by the browser for expireAfter from the last recorded use', async () => {
    const clock = createFakeClock(Date.now());
    await start({ key: 'kittens', expireAfter: 86_400 }, createMemoryStore({ now: clock.now }));
    const line = await signIn();
    expect(line).toMatch(/^__Host-kittens_login=[\w.-]+; Max-Age=86400; Path=\/; HttpOnly; Secure/);
    for (const way of ways()) {
      clock.advance(60_000);
      const first = (await ask(way, pairOf(line))).headers.getSetCookie();
      expect([way, first.filter((one) => one.includes('_login='))]).toEqual([way, [line]]);
      const second = (await ask(way, pairOf(line))).headers.getSetCookie();
      expect([way, second.filter((one) => one.includes('_login='))]).toEqual([way, []]);
    }
  });

  test('is renewed beside the cookie of a form that stands in the place of a request', async () => {
    const clock = createFakeClock(Date.now());
    await start({ key: 'kittens', expireAfter: 86_400 }, createMemoryStore({ now: clock.now }));
    const line = await signIn();
    clock.advance(60_000);
    const asked = await ask(`${ways().at(-1) ?? ''}&prompt=login`, pairOf(line));
    expect(asked.status).toBe(200);
    const set = asked.headers.getSetCookie();
    expect(set.filter((one) => one.includes('_login='))).toEqual([line]);
    expect(set.filter((one) => one.includes('_login_form='))).toHaveLength(1);
  });

  test('becomes the one of today wherever somebody comes with a former one', async () => {
    const store = createMemoryStore();
    await start({ key: 'old' }, store);
    const line = await signIn();
    await start({ key: 'new', former: [{ key: 'old' }] }, store);
    for (const way of ways()) {
      const cookies = (await ask(way, pairOf(line))).headers.getSetCookie();
      expect([way, cookies.filter((one) => one.includes('_login='))]).toEqual([
        way,
        [
          '__Host-old_login=; Max-Age=0; Path=/; HttpOnly; Secure; SameSite=Lax',
          line.replace('old', 'new'),
        ],
      ]);
    }
  });
});

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((done) => server.once('listening', done));
  const { port: free } = server.address() as AddressInfo;
  await new Promise((done) => server.close(done));
  return free;
}
