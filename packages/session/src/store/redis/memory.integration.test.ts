import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { startRedisServer, type TestRedisServer } from '@latchkey/testkit';
import { createClient } from '@redis/client';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { leasedCases, warm } from '../../../test/leased-cases.ts';
import { realm } from '../../../test/realm.ts';
import { signedInPerson } from '../../../test/signed-in-person.ts';
import { startSlowLink } from '../../../test/slow-link.ts';
import { createSessionId, createSlot, storeKey } from '../../session-id/session-id.ts';
import type { SessionStore } from '../../session-store.ts';
import { createRedisStore } from './redis.ts';

const program = process.env['LATCHKEY_TEST_REDIS_SERVER'] ?? 'redis-server';

let server: TestRedisServer;
beforeAll(async () => {
  server = await startRedisServer({ program });
});
afterAll(async () => {
  await server?.stop();
});

/** Another process, as far as the store can tell. */
async function open(url: string = server.url): Promise<SessionStore> {
  const store = await createRedisStore({ url });
  onTestFinished(() => store.close());
  return store;
}

for (const { name, run } of leasedCases) test(name, () => run(open));

describe('behind a link that delivers late', () => {
  test('memory is never stale: "heard something lately" would be, each time', async () => {
    const link = await startSlowLink(server.url);
    const far = await open(link.url);
    const near = await open();
    for (let ending = 0; ending < 5; ending += 1) {
      link.delayMilliseconds = 0;
      const { slot, key } = await signedInPerson(near);
      await warm(far, key);
      link.delayMilliseconds = 1_000;
      await near.endSignIn(slot, 'sign-out');
      expect(await far.read(key)).toBeNull();
    }
  });
});

test('a tracked connection that is cut takes its memory with it', async () => {
  const [here, there] = [await open(), await open()];
  const { slot, key } = await signedInPerson(here);
  await warm(here, key);
  const admin = createClient({ url: server.url });
  admin.on('error', () => undefined);
  await admin.connect();
  onTestFinished(() => admin.destroy());
  await admin.sendCommand(['CLIENT', 'KILL', 'TYPE', 'NORMAL', 'SKIPME', 'YES']);
  await there.endSignIn(slot, 'sign-out');
  expect(await here.read(key)).toBeNull();
  const next = await signedInPerson(here);
  await warm(here, next.key);
});

test('FLUSHALL leaves nothing in memory', async () => {
  const own = await startRedisServer({ program });
  onTestFinished(() => own.stop());
  const store = await open(own.url);
  const { key } = await signedInPerson(store);
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
  const { key } = await signedInPerson(store);
  const forge = () => storeKey(realm, createSessionId(createSlot(randomBytes), randomBytes));
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
  const { key } = await signedInPerson(here);
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
    const { slot, key } = await signedInPerson(silent);
    await warm(other, key);
    await silent.endSignIn(slot, 'sign-out');
    expect(await other.read(key)).toBeNull();
  }
});
