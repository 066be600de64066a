import type { Kysely } from 'kysely';

/** Part of `Database` in `../schema.ts`. */
export interface MailTables {
  mails: MailTable;
  mail_allowances: MailAllowanceTable;
}

export type MailState = 'waiting' | 'delivered' | 'dead';

/** One mail: written in the transaction that is the reason for it. */
export interface MailTable {
  id: string;
  /** The address key, for whoever looks into what did not arrive. */
  recipient: string;
  /** What it says: one of `MailKind` in `packages/server/src/mail/message.ts`. */
  kind: string;
  /** What is in it, sealed under the family secret; null once it is settled. */
  payload: string | null;
  state: MailState;
  attempts: number;
  next_attempt_at: number;
  /** While in the future, some worker is sending it. */
  leased_until: number;
  /** The process that claimed it last. */
  claimed_by: string | null;
  /** A named reason: `delivered`, `timeout`, `refused-550`, … */
  last_result: string | null;
  created_at: number;
  settled_at: number | null;
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
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('recipient', 'text', (column) => column.notNull())
    .addColumn('kind', 'text', (column) => column.notNull())
    .addColumn('payload', 'text')
    .addColumn('state', 'text', (column) => column.notNull())
    .addColumn('attempts', 'integer', (column) => column.notNull())
    .addColumn('next_attempt_at', 'bigint', (column) => column.notNull())
    .addColumn('leased_until', 'bigint', (column) => column.notNull())
    .addColumn('claimed_by', 'text')
    .addColumn('last_result', 'text')
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .addColumn('settled_at', 'bigint')
    .execute();
  await db.schema
    .createIndex('mails_due')
    .on('mails')
    .columns(['state', 'next_attempt_at'])
    .execute();
  await db.schema.createIndex('mails_by_settled').on('mails').columns(['settled_at']).execute();
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
