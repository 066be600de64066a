import { DatabaseSync } from 'node:sqlite';
import { createSqliteStore } from '../src/store/sqlite/sqlite.ts';
import { realm } from './realm.ts';
import { keyAt, sessionRecord, signInRecord, slotAt } from './records.ts';

/**
 * A process whose files may not grow beyond a limit. The write-ahead log of a store grows to it while somebody reads, then
 * the reader is done. Prints what a write said before, and what one says after that, of a store opened anew. Nothing is closed in
 * between: SQLite empties the log when the last connection closes.
 */
const [path = ''] = process.argv.slice(2);
const [slot, key] = [slotAt(1), keyAt(1)];
const codeOf = (error: unknown): unknown =>
  error instanceof Error && 'code' in error ? error.code : String(error);

const store = createSqliteStore({ path });
await store.createSignIn(slot, signInRecord(), realm);
await store.create(key, sessionRecord());
const reader = new DatabaseSync(path);
reader.exec('pragma wal_checkpoint(truncate)');
reader.exec('begin');
reader.prepare('select count(*) from latchkey_sessions').get();
let before: unknown = null;
for (let version = 1; before === null; version += 1) {
  await store.replace(key, JSON.stringify({ version }), version).catch((error: unknown) => {
    before = codeOf(error);
  });
}
const known = JSON.parse((await store.read(key))?.session.data ?? '{}');
reader.exec('commit');

const restarted = createSqliteStore({ path });
const after = await restarted.createSignIn(slotAt(2), signInRecord(), realm).catch(codeOf);
const kept = JSON.parse((await restarted.read(key))?.session.data ?? '{}');
console.log(JSON.stringify({ before, after, isKept: kept.version === known.version }));
