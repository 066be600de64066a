import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { defineFamily, type LatchkeyEvent } from '@latchkey/session';
import {
  deriveAppKey,
  derivePurposeKey,
  type InvitationFacts,
  type InvitationLimits,
  openToken,
  realmKey,
  type Slot,
  sealInvitation,
} from '@latchkey/session/parts';
import { createMemoryStore } from '@latchkey/session/store/memory';
import { Agent, type RequestInit, type Response, fetch as undiciFetch } from 'undici';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { databaseOf, type TestDatabase } from '../../test/databases.ts';
import { createLoginHost, type LoginHost } from '../login-host.ts';

const password = 'correct horse battery staple';
const secret = 'a secret of the family, long enough to be one';
const oldSecret = 'the secret that the family had before this one';
const state = `${'s'.repeat(22)}.L2NhcnQ`;
const loopback = new Agent({
  connect: {
    lookup: (_name, { all }, done) =>
      all ? done(null, [{ address: '127.0.0.1', family: 4 }]) : done(null, '127.0.0.1', 4),
  },
});

let folder: string;
let database: TestDatabase;
let port: number;
let events: LatchkeyEvent[];
let loginHost: LoginHost | null = null;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'login-invitations-'));
  database = await databaseOf(folder);
  port = await freePort();
  events = [];
});
afterEach(async () => {
  await loginHost?.close();
  loginHost = null;
  await database.free();
  await rm(folder, { recursive: true, force: true });
});

function originOf(app: string): string {
  return `http://${app}.${app === 'toys' ? 'puppies' : 'kittens'}.localhost:${port}`;
}

async function start(handshake: InvitationLimits = {}): Promise<void> {
  const family = defineFamily({
    name: 'Kittens',
    loginHost: originOf('login'),
    handshake,
    secrets: [secret, oldSecret],
    store: createMemoryStore(),
    database: database.url,
    apps: {
      shop: { origin: originOf('shop') },
      toys: { origin: originOf('toys') },
      wiki: { origin: originOf('wiki'), reach: 'oidc', redirectUris: [`${originOf('wiki')}/back`] },
    },
  });
  loginHost = await createLoginHost({
    family,
    isDevelopment: true,
    seeds: { dataFolder: folder, password },
    trustedProxies: ['127.0.0.1'],
    platform: { onEvent: (event) => events.push(event) },
  });
  await loginHost.listen(port);
}

function ask(path: string, init: RequestInit = {}): Promise<Response> {
  const url = `${originOf('login')}${path}`;
  return undiciFetch(url, { redirect: 'manual', dispatcher: loopback, ...init });
}

/** Signs in; the login host's cookie, and the slot of the sign-in. */
async function signIn(name: string): Promise<{ cookie: string; slot: Slot }> {
  const answer = await ask('/sign-in', {
    method: 'POST',
    headers: {
      origin: originOf('login'),
      'content-type': 'application/x-www-form-urlencoded',
    },
    body: `${new URLSearchParams({ email: `${name}@kittens.example`, password, return_to: '' })}`,
  });
  const cookie = answer.headers.getSetCookie().map((line) => line.split(';')[0])[0] ?? '';
  return { cookie, slot: (/=([\w-]{16})\./.exec(cookie)?.[1] ?? '') as Slot };
}

/** An invitation as the shop would write it. */
function invite(slot: Slot, parts: Partial<InvitationFacts> = {}, from = secret): string {
  const key = derivePurposeKey(
    deriveAppKey(from, 'shop'),
    'handshake invitation',
    realmKey(originOf('login')),
  );
  const facts: InvitationFacts = {
    source: 'shop',
    sourceOrigin: originOf('shop'),
    target: 'toys',
    targetOrigin: originOf(parts.target ?? 'toys'),
    slot,
    at: Date.now(),
    lifetimeSeconds: null,
    path: '/',
    address: '203.0.113.7',
    ...parts,
  };
  return sealInvitation(key, facts, randomBytes);
}

/** Where a hop with an invitation leads: a token that opens, or the reason. */
async function hop(invitation: string, headers: Record<string, string> = {}): Promise<string> {
  const query = new URLSearchParams({ app: 'toys', return_to: '/cart', state });
  query.set('latchkey_invitation', invitation);
  const answer = await ask(`/handshake?${query}`, { headers });
  expect(answer.status).toBe(303);
  const back = new URL(answer.headers.get('location') ?? '');
  expect(`${back.origin}${back.pathname}`).toBe(`${originOf('toys')}/_latchkey/handshake`);
  expect(back.searchParams.get('state')).toBe(state);
  const token = back.searchParams.get('token');
  if (token === null) return back.searchParams.get('refused') ?? '';
  const key = derivePurposeKey(
    deriveAppKey(secret, 'toys'),
    'handshake token',
    realmKey(originOf('login')),
  );
  return openToken([key], token, { app: 'toys', origin: originOf('toys'), state, now: Date.now() })
    .kind;
}

