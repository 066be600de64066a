import { setTimeout as sleep } from 'node:timers/promises';
import { hasCode, LatchkeyError } from '@latchkey/session';
import { openPostgresPool } from '@latchkey/session/parts';
import {
  type Dialect,
  Kysely,
  PostgresAdapter,
  PostgresIntrospector,
  PostgresQueryCompiler,
} from 'kysely';
import type { ServerErrorCode } from '../errors.ts';
import { createPostgresDriver } from './postgres-driver.ts';
import { isConflict, postgresUnavailable } from './postgres-failures.ts';
import { RetryingKysely } from './retrying-kysely.ts';

/** Where all tables are: nothing of an app in the same database has such names there. */
export const postgresSchema = 'latchkey';

/** Connections of one login host to its database at most. */
const maxConnections = 10;
const timeoutMilliseconds = 5000;
/** How long a migration may take, and wait for that of another process. */
const migrationMilliseconds = 600_000;
/** Transactions that lost a conflict are done again; in between goes a random pause, so that the same two do not meet again. */
const tries = 5;
const pauseMilliseconds = 30;

/** A Postgres database: queries reject with `database_unavailable` while the server is out of reach. */
export interface OpenPostgres<DB> {
  readonly db: Kysely<DB>;
  /** What of the URL may be shown. */
  readonly address: string;
  /** Lends a connection on which statements may take as long as migrations do. */
  forMigrations<T>(work: (db: Kysely<DB>) => Promise<T>): Promise<T>;
}

/**
 * Kysely over a pool of `pg`; opens no connection yet. Rejects with `database_url_unknown` for a URL that cannot be used and
 * `database_client_missing` when `pg` is not installed.
 */
export async function openPostgresKysely<DB>(url: string): Promise<OpenPostgres<DB>> {
  const settings = {
    url,
    timeoutMilliseconds,
    bigintAsNumber: true,
    parameters: { search_path: postgresSchema },
  };
  try {
    const pool = await openPostgresPool({ ...settings, maxConnections });
    const driver = createPostgresDriver(pool, 2 * timeoutMilliseconds);
    const config = { dialect: createPostgresDialect(() => driver) };
    const { address } = pool;
    return {
      db: new RetryingKysely<DB>(config, async (error, attempt) => {
        if (!isConflict(error)) return false;
        if (attempt === tries) throw postgresUnavailable(error);
        await sleep(Math.random() * attempt * pauseMilliseconds);
        return true;
      }),
      address,
      async forMigrations(work) {
        const slow = { ...settings, statementMilliseconds: migrationMilliseconds };
        const own = await openPostgresPool({ ...slow, maxConnections: 1 });
        const patient = createPostgresDriver(own, 2 * migrationMilliseconds);
        const db = new Kysely<DB>({ dialect: createPostgresDialect(() => patient) });
        try {
          return await work(db);
        } finally {
          await db.destroy();
        }
      },
    };
  } catch (cause) {
    throw explained(cause);
  }
}

function createPostgresDialect(createDriver: Dialect['createDriver']): Dialect {
  return {
    createDriver,
    createAdapter: () => new PostgresAdapter(),
    createIntrospector: (db) => new PostgresIntrospector(db),
    createQueryCompiler: () => new PostgresQueryCompiler(),
  };
}

function explained(cause: unknown): unknown {
  if (hasCode(cause, 'store_client_missing')) {
    return new LatchkeyError<ServerErrorCode>(
      'database_client_missing',
      "database: 'postgres://…' needs the package pg: npm install pg",
      { cause },
    );
  }
  if (!hasCode(cause, 'option_invalid')) return cause;
  return new LatchkeyError<ServerErrorCode>('database_url_unknown', (cause as Error).message, {
    cause: (cause as Error).cause,
  });
}
