import type { DatabaseSync } from 'node:sqlite';

const schema = `
  create table if not exists latchkey_sessions (
    key text primary key, record text not null, expires_at integer not null,
    ordinal integer not null
  ) strict, without rowid;
  create index if not exists latchkey_sessions_expiry on latchkey_sessions (expires_at);
  create table if not exists latchkey_slots (
    slot text primary key, sign_in text, expires_at integer not null,
    used_at integer not null, idle_at integer not null, made_at integer not null, owner text
  ) strict, without rowid;
  create index if not exists latchkey_slots_expiry on latchkey_slots (expires_at);
  create index if not exists latchkey_slots_owner on latchkey_slots (owner, made_at)
    where owner is not null;
  create table if not exists latchkey_once (
    slot text not null, id text not null, expires_at integer not null, primary key (slot, id)
  ) strict, without rowid;
  create index if not exists latchkey_once_expiry on latchkey_once (expires_at);
  create table if not exists latchkey_reports (
    id integer primary key autoincrement, realm text not null, slot text not null,
    cause text not null
  ) strict;
`;

/** Another number for other tables. */
const tablesVersion = 1;

/** Whether {@link makeTables} would find nothing to do. */
export function hasTables(database: DatabaseSync): boolean {
  return database.prepare('pragma user_version').get()?.['user_version'] === tablesVersion;
}

/** Makes what is missing. To be called in a transaction. */
export function makeTables(database: DatabaseSync): void {
  database.exec(schema);
  database.exec(`pragma user_version = ${tablesVersion}`);
}
