// Owns the login host's database: opening, migrations, the tables as types, and what is deleted
// when. What rows mean is left to the folders that write them: each capability has its own
// queries.

import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { LatchkeyError } from '@latchkey/session';
import type { Kysely } from 'kysely';
import { Migrator } from 'kysely/migration';
import type { ServerErrorCode } from '../errors.ts';
import { openFileKysely } from './file-kysely.ts';
import { migrations } from './migrations.ts';
import type { Database } from './schema.ts';

/** The login host's database, migrated. */
export interface OpenDatabase {
  readonly db: Kysely<Database>;
  /** Closes the file. Queries afterwards reject. */
  close(): Promise<void>;
}

/**
 * Opens the login host's database and brings its tables up to date.
 * `sqlite:./data/latchkey.db` (path from the working directory; folder and file are made, readable by this user
 * alone) or `sqlite::memory:`. Throws `database_url_unknown` for any other URL and `database_unavailable`, with
 * `cause`, when the file cannot be opened or migrated. `mustExist`: throws `database_missing` instead of making a file. Queries reject with `database_unavailable` when the file fails them.
 */
export async function openDatabase(
  url: string,
  { mustExist = false }: { readonly mustExist?: boolean } = {},
): Promise<OpenDatabase> {
  const path = sqlitePath(url);
  if (mustExist && path !== ':memory:' && !existsSync(path)) {
    throw new LatchkeyError<ServerErrorCode>(
      'database_missing',
      `There is no database ${resolve(path)}: has the login host ever run here? The path is that of the config, from its folder.`,
    );
  }
  const db = await openFile(path);
  const migrator = new Migrator({
    db,
    provider: { getMigrations: () => Promise.resolve(migrations) },
  });
  const { error } = await migrator.migrateToLatest();
  if (error !== undefined) {
    await db.destroy();
    throw unavailable(path, 'its tables could not be brought up to date', error);
  }
  return { db, close: () => db.destroy() };
}

function sqlitePath(url: string): string {
  const path = /^sqlite:(.+)$/.exec(url)?.[1];
  if (path !== undefined && !path.startsWith('//')) return path;
  // Only the scheme: the rest of a URL may hold a password.
  const scheme = /^[A-Za-z][A-Za-z0-9+.-]*:/.exec(url)?.[0] ?? '';
  const isPostgres = scheme === 'postgres:' || scheme === 'postgresql:';
  throw new LatchkeyError<ServerErrorCode>(
    'database_url_unknown',
    isPostgres
      ? "Postgres is not supported as database yet. Write 'sqlite:./data/latchkey.db' for now."
      : `The database URL${scheme === '' ? '' : ` with '${scheme}'`} cannot be opened. Write 'sqlite:./data/latchkey.db' (a path after one colon, no slashes before it unless it is absolute) or 'sqlite::memory:'.`,
  );
}

async function openFile(path: string): Promise<Kysely<Database>> {
  try {
    return await openFileKysely<Database>(path);
  } catch (error) {
    throw unavailable(path, 'it could not be opened', error);
  }
}

function unavailable(path: string, what: string, cause: unknown): LatchkeyError<ServerErrorCode> {
  return new LatchkeyError<ServerErrorCode>(
    'database_unavailable',
    `The database '${path}': ${what}. Check that the folder can be written, that the file is a Latchkey database and that no older release opens one that a newer release has changed.`,
    { cause },
  );
}
