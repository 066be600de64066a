import { setTimeout as sleep } from 'node:timers/promises';
import { startRedisServer, type TestRedisServer } from '@latchkey/testkit';
import { createClient, RESP_TYPES } from '@redis/client';
import { expect, onTestFinished, test } from 'vitest';
import { realm } from '../../../test/realm.ts';
import { sessionRecord, signInRecord, slotAt } from '../../../test/records.ts';
import { isUnavailable, whenWorking } from '../../../test/store-away.ts';
import { LatchkeyError } from '../../errors.ts';
import type { SessionStore, Slot, StoreKey } from '../../session-store.ts';
import { decodeSignIn } from '../compact/record.ts';
import { createRedisStore, type RedisStoreOptions } from './redis.ts';

const program = process.env['LATCHKEY_TEST_REDIS_SERVER'] ?? 'redis-server';

type Admin = Awaited<ReturnType<typeof connectAdmin>>;

async function connectAdmin(url: string) {
  const admin = createClient({ url });
  admin.on('error', () => undefined);
  await admin.connect();
  return admin;
}

const slot = 'abcdefghijklmnop' as Slot;
const key = `{${slot}}:abcdefghijklmnopqrstuv` as StoreKey;
const session = sessionRecord();
const signIn = signInRecord();

/** A server and a store on it, for this test alone. */
async function start(
  options: Partial<RedisStoreOptions> = {},
): Promise<{ server: TestRedisServer; store: SessionStore; admin: Admin }> {
  const server = await startRedisServer({ program });
  onTestFinished(() => server.stop());
  const store = await createRedisStore({ url: server.url, ...options });
  onTestFinished(() => store.close());
  const admin = await connectAdmin(server.url);
  onTestFinished(() => admin.destroy());
  return { server, store, admin };
}

async function signedIn(store: SessionStore): Promise<void> {
  expect(await store.createSignIn(slot, signIn, realm)).toBe('created');
  expect(await store.create(key, session)).toBe('created');
}

test('a crash of the server rejects calls, and all goes on by itself when it is back', async () => {
  const { server, store } = await start();
  await signedIn(store);
  await server.crash();
  const calls = [
    store.read(key),
    store.replace(key, '{}', 1),
    store.touch(key, 600),
    store.endSignIn(slot, 'sign-out'),
    store.readReports(realm, 1),
    store.ping(),
  ];
  for (const call of await Promise.allSettled(calls)) {
    expect(call).toMatchObject({ status: 'rejected', reason: isUnavailable });
  }
  await server.start();
  const reading = await whenWorking(async () => store.read(key));
  expect(reading?.session.data).toBe('{"cart":[]}');
  // The new process has never seen a script.
  expect(await whenWorking(() => store.replace(key, '{"cart":[1]}', 1))).toBe('saved');
});

test('a restart shorter than the time-out is only slow', async () => {
  const { server, store } = await start({ timeoutMilliseconds: 30_000 });
  await signedIn(store);
  await server.crash();
  const reading = store.read(key);
  const written = store.replace(key, '{"cart":[1]}', 1);
  const ended = store.endSignIn('zyxwvutsrqponmlk' as Slot, 'sign-out', { realm, report: true });
  await server.start();
  expect((await reading)?.signIn?.account.name).toBe('Ada');
  expect(await written).toBe('saved');
  await ended;
  expect(await store.readReports(realm, 10)).toHaveLength(1);
});

test('a stall shorter than the time-out is only slow', async () => {
  const { server, store } = await start({ timeoutMilliseconds: 30_000 });
  await signedIn(store);
  server.freeze();
  const reading = store.read(key);
  const created = store.create(`${key.slice(0, -1)}w` as StoreKey, session);
  await sleep(300);
  server.thaw();
  expect((await reading)?.session.scope).toBe('shop');
  expect(await created).toBe('created');
});

test('a longer stall rejects, and does not hold up what comes after it', async () => {
  const { server, store } = await start();
  await signedIn(store);
  server.freeze();
  const calls = [store.read(key), store.create(key, session)];
  for (const call of await Promise.allSettled(calls)) {
    expect(call).toMatchObject({ status: 'rejected', reason: isUnavailable });
  }
  server.thaw();
  expect(await whenWorking(async () => store.read(key))).not.toBe(null);
});

