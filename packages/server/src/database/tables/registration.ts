import { type Kysely, sql } from 'kysely';

/** Part of `Database` in `../schema.ts`. */
export interface RegistrationTables {
  invitations: InvitationTable;
  untold_accounts: UntoldAccountTable;
  told_administrators: ToldAdministratorsTable;
}

/** `open`: its link makes an account until it expires. */
export type InvitationState = 'open' | 'used' | 'withdrawn';

/** An account that somebody may make for themselves. At most one is open for each address. */
export interface InvitationTable {
  /** UUID; the subject of its one-time link. */
  id: string;
  /** As `packages/server/src/accounts/email.ts` reads it. */
  email: string;
  email_key: string;
  /** What the form is filled in with; `''` where nobody said. */
  name: string;
  /** JSON: apps with role and end (`packages/server/src/registration/invitations.ts`). */
  grants: string;
  /** Account id of who invited, or null: an operator. */
  invited_by: string | null;
  /** 1 where the link went to the address by mail, and to nobody else: who has it reads that mailbox. */
  mailed: number;
  state: InvitationState;
  created_at: number;
  expires_at: number;
  settled_at: number | null;
}

/** An account that waits for approval and of which no administrator was told yet. */
export interface UntoldAccountTable {
  account_id: string;
}

/** When administrators were last told of accounts that wait; one row. */
export interface ToldAdministratorsTable {
  topic: string;
  told_at: number;
}

/** Part of the first migration. */
export async function createRegistrationTables(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('invitations')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('email', 'text', (column) => column.notNull())
    .addColumn('email_key', 'text', (column) => column.notNull())
    .addColumn('name', 'text', (column) => column.notNull())
    .addColumn('grants', 'text', (column) => column.notNull())
    .addColumn('invited_by', 'text')
    .addColumn('mailed', 'integer', (column) => column.notNull())
    .addColumn('state', 'text', (column) => column.notNull())
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .addColumn('expires_at', 'bigint', (column) => column.notNull())
    .addColumn('settled_at', 'bigint')
    .execute();
  await db.schema
    .createIndex('invitations_open')
    .unique()
    .on('invitations')
    .columns(['email_key'])
    .where(sql.ref('state'), '=', sql.lit('open'))
    .execute();
  await db.schema
    .createIndex('invitations_by_expiry')
    .on('invitations')
    .columns(['expires_at'])
    .execute();
  await db.schema
    .createTable('untold_accounts')
    .addColumn('account_id', 'text', (column) => column.primaryKey().references('accounts.id'))
    .execute();
  await db.schema
    .createTable('told_administrators')
    .addColumn('topic', 'text', (column) => column.primaryKey())
    .addColumn('told_at', 'bigint', (column) => column.notNull())
    .execute();
}
