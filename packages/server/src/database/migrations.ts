import { type Kysely, sql } from 'kysely';
import type { Migration } from 'kysely/migration';

/** Which SQL a migration speaks; given explicitly, never guessed from the connection. */
export type Dialect = 'sqlite' | 'postgres';

/** The one migration list, in order. A migration that has landed is never changed. */
export function migrations(_dialect: Dialect): Record<string, Migration> {
  return {
    '0001-first': { up: first },
    '0002-devices': { up: devices },
    '0003-sweep': { up: sweepColumns },
    '0004-provider-without-cookie': { up: providerWithoutCookie },
    '0005-notices': { up: noticeClaims },
    '0006-known-browsers': { up: knownBrowsers },
  };
}

async function first(db: Kysely<unknown>): Promise<void> {
  await accountTables(db);
  await signInTables(db);
  await noticeTable(db);
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
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .addColumn('idle_seconds', 'bigint', (column) => column.notNull())
    .addColumn('absolute_seconds', 'bigint', (column) => column.notNull())
    .addColumn('ended_at', 'bigint')
    .addColumn('end_cause', 'text')
    .addColumn('enforced_at', 'bigint')
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
    .createTable('joined_apps')
    .addColumn('sign_in_id', 'text', (column) => column.notNull().references('sign_ins.id'))
    .addColumn('app', 'text', (column) => column.notNull())
    .addColumn('reach', 'text', (column) => column.notNull())
    .addColumn('sid', 'text')
    .addColumn('joined_at', 'bigint', (column) => column.notNull())
    .addPrimaryKeyConstraint('joined_apps_key', ['sign_in_id', 'app'])
    .execute();
  await db.schema.createIndex('joined_apps_by_sid').on('joined_apps').columns(['sid']).execute();
}

async function noticeTable(db: Kysely<unknown>): Promise<void> {
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
    .createTable('oidc_session_keys')
    .addColumn('id_hash', 'text', (column) => column.primaryKey())
    .addColumn('sign_in_id', 'text', (column) => column.notNull().references('sign_ins.id'))
    .addColumn('expires_at', 'bigint', (column) => column.notNull())
    .execute();
  await db.schema
    .createTable('signing_keys')
    .addColumn('kid', 'text', (column) => column.primaryKey())
    .addColumn('alg', 'text', (column) => column.notNull())
    .addColumn('sealed_jwk', 'text', (column) => column.notNull())
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .execute();
}

/** Sign-ins that a person asked to keep, and what the list of devices shows. */
async function devices(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .alterTable('sign_ins')
    .addColumn('place', 'text', (column) => column.notNull().defaultTo(''))
    .execute();
  await db.schema
    .alterTable('sign_ins')
    .addColumn('remembered', 'integer', (column) => column.notNull().defaultTo(0))
    .execute();
  await db.schema.createIndex('notices_by_settled').on('notices').columns(['settled_at']).execute();
}

/** From when on an ended sign-in may be deleted; of those that ended before, as `sweep.ts` reckons. */
async function sweepColumns(db: Kysely<unknown>): Promise<void> {
  await db.schema.alterTable('sign_ins').addColumn('forget_at', 'bigint').execute();
  const aged = sql`created_at + absolute_seconds * 1000 + 600000`;
  const kept = sql`ended_at + 2592000000`;
  await sql`update sign_ins set forget_at = case when ${aged} > ${kept} then ${aged} else ${kept} end where ended_at is not null`.execute(
    db,
  );
  await db.schema
    .createIndex('sign_ins_by_forgetting')
    .on('sign_ins')
    .columns(['forget_at'])
    .execute();
}

/** The provider has no cookie of its own any more, and requests that wait are not kept. */
async function providerWithoutCookie(db: Kysely<unknown>): Promise<void> {
  await db.schema.dropTable('oidc_session_keys').execute();
  await sql`delete from oidc_records where kind = 'Interaction'`.execute(db);
}

/** Whose claim a notice is under, and how often in a row each app refused. */
async function noticeClaims(db: Kysely<unknown>): Promise<void> {
  await db.schema.alterTable('notices').addColumn('claimed_by', 'text').execute();
  await db.schema
    .createTable('receivers')
    .addColumn('app', 'text', (column) => column.primaryKey())
    .addColumn('refusals', 'integer', (column) => column.notNull())
    .addColumn('probe_at', 'bigint', (column) => column.notNull())
    .execute();
}

/** How many wrong passwords came from browsers that an account knows. */
async function knownBrowsers(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('known_browsers')
    .addColumn('name', 'text', (column) => column.primaryKey())
    .addColumn('tries', 'integer', (column) => column.notNull())
    .addColumn('forget_at', 'bigint', (column) => column.notNull())
    .execute();
}
