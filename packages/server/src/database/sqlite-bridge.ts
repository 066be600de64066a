import type { SQLInputValue, StatementSync } from 'node:sqlite';
import { openSqliteFile } from '@latchkey/session/store/sqlite';
import {
  type Dialect,
  SqliteAdapter,
  type SqliteDatabase,
  SqliteDialect,
  type SqliteStatement,
} from 'kysely';

/** Kysely prepares every query anew; beyond this many texts the cache starts over. */
const cachedStatements = 500;
/** Milliseconds to wait for another process's write. */
const busyMilliseconds = 5000;

/** Kysely's SQLite dialect over `node:sqlite`, with migrations that happen whole or not at all. */
export function createSqliteDialect(path: string): Dialect {
  const dialect = new SqliteDialect({ database: openBridge(path) });
  return {
    createAdapter: () => new TransactionalSqliteAdapter(),
    createDriver: () => dialect.createDriver(),
    createIntrospector: (db) => dialect.createIntrospector(db),
    createQueryCompiler: () => dialect.createQueryCompiler(),
  };
}

/**
 * A `node:sqlite` database in the shape that Kysely's SqliteDialect takes. One connection: Kysely queues everything
 * behind an open transaction, so no transaction may wait for the network.
 */
export function openBridge(path: string): SqliteDatabase {
  const timeout = busyMilliseconds;
  const database = openSqliteFile(path, { timeout, enableForeignKeyConstraints: true });
  const cache = new Map<string, SqliteStatement>();
  return {
    close: () => {
      cache.clear();
      database.close();
    },
    prepare: (sql) => {
      const cached = cache.get(sql);
      if (cached !== undefined) return cached;
      if (cache.size >= cachedStatements) cache.clear();
      const statement = adapt(database.prepare(immediate(sql)));
      cache.set(sql, statement);
      return statement;
    },
  };
}

// A deferred transaction that reads and then writes fails with SQLITE_BUSY as soon as another process wrote between.
function immediate(sql: string): string {
  return sql === 'begin' ? 'begin immediate' : sql;
}

function adapt(statement: StatementSync): SqliteStatement {
  return {
    reader: statement.columns().length > 0,
    all: (parameters) => statement.all(...parameters.map(toSqlite)),
    run: (parameters) => statement.run(...parameters.map(toSqlite)),
    // All at once: a cached statement can be asked again before an iteration of it has ended.
    iterate: (parameters) => statement.all(...parameters.map(toSqlite)).values(),
  };
}

function toSqlite(value: unknown): SQLInputValue {
  if (typeof value === 'boolean') return value ? 1 : 0;
  if (value instanceof Date) return value.getTime();
  return value as SQLInputValue;
}

// SQLite has transactional DDL; Kysely's adapter does not use it, and a crash would leave half a migration.
class TransactionalSqliteAdapter extends SqliteAdapter {
  override get supportsTransactionalDdl(): boolean {
    return true;
  }
}
