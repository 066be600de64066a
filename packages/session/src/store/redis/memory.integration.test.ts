import { randomBytes, randomUUID } from 'node:crypto';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { startRedisServer, type TestRedisServer } from '@latchkey/testkit';
import { createClient } from '@redis/client';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { createSessionId, createSlot, storeKey } from '../../session-id/session-id.ts';
import type { SessionStore, Slot, StoreKey } from '../../session-store.ts';
import { createRedisStore } from './redis.ts';

const program = process.env['LATCHKEY_TEST_REDIS_SERVER'] ?? 'redis-server';

let server: TestRedisServer;
beforeAll(async () => {
  server = await startRedisServer({ program });
});
afterAll(async () => {
  await server?.stop();
});

interface Session {
  readonly slot: Slot;
  readonly key: StoreKey;
}

/** Another process, as far as the store can tell. */
async function open(url: string = server.url): Promise<SessionStore> {
  const store = await createRedisStore({ url });
  onTestFinished(() => store.close());
  return store;
}

async function signIn(store: SessionStore): Promise<Session> {
  const slot = createSlot(randomBytes);
  const key = storeKey(createSessionId(slot, randomBytes));
  const limits = { createdAt: store.now(), idleSeconds: 600, absoluteSeconds: 3_600 };
  await store.createSignIn(slot, {
    ...{ version: 1, id: randomUUID(), provedAt: store.now(), methods: ['pwd'], ...limits },
    ...{ device: '', place: '', remembered: false },
    account: { id: randomUUID(), email: 'ben@kittens.example', name: 'Ben' },
    apps: { shop: null },
  });
  const record = { version: 1, scope: 'shop', signedIn: true, ...limits, data: '{}' };
  await store.create(key, record);
  return { slot, key };
}

/** Reads until memory answers: synchronously. */
async function warm(store: SessionStore, key: StoreKey): Promise<void> {
  for (let attempt = 0; attempt < 200; attempt += 1) {
    const reading = store.read(key);
    if (!(reading instanceof Promise)) return;
    await reading;
    await sleep(1);
  }
  throw new Error('Memory never answered.');
}

test('a hit is answered at once, and a change in another process is heard of', async () => {
  const [here, there] = [await open(), await open()];
  const { key } = await signIn(here);
  await warm(here, key);
  expect(await there.replace(key, '{"a":1}', 1)).toBe('saved');
  await expect.poll(async () => (await here.read(key))?.session.data).toBe('{"a":1}');
});

test('20 endings, each asked of 20 processes the moment it returned: none is stale', async () => {
  const processes = await Promise.all(Array.from({ length: 20 }, () => open()));
  const [first] = processes as [SessionStore];
  let stale = 0;
  for (let ending = 0; ending < 20; ending += 1) {
    const { slot, key } = await signIn(first);
    await Promise.all(processes.map((store) => warm(store, key)));
    await first.endSignIn(slot, 'sign-out');
    const readings = await Promise.all(processes.map((store) => store.read(key)));
    stale += readings.filter((reading) => reading !== null).length;
  }
  expect(stale).toBe(0);
});

test('withdrawn access holds for the very next request in every process', async () => {
  const processes = await Promise.all(Array.from({ length: 5 }, () => open()));
  const [first] = processes as [SessionStore];
  const { slot, key } = await signIn(first);
  await Promise.all(processes.map((store) => warm(store, key)));
  const found = await first.readSignIn(slot);
  if (found === null) throw new Error('The sign-in is live.');
  await first.replaceSignIn(slot, { ...found.signIn, apps: {} }, found.signIn.version);
  const readings = await Promise.all(processes.map((store) => store.read(key)));
  expect(readings.map((reading) => reading?.signIn?.apps)).toEqual([{}, {}, {}, {}, {}]);
});

