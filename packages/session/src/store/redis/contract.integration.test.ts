import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  type StoreHarness,
  startRedisCluster,
  startRedisSentinels,
  startRedisServer,
  storeContract,
} from '@latchkey/testkit';
import { createClient, createClientPool, createCluster, createSentinel } from '@redis/client';
import { Cluster, Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { SessionStore } from '../../session-store.ts';
import { leaseWaitMilliseconds } from '../lease/lease.ts';
import { recordFunctions } from './lua.ts';
import { createRedisStore, type RedisClient } from './redis.ts';

const program = process.env['LATCHKEY_TEST_REDIS_SERVER'] ?? 'redis-server';
const givenUrl = process.env['REDIS_URL'];

type Admin = Awaited<ReturnType<typeof connectAdmin>>;

async function connectAdmin(url: string) {
  const admin = createClient({ url });
  admin.on('error', () => undefined);
  await admin.connect();
  return admin;
}

async function keysUnder(admin: Admin, prefix: string): Promise<string[]> {
  const found: string[] = [];
  for await (const keys of admin.scanIterator({ MATCH: `${prefix}*`, COUNT: 1000 })) {
    found.push(...keys);
  }
  return found;
}

/**
 * The server's clock cannot be moved; what a key has left to live can, and so can the instants in what lies there
 * (record.ts).
 */
const takeOffLife = `
  ${recordFunctions}
  local key = KEYS[1]
  local record = redis.call('TYPE', key).ok == 'string' and parse(redis.call('GET', key), 'ia')
  if record then
    record.idleAt = record.idleAt - ARGV[1]
    record.endsAt = record.endsAt - ARGV[1]
    redis.call('SET', key, written(record), 'KEEPTTL')
  end
  local left = redis.call('PTTL', key)
  if left >= 0 then redis.call('PEXPIRE', key, math.floor(left - ARGV[1])) end`;

/** A store whose clock has gone on by what was taken off: last uses lie that much less far back than its data says. */
function onLaterClock(store: SessionStore, later: () => number): SessionStore {
  const shifted = <T extends { usedAt: number }>(found: T): T => ({
    ...found,
    usedAt: found.usedAt + later(),
  });
  return {
    ...store,
    now: () => store.now() + later(),
    async read(key) {
      const reading = await store.read(key);
      return reading && shifted(reading);
    },
    async readSignIn(slot) {
      const found = await store.readSignIn(slot);
      return found && shifted(found);
    },
    listSignIns: async (...args) => (await store.listSignIns(...args)).map(shifted),
  };
}

/** Servers, and how a process gets at them. */
interface Surroundings {
  readonly open: (prefix: string) => Promise<SessionStore>;
  /** Of every primary. */
  readonly urls: readonly string[];
  readonly remembers: boolean;
  readonly stop: () => Promise<void>;
}

async function byUrl(memoryBytes: number): Promise<Surroundings> {
  const server = givenUrl === undefined ? await startRedisServer({ program }) : null;
  const url = server?.url ?? givenUrl ?? '';
  return {
    open: (prefix) => createRedisStore({ url, prefix, memoryBytes }),
    urls: [url],
    remembers: memoryBytes > 0,
    stop: async () => server?.stop(),
  };
}

interface Ready {
  readonly client: RedisClient;
  readonly close: () => unknown;
}

/** By a client that is connected already and that all stores share. */
async function byClient(
  servers: { urls: readonly string[]; stop: () => Promise<void> },
  connect: () => Promise<Ready>,
): Promise<Surroundings> {
  const { client, close } = await connect();
  return {
    open: (prefix) => createRedisStore({ client, prefix }),
    urls: servers.urls,
    remembers: false,
    async stop() {
      await close();
      await servers.stop();
    },
  };
}

async function oneServer() {
  const server = await startRedisServer({ program });
  return { port: server.port, urls: [server.url], stop: () => server.stop() };
}

async function sentinels() {
  const all = await startRedisSentinels(program);
  return { ...all, urls: [all.primary.url] };
}

async function cluster() {
  const all = await startRedisCluster({ program });
  return { ...all, urls: all.nodes.map(({ url }) => url) };
}

const kinds: readonly { what: string; start: () => Promise<Surroundings> }[] = [
  { what: 'by URL without memory', start: () => byUrl(0) },
  { what: 'by URL with memory', start: () => byUrl(1_000_000) },
  {
    what: 'with a client of @redis/client',
    async start() {
      const servers = await oneServer();
      return byClient(servers, async () => {
        const client = await connectAdmin(servers.urls[0] ?? '');
        return { client, close: () => client.destroy() };
      });
    },
  },
  {
    what: 'with a pool of @redis/client',
    async start() {
      const servers = await oneServer();
      return byClient(servers, async () => {
        const client = createClientPool({ url: servers.urls[0] ?? '' });
        await client.connect();
        return { client, close: () => client.close() };
      });
    },
  },
  {
    what: 'with a client of ioredis',
    async start() {
      const servers = await oneServer();
      return byClient(servers, async () => {
        const client = new Redis(servers.port, '127.0.0.1');
        return { client, close: () => client.disconnect() };
      });
    },
  },
  {
    what: 'with a Sentinel client of @redis/client',
    async start() {
      const servers = await sentinels();
      return byClient(servers, async () => {
        const client = createSentinel({
          name: servers.name,
          sentinelRootNodes: [...servers.sentinels],
        });
        client.on('error', () => undefined);
        await client.connect();
        return { client, close: () => client.destroy() };
      });
    },
  },
  {
    what: 'with a client of ioredis by Sentinel',
    async start() {
      const servers = await sentinels();
      return byClient(servers, async () => {
        const client = new Redis({ name: servers.name, sentinels: [...servers.sentinels] });
        return { client, close: () => client.disconnect() };
      });
    },
  },
  {
    what: 'with a Cluster client of @redis/client',
    async start() {
      const servers = await cluster();
      return byClient(servers, async () => {
        const client = createCluster({ rootNodes: servers.urls.map((url) => ({ url })) });
        await client.connect();
        return { client, close: () => client.destroy() };
      });
    },
  },
  {
    what: 'with a Cluster client of ioredis',
    async start() {
      const servers = await cluster();
      return byClient(servers, async () => {
        const client = new Cluster(servers.nodes.map(({ port }) => ({ host: '127.0.0.1', port })));
        return { client, close: () => client.disconnect() };
      });
    },
  },
];

// Cases have data of their own and mostly wait: for the lease to run out.
describe.each(kinds)('store contract $what', { concurrent: true }, ({ start }) => {
  let surroundings: Surroundings;
  let admins: readonly Admin[] = [];

  beforeAll(async () => {
    surroundings = await start();
    admins = await Promise.all(surroundings.urls.map(connectAdmin));
  });
  afterAll(async () => {
    for (const admin of admins) admin.destroy();
    await surroundings?.stop();
  });

  async function makeHarness(): Promise<StoreHarness> {
    const prefix = `test-${randomBytes(6).toString('hex')}:`;
    let later = 0;
    const forEachKey = async (work: (admin: Admin, key: string) => Promise<unknown>) => {
      for (const admin of admins) {
        const keys = await keysUnder(admin, prefix);
        await Promise.all(keys.map((key) => work(admin, key)));
      }
    };
    return {
      open: async () => onLaterClock(await surroundings.open(prefix), () => later),
      async advance(milliseconds) {
        later += milliseconds;
        await forEachKey((admin, key) =>
          admin.eval(takeOffLife, { keys: [key], arguments: [String(milliseconds)] }),
        );
        // Memory goes by clocks, and these have not moved: it asks again once its lease has run out.
        if (surroundings.remembers) await sleep(leaseWaitMilliseconds);
      },
      async close() {
        await forEachKey(async (admin, key) => {
          const left = await admin.pTTL(key);
          if (!key.startsWith(`${prefix}reports:`))
            expect(left, `${key} has no lifetime`).not.toBe(-1);
          await admin.del(key);
        });
      },
    };
  }

  for (const { name, run } of storeContract) test(name, () => run(makeHarness));
});
