import { type Kysely, sql } from 'kysely';

/** Part of `Database` in `../schema.ts`. */
export interface OneTimeLinkTables {
  one_time_links: OneTimeLinkTable;
}

/** What a link is good for. A token for one purpose is unknown for every other. */
export type LinkPurpose =
  | 'confirm-registration'
  | 'invitation'
  | 'reset-password'
  | 'confirm-new-email'
  | 'confirm-old-email';

/** A single-use secret in a link. At most one that is not used for each purpose and subject. */
export interface OneTimeLinkTable {
  /** SHA-256 of the token. */
  token_hash: string;
  purpose: LinkPurpose;
  /** An account's id or an address key. */
  subject: string;
  /** JSON: what the one who uses it is given back. */
  data: string;
  created_at: number;
  expires_at: number;
  used_at: number | null;
}

/** Part of the first migration. */
export async function createOneTimeLinkTables(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('one_time_links')
    .addColumn('token_hash', 'text', (column) => column.primaryKey())
    .addColumn('purpose', 'text', (column) => column.notNull())
    .addColumn('subject', 'text', (column) => column.notNull())
    .addColumn('data', 'text', (column) => column.notNull())
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .addColumn('expires_at', 'bigint', (column) => column.notNull())
    .addColumn('used_at', 'bigint')
    .execute();
  await db.schema
    .createIndex('one_time_links_unused')
    .on('one_time_links')
    .columns(['purpose', 'subject'])
    .unique()
    .where(sql.ref('used_at'), 'is', null)
    .execute();
  await db.schema
    .createIndex('one_time_links_by_expiry')
    .on('one_time_links')
    .columns(['expires_at'])
    .execute();
}
