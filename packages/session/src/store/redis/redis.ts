// Owns the Redis store: the connection or the client of the app, keys, scripts in Lua. The rules of slots are those of
// the folder `store/`, here as Lua; the stored text is that of `store/compact/`. What is remembered in the process is
// left to `store/lease/`.

import { hasCode } from '../../errors.ts';
import { invalidOption, refuseUnknown, requireWhole } from '../../option-rules.ts';
import type { SessionStore } from '../../session-store.ts';
import { createLeasedStore } from '../lease/leased-store.ts';
import { createServerClock, type ServerClock } from '../server-clock.ts';
import { createRedisCalls } from './calls.ts';
import { createRedisChannel, type TrackedConnection } from './channel.ts';
import { peerOf, type RedisClient } from './clients.ts';
import { loadRedisClient } from './connection.ts';
import { createRedisKeys } from './keys.ts';
import { createBorrowedLink, createRedisLink, type RedisLink } from './link.ts';
import { type RedisReading, readSession } from './reading.ts';
import { createRedisReports } from './reports.ts';
import { createRedisSender, type RedisSender, type Sending } from './send.ts';
import { createRedisSessions } from './sessions.ts';
import { createRedisSignIns } from './sign-ins.ts';
import { readRedisUrl } from './url.ts';

export type {
  IoredisClient,
  NodeRedisClient,
  NodeRedisCluster,
  NodeRedisSentinel,
  RedisClient,
} from './clients.ts';

const defaultMemoryBytes = 33_554_432;

export interface RedisStoreOptions {
  /** `redis://user:password@host:6379/0`, or `rediss://` for TLS. Either this or `client`. */
  readonly url?: string;
  /**
   * A connected client of your own: of `@redis/client` (a client, pool, Sentinel or Cluster) or of `ioredis` (of one server,
   * by Sentinel, of a Cluster). It reconnects and is closed by you, and a command that timed out may still be carried out
   * later. Its commands must go to primaries. With it, each check asks the store.
   */
  readonly client?: RedisClient;
  /** Before every key; not empty, without braces or spaces. Default `lk:`. */
  readonly prefix?: string;
  /** Milliseconds after which a call gives up: 50 to 60,000. Default 2000. A shorter stall is only slow. */
  readonly timeoutMilliseconds?: number;
  /**
   * Bytes of sessions that this process remembers at most, by the lease rule (docs/guarantees.md, promise 7); 0: none,
   * and each check asks the server. Default 33,554,432 (32 MiB). With `client` there is no memory.
   */
  readonly memoryBytes?: number;
  /** The local clock, milliseconds since 1970; corrected by the server's. Default `Date.now`. */
  readonly now?: () => number;
}

/**
 * Sessions in Redis (6.2 or newer) or Valkey, for apps on many machines. Resolves once connected, at the latest after
 * `timeoutMilliseconds`: also when the server is out of reach, and then goes on trying. Use a server of its own with
 * `maxmemory-policy noeviction` or `volatile-*`: this is not checked here, and an evicted tombstone is no tombstone.
 * Rejects with `option_invalid` and, when `@redis/client` is not installed, with `store_client_missing`.
 *
 * @example
 * ```ts
 * import { sessions } from '@latchkey/session/express';
 * import { createRedisStore } from '@latchkey/session/store/redis';
 *
 * const store = await createRedisStore({ url: 'redis://127.0.0.1:6379/0', prefix: 'shop:' });
 * export const middleware = sessions({ origin: 'https://shop.example', store });
 * ```
 */
export async function createRedisStore(options: RedisStoreOptions): Promise<SessionStore> {
  const { prefix, timeoutMilliseconds, memoryBytes, now } = checkOptions(options);
  const soon = (): Sending => ({
    isRepeatable: true,
    deadline: performance.now() + timeoutMilliseconds,
  });
  const { link, describe, connectTracked } = await openLink(
    options,
    timeoutMilliseconds,
    () => void measure(),
  );
  const sender = createRedisSender(link);
  const clock = createServerClock(now, () => sender.send(['TIME'], prefix, soon()));
  const measure = (): Promise<void> => clock.measure(true).catch(refuseBytes);
  await link.wait(timeoutMilliseconds).then(measure, () => undefined);
  const parts = { link, sender, clock, prefix, timeoutMilliseconds, describe };
  const { store, reading } = createStore(parts);
  // Also without memory of its own an ending waits out the lease of the processes that have one.
  const channel =
    connectTracked === null || memoryBytes === 0
      ? null
      : createRedisChannel({
          createConnection: connectTracked,
          readOver: (send, key) => readSession({ ...reading, send }, key),
          prefix,
          timeoutMilliseconds,
        });
  return createLeasedStore({ store, channel, maxBytes: memoryBytes });
}