test('an invitation of this browser’s sign-in gives a token without a page', async () => {
  await start();
  const { cookie, slot } = await signIn('ben');
  expect(await hop(invite(slot), { cookie })).toBe('opened');
});

test('one of another sign-in, also of the same person, or of an earlier one gives none', async () => {
  await start();
  const [ben, again, ada] = [await signIn('ben'), await signIn('ben'), await signIn('ada')];
  expect(await hop(invite(ada.slot), { cookie: ben.cookie })).toBe('other-sign-in');
  expect(await hop(invite(again.slot), { cookie: ben.cookie })).toBe('other-sign-in');
});

test('who is not signed in is sent back without a page to sign in', async () => {
  await start();
  const { slot } = await signIn('ben');
  expect(await hop(invite(slot))).toBe('nobody');
  expect(await hop(invite(slot), { cookie: '__Host-latchkey_session_login=x' })).toBe('nobody');
});

test('who was not granted the app is sent back without a page', async () => {
  await start();
  const { cookie, slot } = await signIn('cat');
  expect(await hop(invite(slot), { cookie })).toBe('no-access');
});

test('what is old, from the future, forged, for another app or garbage gives none', async () => {
  await start({ lifetimeSeconds: 30 });
  const { cookie, slot } = await signIn('ben');
  const now = Date.now();
  expect(await hop(invite(slot, { at: now - 29_000 }), { cookie })).toBe('opened');
  expect(await hop(invite(slot, { at: now - 31_000 }), { cookie })).toBe('expired');
  expect(await hop(invite(slot, { at: now - 6_000, lifetimeSeconds: 5 }), { cookie })).toBe(
    'expired',
  );
  expect(await hop(invite(slot, { at: now - 31_000, lifetimeSeconds: 600 }), { cookie })).toBe(
    'expired',
  );
  expect(await hop(invite(slot, { at: now + 60_000 }), { cookie })).toBe('from-the-future');
  expect(await hop(invite(slot, {}, 'another secret of at least 32 characters'), { cookie })).toBe(
    'forged',
  );
  expect(await hop(invite(slot, { target: 'wiki' }), { cookie })).toBe('forged');
  expect(await hop(`shop.${'A'.repeat(98)}`, { cookie })).toBe('malformed');
  expect(await hop(invite(slot).replace('shop.', 'nobody.'), { cookie })).toBe('malformed');
  expect(await hop('', { cookie })).toBe('malformed');
});

test('of a source that has the key of before opens while the family lists that secret', async () => {
  await start();
  const { cookie, slot } = await signIn('ben');
  expect(await hop(invite(slot, {}, oldSecret), { cookie })).toBe('opened');
});

test('the parameter twice is no hop', async () => {
  await start();
  const { cookie, slot } = await signIn('ben');
  const query = new URLSearchParams({ app: 'toys', return_to: '/cart', state });
  for (const text of [invite(slot), invite(slot)]) query.append('latchkey_invitation', text);
  const answer = await ask(`/handshake?${query}`, { headers: { cookie } });
  expect([answer.status, answer.headers.get('location')]).toEqual([400, null]);
});

test.each([
  ['exact', '203.0.113.7', false],
  ['exact', '203.0.113.8', true],
  ['prefix', '203.0.113.8', false],
  ['prefix', '203.0.114.8', true],
  ['off', '198.51.100.1', false],
] as const)(
  'address check %s, arriving from %s: told %s, and signed in all the same',
  async (addressCheck, address, isTold) => {
    await start({ addressCheck });
    const { cookie, slot } = await signIn('ben');
    expect(await hop(invite(slot), { cookie, 'x-forwarded-for': address })).toBe('opened');
    const told = events.filter(({ type }) => type === 'handshake.address-differs');
    expect(told).toEqual(
      isTold ? [{ type: 'handshake.address-differs', app: 'toys', reason: addressCheck }] : [],
    );
  },
);

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((done) => {
    server.listen(0, '127.0.0.1', done);
  });
  const { port: free } = server.address() as AddressInfo;
  await new Promise((done) => {
    server.close(done);
  });
  return free;
}
