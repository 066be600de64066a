import { type Kysely, PostgresAdapter, type SelectQueryBuilder } from 'kysely';

/** Whether rows can be locked. Without it a transaction has the whole file for itself (`begin immediate`). */
export function hasRowLocks<DB>(db: Kysely<DB>): boolean {
  return db.getExecutor().adapter instanceof PostgresAdapter;
}

/**
 * The rows that a query finds, locked until the transaction ends: whoever changes them waits, and what is read afterwards is
 * what the one before has left. Several are locked in the order of the query, which must be that of all who lock them. The order over tables is:
 * `accounts`, `sign_ins` by id, then what belongs to them.
 */
export function locked<DB, TB extends keyof DB, O>(
  transaction: Kysely<DB>,
  query: SelectQueryBuilder<DB, TB, O>,
): SelectQueryBuilder<DB, TB, O> {
  return hasRowLocks(transaction) ? query.forUpdate() : query;
}

/** The same, without the rows that others have locked: for work that several share. */
export function lockedUnlessTaken<DB, TB extends keyof DB, O>(
  db: Kysely<DB>,
  query: SelectQueryBuilder<DB, TB, O>,
): SelectQueryBuilder<DB, TB, O> {
  return hasRowLocks(db) ? query.forUpdate().skipLocked() : query;
}
