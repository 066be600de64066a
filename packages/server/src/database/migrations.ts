import type { Kysely } from 'kysely';
import type { Migration } from 'kysely/migration';

/** Which SQL a migration speaks; given explicitly, never guessed from the connection. */
export type Dialect = 'sqlite' | 'postgres';

/** The one migration list, in order. A migration that was released is never changed. */
export function migrations(_dialect: Dialect): Record<string, Migration> {
  return { '0001-first': { up: first } };
}

async function first(db: Kysely<unknown>): Promise<void> {
  await accountTables(db);
  await signInTables(db);
  await noticeTables(db);
  await providerTables(db);
}

async function accountTables(db: Kysely<unknown>): Promise<void> {
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
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .execute();
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

async function signInTables(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('sign_ins')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('slot', 'text', (column) => column.notNull().unique())
    .addColumn('account_id', 'text', (column) => column.notNull().references('accounts.id'))
    .addColumn('methods', 'text', (column) => column.notNull())
    .addColumn('proved_at', 'bigint', (column) => column.notNull())
    .addColumn('device', 'text', (column) => column.notNull())
    .addColumn('place', 'text', (column) => column.notNull())
    .addColumn('remembered', 'integer', (column) => column.notNull())
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .addColumn('idle_seconds', 'bigint', (column) => column.notNull())
    .addColumn('absolute_seconds', 'bigint', (column) => column.notNull())
    .addColumn('ended_at', 'bigint')
    .addColumn('end_cause', 'text')
    .addColumn('enforced_at', 'bigint')
    .addColumn('forget_at', 'bigint')
    .execute();
  await db.schema
    .createIndex('sign_ins_by_account')
    .on('sign_ins')
    .columns(['account_id', 'ended_at'])
    .execute();
  await db.schema
    .createIndex('sign_ins_by_ending')
    .on('sign_ins')
    .columns(['enforced_at', 'ended_at'])
    .execute();
  await db.schema
    .createIndex('sign_ins_by_forgetting')
    .on('sign_ins')
    .columns(['forget_at'])
    .execute();
  await db.schema
    .createTable('joined_apps')
    .addColumn('sign_in_id', 'text', (column) => column.notNull().references('sign_ins.id'))
    .addColumn('app', 'text', (column) => column.notNull())
    .addColumn('reach', 'text', (column) => column.notNull())
    .addColumn('sid', 'text')
    .addColumn('joined_at', 'bigint', (column) => column.notNull())
    .addPrimaryKeyConstraint('joined_apps_key', ['sign_in_id', 'app'])
    .execute();
  await db.schema.createIndex('joined_apps_by_sid').on('joined_apps').columns(['sid']).execute();
  await db.schema
    .createTable('known_browsers')
    .addColumn('name', 'text', (column) => column.primaryKey())
    .addColumn('tries', 'integer', (column) => column.notNull())
    .addColumn('forget_at', 'bigint', (column) => column.notNull())
    .execute();
}

async function noticeTables(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('notices')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('sign_in_id', 'text', (column) => column.notNull())
    .addColumn('app', 'text', (column) => column.notNull())
    .addColumn('sid', 'text', (column) => column.notNull())
    .addColumn('account_id', 'text', (column) => column.notNull())
    .addColumn('cause', 'text', (column) => column.notNull())
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
    .createIndex('notices_due')
    .on('notices')
    .columns(['state', 'next_attempt_at'])
    .execute();
  await db.schema.createIndex('notices_by_sign_in').on('notices').columns(['sign_in_id']).execute();
  await db.schema.createIndex('notices_by_settled').on('notices').columns(['settled_at']).execute();
  await db.schema
    .createTable('receivers')
    .addColumn('app', 'text', (column) => column.primaryKey())
    .addColumn('refusals', 'integer', (column) => column.notNull())
    .addColumn('probe_at', 'bigint', (column) => column.notNull())
    .execute();
}

async function providerTables(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('oidc_records')
    .addColumn('kind', 'text', (column) => column.notNull())
    .addColumn('id_hash', 'text', (column) => column.notNull())
    .addColumn('payload', 'text', (column) => column.notNull())
    .addColumn('grant_id', 'text')
    .addColumn('user_code', 'text')
    .addColumn('uid', 'text')
    .addColumn('sign_in_id', 'text')
    .addColumn('consumed_at', 'bigint')
    .addColumn('expires_at', 'bigint')
    .addPrimaryKeyConstraint('oidc_records_key', ['kind', 'id_hash'])
    .execute();
  for (const column of ['grant_id', 'uid', 'user_code', 'sign_in_id', 'expires_at']) {
    await db.schema
      .createIndex(`oidc_records_by_${column}`)
      .on('oidc_records')
      .columns([column])
      .execute();
  }
  await db.schema
    .createTable('signing_keys')
    .addColumn('kid', 'text', (column) => column.primaryKey())
    .addColumn('alg', 'text', (column) => column.notNull())
    .addColumn('sealed_jwk', 'text', (column) => column.notNull())
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .execute();
}
