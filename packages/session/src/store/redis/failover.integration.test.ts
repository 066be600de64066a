import { setTimeout as sleep } from 'node:timers/promises';
import { startRedisCluster, startRedisSentinels, startRedisServer } from '@latchkey/testkit';
import { createClient, createCluster, createSentinel } from '@redis/client';
import { Cluster, Redis } from 'ioredis';
import { expect, onTestFinished, test } from 'vitest';
import { type SignedInPerson, signedInPerson } from '../../../test/signed-in-person.ts';
import { isUnavailable } from '../../../test/store-away.ts';
import type { SessionStore } from '../../session-store.ts';
import { createRedisStore, type RedisClient } from './redis.ts';

const program = process.env['LATCHKEY_TEST_REDIS_SERVER'] ?? 'redis-server';

async function storeOn(client: RedisClient): Promise<SessionStore> {
  const store = await createRedisStore({ client });
  onTestFinished(() => store.close());
  return store;
}

/** Asks until an answer comes, and counts refusals; anything but an answer or a clear refusal fails. */
async function whenAnswering<T>(work: () => Promise<T>): Promise<{ answer: T; refused: number }> {
  for (let refused = 0; ; refused += 1) {
    try {
      return { answer: await work(), refused };
    } catch (error) {
      expect(error).toEqual(isUnavailable);
      await sleep(50);
    }
  }
}

/** What everybody must find again after a primary was lost: who they are, nobody else, and their sign-out. */
async function expectRecovery(
  stores: readonly SessionStore[],
  people: readonly SignedInPerson[],
  gone: SignedInPerson,
): Promise<void> {
  for (const store of stores) {
    for (const person of people) {
      const { answer } = await whenAnswering(async () => store.read(person.key));
      expect(answer?.signIn?.account.id).toBe(person.accountId);
    }
    const { answer } = await whenAnswering(async () => store.read(gone.key));
    expect(answer).toBe(null);
  }
  const [first, second] = stores as [SessionStore, SessionStore];
  const [person] = people as [SignedInPerson];
  const written = await whenAnswering(() => first.replace(person.key, '{"n":1}', 1));
  // One that was carried out and not heard of is tried again, and then finds what it wrote.
  expect(['saved', 'outdated']).toContain(written.answer);
  await whenAnswering(() => first.endSignIn(person.slot, 'sign-out'));
  const { answer } = await whenAnswering(async () => second.read(person.key));
  expect(answer).toBe(null);
}

async function signInPeople(
  store: SessionStore,
): Promise<{ people: SignedInPerson[]; gone: SignedInPerson }> {
  const people = await Promise.all(
    Array.from({ length: 10 }, () => signedInPerson(store, '{"n":0}')),
  );
  const gone = await signedInPerson(store, '{"n":0}');
  await store.endSignIn(gone.slot, 'sign-out');
  return { people, gone };
}

test('a primary that is killed under Sentinel: clear refusals, then everybody is who they were', async () => {
  const servers = await startRedisSentinels(program);
  onTestFinished(() => servers.stop());
  const sentinel = createSentinel({
    name: servers.name,
    sentinelRootNodes: [...servers.sentinels],
  });
  sentinel.on('error', () => undefined);
  await sentinel.connect();
  onTestFinished(() => sentinel.destroy());
  const ioredis = new Redis({ name: servers.name, sentinels: [...servers.sentinels] });
  ioredis.on('error', () => undefined);
  onTestFinished(() => ioredis.disconnect());
  const stores = [await storeOn(sentinel), await storeOn(ioredis)];
  const { people, gone } = await signInPeople(stores[0] as SessionStore);
  // Replication lags by moments; what a crash may lose besides is in docs/guarantees.md.
  await ioredis.call('WAIT', '1', '5000');
  await servers.primary.crash();
  await expectRecovery(stores, people, gone);
});

test('a primary of a Cluster that is killed: its replica takes over, and everybody is who they were', async () => {
  const servers = await startRedisCluster({ program, replicas: 1 });
  onTestFinished(() => servers.stop());
  const nodeRedis = createCluster({ rootNodes: servers.nodes.map(({ url }) => ({ url })) });
  nodeRedis.on('error', () => undefined);
  await nodeRedis.connect();
  onTestFinished(() => nodeRedis.destroy());
  const ioredis = new Cluster(servers.nodes.map(({ port }) => ({ host: '127.0.0.1', port })));
  ioredis.on('error', () => undefined);
  onTestFinished(() => ioredis.disconnect());
  const stores = [await storeOn(nodeRedis), await storeOn(ioredis)];
  const { people, gone } = await signInPeople(stores[0] as SessionStore);
  await sleep(500);
  const [person] = people as [SignedInPerson];
  const primary = await servers.primaryOf(`lk:${person.key}`);
  await primary.crash();
  await expectRecovery(stores, people, gone);
});

test('hash slots that move to another node are followed, with what lies in them', async () => {
  const servers = await startRedisCluster({ program });
  onTestFinished(() => servers.stop());
  const client = createCluster({ rootNodes: servers.nodes.map(({ url }) => ({ url })) });
  await client.connect();
  onTestFinished(() => client.destroy());
  const store = await storeOn(client);
  const person = await signedInPerson(store, '{"n":0}');
  await servers.moveKey(`lk:${person.key}`);
  expect((await store.read(person.key))?.signIn?.account.id).toBe(person.accountId);
  expect(await store.replace(person.key, '{"n":1}', 1)).toBe('saved');
  await store.endSignIn(person.slot, 'sign-out');
  expect(await store.read(person.key)).toBe(null);
});

test.each([
  {
    what: 'a client of @redis/client',
    async connect(url: string) {
      const client = createClient({ url });
      client.on('error', () => undefined);
      await client.connect();
      return { client, close: () => client.destroy() };
    },
  },
  {
    what: 'a client of ioredis',
    async connect(url: string) {
      const client = new Redis(url);
      client.on('error', () => undefined);
      return { client, close: () => client.disconnect() };
    },
  },
])(
  'with $what a server that stands still is refused in time, and used again when it goes on',
  async ({ connect }) => {
    const server = await startRedisServer({ program });
    onTestFinished(() => server.stop());
    const { client, close } = await connect(server.url);
    onTestFinished(close);
    const store = await createRedisStore({ client, timeoutMilliseconds: 500 });
    onTestFinished(() => store.close());
    const person = await signedInPerson(store, '{"n":0}');
    server.freeze();
    const calls = [store.read(person.key), store.replace(person.key, '{}', 1), store.ping()];
    for (const call of await Promise.allSettled(calls)) {
      expect(call).toMatchObject({ status: 'rejected', reason: isUnavailable });
    }
    server.thaw();
    const { answer } = await whenAnswering(async () => store.read(person.key));
    expect(answer?.signIn?.account.id).toBe(person.accountId);
    await server.crash();
    await server.start();
    const again = await whenAnswering(async () => store.read(person.key));
    expect(again.answer?.signIn?.account.id).toBe(person.accountId);
  },
);

test('a Cluster client of ioredis that reads from replicas is refused', async () => {
  const client = new Cluster([{ host: '127.0.0.1', port: 1 }], {
    scaleReads: 'slave',
    lazyConnect: true,
  });
  onTestFinished(() => client.disconnect());
  await expect(createRedisStore({ client })).rejects.toMatchObject({ code: 'option_invalid' });
});
