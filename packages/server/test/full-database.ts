import { DatabaseSync } from 'node:sqlite';
import { hasCode } from '@latchkey/session';
import { openFileKysely } from '../src/database/file-kysely.ts';
import type { ServerErrorCode } from '../src/errors.ts';

/**
 * A process whose files may not grow beyond a limit. The write-ahead log grows to it while somebody reads, then the reader is
 * done. Prints whether a query was refused before, and whether a query and a transaction are done after that.
 */
const [path = ''] = process.argv.slice(2);
interface Tables {
  notes: { id: number; text: string };
}

async function fill(db: Awaited<ReturnType<typeof openFileKysely<Tables>>>): Promise<boolean> {
  const reader = new DatabaseSync(path);
  reader.exec('pragma wal_checkpoint(truncate)');
  reader.exec('begin');
  reader.prepare('select count(*) from notes').get();
  for (let round = 0; ; round += 1) {
    try {
      await write(db, `round ${round}`);
    } catch (error) {
      reader.exec('commit');
      return hasCode<ServerErrorCode>(error, 'database_unavailable');
    }
  }
}

async function write(
  db: Pick<Awaited<ReturnType<typeof openFileKysely<Tables>>>, 'updateTable'>,
  text: string,
): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable('notes')
    .set({ text })
    .where('id', '=', 1)
    .executeTakeFirstOrThrow();
  return numUpdatedRows === 1n;
}

const db = await openFileKysely<Tables>(path);
await db.schema.createTable('notes').addColumn('id', 'integer').addColumn('text', 'text').execute();
await db.insertInto('notes').values({ id: 1, text: '' }).execute();
const wasRefused = [await fill(db)];
const query = await write(db, 'a query');
wasRefused.push(await fill(db));
const transaction = await db.transaction().execute((inside) => write(inside, 'a transaction'));
console.log(JSON.stringify({ wasRefused, query, transaction }));
