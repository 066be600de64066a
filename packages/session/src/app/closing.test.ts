import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Fastify from 'fastify';
import { expect, onTestFinished, test } from 'vitest';
import { sessions } from '../adapters/fastify.ts';
import { deriveAppKey } from '../app-key.ts';
import { defineFamily } from '../config/define-family.ts';
import type { Closable } from '../http/http-exchange.ts';
import type { SessionStore } from '../session-store.ts';
import { createMemoryStore } from '../store/memory.ts';
import { createAppAlone } from './app-alone.ts';
import { createAppAnyHost } from './app-any-host.ts';
import { createFamilyApp } from './family-app.ts';

const origin = 'https://shop.kittens.example';
const appKey = deriveAppKey('a secret for tests alone, no other', 'shop');
const familyOn = (store: string | SessionStore) =>
  defineFamily({
    name: 'Kittens',
    loginHost: 'https://login.kittens.example',
    store,
    apps: { shop: { origin } },
  });

type Closing = Closable & { readonly store: SessionStore };

const makers: Readonly<Record<string, (store: string | SessionStore) => Closing>> = {
  createAppAlone: (store) => createAppAlone({ origin, store }),
  createAppAnyHost: (store) => createAppAnyHost({ store }),
  createFamilyApp: (store) => createFamilyApp({ family: familyOn(store), app: 'shop', appKey }),
};

test.each(Object.entries(makers))(
  'what %s makes closes the store of its URL, and no ready one',
  async (_name, make) => {
    const own = make('memory:');
    await own.store.ping();
    await own.close();
    await own.close();
    await expect(own.store.ping()).rejects.toMatchObject({ code: 'store_unavailable' });

    const ready = createMemoryStore();
    await make(ready).close();
    await ready.ping();
  },
);

test('Fastify frees the store with its app', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'latchkey-closing-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const app = Fastify();
  await app.register(sessions({ origin, store: `sqlite:${folder}/sessions.db` }));
  app.get('/', async ({ session }) => {
    session.data['seen'] = true;
    return 'seen';
  });
  await app.inject({ url: '/', headers: { host: 'shop.kittens.example' } });
  // SQLite takes its log away with the last connection.
  expect(await readdir(folder)).toContain('sessions.db-wal');
  await app.close();
  expect(await readdir(folder)).toEqual(['sessions.db']);
});
