import type { Kysely } from 'kysely';

/** Part of `Database` in `../schema.ts`. */
export interface LimitTables {
  limits: LimitTable;
}

/** What was tried too often (`packages/server/src/limits/limits.ts`). */
export interface LimitTable {
  /** A keyed hash of what is limited. */
  name: string;
  /** Tries of this window. */
  taken: number;
  /** When the window began: tells it from the one after it. */
  began_at: number;
  /** From when on another try is allowed; 0: now. */
  opens_at: number;
  /** The window's end: the count starts anew. */
  forget_at: number;
}

/** Part of the first migration. */
export async function createLimitTables(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('limits')
    .addColumn('name', 'text', (column) => column.primaryKey())
    .addColumn('taken', 'integer', (column) => column.notNull())
    .addColumn('began_at', 'bigint', (column) => column.notNull())
    .addColumn('opens_at', 'bigint', (column) => column.notNull())
    .addColumn('forget_at', 'bigint', (column) => column.notNull())
    .execute();
  await db.schema.createIndex('limits_by_forgetting').on('limits').columns(['forget_at']).execute();
}
