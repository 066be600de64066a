// Owns the Postgres store: connection, tables, statements, the triggers that tell of changes. The rules of
// slots are those of the folder `store/`, here as SQL. What is remembered in the process is left to
// `store/lease/`.

import { invalidOption, refuseUnknown, requireWhole } from '../../option-rules.ts';
import type { SessionStore } from '../../session-store.ts';
import { createLeasedStore } from '../lease/leased-store.ts';
import { createServerClock } from '../server-clock.ts';
import { storeUnavailable } from '../store-unavailable.ts';
import { NoAnswerError, withTimeout } from '../with-timeout.ts';
import { createPostgresChannel } from './channel.ts';
import { type ListeningConnection, loadPostgresClient } from './connection.ts';
import { isForbidden } from './failure.ts';
import type { OwnPostgresPool, PostgresPoolLike } from './pool.ts';
import { reportIn } from './rows.ts';
import { createPostgresSender, type PostgresSender } from './send.ts';
import { createSessionMethods } from './sessions.ts';
import { createSignInMethods } from './sign-ins.ts';
import { createStatements, type PostgresStatements } from './statements.ts';
import { createPostgresSweeper } from './sweep.ts';
import { nameTables } from './tables.ts';
import { readPostgresUrl } from './url.ts';

export type { PostgresClientLike, PostgresPoolLike, PostgresQuery } from './pool.ts';

const defaultMemoryBytes = 33_554_432;

export interface PostgresStoreOptions {
  /**
   * `postgres://user:password@host:5432/database`, with `?sslmode=verify-full` for TLS. Either this or `pool`. The store
   * opens ten connections at most, and none to a standby.
   */
  readonly url?: string;
  /**
   * A `Pool` of `pg` of your own, closed by you. It must lead to the primary; its time limits are yours, and a query that
   * timed out here may still be carried out later.
   */
  readonly pool?: PostgresPoolLike;
  /** Before the name of every table: up to 40 lower-case letters, digits and `_`. Default `latchkey_`. */
  readonly prefix?: string;
  /** Where the tables are; it must exist. Default: the first schema on the role's search path. */
  readonly schema?: string;
  /** Milliseconds after which a call gives up: 50 to 60,000. Default 2000. A shorter stall is only slow. */
  readonly timeoutMilliseconds?: number;
  /**
   * Bytes of sessions that this process remembers at most, by the lease rule (docs/guarantees.md, promise 7); 0: none,
   * and each check asks the server. Default 33,554,432 (32 MiB). With `pool`, and behind a pooler such as PgBouncer,
   * there is no memory.
   */
  readonly memoryBytes?: number;
  /** The local clock, milliseconds since 1970; corrected by the server's. Default `Date.now`. */
  readonly now?: () => number;
}

/**
 * Sessions in PostgreSQL (13 or newer, encoding UTF8), for apps on many machines that have it anyway. The store makes its
 * four tables when they are missing. `read` is one prepared query; writes wait for the disk as the server is set to.
 * Resolves once connected, at the latest after `timeoutMilliseconds`: also when the server is out of reach, and then goes on
 * trying. Rejects with `option_invalid` and, when `pg` is not installed, with `store_client_missing`.
 *
 * @example
 * ```ts
 * import { sessions } from '@latchkey/session/express';
 * import { createPostgresStore } from '@latchkey/session/store/postgres';
 *
 * const store = await createPostgresStore({ url: 'postgres://localhost/shop', schema: 'web' });
 * export const middleware = sessions({ origin: 'https://shop.example', store });
 * ```
 */
export async function createPostgresStore(options: PostgresStoreOptions): Promise<SessionStore> {
  const { prefix = 'latchkey_', schema, timeoutMilliseconds = 2000, now = Date.now } = options;
  const { memoryBytes = defaultMemoryBytes } = options;
  checkOptions(options, timeoutMilliseconds, memoryBytes);
  const tables = nameTables(prefix, schema);
  const statements = createStatements(tables);
  const { pool, describe, listener } = await openClients(options, timeoutMilliseconds);
  const sender = guard(createPostgresSender(pool, tables, timeoutMilliseconds), describe);
  const clock = createServerClock(
    now,
    async () => (await sender.send(statements.readTime, [], true))[0],
  );
  await clock.measure(true).catch(() => undefined);
  const sweeper = createPostgresSweeper(sender, statements);
  let closing: Promise<void> | null = null;
  async function close(): Promise<void> {
    clock.stop();
    sender.close();
    await sweeper.settled();
    await pool.close();
  }
  const store: SessionStore = {
    now: clock.now,
    ...createSessionMethods(sender, statements, sweeper.afterWrite),
    ...createSignInMethods(sender, statements, sweeper.afterWrite),
    ...otherMethods(sender, statements),
    close() {
      closing ??= close();
      return closing;
    },
  };
  // Also without memory of its own an ending waits out the lease of the processes that have one.
  const channel =
    listener === null || memoryBytes === 0
      ? null
      : createPostgresChannel({
          createConnection: listener,
          tables,
          timeoutMilliseconds,
          read: (key) => store.read(key),
        });
  return createLeasedStore({ store, channel, maxBytes: memoryBytes });
}

