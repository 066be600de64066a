// Owns the login host's database, SQLite or Postgres: opening, migrations, locks, the tables as types,
// and what is deleted when. What rows mean is left to the folders that write them: each capability has its own
// queries.

import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { LatchkeyError } from '@latchkey/session';
import type { Kysely } from 'kysely';
import type { ServerErrorCode } from '../errors.ts';
import { openFileKysely } from './file-kysely.ts';
import { type MigrationState, migrate, readMigrationState } from './migrate.ts';
import { openPostgresKysely } from './postgres-kysely.ts';
import type { Database } from './schema.ts';

/** The login host's database, migrated. */
export interface OpenDatabase {
  readonly db: Kysely<Database>;
  /** Closes file or connections. Queries afterwards reject. */
  close(): Promise<void>;
}

/**
 * Opens the login host's database and brings its tables up to date.
 * `sqlite:./data/latchkey.db` (path from the working directory; folder and file are made, readable by this user
 * alone), `sqlite::memory:`, or `postgres://user:password@host/database` (13 or newer, encoding UTF8; the tables are in the schema `latchkey`, which is made). Throws
 * `database_url_unknown` for any other URL, `database_client_missing` where `pg` is not installed, and `database_unavailable`, with
 * `cause`, when it cannot be opened or migrated. `mustExist`: throws `database_missing` instead of making file or tables. Queries reject with `database_unavailable` when file or server fail them.
 */
export async function openDatabase(
  url: string,
  { mustExist = false }: { readonly mustExist?: boolean } = {},
): Promise<OpenDatabase> {
  const unmigrated = await openUnmigrated(url, mustExist);
  const { db, name } = unmigrated;
  try {
    await bringUpToDate(unmigrated, mustExist);
  } catch (error) {
    await db.destroy();
    if (error instanceof LatchkeyError && error.code === 'database_missing') throw error;
    throw unavailable(name, 'its tables could not be brought up to date', error);
  }
  return { db, close: () => db.destroy() };
}

/** How the tables of an existing database are. Looks, and changes nothing; rejects as {@link openDatabase} with `mustExist`. */
export async function inspectDatabase(url: string): Promise<MigrationState> {
  const { db, name } = await openUnmigrated(url, true);
  try {
    return await readMigrationState(db);
  } catch (error) {
    throw unavailable(name, 'its tables could not be read', error);
  } finally {
    await db.destroy();
  }
}

interface UnmigratedDatabase {
  readonly db: Kysely<Database>;
  /** A path, or the address of a server without user, password and parameters. */
  readonly name: string;
  forMigrations(work: (db: Kysely<Database>) => Promise<void>): Promise<void>;
}

async function openUnmigrated(url: string, mustExist: boolean): Promise<UnmigratedDatabase> {
  if (/^postgres(ql)?:/i.test(url)) {
    const postgres = await openPostgresKysely<Database>(url);
    return { ...postgres, name: postgres.address };
  }
  const path = sqlitePath(url);
  if (mustExist && path !== ':memory:' && !existsSync(path)) {
    throw missing(
      `There is no database ${resolve(path)}: has the login host ever run here? The path is that of the config, from its folder.`,
    );
  }
  const db = await openFile(path);
  return { db, name: path, forMigrations: (work) => work(db) };
}

/** Asks first: where nothing is pending, whoever may not make tables may still use them. */
async function bringUpToDate(
  { db, name, forMigrations }: UnmigratedDatabase,
  mustExist: boolean,
): Promise<void> {
  const { hasTables, pending, unknown } = await readMigrationState(db);
  if (mustExist && !hasTables) {
    throw missing(`There are no tables in ${name}: has the login host ever run with it?`);
  }
  if (unknown.length > 0) throw new Error(`A newer release has changed it: ${unknown.join(', ')}.`);
  if (pending.length > 0) await forMigrations((one) => migrate(one));
}

function sqlitePath(url: string): string {
  const path = /^sqlite:(.+)$/.exec(url)?.[1];
  if (path !== undefined && !path.startsWith('//')) return path;
  // Only the scheme: the rest of a URL may hold a password.
  const scheme = /^[A-Za-z][A-Za-z0-9+.-]*:/.exec(url)?.[0] ?? '';
  throw new LatchkeyError<ServerErrorCode>(
    'database_url_unknown',
    `The database URL${scheme === '' ? '' : ` with '${scheme}'`} cannot be opened. Write 'sqlite:./data/latchkey.db' (a path after one colon, no slashes before it unless it is absolute), 'sqlite::memory:' or 'postgres://user:password@host:5432/database'.`,
  );
}

async function openFile(path: string): Promise<Kysely<Database>> {
  try {
    return await openFileKysely<Database>(path);
  } catch (error) {
    throw unavailable(path, 'it could not be opened', error);
  }
}

function missing(message: string): LatchkeyError<ServerErrorCode> {
  return new LatchkeyError<ServerErrorCode>('database_missing', message);
}

function unavailable(name: string, what: string, cause: unknown): LatchkeyError<ServerErrorCode> {
  return new LatchkeyError<ServerErrorCode>(
    'database_unavailable',
    `The database '${name}': ${what}. Check that the folder can be written or the server can be reached, that it is a database of Latchkey and that no older release opens one that a newer release has changed.`,
    { cause },
  );
}
