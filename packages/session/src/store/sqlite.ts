import { resolve } from 'node:path';
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { LatchkeyError } from '../errors.ts';
import type { EndCause, ReportedEnding, SessionStore, Slot, StoreKey } from '../session-store.ts';
import { slotOf } from '../session-store.ts';
import { decodeSession, decodeSignIn, encodeSession, encodeSignIn, tombstone } from './record.ts';
import { createSlotStore } from './slot-store.ts';
import type { SlotTable, StoredSession, StoredSlot } from './slot-table.ts';
import { openSqliteFile } from './sqlite-file.ts';
import { storeUnavailable } from './store-unavailable.ts';
import { createVersionedMemory, type FoundRows } from './versioned-memory.ts';

const busyTimeoutMs = 2000;
/** Pages kept by each process at most: some 30,000 sessions. */
const cacheKilobytes = 32_768;
/** Rows of each table that one write clears away at most. */
const sweptPerStep = 8;

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

export { openSqliteFile } from './sqlite-file.ts';

export interface SqliteStoreOptions {
  /** The file, absolute or from the working directory. It and its parent folders are made when missing. */
  readonly path: string;
  /** Milliseconds since 1970, the same clock for all processes on the file. Default `Date.now`. */
  readonly now?: () => number;
}

/**
 * Sessions in an SQLite file that the processes of one machine share; not for network file systems. `read` is one
 * prepared statement and answers synchronously. A write may stand still, and this process with it, while another process
 * writes: two seconds at most, then it rejects. A crash of a process loses nothing, a power cut may lose the last
 * moments. Throws `store_unavailable` when the file cannot be opened, `option_invalid` for an empty path or `:memory:`.
 */
export function createSqliteStore(options: SqliteStoreOptions): SessionStore {
  const { path, now = Date.now } = options;
  if (path === '' || path.startsWith(':')) {
    const advice = 'The SQLite store needs a file that processes can share; write memory: for none';
    throw new LatchkeyError('option_invalid', `${advice}.`);
  }
  const describe = `The SQLite session store (${path})`;
  try {
    return createSlotStore(createSqliteTable(openDatabase(resolve(path))), now, describe);
  } catch (cause) {
    const advice = 'is the folder writable, and does another program hold a lock on the file?';
    throw storeUnavailable(`${describe} cannot be opened: ${advice}`, cause);
  }
}

