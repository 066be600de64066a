// Owns the tables, a file for each capability: how its rows look to Kysely, and the part of the
// first migration that makes them. `../schema.ts` lists the files. One schema for SQLite and
// Postgres: text ids, instants as milliseconds since 1970, booleans as 0 or 1, JSON as text. What
// rows mean is left to the folders that write them.

import type { Kysely } from 'kysely';

/** Part of `Database` in `../schema.ts`. */
export interface AccountTables {
  accounts: AccountTable;
}

/** `pending`: registered, waits for approval. `deleted` rows stay so that an id is never given twice. */
export type AccountState = 'pending' | 'active' | 'suspended' | 'deleted';

export interface AccountTable {
  /** UUID; the `sub` of every token and `account.id` in every app. */
  id: string;
  /** As `packages/server/src/accounts/email.ts` reads it: NFKC, the domain in A-labels. */
  email: string;
  /** The same in lower case: what is unique and looked up. */
  email_key: string;
  name: string;
  /** PHC string, or null where the account has no password. */
  password_hash: string | null;
  state: AccountState;
  /** Rises when password, factor or state changes: a proof begun before does not count after. */
  epoch: number;
  administrator: number;
  /** The language they chose (BCP 47), or null: that of the browser. */
  locale: string | null;
  /** When a link sent to the address was used, or null: nobody has shown that the address is theirs. */
  email_confirmed_at: number | null;
  created_at: number;
}

/** Part of the first migration. */
export async function createAccountTables(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('accounts')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('email', 'text', (column) => column.notNull())
    .addColumn('email_key', 'text', (column) => column.notNull().unique())
    .addColumn('name', 'text', (column) => column.notNull())
    .addColumn('password_hash', 'text')
    .addColumn('state', 'text', (column) => column.notNull())
    .addColumn('epoch', 'integer', (column) => column.notNull())
    .addColumn('administrator', 'integer', (column) => column.notNull())
    .addColumn('locale', 'text')
    .addColumn('email_confirmed_at', 'bigint')
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .execute();
}