test('a lost connection between two calls goes unnoticed', async () => {
  const { store, admin } = await start();
  await signedIn(store);
  for (let round = 0; round < 5; round += 1) {
    await admin.sendCommand(['CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes']);
    expect(await store.read(key)).not.toBe(null);
  }
});

test('a primary that became a replica is left, and writes work when there is one again', async () => {
  const { store, admin } = await start({ memoryBytes: 0 });
  await signedIn(store);
  const connections = async (): Promise<string[]> => {
    const list = String(await admin.sendCommand(['CLIENT', 'LIST']));
    return [...list.matchAll(/^id=(\d+) .*name=latchkey /gm)].map((line) => line[1] ?? '');
  };
  const before = await connections();
  expect(before).toHaveLength(1);
  await sleep(1100);
  await admin.sendCommand(['REPLICAOF', '127.0.0.1', '1']);
  await expect(store.replace(key, '{}', 1)).rejects.toThrow(isUnavailable);
  await admin.sendCommand(['REPLICAOF', 'NO', 'ONE']);
  expect(await whenWorking(() => store.replace(key, '{}', 1))).toBe('saved');
  expect(await connections()).not.toEqual(before);
});

test('a store can be made before its server is there', async () => {
  const server = await startRedisServer({ program });
  onTestFinished(() => server.stop());
  await server.crash();
  const store = await createRedisStore({ url: server.url, timeoutMilliseconds: 1000 });
  onTestFinished(() => store.close());
  await expect(store.ping()).rejects.toThrow(isUnavailable);
  await server.start();
  await whenWorking(() => store.ping());
});

test('a forgotten script is sent again', async () => {
  const { store, admin } = await start();
  await signedIn(store);
  await admin.sendCommand(['SCRIPT', 'FLUSH']);
  expect(await store.replace(key, '{"cart":[1]}', 1)).toBe('saved');
});

test('a read is one MGET, and reads of one moment are sent together', async () => {
  const { store, admin } = await start({ memoryBytes: 0 });
  await signedIn(store);
  await admin.sendCommand(['CONFIG', 'RESETSTAT']);
  await Promise.all(Array.from({ length: 100 }, () => store.read(key)));
  const stats = String(await admin.sendCommand(['INFO', 'commandstats']));
  const calls = [...stats.matchAll(/^cmdstat_([^:]+):calls=(\d+)/gm)].map(([, name, count]) => [
    name,
    count,
  ]);
  expect(calls).toContainEqual(['mget', '100']);
  expect(calls.map(([name]) => name)).not.toContain('get');
});

test('lives run out on the server, and an idle slot stays gone', async () => {
  const { store, admin } = await start();
  const visitor = `{ponmlkjihgfedcba}:abcdefghijklmnopqrstuv` as StoreKey;
  await store.createSignIn(slot, { ...signIn, idleSeconds: 1 }, realm);
  await store.create(key, session);
  await store.create(visitor, { ...session, signedIn: false, absoluteSeconds: 1 });
  while ((await store.read(key)) !== null) await sleep(50);
  while ((await store.read(visitor)) !== null) await sleep(50);
  await store.touch(key, 600);
  expect(await store.read(key)).toBe(null);
  expect(await store.readSignIn(slot)).toBe(null);
  // It stays for a while, so that no other sign-in takes its slot.
  expect(await store.createSignIn(slot, signIn, realm)).toBe('ended');
  expect(await admin.exists(`lk:${visitor}`)).toBe(0);
});

test('sessions of a sign-in that ended do not come back with another in its slot, once the tombstone is gone', async () => {
  const { store, admin } = await start();
  await signedIn(store);
  await store.endSignIn(slot, 'sign-out');
  expect(await admin.del(`lk:{${slot}}`)).toBe(1);
  const later = { ...signIn, createdAt: 600_000 };
  expect(await store.createSignIn(slot, later, realm)).toBe('created');
  expect(await store.read(key)).toBeNull();
});

