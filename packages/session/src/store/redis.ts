import { LatchkeyError } from '../errors.ts';
import type {
  EndCause,
  ListedSignIn,
  OneTimeUse,
  Reading,
  ReportedEnding,
  SessionRecord,
  SessionStore,
  SignInRecord,
  Slot,
  StoreKey,
} from '../session-store.ts';
import {
  maxRotationsFollowed,
  rotationGraceSeconds,
  sessionSkewMilliseconds,
  slotOf,
  tombstoneSeconds,
} from '../session-store.ts';
import { createLeasedStore } from './leased-store.ts';
import {
  decodePointer,
  decodeSession,
  decodeSignIn,
  encodePointer,
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
    ...signInMethods(calls, createKeys(parts.prefix), `${parts.prefix}reports`, clock.now),
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
  ofAccount(accountId: string): string;
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
    ofAccount: (accountId) => `${prefix}account:${accountId}`,
  };
}

type SessionMethods = Pick<
  SessionStore,
  'read' | 'create' | 'replace' | 'rotate' | 'end' | 'touch'
>;

function sessionMethods(calls: Calls, keys: Keys): SessionMethods {
  return {
    read: (asked) =>
      following(asked, async (key) => {
        const reply = await calls.send(['MGET', ...keys.of(key)]);
        return { answer: readingIn(key, reply), movedTo: pointerIn(texts(reply)[2]) };
      }),
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
    replace: (asked, data, readVersion) =>
      following(asked, async (key) => {
        const args = [String(readVersion), data];
        const answer = await calls.repeat<Replaced>(scripts.replaceSession, keys.of(key), args);
        return { answer, movedTo: answer === 'ended' ? await pointerAt(calls, keys, key) : null };
      }),
    rotate: (key, successor) =>
      slotOf(key) !== slotOf(successor)
        ? Promise.resolve('ended')
        : calls.repeat(
            scripts.rotateSession,
            [...keys.of(key), keys.of(successor)[2]],
            [encodePointer(successor), milliseconds(rotationGraceSeconds)],
          ),
    async end(asked, readVersion) {
      const version = readVersion === undefined ? '' : String(readVersion);
      const passed: StoreKey[] = [];
      const answer = await following<'ended' | 'outdated'>(asked, async (key) => {
        const movedTo = await pointerAt(calls, keys, key);
        passed.push(key);
        if (movedTo !== null) return { answer: 'ended', movedTo };
        const args = [version, ...tombstoneArgs];
        return { answer: await calls.repeat(scripts.endSession, keys.of(key), args), movedTo };
      });
      if (answer === 'ended') {
        for (const key of passed.slice(0, -1)) {
          await calls.repeat(scripts.endSession, keys.of(key), ['', ...tombstoneArgs]);
        }
      }
      return answer;
    },
    async touch(asked, idleSeconds) {
      await following(asked, async (key) => {
        await calls.repeat(scripts.touchSlot, keys.of(key), [milliseconds(idleSeconds)]);
        return { answer: null, movedTo: await pointerAt(calls, keys, key) };
      });
    },
  };
}

type Replaced = 'saved' | 'outdated' | 'ended';

/** Does something at a key, and where that was rotated, at its successor instead. */
async function following<T>(
  asked: StoreKey,
  work: (key: StoreKey) => Promise<{ answer: T; movedTo: StoreKey | null }>,
): Promise<T> {
  let at = await work(asked);
  for (let step = 0; at.movedTo !== null && step < maxRotationsFollowed; step += 1) {
    at = await work(at.movedTo);
  }
  return at.answer;
}

async function pointerAt(calls: Calls, keys: Keys, key: StoreKey): Promise<StoreKey | null> {
  return pointerIn((await calls.send(['GET', keys.of(key)[2]])) as string | null);
}

function pointerIn(text: string | null | undefined): StoreKey | null {
  return text ? decodePointer(text) : null;
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
  // Rare, and not remembered: read over the other connection.
  if (pointerIn(sessionText) !== null) {
    return sessionMethods(createCalls(parts), createKeys(parts.prefix)).read(key);
  }
  return readingIn(key, [signInText, lastUse, sessionText]);
}

type SignInMethods = Pick<
  SessionStore,
  'createSignIn' | 'readSignIn' | 'listSignIns' | 'replaceSignIn' | 'endSignIn' | 'takeOnce'
>;

function signInMethods(
  calls: Calls,
  keys: Keys,
  reports: string,
  now: () => number,
): SignInMethods {
  const readSignIn = async (slot: Slot) =>
    signInIn(await calls.send(['MGET', ...keys.ofSlot(slot)]));
  return {
    async createSignIn(slot, record) {
      // The index lies in another hash slot; before the record, so that none is ever missing from it.
      await calls.send(['ZADD', keys.ofAccount(record.account.id), String(now()), slot]);
      return calls.once(scripts.createSignIn, keys.ofSlot(slot), [
        encodeSignIn({ ...record, version: 1 }),
        milliseconds(record.absoluteSeconds),
        milliseconds(record.idleSeconds),
      ]);
    },
    async listSignIns(accountId, limit) {
      const index = keys.ofAccount(accountId);
      const slots = (await calls.send(['ZREVRANGE', index, '0', '-1'])) as Slot[];
      const found: ListedSignIn[] = [];
      for (const slot of slots) {
        if (found.length >= limit) break;
        const live = await readSignIn(slot);
        if (live !== null && live.signIn.account.id === accountId) found.push({ slot, ...live });
        else await calls.send(['ZREM', index, slot]);
      }
      return found;
    },
    readSignIn,
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

const tombstoneArgs = [tombstone, milliseconds(tombstoneSeconds)] as const;

/** Rounded up, so that no lifetime becomes nothing. */
function milliseconds(seconds: number): string {
  return String(Math.ceil(seconds * 1000));
}

function texts(reply: unknown): (string | null)[] {
  return Array.isArray(reply) ? (reply as (string | null)[]) : [];
}

/** Absence is an end: of sign-in, last use and session, each that is needed must be found and be readable. */
function readingIn(key: StoreKey, reply: unknown): Reading | null {
  const [signInText = null, used = null, sessionText = null] = texts(reply);
  if (used === null || sessionText === null) return null;
  const session: SessionRecord | null = decodeSession(sessionText);
  const signIn: SignInRecord | null = signInText === null ? null : decodeSignIn(signInText);
  if (session === null || (signInText !== null && signIn === null)) return null;
  if (!session.signedIn) return { key, session, signIn: null, usedAt: Number(used) };
  // Nothing deletes the sessions of a sign-in that ended; where another came to lie in its slot since, they stay ended.
  const isOfAnother = signIn && session.createdAt < signIn.createdAt - sessionSkewMilliseconds;
  return isOfAnother ? null : signIn && { key, session, signIn, usedAt: Number(used) };
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
