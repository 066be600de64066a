import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { type Slot, type StoreKey, slotOf } from '../../session-store.ts';
import { encodeSignIn, replacedMark, tombstone } from '../record.ts';
import type { SlotTable, StoredSession } from '../slot-table.ts';
import { emptyLog, isFull } from './failure.ts';
import {
  foundSlotIn,
  type KeyRow,
  keysOf,
  type ListedRow,
  reportIn,
  type SessionAndSlotRow,
  type SlotRow,
  sessionIn,
  sessionText,
  slotIn,
} from './rows.ts';
import { createVersionedMemory, type FoundRows } from './versioned-memory.ts';

/** Rows of each table that one write clears away at most. */
const sweptPerStep = 8;

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
      from latchkey_slots where owner = ? and expires_at > ? and idle_at > ?
      order by made_at desc limit ?`),
    sessionsOf: list(`select key, record, expires_at, ordinal
      from latchkey_sessions where key >= ? and key < ?`),
    putSession: prepare(`insert or replace into latchkey_sessions
      (key, record, expires_at, ordinal) values (?, ?, ?, ?)`),
    // An owner stays while there is a sign-in.
    putSlot: prepare(`insert into latchkey_slots
      (slot, sign_in, expires_at, used_at, idle_at, made_at) values (?, ?, ?, ?, ?, ?)
      on conflict (slot) do update set sign_in = excluded.sign_in,
        expires_at = excluded.expires_at, used_at = excluded.used_at, idle_at = excluded.idle_at,
        made_at = excluded.made_at, owner = case when ? then owner end`),
    setOwner: prepare('update latchkey_slots set owner = ? where slot = ?'),
    dropSessions: prepare(`delete from latchkey_sessions where key >= ? and key < ?
      and record not glob '${replacedMark}*'`),
    takeOnce: prepare(`insert into latchkey_once values (?, ?, ?)
      on conflict (slot, id) do update set expires_at = excluded.expires_at where expires_at <= ?`),
    sweeps: [
      sweep('latchkey_sessions', 'key'),
      sweep('latchkey_slots', 'slot'),
      sweep('latchkey_once', 'slot, id'),
    ],
    addReport: prepare('insert into latchkey_reports (realm, slot, cause) values (?, ?, ?)'),
    readReports: prepare(
      'select id, slot, cause from latchkey_reports where realm = ? order by id limit ?',
    ),
    dropReport: prepare('delete from latchkey_reports where realm = ? and id = ?'),
    ping: prepare('select 1 from latchkey_reports limit 1'),
  };
}

/** The rows of a store in an SQLite database that has its tables. */
export function createSqliteTable(database: DatabaseSync): SlotTable {
  const statements = prepareStatements(database);
  const readRows = (key: StoreKey): FoundRows => {
    const row = statements.find.get(key, slotOf(key)) as unknown as SessionAndSlotRow;
    return { slot: slotIn(row), session: sessionIn(row[5], row[6], row[7]) };
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
        return withRoom(database, () => inTransaction(database, statements, step));
      } finally {
        isInStep = false;
      }
    },
    // What a step wrote may yet be rolled back: nothing of it is remembered.
    find: (key) => (isInStep ? readRows(key) : memory.find(key)),
    ...lists(statements),
    ...writes(statements, memory.forget),
    ...reports(statements),
    ping: () => void statements.ping.get(),
    close: () => database.close(),
  };
}

function lists(statements: Statements): Pick<SlotTable, 'findSlot' | 'findSignIns' | 'sessionsOf'> {
  return {
    findSlot(slot) {
      const row = statements.findSlot.get(slot) as unknown as SlotRow | undefined;
      return row === undefined ? null : slotIn(row);
    },
    findSignIns(owner, now, limit) {
      const rows = statements.findSignIns.all(owner, now, now, limit);
      return (rows as unknown as ListedRow[]).map(foundSlotIn).filter((found) => found !== null);
    },
    sessionsOf(slot) {
      const rows = statements.sessionsOf.all(...keysOf(slot)) as unknown as KeyRow[];
      return rows.flatMap(([key, ...row]): [StoreKey, StoredSession][] => {
        const session = sessionIn(...row);
        return session === null ? [] : [[key as StoreKey, session]];
      });
    },
  };
}

/** `forget` is called before anything of a slot is written. */
function writes(
  statements: Statements,
  forget: (slot: Slot) => void,
): Pick<SlotTable, 'putSession' | 'putSlot' | 'setOwner' | 'dropSessions' | 'takeOnce' | 'sweep'> {
  return {
    putSession(key, session) {
      forget(slotOf(key));
      statements.putSession.run(key, sessionText(session), session.expiresAt, session.ordinal);
    },
    putSlot(slot, { signIn, hasEnded, expiresAt, usedAt, idleAt, madeAt }) {
      forget(slot);
      const text = hasEnded ? tombstone : signIn && encodeSignIn(signIn);
      const isOwned = signIn === null ? 0 : 1;
      statements.putSlot.run(slot, text, expiresAt, usedAt, idleAt, madeAt, isOwned);
    },
    setOwner: (slot, owner) => void statements.setOwner.run(owner, slot),
    dropSessions(slot) {
      forget(slot);
      statements.dropSessions.run(...keysOf(slot));
    },
    takeOnce: (slot, { id, expiresAt }, now) =>
      statements.takeOnce.run(slot, id, expiresAt, now).changes > 0,
    sweep(now) {
      for (const statement of statements.sweeps) statement.run(now);
    },
  };
}

function reports(
  statements: Statements,
): Pick<SlotTable, 'addReport' | 'readReports' | 'dropReports'> {
  return {
    addReport(realm, slot, cause) {
      statements.addReport.run(realm, slot, cause);
    },
    readReports: (realm, limit) => statements.readReports.all(realm, limit).map(reportIn),
    dropReports(realm, ids) {
      for (const id of ids) statements.dropReport.run(realm, id);
    },
  };
}

/** A write that found the disk full is done again once the log has given back what it can. */
function withRoom<T>(database: DatabaseSync, write: () => T): T {
  try {
    return write();
  } catch (error) {
    if (!isFull(error)) throw error;
    emptyLog(database);
    return write();
  }
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