test('a session is kept no longer than its sign-in', async () => {
  const { store, admin } = await start();
  await store.createSignIn(slot, { ...signIn, idleSeconds: 900, absoluteSeconds: 900 }, realm);
  await store.create(key, session);
  await store.replace(key, '{}', 1);
  const [ofSession, ofSignIn] = [await admin.pTTL(`lk:${key}`), await admin.pTTL(`lk:{${slot}}`)];
  expect(ofSession).toBeGreaterThan(0);
  expect(ofSession).toBeLessThanOrEqual(ofSignIn + 1001);
});

test('the clock is the server’s, whatever the local one says', async () => {
  const hour = 3_600_000;
  const { store } = await start({ now: () => Date.now() + hour });
  await signedIn(store);
  expect(Math.abs(store.now() - Date.now())).toBeLessThan(hour / 2);
  expect(Math.abs(((await store.read(key))?.usedAt ?? 0) - Date.now())).toBeLessThan(hour / 2);
});

test('neither a wrong password nor the right one gets into a message', async () => {
  const secret = 'correct-horse-battery';
  const server = await startRedisServer({ program, args: ['--requirepass', secret] });
  onTestFinished(() => server.stop());
  const open = (password: string): Promise<SessionStore> =>
    createRedisStore({
      url: `redis://:${password}@127.0.0.1:${server.port}/0`,
      timeoutMilliseconds: 1000,
    });
  const right = await open(secret);
  onTestFinished(() => right.close());
  await right.ping();
  const wrong = await open('wrong-horse-battery');
  onTestFinished(() => wrong.close());
  const refused = await wrong.ping().catch((error: unknown) => error);
  await right.close();
  const closed = await right.ping().catch((error: unknown) => error);
  for (const error of [refused, closed]) {
    expect(error).toBeInstanceOf(LatchkeyError);
    const { message, stack, cause } = error as LatchkeyError;
    expect(`${message} ${stack} ${String(cause)}`).not.toMatch(/horse|battery/);
  }
});

test('a client of the caller is used and left open', async () => {
  const { admin } = await start();
  const store = await createRedisStore({ client: admin, prefix: 'mine:' });
  await signedIn(store);
  expect((await store.read(key))?.signIn?.id).toBe('sign-in');
  expect(await admin.exists(`mine:${key}`)).toBe(1);
  await store.close();
  await expect(store.read(key)).rejects.toThrow(isUnavailable);
  expect(await admin.ping()).toBe('PONG');
});

test('a client that answers in bytes is refused at start, with what to give instead', async () => {
  const { admin } = await start();
  const client = admin.withTypeMapping({ [RESP_TYPES.BLOB_STRING]: Buffer });
  await expect(createRedisStore({ client })).rejects.toMatchObject({
    code: 'option_invalid',
    message: expect.stringContaining('withTypeMapping'),
  });
  expect(await admin.ping()).toBe('PONG');
});

test('an idle time ends at its limit or up to a second before, and never after', async () => {
  const { store, admin } = await start();
  for (let number = 0; number < 20; number += 1) {
    const place = slotAt(number);
    await store.createSignIn(place, { ...signIn, createdAt: store.now(), idleSeconds: 5 }, realm);
    const [seconds = 0, microseconds = 0] = (await admin.sendCommand(['TIME'])) as string[];
    const limit = Number(seconds) * 1000 + Number(microseconds) / 1000 + 5000;
    const idleAt = decodeSignIn((await admin.get(`lk:{${place}}`)) ?? '')?.idleAt ?? 0;
    expect(idleAt).toBeLessThanOrEqual(limit);
    expect(idleAt).toBeGreaterThan(limit - 2000);
  }
});

test('options that contradict themselves or are out of bounds are refused', async () => {
  const url = 'redis://127.0.0.1:1/0';
  const client = { sendCommand: async () => null };
  const wrong: RedisStoreOptions[] = [
    {},
    { url, client },
    { url, prefix: '' },
    { url, prefix: 'a{b}:' },
    { url, timeoutMilliseconds: 49 },
    { url, timeoutMilliseconds: 60_001 },
    { url: 'redis://host:port' },
  ];
  for (const options of wrong) {
    await expect(createRedisStore(options)).rejects.toMatchObject({ code: 'option_invalid' });
  }
});
