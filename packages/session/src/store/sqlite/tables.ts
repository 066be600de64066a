import { createHash } from 'node:crypto';
import type { DatabaseSync } from 'node:sqlite';

/** As it was first; `columns` are added to it, also where the version before made it. */
const schema = `
  create table if not exists latchkey_sessions (
    key text primary key, record text not null, expires_at integer not null
  ) strict, without rowid;
  create index if not exists latchkey_sessions_expiry on latchkey_sessions (expires_at);
  create table if not exists latchkey_slots (
    slot text primary key, sign_in text, expires_at integer not null,
    used_at integer not null, idle_at integer not null
  ) strict, without rowid;
  create index if not exists latchkey_slots_expiry on latchkey_slots (expires_at);
  create table if not exists latchkey_once (
    slot text not null, id text not null, expires_at integer not null, primary key (slot, id)
  ) strict, without rowid;
  create index if not exists latchkey_once_expiry on latchkey_once (expires_at);
  create table if not exists latchkey_reports (
    id integer primary key autoincrement, slot text not null, cause text not null
  ) strict;
`;

/** What came to the tables later: each in a file that does not have it. */
const columns = {
  latchkey_sessions: ['ordinal integer not null default 0'],
  latchkey_slots: ['made_at integer not null default 0', 'owner text'],
  latchkey_reports: ["realm text not null default ''"],
} as const;

const laterIndexes = `
  create index if not exists latchkey_slots_owner on latchkey_slots (owner, made_at)
    where owner is not null
`;

/** Another number for other tables. */
const tablesVersion =
  createHash('sha256')
    .update(JSON.stringify([schema, columns, laterIndexes]))
    .digest()
    .readUInt32BE() >>> 1;

/** Whether {@link makeTables} would find nothing to do. */
export function hasTables(database: DatabaseSync): boolean {
  return database.prepare('pragma user_version').get()?.['user_version'] === tablesVersion;
}

/** Makes what is missing, also in a file that an earlier release made. To be called in a transaction. */
export function makeTables(database: DatabaseSync): void {
  database.exec(schema);
  addColumns(database);
  database.exec(laterIndexes);
  database.exec(`pragma user_version = ${tablesVersion}`);
}

function addColumns(database: DatabaseSync): void {
  for (const [table, definitions] of Object.entries(columns)) {
    const rows = database.prepare(`select name from pragma_table_info('${table}')`).all();
    const present = new Set(rows.map(({ name }) => name));
    for (const definition of definitions) {
      if (present.has(definition.slice(0, definition.indexOf(' ')))) continue;
      database.exec(`alter table ${table} add column ${definition}`);
    }
  }
}
