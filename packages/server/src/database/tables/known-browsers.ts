import type { Kysely } from 'kysely';

/** Part of `Database` in `../schema.ts`. */
export interface KnownBrowserTables {
  known_browsers: KnownBrowserTable;
}

/** A browser that an account knows (`packages/server/src/sign-in/known-browsers.ts`). A row from its first wrong password on. */
export interface KnownBrowserTable {
  /** A hash of its nonce. */
  name: string;
  /** Wrong passwords so far: ten burn it. */
  tries: number;
  /** When its cookie has run out. */
  forget_at: number;
}

/** Part of the first migration. */
export async function createKnownBrowserTables(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('known_browsers')
    .addColumn('name', 'text', (column) => column.primaryKey())
    .addColumn('tries', 'integer', (column) => column.notNull())
    .addColumn('forget_at', 'bigint', (column) => column.notNull())
    .execute();
}
