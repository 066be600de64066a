import type { Kysely } from 'kysely';

/** Part of `Database` in `../schema.ts`. */
export interface AccessTables {
  access: AccessTable;
}

export type AccessState = 'requested' | 'granted' | 'denied' | 'revoked';

/** Primary key (account_id, app). */
export interface AccessTable {
  account_id: string;
  /** Name of the app in the family config. */
  app: string;
  state: AccessState;
  /** Until when a grant holds, or null. */
  granted_until: number | null;
  changed_at: number;
}

/** Part of the first migration. */
export async function createAccessTables(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('access')
    .addColumn('account_id', 'text', (column) => column.notNull().references('accounts.id'))
    .addColumn('app', 'text', (column) => column.notNull())
    .addColumn('state', 'text', (column) => column.notNull())
    .addColumn('granted_until', 'bigint')
    .addColumn('changed_at', 'bigint', (column) => column.notNull())
    .addPrimaryKeyConstraint('access_key', ['account_id', 'app'])
    .execute();
}
