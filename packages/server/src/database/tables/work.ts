import type { CreateTableBuilder, Kysely } from 'kysely';

/** What every table of work has: rows that some worker does, again until it is done (`packages/server/src/outbox/`). */
export interface WorkTable {
  id: string;
  state: 'waiting' | 'delivered' | 'dead';
  attempts: number;
  next_attempt_at: number;
  /** While in the future, some worker has it. */
  leased_until: number;
  /** The process that claimed it last; see `packages/server/src/outbox/worker-name.ts`. */
  claimed_by: string | null;
  /** A named reason: `delivered`, `timeout`, … */
  last_result: string | null;
  created_at: number;
  settled_at: number | null;
}

/** Adds the columns of {@link WorkTable} to a table that is being made. */
export function addWorkColumns<T extends string, C extends string>(
  table: CreateTableBuilder<T, C>,
): CreateTableBuilder<T, C | keyof WorkTable> {
  return table
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('state', 'text', (column) => column.notNull())
    .addColumn('attempts', 'integer', (column) => column.notNull())
    .addColumn('next_attempt_at', 'bigint', (column) => column.notNull())
    .addColumn('leased_until', 'bigint', (column) => column.notNull())
    .addColumn('claimed_by', 'text')
    .addColumn('last_result', 'text')
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .addColumn('settled_at', 'bigint');
}

/** What workers look for, and what the sweep does. */
export async function createWorkIndexes(db: Kysely<unknown>, table: string): Promise<void> {
  await db.schema
    .createIndex(`${table}_due`)
    .on(table)
    .columns(['state', 'next_attempt_at'])
    .execute();
  await db.schema.createIndex(`${table}_by_settled`).on(table).columns(['settled_at']).execute();
}