const optionNames = [
  'url',
  'pool',
  'prefix',
  'schema',
  'timeoutMilliseconds',
  'memoryBytes',
  'now',
];

function checkOptions(
  options: PostgresStoreOptions,
  timeoutMilliseconds: number,
  memoryBytes: number,
): void {
  const where = 'The Postgres store';
  refuseUnknown(options, optionNames, where);
  if ((options.url === undefined) === (options.pool === undefined)) {
    throw invalidOption('The Postgres store takes either a url or a pool.');
  }
  requireWhole(timeoutMilliseconds, `${where}: timeoutMilliseconds`, { least: 50, most: 60_000 });
  requireWhole(memoryBytes, `${where}: memoryBytes`, { least: 0 });
}

interface OpenClients {
  readonly pool: PostgresPoolLike & { close(): Promise<void> };
  readonly describe: string;
  /** Makes connections that hear of changes; null on a pool of the caller. */
  readonly listener: (() => ListeningConnection) | null;
}

async function openClients(
  options: PostgresStoreOptions,
  timeoutMilliseconds: number,
): Promise<OpenClients> {
  const { pool: borrowed } = options;
  if (borrowed !== undefined) {
    const pool = { connect: () => borrowed.connect(), close: async () => undefined };
    const describe = 'The Postgres session store (on a pool passed in)';
    return { pool, describe, listener: null };
  }
  const { url, address } = readPostgresUrl(options.url ?? '');
  const clients = await loadPostgresClient();
  const own = clients.pool({ url, timeoutMilliseconds });
  const pool = { connect: () => own.connect(), close: () => endInTime(own, timeoutMilliseconds) };
  const describe = `The Postgres session store (${address})`;
  return { pool, describe, listener: () => clients.listener(url, timeoutMilliseconds) };
}

/** A server that stands still does not say goodbye. */
async function endInTime(pool: OwnPostgresPool, timeoutMilliseconds: number): Promise<void> {
  await withTimeout(pool.end(), timeoutMilliseconds).catch((error: unknown) => {
    if (!(error instanceof NoAnswerError)) throw error;
  });
}

/** A sender whose errors are those of a store. */
type StoreSender = PostgresSender & { close(): void };

function guard(sender: PostgresSender, describe: string): StoreSender {
  let isOpen = true;
  async function attempt<T>(work: () => Promise<T>): Promise<T> {
    if (!isOpen) throw storeUnavailable(`${describe} was closed.`, new Error('Closed.'));
    try {
      return await work();
    } catch (cause) {
      const advice = isForbidden(cause)
        ? 'must be allowed to make its tables, or to use those that an administrator made'
        : 'is not available';
      throw storeUnavailable(`${describe} ${advice}; the cause tells why.`, cause);
    }
  }
  return {
    send: (...args) => attempt(() => sender.send(...args)),
    together: (...args) => attempt(() => sender.together(...args)),
    transact: (...args) => attempt(() => sender.transact(...args)),
    close() {
      isOpen = false;
    },
  };
}

type OtherMethods = Pick<SessionStore, 'readReports' | 'dropReports' | 'ping' | 'incarnation'>;

function otherMethods(sender: PostgresSender, statements: PostgresStatements): OtherMethods {
  return {
    readReports: async (realm, limit) =>
      (await sender.send(statements.readReports, [realm, limit], true)).map(reportIn),
    async dropReports(realm, ids) {
      const known = ids.filter((id) => /^\d{1,18}$/.test(id));
      if (known.length > 0) await sender.send(statements.dropReports, [realm, known], true);
    },
    async ping() {
      await sender.send(statements.ping, [], true);
    },
    incarnation: async () => String((await sender.send(statements.incarnation, [], true))[0]?.[0]),
  };
}
