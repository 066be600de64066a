import { resolve } from 'node:path';
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { LatchkeyError } from '../errors.ts';
import type { EndCause, ReportedEnding, SessionStore, Slot, StoreKey } from '../session-store.ts';
import { slotOf } from '../session-store.ts';
import {
  decodePointer,
  decodeSession,
  decodeSignIn,
  encodePointer,
  encodeSession,
  encodeSignIn,
  tombstone,
} from './record.ts';
import { createSlotStore } from './slot-store.ts';
import type { FoundSlot, SlotTable, StoredSession, StoredSlot } from './slot-table.ts';
import { openSqliteFile } from './sqlite-file.ts';
import { storeUnavailable } from './store-unavailable.ts';
import { createVersionedMemory, type FoundRows } from './versioned-memory.ts';

const busyTimeoutMs = 2000;
/** Pages kept by each process at most: some 30,000 sessions. */
const cacheKilobytes = 32_768;
/** Rows of each table that one write clears away at most. */
const sweptPerStep = 8;

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
  latchkey_slots: ['account text', 'made_at integer not null default 0'],
} as const;

const laterIndexes = `
  create index if not exists latchkey_slots_account on latchkey_slots (account, made_at)
    where account is not null
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
    database.exec('begin immediate');
    database.exec(schema);
    if (addColumns(database)) fillColumns(database);
    database.exec(laterIndexes);
    database.exec('commit');
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

/** True when there were any to add. */
function addColumns(database: DatabaseSync): boolean {
  let hasAdded = false;
  for (const [table, definitions] of Object.entries(columns)) {
    const rows = database.prepare(`select name from pragma_table_info('${table}')`).all();
    const present = new Set(rows.map(({ name }) => name));
    for (const definition of definitions) {
      if (present.has(definition.slice(0, definition.indexOf(' ')))) continue;
      database.exec(`alter table ${table} add column ${definition}`);
      hasAdded = true;
    }
  }
  return hasAdded;
}

/** Sign-ins that the version before made: an account's list must not leave them out. */
function fillColumns(database: DatabaseSync): void {
  const rows = database.prepare(`select slot, sign_in from latchkey_slots
    where account is null and sign_in is not null`);
  const fill = database.prepare(
    'update latchkey_slots set account = ?, made_at = ? where slot = ?',
  );
  for (const { slot, sign_in: text } of rows.all()) {
    const signIn = decodeSignIn(String(text));
    if (signIn !== null) fill.run(accountText(signIn.account.id), signIn.createdAt, String(slot));
  }
}

/** An account's id without characters that an SQL text cannot hold. */
function accountText(id: string): string {
  return JSON.stringify(id);
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
    find: list(`select sign_in, sl.expires_at, used_at, idle_at, made_at,
        record, se.expires_at, ordinal
      from (select ? as wanted_key, ? as wanted_slot)
        left join latchkey_sessions se on se.key = wanted_key
        left join latchkey_slots sl on sl.slot = wanted_slot`),
    findSlot: list(`select sign_in, expires_at, used_at, idle_at, made_at
      from latchkey_slots where slot = ?`),
    findSignIns: list(`select sign_in, expires_at, used_at, idle_at, made_at, slot
      from latchkey_slots where account = ? and expires_at > ? and idle_at > ?
      order by made_at desc limit ?`),
    sessionsOf: list(`select key, record, expires_at, ordinal
      from latchkey_sessions where key >= ? and key < ?`),
    putSession: prepare(`insert or replace into latchkey_sessions
      (key, record, expires_at, ordinal) values (?, ?, ?, ?)`),
    putSlot: prepare(`insert or replace into latchkey_slots
      (slot, sign_in, expires_at, used_at, idle_at, account, made_at) values (?, ?, ?, ?, ?, ?, ?)`),
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
    return { slot: slotIn(row), session: sessionIn([row[5], row[6], row[7]]) };
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
    findSignIns: (accountId, now, limit) =>
      (
        statements.findSignIns.all(
          accountText(accountId),
          now,
          now,
          limit,
        ) as unknown as ListedRow[]
      )
        .map(foundSlotIn)
        .filter((found) => found !== null),
    sessionsOf: (slot) =>
      (statements.sessionsOf.all(...keysOf(slot)) as unknown as KeyRow[]).flatMap(
        ([key, ...row]): [StoreKey, StoredSession][] => {
          const session = sessionIn(row);
          return session === null ? [] : [[key as StoreKey, session]];
        },
      ),
    putSession(key, session) {
      memory.forget(slotOf(key));
      statements.putSession.run(key, sessionText(session), session.expiresAt, session.ordinal);
    },
    putSlot(slot, { signIn, hasEnded, expiresAt, usedAt, idleAt, madeAt }) {
      memory.forget(slot);
      const text = hasEnded ? tombstone : signIn && encodeSignIn(signIn);
      const account = signIn && accountText(signIn.account.id);
      statements.putSlot.run(slot, text, expiresAt, usedAt, idleAt, account, madeAt);
    },
    dropSessions(slot) {
      memory.forget(slot);
      statements.dropSessions.run(...keysOf(slot));
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

/** Where the keys of a slot begin, and where they have ended: `;` is the character after the colon. */
function keysOf(slot: Slot): [string, string] {
  return [`{${slot}}:`, `{${slot}};`];
}

/** Sign-in, when it expires, last use, when idle, when made; all null where there is no slot. */
type SlotRow = readonly [
  signIn: string | null,
  expiresAt: number | null,
  usedAt: number | null,
  idleAt: number | null,
  madeAt: number | null,
];

type ListedRow = readonly [...SlotRow, slot: string];

/** The record of a session, when it expires, its ordinal; null where there is none. */
type SessionRow = readonly [
  record: string | null,
  expiresAt: number | null,
  ordinal: number | null,
];

type KeyRow = readonly [key: string, ...SessionRow];

type SessionAndSlotRow = readonly [...SlotRow, ...SessionRow];

function slotIn(row: SlotRow | ListedRow | SessionAndSlotRow): StoredSlot | null {
  const [text, expiresAt, usedAt, idleAt, madeAt] = row;
  if (expiresAt === null || usedAt === null || idleAt === null || madeAt === null) return null;
  const signIn = text === null ? null : decodeSignIn(text);
  const hasEnded = text !== null && signIn === null;
  return { signIn, hasEnded, expiresAt, usedAt, idleAt, madeAt };
}

function foundSlotIn(row: ListedRow): FoundSlot | null {
  const stored = slotIn(row);
  return stored && { slot: row[5] as Slot, stored };
}

function sessionIn([text, expiresAt, ordinal]: SessionRow): StoredSession | null {
  if (text === null || expiresAt === null || ordinal === null) return null;
  const record = decodeSession(text);
  return { record, movedTo: record === null ? decodePointer(text) : null, expiresAt, ordinal };
}

function sessionText({ record, movedTo }: StoredSession): string {
  if (record !== null) return encodeSession(record);
  return movedTo === null ? tombstone : encodePointer(movedTo);
}

function reportIn(row: Record<string, unknown>): ReportedEnding {
  return {
    id: String(row['id']),
    slot: row['slot'] as Slot,
    cause: row['cause'] as EndCause,
  };
}
