import { LatchkeyError } from '../errors.ts';
import type {
  EndCause,
  OneTimeUse,
  Reading,
  ReportedEnding,
  SessionRecord,
  SessionStore,
  SignInRecord,
  Slot,
  StoreKey,
} from '../session-store.ts';
import { slotOf, tombstoneSeconds } from '../session-store.ts';
import { createLeasedStore } from './leased-store.ts';
import {
  decodeSession,
  decodeSignIn,
  encodeSession,
  encodeSignIn,
  encodeSignInBody,
  tombstone,
} from './record.ts';
import { createRedisChannel, type TrackedConnection } from './redis-channel.ts';
import { loadRedisClient } from './redis-connection.ts';
import {
  createBorrowedLink,
  createRedisLink,
  type RedisClientLike,
  type RedisLink,
} from './redis-link.ts';
import type { RedisScript } from './redis-scripts.ts';
import * as scripts from './redis-scripts.ts';
import { createRedisSender, type RedisSender, type Sending } from './redis-send.ts';
import { readRedisUrl } from './redis-url.ts';
import { createServerClock, type ServerClock } from './server-clock.ts';
import { storeUnavailable } from './store-unavailable.ts';

export type { RedisClientLike } from './redis-link.ts';

const defaultMemoryBytes = 33_554_432;

