import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { defineFamily } from '@latchkey/session';
import { deriveAppKey } from '@latchkey/session/parts';
import { createDevelopmentFetch } from '@latchkey-example/family/development-fetch';
import { openPage, type PageRequest } from '@latchkey-example/family/open-page';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createWiki, type Wiki } from './app.ts';
import { openWikiUsers } from './users.ts';

const account = { id: crypto.randomUUID(), email: 'eve@kittens.example', name: 'Eve <Eames>' };
const fetchHere = createDevelopmentFetch();

let wiki: Wiki;
let origin: string;
let folder: string;
let close: () => Promise<void>;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'wiki-'));
  const server = createServer((request, response) => wiki.listener(request, response));
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  origin = `http://wiki.ponies.localhost:${(server.address() as AddressInfo).port}`;
  const redirectUris = [`${origin}/_latchkey/callback`];
  const family = defineFamily({
    name: 'Kittens',
    // Nothing listens at port 1: a login host that is away.
    loginHost: 'http://login.kittens.localhost:1',
    store: 'memory:',
    apps: { wiki: { origin, reach: 'oidc', redirectUris } },
  });
  wiki = createWiki({
    family,
    dataFolder: folder,
    platform: { fetch: fetchHere },
    appKey: deriveAppKey('a secret for tests alone, no other', 'wiki'),
  });
  close = async () => {
    server.closeAllConnections();
    await new Promise((done) => server.close(done));
    await wiki.close();
    rmSync(folder, { recursive: true });
  };
});
afterEach(() => close());

const ask = (path: string, init?: PageRequest): Promise<Response> =>
  openPage(`${origin}${path}`, init);

test('a visitor gets a page with a link Sign in and no cookie', async () => {
  const response = await ask('/');
  expect(response.status).toBe(200);
  expect(await response.text()).toMatch(/<a class="button" href="\/sign-in">Sign in<\/a>/);
  expect(response.headers.getSetCookie()).toEqual([]);
  expect(response.headers.get('cache-control')).toBe('no-store');
});

test('/me is 401 for a visitor', async () => {
  const response = await ask('/me');
  expect(response.status).toBe(401);
  expect(await response.json()).toEqual({ signedIn: false });
});

test('/private sends a visitor to sign in and back', async () => {
  const response = await ask('/private?page=2');
  expect(response.status).toBe(303);
  const place = `${origin}/sign-in?return_to=%2Fprivate%3Fpage%3D2`;
  expect(response.headers.get('location')).toBe(place);
});

test('a login host that is away is a page with a way on', async () => {
  const response = await ask('/sign-in');
  expect(response.status).toBe(503);
  expect(await response.text()).toContain('href="/sign-in"');
});

test('health is told apart from sessions, and another host is refused', async () => {
  expect((await ask('/health/live')).status).toBe(200);
  expect((await ask('/health/ready')).status).toBe(200);
  const { port } = new URL(origin);
  expect((await fetch(`http://127.0.0.1:${port}/`)).status).toBe(421);
  expect((await fetch(`http://127.0.0.1:${port}/health/live`)).status).toBe(200);
  await wiki.party.store.close();
  expect((await ask('/health/ready')).status).toBe(503);
});

test('an unknown page is 404, another method 405', async () => {
  expect((await ask('/nothing')).status).toBe(404);
  expect((await ask('/', { method: 'DELETE' })).status).toBe(405);
});

test('a user is made at the first visit and found at the next, by the account’s UUID', () => {
  const users = openWikiUsers(':memory:', () => 1000);
  const made = users.findOrCreate(account);
  expect(made).toMatchObject({ accountId: account.id, visits: 1, firstSeenAt: 1000 });
  expect(users.findOrCreate({ ...account, name: 'Eva' })).toMatchObject({ visits: 2, name: 'Eva' });
  expect(users.find(account.id)?.visits).toBe(2);
  expect(users.find('nobody')).toBeNull();
  users.close();
});
