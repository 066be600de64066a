import { createLockWait, openSqliteFile } from '@latchkey/session/store/sqlite';
import { Kysely, type TransactionBuilder } from 'kysely';
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
  return new FileKysely<DB>({ dialect: createSqliteDialect(database) });
}

/**
 * A transaction that found the disk full left the log empty (`sqlite-driver.ts`), and is done once more: what it does is of
 * the database alone.
 */
class FileKysely<DB> extends Kysely<DB> {
  override transaction(): TransactionBuilder<DB> {
    const builder = super.transaction();
    const execute = builder.execute.bind(builder);
    builder.execute = async (work) => {
      try {
        return await execute(work);
      } catch (error) {
        if (!wasFull(error)) throw error;
        return await execute(work);
      }
    };
    return builder;
  }
}
