// Owns what stores have in common: the store behind a URL, the rules of slots for memory and SQLite, the stored record,
// outages. The contract is `packages/session/src/session-store.ts`; `sqlite/`, `redis/` and `postgres/` keep to it,
// `lease/` is the memory in front of a server.

import { LatchkeyError } from '../errors.ts';
import type { SessionStore } from '../session-store.ts';
import { createSteadyClock } from '../steady-clock.ts';
import { readPostgresUrl } from './postgres/url.ts';
import { readRedisUrl } from './redis/url.ts';

export interface OpenStoreOptions {
  /** Milliseconds since 1970. Default the wall clock, steadied. */
  readonly now?: () => number;
  /** Redis: before every key, default `lk:`. Postgres: before every table's name, default `latchkey_`. */
  readonly prefix?: string;
  /** Redis and Postgres: milliseconds after which a call gives up. Default 2000. */
  readonly timeoutMilliseconds?: number;
}

type StoreAddress =
  | { readonly kind: 'memory' }
  | { readonly kind: 'sqlite'; readonly path: string }
  | { readonly kind: 'redis'; readonly url: string }
  | { readonly kind: 'postgres'; readonly url: string };

const forms =
  'memory:, sqlite:./path/to/file, redis://host:6379/0, rediss://host:6379/0 or postgres://host:5432/database';

/** What people write that means one of ours. */
const lookAlikes: Readonly<Record<string, string>> = {
  cookie:
    'a store on a server, such as sqlite:./path/to/file: what only a cookie knows cannot be ended, so cookie: is for sessions() of an app alone',
  file: 'sqlite:./path/to/file',
  sqlite3: 'sqlite:./path/to/file',
  pg: 'postgres://host:5432/database',
  psql: 'postgres://host:5432/database',
  valkey: 'redis://host:6379/0 (Valkey speaks the protocol of Redis)',
  valkeys: 'rediss://host:6379/0 (Valkey speaks the protocol of Redis)',
};

/**
 * Opens the store that a URL names: `memory:`, `sqlite:./path`, `redis://`, `rediss://`, `postgres://` or
 * `postgresql://`. The store's code and its client are loaded only then. Rejects as {@link checkStoreUrl} throws, and
 * with what `createSqliteStore`, `createRedisStore` and `createPostgresStore` throw.
 *
 * @example
 * ```ts
 * import { openStore } from '@latchkey/session';
 * import { sessions } from '@latchkey/session/express';
 *
 * const store = await openStore(process.env['STORE_URL'] ?? 'sqlite:./sessions.db');
 * export const middleware = sessions({ origin: 'https://shop.example', store });
 * ```
 */
export async function openStore(
  url: string,
  options: OpenStoreOptions = {},
): Promise<SessionStore> {
  const address = readStoreUrl(url);
  const { now = createSteadyClock(), ...forServer } = options;
  if (address.kind === 'memory') {
    const { createMemoryStore } = await import('./memory.ts');
    return createMemoryStore({ now });
  }
  if (address.kind === 'sqlite') {
    const { openSqliteStore } = await import('./sqlite/sqlite.ts');
    return openSqliteStore({ path: address.path, now });
  }
  if (address.kind === 'postgres') {
    const { createPostgresStore } = await import('./postgres/postgres.ts');
    return createPostgresStore({ url: address.url, now, ...forServer });
  }
  const { createRedisStore } = await import('./redis/redis.ts');
  return createRedisStore({ url: address.url, now, ...forServer });
}

/**
 * Looks at a store's URL without opening anything. Throws `store_url_unknown` for a scheme that no store answers to and
 * `option_invalid` for one that cannot be read. No message shows the URL: it may hold a password.
 */
export function checkStoreUrl(url: string): void {
  readStoreUrl(url);
}

function readStoreUrl(url: string): StoreAddress {
  const scheme = /^([A-Za-z][A-Za-z0-9+.-]*):/.exec(url)?.[1]?.toLowerCase() ?? '';
  const rest = url.slice(scheme.length + 1);
  if (scheme === 'memory' && rest === '') return { kind: 'memory' };
  if (scheme === 'sqlite') return { kind: 'sqlite', path: readSqlitePath(rest) };
  if (scheme === 'redis' || scheme === 'rediss') return { kind: 'redis', ...readRedisUrl(url) };
  if (scheme === 'postgres' || scheme === 'postgresql') {
    return { kind: 'postgres', ...readPostgresUrl(url) };
  }
  const advice = Object.hasOwn(lookAlikes, scheme) ? lookAlikes[scheme] : forms;
  throw new LatchkeyError('store_url_unknown', `No store answers to that URL. Write ${advice}.`);
}

/** `./sessions.db`, `/var/lib/app/sessions.db` or `///var/lib/app/sessions.db`. */
function readSqlitePath(rest: string): string {
  // Two slashes alone would begin a host, and what looks like a relative path would be at the root of the disk.
  const hasHost = rest.startsWith('//') && !rest.startsWith('///');
  if (rest !== '' && !rest.startsWith(':') && !hasHost) return rest.replace(/^\/\/\//, '/');
  throw new LatchkeyError(
    'option_invalid',
    'An SQLite store is a file that processes share. Write sqlite:./path from the working directory, or sqlite:/path.',
  );
}
