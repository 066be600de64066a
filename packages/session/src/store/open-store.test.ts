import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { sessionRecord } from '../../test/records.ts';
import { LatchkeyError } from '../errors.ts';
import type { StoreKey } from '../session-store.ts';
import { lazyStore } from './lazy-store.ts';
import { checkStoreUrl, openStore } from './open-store.ts';
import { loadPostgresClient } from './postgres/connection.ts';
import { loadRedisClient } from './redis/connection.ts';

const someKey = '{abcdefghijklmnop}:abcdefghijklmnopqrstuv' as StoreKey;

function codeOf(url: string): string {
  try {
    checkStoreUrl(url);
    return 'fine';
  } catch (error) {
    return error instanceof LatchkeyError ? error.code : 'something else';
  }
}

test('memory: opens a store in memory', async () => {
  const store = await openStore('memory:', { now: () => 42 });
  expect(store.read(someKey)).toBe(null);
  expect(store.now()).toBe(42);
});

test('sqlite: opens a file', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'latchkey-open-'));
  const store = await openStore(`sqlite:${folder}/sessions.db`);
  expect(store.read(someKey)).toBe(null);
  await store.close();
  await rm(folder, { recursive: true, force: true });
});

test('a scheme that no store answers to is refused, with what to write instead', async () => {
  for (const url of ['mysql://host/db', 'mysql:x', '', 'sessions.db', 'memory:x', '://']) {
    expect(codeOf(url)).toBe('store_url_unknown');
  }
  await expect(openStore('file:./sessions.db')).rejects.toThrow('sqlite:./path');
  await expect(openStore('valkey://host')).rejects.toThrow('redis://host');
  await expect(openStore('pg://host/db')).rejects.toThrow('postgres://host');
  await expect(openStore('constructor:x')).rejects.toThrow('memory:, sqlite:');
});

test('a URL that cannot be read is refused', () => {
  const broken = [
    'sqlite:',
    'sqlite::memory:',
    'sqlite://host/sessions.db',
    'redis:',
    'redis://',
    'redis://host:port',
    'redis://host/first',
    'redis://u:%zz@host',
    'postgres:',
    'postgres:///db',
    'postgresql://host:port/db',
    'postgres://u:%zz@host/db',
    'postgres://u:12/3@host/db',
    'postgres://u:12?3@host/db',
    'postgres://u:12#3@host/db',
    'postgres://host/db/more',
  ];
  for (const url of broken) expect(codeOf(url)).toBe('option_invalid');
  const readable = [
    'sqlite:./a.db',
    'sqlite:/a.db',
    'sqlite:///a.db',
    'redis://[::1]:1/2',
    'postgres://u:p%40ss@host:5432/db?sslmode=verify-full',
    'postgresql://host',
    'postgres:///db?host=/run/postgresql',
  ];
  for (const url of readable) expect(codeOf(url)).toBe('fine');
});

test('no text of a URL gets into a message', () => {
  const password = fc.stringMatching(/^[a-z0-9]{12}$/);
  const broken = fc.constantFrom(
    (secret: string) => `redis://user:${secret}@host:port/0`,
    (secret: string) => `redis://user:${secret}%zz@host/0`,
    (secret: string) => `rediss://${secret}@/x`,
    (secret: string) => `mysql://user:${secret}@host/db`,
    (secret: string) => `postgres://user:${secret}@host:port/db`,
    (secret: string) => `postgres://user:1/${secret}@host/db`,
    (secret: string) => `postgres://user:${secret}%zz@host/db`,
    (secret: string) => `${secret}:${secret}`,
    (secret: string) => `sqlite://${secret}@host/x`,
  );
  fc.assert(
    fc.property(password, broken, (secret, write) => {
      try {
        checkStoreUrl(write(secret));
      } catch (error) {
        const shown = error as LatchkeyError;
        expect(`${shown.message} ${String(shown.cause)} ${shown.stack}`).not.toContain(secret);
        return;
      }
      expect.unreachable('the URL was taken');
    }),
  );
});

test('a store that is opened later is checked now and answers at once', async () => {
  expect(() => lazyStore('mysql://host/db')).toThrow(
    expect.objectContaining({ code: 'store_url_unknown' }),
  );
  const store = lazyStore('memory:');
  expect(await store.read(someKey)).toBe(null);
  expect(store.read(someKey)).toBe(null);
});

test('a store that is opened later counts by the clock that it is given, before and after', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'latchkey-open-'));
  for (const url of ['memory:', `sqlite:${folder}/sessions.db`]) {
    let now = 1_000_000;
    const store = lazyStore(url, () => now);
    expect(store.now()).toBe(1_000_000);
    await store.create(someKey, sessionRecord({ idleSeconds: 60, signedIn: false }));
    now += 59_000;
    expect(store.now()).toBe(1_059_000);
    expect(await store.read(someKey)).not.toBe(null);
    now += 1_000;
    expect(await store.read(someKey)).toBe(null);
    await store.close();
  }
  await rm(folder, { recursive: true, force: true });
});

test('a store that is opened later opens nothing by being made or closed', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'latchkey-open-'));
  const store = lazyStore(`sqlite:${folder}/sessions.db`);
  expect(store.now()).toBeGreaterThan(0);
  await store.close();
  expect(await readdir(folder)).toEqual([]);
  await expect(store.ping()).rejects.toMatchObject({ code: 'store_unavailable' });
  expect(await readdir(folder)).toEqual([]);
  await rm(folder, { recursive: true, force: true });
});

test('a store that could not be opened is tried again with the next call', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'latchkey-open-'));
  const { writeFile } = await import('node:fs/promises');
  const path = join(folder, 'sessions.db');
  await writeFile(path, 'This is no database. '.repeat(100));
  const store = lazyStore(`sqlite:${path}`);
  await expect(store.ping()).rejects.toMatchObject({ code: 'store_unavailable' });
  await rm(path);
  await store.ping();
  await store.close();
  await rm(folder, { recursive: true, force: true });
});

test('a missing Redis client is named, with how to install it', async () => {
  const missing = Object.assign(new Error('not found'), { code: 'ERR_MODULE_NOT_FOUND' });
  const refused = expect(loadRedisClient(() => Promise.reject(missing))).rejects;
  await refused.toMatchObject({ code: 'store_client_missing', cause: missing });
  await expect(loadRedisClient(() => Promise.reject(missing))).rejects.toThrow(
    'npm install @redis/client',
  );
});

test('a missing Postgres client is named, with how to install it', async () => {
  const missing = Object.assign(new Error('not found'), { code: 'ERR_MODULE_NOT_FOUND' });
  const load = () => loadPostgresClient(() => Promise.reject(missing));
  await expect(load()).rejects.toMatchObject({ code: 'store_client_missing', cause: missing });
  await expect(load()).rejects.toThrow('npm install pg');
});