export interface RedisStoreOptions {
  /** `redis://user:password@host:6379/0`, or `rediss://` for TLS. Either this or `client`. */
  readonly url?: string;
  /**
   * A connected client of your own, for instance of a Sentinel or Cluster set-up. It reconnects and is closed by you,
   * and a command that timed out may still be carried out later. Its commands must go to primaries.
   */
  readonly client?: RedisClientLike;
  /** Before every key; not empty, without braces or spaces. Default `latchkey:`. */
  readonly prefix?: string;
  /** Milliseconds after which a call gives up: 50 to 60,000. Default 2000. A shorter stall is only slow. */
  readonly timeoutMs?: number;
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
 * `timeoutMs`: also when the server is out of reach, and then goes on trying. Use a server of its own with
 * `maxmemory-policy noeviction` or `volatile-*`: this is not checked here, and an evicted tombstone is no tombstone.
 * Rejects with `option_invalid` and, when `@redis/client` is not installed, with `store_client_missing`.
 */
export async function createRedisStore(options: RedisStoreOptions): Promise<SessionStore> {
  const { prefix = 'latchkey:', timeoutMs = 2000, now = Date.now } = options;
  const { memoryBytes = defaultMemoryBytes } = options;
  checkOptions(options, prefix, timeoutMs, memoryBytes);
  const soon = (): Sending => ({ isRepeatable: true, deadline: performance.now() + timeoutMs });
  const { link, describe, connectTracked } = await openLink(
    options,
    timeoutMs,
    () => void measure(),
  );
  const sender = createRedisSender(link);
  const clock = createServerClock(now, () => sender.send(['TIME'], soon()));
  const measure = (): Promise<void> => clock.measure(true).catch(() => undefined);
  await link.wait(timeoutMs).then(measure, () => undefined);
  const parts = { link, sender, clock, prefix, timeoutMs, describe };
  const store = redisStore(parts);
  // Also without memory of its own an ending waits out the lease of the processes that have one.
  const channel =
    connectTracked === null || memoryBytes === 0
      ? null
      : createRedisChannel({
          createConnection: connectTracked,
          readOver: (send, key) => readTracked(parts, send, key),
          ...{ prefix, timeoutMs },
        });
  return createLeasedStore({ store, channel, maxBytes: memoryBytes });
}

function checkOptions(
  options: RedisStoreOptions,
  prefix: string,
  timeoutMs: number,
  memoryBytes: number,
): void {
  const refuse = (message: string): never => {
    throw new LatchkeyError('option_invalid', message);
  };
  if ((options.url === undefined) === (options.client === undefined)) {
    refuse('The Redis store takes either a url or a client.');
  }
  // Braces would take the place of the slot's, and the keys of a slot would part in a Cluster.
  if (!/^[^\s{}]+$/.test(prefix)) refuse('prefix must be text without braces and spaces.');
  if (!Number.isSafeInteger(timeoutMs) || timeoutMs < 50 || timeoutMs > 60_000) {
    refuse('timeoutMs must be a whole number from 50 to 60000.');
  }
  if (!Number.isSafeInteger(memoryBytes) || memoryBytes < 0) {
    refuse('memoryBytes must be a whole number of bytes, 0 for no memory.');
  }
}

async function openLink(
  options: RedisStoreOptions,
  timeoutMs: number,
  onConnected: () => void,
): Promise<{
  link: RedisLink;
  describe: string;
  connectTracked: (() => TrackedConnection) | null;
}> {
  if (options.client !== undefined) {
    return {
      link: createBorrowedLink(options.client),
      describe: 'The Redis session store (on a client passed in)',
      connectTracked: null,
    };
  }
  const { url, address } = readRedisUrl(options.url ?? '');
  const connect = await loadRedisClient();
  const createConnection = () => connect(url, timeoutMs);
  return {
    link: createRedisLink({ createConnection, timeoutMs, onConnected }),
    describe: `The Redis session store (${address})`,
    connectTracked: () => connect(url, timeoutMs, true),
  };
}

interface RedisParts {
  readonly link: RedisLink;
  readonly sender: RedisSender;
  readonly clock: ServerClock;
  readonly prefix: string;
  readonly timeoutMs: number;
  readonly describe: string;
}

function redisStore(parts: RedisParts): SessionStore {
  const { link, clock } = parts;
  const calls = createCalls(parts);
  return {
    now: clock.now,
    ...sessionMethods(calls, createKeys(parts.prefix)),
    ...signInMethods(calls, createKeys(parts.prefix), `${parts.prefix}reports`),
    ...reportMethods(calls, `${parts.prefix}reports`),
    async ping() {
      await calls.send(['PING']);
    },
    async close() {
      clock.stop();
      await link.close();
    },
  };
}

interface Calls {
  /** A plain command that may be done twice. */
  send(args: readonly string[]): Promise<unknown>;
  /** A script that may be run twice; one that names a version then answers `outdated`, is merged and tried again. */
  repeat<T>(script: RedisScript, keys: readonly string[], args: readonly string[]): Promise<T>;
  /** A script that would take its own first try for somebody else's. */
  once<T>(script: RedisScript, keys: readonly string[], args: readonly string[]): Promise<T>;
  /** Several commands under one deadline. */
  together(work: (sender: RedisSender, sending: Sending) => Promise<unknown>): Promise<unknown>;
}

function createCalls({ sender, timeoutMs, describe }: RedisParts): Calls {
  async function call(
    isRepeatable: boolean,
    work: (sending: Sending) => Promise<unknown>,
  ): Promise<unknown> {
    try {
      return await work({ isRepeatable, deadline: performance.now() + timeoutMs });
    } catch (cause) {
      throw storeUnavailable(`${describe} is not available; the cause tells why.`, cause);
    }
  }
  return {
    send: (args) => call(true, (sending) => sender.send(args, sending)),
    repeat: <T>(...[script, keys, args]: Parameters<Calls['repeat']>) =>
      call(true, (sending) => sender.run(script, keys, args, sending)) as Promise<T>,
    once: <T>(...[script, keys, args]: Parameters<Calls['once']>) =>
      call(false, (sending) => sender.run(script, keys, args, sending)) as Promise<T>,
    together: (work) => call(true, (sending) => work(sender, sending)),
  };
}

interface Keys {
  /** Sign-in and last use. */
  ofSlot(slot: Slot): readonly [string, string];
  /** Sign-in, last use and session. */
  of(key: StoreKey): readonly [string, string, string];
  once(slot: Slot, use: OneTimeUse): string;
}

function createKeys(prefix: string): Keys {
  const ofSlot = (slot: Slot): [string, string] => [
    `${prefix}{${slot}}:signin`,
    `${prefix}{${slot}}:used`,
  ];
  return {
    ofSlot,
    of: (key) => [...ofSlot(slotOf(key)), prefix + key],
    once: (slot, { id }) => `${prefix}{${slot}}:once:${id}`,
  };
}

type SessionMethods = Pick<SessionStore, 'read' | 'create' | 'replace' | 'end' | 'touch'>;

function sessionMethods(calls: Calls, keys: Keys): SessionMethods {
  return {
    read: async (key) => readingIn(await calls.send(['MGET', ...keys.of(key)])),
    create: (key, record, once) =>
      calls.once(
        scripts.createSession,
        once ? [...keys.of(key), keys.once(slotOf(key), once)] : keys.of(key),
        [
          encodeSession({ ...record, version: 1 }),
          record.signedIn ? '1' : '0',
          milliseconds(record.absoluteSeconds),
          milliseconds(record.idleSeconds),
          once ? milliseconds(once.seconds) : '',
        ],
      ),
    replace: (key, data, readVersion) =>
      calls.repeat(scripts.replaceSession, keys.of(key), [String(readVersion), data]),
    end: (key, readVersion) =>
      calls.repeat(scripts.endSession, keys.of(key), [
        readVersion === undefined ? '' : String(readVersion),
        ...tombstoneArgs,
      ]),
    async touch(key, idleSeconds) {
      await calls.repeat(scripts.touchSlot, keys.of(key), [milliseconds(idleSeconds)]);
    },
  };
}

/** A read for memory: the records over the tracked connection, the last use over the other, at the same time. */
async function readTracked(
  parts: RedisParts,
  send: (args: readonly string[]) => Promise<unknown>,
  key: StoreKey,
): Promise<Reading | null> {
  const [signIn, used, session] = createKeys(parts.prefix).of(key);
  const [records, lastUse] = await Promise.all([
    send(['MGET', signIn, session]),
    createCalls(parts).send(['GET', used]),
  ]);
  const [signInText = null, sessionText = null] = texts(records);
  return readingIn([signInText, lastUse, sessionText]);
}

type SignInMethods = Pick<
  SessionStore,
  'createSignIn' | 'readSignIn' | 'replaceSignIn' | 'endSignIn' | 'takeOnce'
>;

function signInMethods(calls: Calls, keys: Keys, reports: string): SignInMethods {
  return {
    createSignIn: (slot, record) =>
      calls.once(scripts.createSignIn, keys.ofSlot(slot), [
        encodeSignIn({ ...record, version: 1 }),
        milliseconds(record.absoluteSeconds),
        milliseconds(record.idleSeconds),
      ]),
    readSignIn: async (slot) => signInIn(await calls.send(['MGET', ...keys.ofSlot(slot)])),
    replaceSignIn: (slot, record, readVersion) =>
      calls.repeat(scripts.replaceSignIn, keys.ofSlot(slot), [
        String(readVersion),
        encodeSignInBody(record),
      ]),
    async endSignIn(slot, cause, options) {
      await calls.together(async (sender, sending) => {
        // Apart from the script, since the stream lies in another hash slot, and before it: a report of an ending
        // that did not come about ends the sign-in at the login host, an ending without report is lost to it.
        if (options?.report) {
          await sender.send(['XADD', reports, '*', 'slot', slot, 'cause', cause], sending);
        }
        await sender.run(scripts.endSignIn, keys.ofSlot(slot), tombstoneArgs, sending);
      });
    },
    takeOnce: (slot, once) =>
      calls.once(
        scripts.takeOnce,
        [...keys.ofSlot(slot), keys.once(slot, once)],
        [milliseconds(once.seconds)],
      ),
  };
}

type ReportMethods = Pick<SessionStore, 'readReports' | 'dropReports'>;

function reportMethods(calls: Calls, reports: string): ReportMethods {
  return {
    readReports: async (limit) =>
      reportsIn(await calls.send(['XRANGE', reports, '-', '+', 'COUNT', String(limit)])),
    async dropReports(ids) {
      const known = ids.filter((id) => /^\d+-\d+$/.test(id));
      if (known.length > 0) await calls.send(['XDEL', reports, ...known]);
    },
  };
}

/** By how much clocks of processes may differ; between an ending and the next sign-in in its slot lies a tombstone's life. */
const skewMilliseconds = (tombstoneSeconds * 1000) / 2;

const tombstoneArgs = [tombstone, milliseconds(tombstoneSeconds)] as const;

/** Rounded up, so that no lifetime becomes nothing. */
function milliseconds(seconds: number): string {
  return String(Math.ceil(seconds * 1000));
}

function texts(reply: unknown): (string | null)[] {
  return Array.isArray(reply) ? (reply as (string | null)[]) : [];
}

/** Absence is an end: of sign-in, last use and session, each that is needed must be found and be readable. */
function readingIn(reply: unknown): Reading | null {
  const [signInText = null, used = null, sessionText = null] = texts(reply);
  if (used === null || sessionText === null) return null;
  const session: SessionRecord | null = decodeSession(sessionText);
  const signIn: SignInRecord | null = signInText === null ? null : decodeSignIn(signInText);
  if (session === null || (signInText !== null && signIn === null)) return null;
  if (!session.signedIn) return { session, signIn: null, usedAt: Number(used) };
  // Nothing deletes the sessions of a sign-in that ended; where another came to lie in its slot since, they stay ended.
  const isOfAnother = signIn && session.createdAt < signIn.createdAt - skewMilliseconds;
  return isOfAnother ? null : signIn && { session, signIn, usedAt: Number(used) };
}

function signInIn(reply: unknown): { signIn: SignInRecord; usedAt: number } | null {
  const [signInText = null, used = null] = texts(reply);
  const signIn = signInText === null || used === null ? null : decodeSignIn(signInText);
  return signIn && { signIn, usedAt: Number(used) };
}

function reportsIn(reply: unknown): ReportedEnding[] {
  if (!Array.isArray(reply)) return [];
  return (reply as [string, string[]][]).map(([id, fields]) => {
    const field = (name: string): string => fields[fields.indexOf(name) + 1] ?? '';
    return { id, slot: field('slot') as Slot, cause: field('cause') as EndCause };
  });
}