const optionNames = ['url', 'client', 'prefix', 'timeoutMilliseconds', 'memoryBytes', 'now'];

/** The options with their defaults. */
function checkOptions(
  options: RedisStoreOptions,
): Required<Omit<RedisStoreOptions, 'url' | 'client'>> {
  const where = 'The Redis store';
  refuseUnknown(options, optionNames, where);
  const { prefix = 'lk:', timeoutMilliseconds = 2000, now = Date.now } = options;
  const { memoryBytes = defaultMemoryBytes } = options;
  if ((options.url === undefined) === (options.client === undefined)) {
    throw invalidOption('The Redis store takes either a url or a client.');
  }
  // Braces would take the place of the slot's, and the keys of a slot would part in a Cluster.
  if (!/^[^\s{}]+$/.test(prefix))
    throw invalidOption('prefix must be text without braces and spaces.');
  requireWhole(timeoutMilliseconds, `${where}: timeoutMilliseconds`, { least: 50, most: 60_000 });
  requireWhole(memoryBytes, `${where}: memoryBytes`, { least: 0 });
  return { prefix, timeoutMilliseconds, memoryBytes, now };
}

/** Of what can go wrong at start nothing is the caller's mistake but a client that answers in bytes. */
function refuseBytes(error: unknown): void {
  if (hasCode(error, 'option_invalid')) throw error;
}

async function openLink(
  options: RedisStoreOptions,
  timeoutMilliseconds: number,
  onConnected: () => void,
): Promise<{
  link: RedisLink;
  describe: string;
  connectTracked: (() => TrackedConnection) | null;
}> {
  if (options.client !== undefined) {
    return {
      link: createBorrowedLink(peerOf(options.client)),
      describe: 'The Redis session store (on a client passed in)',
      connectTracked: null,
    };
  }
  const { url, address } = readRedisUrl(options.url ?? '');
  const connect = await loadRedisClient();
  const createConnection = () => connect(url, timeoutMilliseconds);
  return {
    link: createRedisLink({ createConnection, timeoutMilliseconds, onConnected }),
    describe: `The Redis session store (${address})`,
    connectTracked: () => connect(url, timeoutMilliseconds, true),
  };
}

interface RedisParts {
  readonly link: RedisLink;
  readonly sender: RedisSender;
  readonly clock: ServerClock;
  readonly prefix: string;
  readonly timeoutMilliseconds: number;
  readonly describe: string;
}

/** The store without memory, and how it reads. */
function createStore(parts: RedisParts): { store: SessionStore; reading: RedisReading } {
  const { link, sender, clock, timeoutMilliseconds, describe } = parts;
  const keys = createRedisKeys(parts.prefix);
  const calls = createRedisCalls(sender, timeoutMilliseconds, describe);
  const reading: RedisReading = { keys, now: clock.now, send: calls.send };
  const store: SessionStore = {
    now: clock.now,
    ...createRedisSessions(calls, keys, reading),
    ...createRedisSignIns({ calls, keys, now: clock.now }),
    ...createRedisReports(calls, keys),
    async ping() {
      await calls.together((_, sending) => sender.send(['PING'], parts.prefix, sending));
    },
    incarnation: () =>
      calls.together(async (_, sending) => {
        const info = sender.send(['INFO', 'server'], parts.prefix, sending);
        // An account that may not ask is told of new connections alone.
        const text = String(await info.catch(() => sender.send(['PING'], parts.prefix, sending)));
        const server = text.includes('redis_mode:cluster')
          ? primariesIn(String(await sender.send(['CLUSTER', 'NODES'], parts.prefix, sending)))
          : (/^run_id:(\w+)/m.exec(text)?.[1] ?? '');
        return `${server}/${link.connections()}`;
      }),
    async close() {
      clock.stop();
      await link.close();
    },
  };
  return { store, reading };
}

/** The ids of a Cluster's primaries, which change with a failover: any node answers, and says the same. */
function primariesIn(nodes: string): string {
  const primaries = nodes.split('\n').filter((line) => / (?:\S+,)?master(?:,\S+)? /.test(line));
  return primaries
    .map((line) => line.split(' ', 1)[0])
    .sort()
    .join();
}