function openDatabase(path: string): DatabaseSync {
  const database = openSqliteFile(path, { timeout: busyTimeoutMs });
  try {
    // With 2 MB, the default, what 2,000 sessions need is read from the file again and again.
    database.exec(`pragma cache_size = -${cacheKilobytes}`);
    // Deferred, two processes that start together would both read first and one would fail to write.
    database.exec(`begin immediate; ${schema} commit`);
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

type Statements = ReturnType<typeof prepareStatements>;

function prepareStatements(database: DatabaseSync) {
  const prepare = (sql: string): StatementSync => database.prepare(sql);
  /** Rows as lists, which are made faster than objects: this is in the way of every request. */
  const list = (sql: string): StatementSync => {
    const statement = prepare(sql);
    statement.setReturnArrays(true);
    return statement;
  };
  const sweep = (name: string, key: string): StatementSync =>
    prepare(`delete from ${name} where (${key}) in
      (select ${key} from ${name} where expires_at <= ? limit ${sweptPerStep})`);
  return {
    // Changes with each commit of another connection, and with those alone.
    version: list('pragma data_version'),
    begin: prepare('begin immediate'),
    commit: prepare('commit'),
    rollback: prepare('rollback'),
    // Always one row, so that one trip tells about the session and about the slot without it.
    find: list(`select sign_in, sl.expires_at, used_at, idle_at, record, se.expires_at
      from (select ? as wanted_key, ? as wanted_slot)
        left join latchkey_sessions se on se.key = wanted_key
        left join latchkey_slots sl on sl.slot = wanted_slot`),
    findSlot: list(`select sign_in, expires_at, used_at, idle_at
      from latchkey_slots where slot = ?`),
    putSession: prepare('insert or replace into latchkey_sessions values (?, ?, ?)'),
    putSlot: prepare('insert or replace into latchkey_slots values (?, ?, ?, ?, ?)'),
    dropSessions: prepare('delete from latchkey_sessions where key >= ? and key < ?'),
    takeOnce: prepare(`insert into latchkey_once values (?, ?, ?)
      on conflict (slot, id) do update set expires_at = excluded.expires_at where expires_at <= ?`),
    sweeps: [
      sweep('latchkey_sessions', 'key'),
      sweep('latchkey_slots', 'slot'),
      sweep('latchkey_once', 'slot, id'),
    ],
    addReport: prepare('insert into latchkey_reports (slot, cause) values (?, ?)'),
    readReports: prepare('select id, slot, cause from latchkey_reports order by id limit ?'),
    dropReport: prepare('delete from latchkey_reports where id = ?'),
  };
}

function createSqliteTable(database: DatabaseSync): SlotTable {
  const statements = prepareStatements(database);
  const readRows = (key: StoreKey): FoundRows => {
    const row = statements.find.get(key, slotOf(key)) as unknown as SessionAndSlotRow;
    return { slot: slotIn(row), session: sessionIn(row) };
  };
  const readVersion = (): number => {
    const [version] = statements.version.get() as unknown as [number];
    return version;
  };
  const memory = createVersionedMemory({ readVersion, readRows });
  let isInStep = false;
  return {
    exclusive(step) {
      isInStep = true;
      try {
        return inTransaction(database, statements, step);
      } finally {
        isInStep = false;
      }
    },
    // What a step wrote may yet be rolled back: nothing of it is remembered.
    find: (key) => (isInStep ? readRows(key) : memory.find(key)),
    findSlot(slot) {
      const row = statements.findSlot.get(slot) as unknown as SlotRow | undefined;
      return row === undefined ? null : slotIn(row);
    },
    putSession(key, { record, expiresAt }) {
      memory.forget(slotOf(key));
      const text = record === null ? tombstone : encodeSession(record);
      statements.putSession.run(key, text, expiresAt);
    },
    putSlot(slot, { signIn, hasEnded, expiresAt, usedAt, idleAt }) {
      memory.forget(slot);
      const text = hasEnded ? tombstone : signIn && encodeSignIn(signIn);
      statements.putSlot.run(slot, text, expiresAt, usedAt, idleAt);
    },
    dropSessions(slot) {
      memory.forget(slot);
      // All keys that begin with `{slot}:`; `;` is the character after the colon.
      statements.dropSessions.run(`{${slot}}:`, `{${slot}};`);
    },
    takeOnce: (slot, id, now, expiresAt) =>
      statements.takeOnce.run(slot, id, expiresAt, now).changes > 0,
    sweep(now) {
      for (const statement of statements.sweeps) statement.run(now);
    },
    addReport(slot: Slot, cause: EndCause) {
      statements.addReport.run(slot, cause);
    },
    readReports: (limit) => statements.readReports.all(limit).map(reportIn),
    dropReports(ids) {
      for (const id of ids) statements.dropReport.run(id);
    },
    close: () => database.close(),
  };
}

function inTransaction<T>(database: DatabaseSync, statements: Statements, step: () => T): T {
  statements.begin.run();
  try {
    const result = step();
    statements.commit.run();
    return result;
  } catch (error) {
    if (database.isTransaction) statements.rollback.run();
    throw error;
  }
}

/** Sign-in, when it expires, last use, when idle; all null where there is no slot. */
type SlotRow = readonly [
  signIn: string | null,
  expiresAt: number | null,
  usedAt: number | null,
  idleAt: number | null,
];

/** A slot, then the record of a session and when it expires; null where there is none. */
type SessionAndSlotRow = readonly [...SlotRow, record: string | null, expiresAt: number | null];

function slotIn(row: SlotRow | SessionAndSlotRow): StoredSlot | null {
  const [text, expiresAt, usedAt, idleAt] = row;
  if (expiresAt === null || usedAt === null || idleAt === null) return null;
  const signIn = text === null ? null : decodeSignIn(text);
  return { signIn, hasEnded: text !== null && signIn === null, expiresAt, usedAt, idleAt };
}

function sessionIn(row: SessionAndSlotRow): StoredSession | null {
  const record = row[4];
  const expiresAt = row[5];
  if (record === null || expiresAt === null) return null;
  return { record: decodeSession(record), expiresAt };
}

function reportIn(row: Record<string, unknown>): ReportedEnding {
  return {
    id: String(row['id']),
    slot: row['slot'] as Slot,
    cause: row['cause'] as EndCause,
  };
}
