import { createLockWait, openSqliteFile } from '@latchkey/session/store/sqlite';
import type { Kysely } from 'kysely';
import { RetryingKysely } from './retrying-kysely.ts';
import { createSqliteDialect } from './sqlite-dialect.ts';
import { wasFull } from './sqlite-driver.ts';

/** How long opening waits for another process that makes the file. */
const openTimeoutMilliseconds = 5000;

/** Kysely over an SQLite file, or `:memory:`. Rejects with SQLite's own error when it cannot be opened. */
export async function openFileKysely<DB>(path: string): Promise<Kysely<DB>> {
  const options = { enableForeignKeyConstraints: true };
  const database = await createLockWait(openTimeoutMilliseconds).run(() =>
    openSqliteFile(path, options),
  );
  return new RetryingKysely<DB>({ dialect: createSqliteDialect(database) }, hasMadeRoom);
}

/** A transaction that found the disk full left the log empty (`sqlite-driver.ts`). */
function hasMadeRoom(error: unknown, attempt: number): boolean {
  return attempt === 1 && wasFull(error);
}
