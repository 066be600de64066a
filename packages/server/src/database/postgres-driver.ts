import {
  type PlainPostgresClient,
  type PlainPostgresPool,
  withTimeout,
} from '@latchkey/session/parts';
import {
  AbortedTransactionError,
  CompiledQuery,
  type DatabaseConnection,
  type Driver,
  type QueryResult,
} from 'kysely';
import { isConflict, leavesConnection, toDatabaseError } from './postgres-failures.ts';

/** How often one statement is tried that lost a conflict with others: nothing of it was done. */
const tries = 5;

/**
 * Connections to a Postgres server, over a pool: one for each statement, or for the length of a transaction. What fails because of
 * the server or the way there rejects with `database_unavailable`; a broken constraint comes as `pg` tells it.
 * `timeoutMilliseconds`: after that long a statement is given up here; the server has a limit of its own.
 */
export function createPostgresDriver(pool: PlainPostgresPool, timeoutMilliseconds: number): Driver {
  const as = (connection: DatabaseConnection): PostgresConnection =>
    connection as PostgresConnection;
  const say = (connection: DatabaseConnection, sql: string): Promise<QueryResult<unknown>> =>
    as(connection).executeQuery(CompiledQuery.raw(sql));
  return {
    init: () => Promise.resolve(),
    async acquireConnection() {
      try {
        return new PostgresConnection(await pool.connect(), timeoutMilliseconds);
      } catch (cause) {
        throw toDatabaseError(cause);
      }
    },
    async beginTransaction(connection) {
      await say(connection, 'begin');
      as(connection).isInTransaction = true;
    },
    commitTransaction: (connection) => as(connection).commit(),
    async rollbackTransaction(connection) {
      // The server rolls back by itself what loses its connection.
      if (as(connection).isUsable) await say(connection, 'rollback');
      as(connection).isInTransaction = false;
    },
    async releaseConnection(connection) {
      as(connection).release();
    },
    destroy: () => pool.end(),
  };
}

class PostgresConnection implements DatabaseConnection {
  isInTransaction = false;
  readonly #client: PlainPostgresClient;
  readonly #timeoutMilliseconds: number;
  #failure: Error | null = null;

  constructor(client: PlainPostgresClient, timeoutMilliseconds: number) {
    this.#client = client;
    this.#timeoutMilliseconds = timeoutMilliseconds;
    client.on('error', this.#fail);
  }

  get isUsable(): boolean {
    return this.#failure === null;
  }

  async executeQuery<R>(query: CompiledQuery): Promise<QueryResult<R>> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await this.#execute<R>(query);
      } catch (error) {
        // In a transaction all of it has to be done again, which is for whoever began it.
        if (isConflict(error) && this.isInTransaction) throw error;
        if (!isConflict(error) || attempt >= tries) throw toDatabaseError(error);
      }
    }
  }

  async commit(): Promise<void> {
    const { command } = await this.#send({ text: 'commit', values: [] }).catch((error) => {
      throw isConflict(error) ? error : toDatabaseError(error);
    });
    this.isInTransaction = false;
    // So the server says that a statement had failed before.
    if (command === 'ROLLBACK') throw new AbortedTransactionError();
  }

  // biome-ignore lint/correctness/useYield: Kysely asks for this method; nothing here streams
  async *streamQuery(): AsyncIterableIterator<never> {
    throw new Error('Rows of this database are read all at once.');
  }

  /** Gives it back to its pool, or closes it where it may be in the middle of something. */
  release(): void {
    const failure = this.isInTransaction
      ? (this.#failure ?? new Error('The transaction was left open.'))
      : this.#failure;
    this.#client.removeListener('error', this.#fail);
    this.#client.release(failure ?? undefined);
  }

  async #execute<R>(query: CompiledQuery): Promise<QueryResult<R>> {
    const values = query.parameters.map(toPostgres);
    const { command, rowCount, rows } = await this.#send({ text: query.sql, values });
    const changes = ['INSERT', 'UPDATE', 'DELETE'].includes(command);
    return changes
      ? { rows: rows as R[], numAffectedRows: BigInt(rowCount ?? 0) }
      : { rows: rows as R[] };
  }

  async #send(query: { readonly text: string; readonly values: unknown[] }) {
    if (this.#failure !== null) throw this.#failure;
    try {
      return await withTimeout(this.#client.query(query), this.#timeoutMilliseconds);
    } catch (error) {
      if (!leavesConnection(error)) this.#fail(error);
      throw error;
    }
  }

  readonly #fail = (error: unknown): void => {
    this.#failure ??= error instanceof Error ? error : new Error(String(error));
  };
}

/**
 * Text of Postgres holds every character but NUL, which is replaced as `pg` replaces halves of surrogate pairs: what is looked
 * for by it is not found, and nothing fails.
 */
function toPostgres(value: unknown): unknown {
  return typeof value === 'string' && value.includes('\0')
    ? value.replaceAll('\0', '\u{FFFD}')
    : value;
}