describe('behind a link that delivers late', () => {
  test('memory is never stale: "heard something lately" would be, each time', async () => {
    const link = await startLink(new URL(server.url));
    const far = await open(link.url);
    const near = await open();
    for (let ending = 0; ending < 5; ending += 1) {
      link.delay = 0;
      const { slot, key } = await signIn(near);
      await warm(far, key);
      link.delay = 1_000;
      await near.endSignIn(slot, 'sign-out');
      expect(await far.read(key)).toBeNull();
    }
  });
});

test('a tracked connection that is cut takes its memory with it', async () => {
  const [here, there] = [await open(), await open()];
  const { slot, key } = await signIn(here);
  await warm(here, key);
  const admin = createClient({ url: server.url });
  admin.on('error', () => undefined);
  await admin.connect();
  onTestFinished(() => admin.destroy());
  await admin.sendCommand(['CLIENT', 'KILL', 'TYPE', 'NORMAL', 'SKIPME', 'YES']);
  await there.endSignIn(slot, 'sign-out');
  expect(await here.read(key)).toBeNull();
  const next = await signIn(here);
  await warm(here, next.key);
});

test('FLUSHALL leaves nothing in memory', async () => {
  const own = await startRedisServer({ program });
  onTestFinished(() => own.stop());
  const store = await open(own.url);
  const { key } = await signIn(store);
  await warm(store, key);
  const admin = createClient({ url: own.url });
  await admin.connect();
  await admin.sendCommand(['FLUSHALL']);
  await expect.poll(() => store.read(key)).toBeNull();
  admin.destroy();
});

test('made-up cookies do not fill the server’s table of tracked keys', async () => {
  const own = await startRedisServer({ program });
  onTestFinished(() => own.stop());
  const store = await open(own.url);
  const { key } = await signIn(store);
  const forge = () => storeKey(createSessionId(createSlot(randomBytes), randomBytes));
  for (let part = 0; part < 40; part += 1) {
    await Promise.all(Array.from({ length: 100 }, () => store.read(forge())));
  }
  const admin = createClient({ url: own.url });
  await admin.connect();
  const stats = String(await admin.sendCommand(['INFO', 'stats']));
  admin.destroy();
  // Two keys for each of the thousand that may be found missing, and some that were under way.
  expect(Number(/tracking_total_keys:(\d+)/.exec(stats)?.[1])).toBeLessThan(2_500);
  await warm(store, key);
});

test('a recorded use is heard: the next read of each process has it, and no process records it again', async () => {
  const [here, there] = [await open(), await open()];
  const { key } = await signIn(here);
  await warm(here, key);
  const before = (await here.read(key))?.usedAt ?? Number.POSITIVE_INFINITY;
  await sleep(1_100);
  await there.touch(key, 600);
  await expect.poll(async () => (await here.read(key))?.usedAt).toBeGreaterThan(before);
  await warm(here, key);
});

test('without memory of its own a process waits the lease of the others out', async () => {
  const silent = await createRedisStore({ url: server.url, memoryBytes: 0 });
  onTestFinished(() => silent.close());
  const other = await open();
  for (let ending = 0; ending < 5; ending += 1) {
    const { slot, key } = await signIn(silent);
    await warm(other, key);
    await silent.endSignIn(slot, 'sign-out');
    expect(await other.read(key)).toBeNull();
  }
});

interface Link {
  readonly url: string;
  /** Milliseconds by which what the server says comes later. */
  delay: number;
}

/** A TCP proxy in front of the server. */
async function startLink(target: URL): Promise<Link> {
  const sockets = new Set<Socket>();
  const link = { url: '', delay: 0 };
  const proxy: Server = createServer((near) => {
    const far = connect(Number(target.port), target.hostname);
    for (const socket of [near, far]) {
      sockets.add(socket);
      socket.on('error', () => undefined);
      socket.on('close', () => {
        near.destroy();
        far.destroy();
      });
    }
    near.pipe(far);
    far.on('data', (chunk) => {
      if (link.delay === 0) near.write(chunk);
      else setTimeout(() => near.write(chunk), link.delay).unref();
    });
  });
  await new Promise<void>((done) => proxy.listen(0, '127.0.0.1', done));
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    proxy.close();
  });
  link.url = `redis://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
  return link;
}
