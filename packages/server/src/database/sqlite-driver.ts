import type { DatabaseSync, SQLInputValue, StatementSync } from 'node:sqlite';
import { LatchkeyError } from '@latchkey/session';
import {
  createLockWait,
  emptyLog,
  isFileFailure,
  isFull,
  type LockWait,
} from '@latchkey/session/store/sqlite';
import { CompiledQuery, type DatabaseConnection, type Driver, type QueryResult } from 'kysely';
import type { ServerErrorCode } from '../errors.ts';

/** Kysely prepares every query again; beyond this many texts the cache starts over. */
const cachedStatements = 500;
/** How long a statement waits for a lock that another program holds. Other work goes on meanwhile. */
const lockTimeoutMilliseconds = 2000;

/**
 * One connection to an SQLite file: Kysely queues everything behind an open transaction, so no transaction may wait for
 * the network. What fails because of the file, its disk or another program rejects with `database_unavailable`; SQLite's own
 * error, also where a constraint is broken, is the cause or comes as it is.
 */
export function createSqliteDriver(database: DatabaseSync): Driver {
  const connection = new SqliteFileConnection(database);
  const say = async (sql: string): Promise<void> => {
    await connection.executeQuery(CompiledQuery.raw(sql));
  };
  return {
    init: () => Promise.resolve(),
    acquireConnection: () => Promise.resolve(connection),
    // A deferred transaction that reads and then writes fails as soon as another process wrote between.
    beginTransaction: () => say('begin immediate'),
    commitTransaction: () => say('commit'),
    async rollbackTransaction() {
      // On a full disk SQLite may have done so itself.
      if (database.isTransaction) await say('rollback');
      connection.makeRoom();
    },
    releaseConnection: () => Promise.resolve(),
    async destroy() {
      database.close();
    },
  };
}

class SqliteFileConnection implements DatabaseConnection {
  readonly #database: DatabaseSync;
  readonly #statements: (sql: string) => StatementSync;
  readonly #lock: LockWait = createLockWait(lockTimeoutMilliseconds);
  #foundFull = false;

  constructor(database: DatabaseSync) {
    this.#database = database;
    this.#statements = createStatementCache(database);
  }

  async executeQuery<R>(query: CompiledQuery): Promise<QueryResult<R>> {
    try {
      return await this.#lock.run(() => this.#execute<R>(query));
    } catch (cause) {
      throw isFileFailure(cause) ? unavailable(cause) : cause;
    }
  }

  // biome-ignore lint/correctness/useYield: Kysely asks for this method; nothing here streams
  async *streamQuery(): AsyncIterableIterator<never> {
    throw new Error('Rows of this database are read all at once.');
  }

  /** After a transaction that found the disk full. */
  makeRoom(): void {
    if (this.#foundFull) emptyLog(this.#database);
    this.#foundFull = false;
  }

  #execute<R>(query: CompiledQuery): QueryResult<R> {
    try {
      return run<R>(this.#statements(query.sql), query.parameters);
    } catch (error) {
      if (!isFull(error)) throw error;
      this.#foundFull = true;
      if (this.#database.isTransaction || query.sql === 'commit') throw error;
      this.makeRoom();
      return run<R>(this.#statements(query.sql), query.parameters);
    }
  }
}

/** Whether the disk was full: then a transaction may be done again, as its end has made what room there was. */
export function wasFull(error: unknown): boolean {
  return error instanceof Error && isFull(error.cause);
}

function createStatementCache(database: DatabaseSync): (sql: string) => StatementSync {
  const cache = new Map<string, StatementSync>();
  return (sql) => {
    const cached = cache.get(sql);
    if (cached !== undefined) return cached;
    if (cache.size >= cachedStatements) cache.clear();
    const statement = database.prepare(sql);
    cache.set(sql, statement);
    return statement;
  };
}

function run<R>(statement: StatementSync, parameters: readonly unknown[]): QueryResult<R> {
  const values = parameters.map(toSqlite);
  if (statement.columns().length > 0) return { rows: statement.all(...values) as R[] };
  const { changes, lastInsertRowid } = statement.run(...values);
  return { rows: [], numAffectedRows: BigInt(changes), insertId: BigInt(lastInsertRowid) };
}

function toSqlite(value: unknown): SQLInputValue {
  if (typeof value === 'boolean') return value ? 1 : 0;
  if (value instanceof Date) return value.getTime();
  return value as SQLInputValue;
}

function unavailable(cause: unknown): LatchkeyError<ServerErrorCode> {
  return new LatchkeyError<ServerErrorCode>(
    'database_unavailable',
    'The database of the login host is not available; the cause tells why: another program holds its lock, the disk is full, or the file cannot be used.',
    { cause },
  );
}
