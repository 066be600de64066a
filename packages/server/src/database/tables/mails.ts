import type { Kysely } from 'kysely';
import { addWorkColumns, createWorkIndexes, type WorkTable } from './work.ts';

/** Part of `Database` in `../schema.ts`. */
export interface MailTables {
  mails: MailTable;
  mail_allowances: MailAllowanceTable;
}

/** One mail: written in the transaction that is the reason for it. */
export interface MailTable extends WorkTable {
  /** The address key, for whoever looks into what did not arrive. */
  recipient: string;
  /** What it says: one of `MailKind` in `packages/server/src/mail/message.ts`. */
  kind: string;
  /** What is in it, sealed under the family secret; null once it is settled. */
  payload: string | null;
}

/** When an address was last written to. Primary key (recipient, kind). */
export interface MailAllowanceTable {
  recipient: string;
  /** The mails that are counted together (`allowanceOf` in `packages/server/src/mail/message.ts`). */
  kind: string;
  /** JSON: the instants within the last hour. */
  sent_at: string;
  forget_at: number;
}

/** Part of the first migration. */
export async function createMailTables(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('mails')
    .$call(addWorkColumns)
    .addColumn('recipient', 'text', (column) => column.notNull())
    .addColumn('kind', 'text', (column) => column.notNull())
    .addColumn('payload', 'text')
    .execute();
  await createWorkIndexes(db, 'mails');
  await db.schema
    .createTable('mail_allowances')
    .addColumn('recipient', 'text', (column) => column.notNull())
    .addColumn('kind', 'text', (column) => column.notNull())
    .addColumn('sent_at', 'text', (column) => column.notNull())
    .addColumn('forget_at', 'bigint', (column) => column.notNull())
    .addPrimaryKeyConstraint('mail_allowances_key', ['recipient', 'kind'])
    .execute();
  await db.schema
    .createIndex('mail_allowances_by_forgetting')
    .on('mail_allowances')
    .columns(['forget_at'])
    .execute();
}
