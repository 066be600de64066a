import { type Kysely, sql } from 'kysely';

/** Part of `Database` in `../schema.ts`. */
export interface AccessTables {
  access: AccessTable;
  access_changes: AccessChangeTable;
  access_rules: AccessRuleTable;
  access_requests: AccessRequestTable;
  approvers: ApproverTable;
  groups: GroupTable;
  group_members: GroupMemberTable;
  group_apps: GroupAppTable;
}

/** What was decided about one account in one app. `denied` and `revoked` hold against groups and rules too. */
export type AccessState = 'granted' | 'denied' | 'revoked';

/** Primary key (account_id, app). */
export interface AccessTable {
  account_id: string;
  /** Name of the app in the family config. */
  app: string;
  state: AccessState;
  /** Until when a grant holds, or null. */
  granted_until: number | null;
  /** A role of the app, or null. */
  role: string | null;
  /** Account id of who decided, or null: an operator. */
  decided_by: string | null;
  changed_at: number;
}

/** When what an account may enter changed last, whatever the cause. Rises with each change. */
export interface AccessChangeTable {
  account_id: string;
  changed_at: number;
}

/** What the config of the login host that started last says of an app. */
export interface AccessRuleTable {
  app: string;
  /** JSON: `access` and `roles` of the app in the config. */
  rule: string;
  changed_at: number;
}

export type AccessRequestState = 'waiting' | 'granted' | 'denied';

/** A person who asked for an app. At most one waits for each account and app. */
export interface AccessRequestTable {
  /** UUID. */
  id: string;
  account_id: string;
  app: string;
  /** The person's own words, at most 500 characters. */
  reason: string;
  state: AccessRequestState;
  requested_at: number;
  decided_at: number | null;
  /** Account id of who decided, or null: an operator, or nobody yet. */
  decided_by: string | null;
  decision_reason: string | null;
}

/** Who decides on requests for an app. Primary key (account_id, app). */
export interface ApproverTable {
  account_id: string;
  app: string;
  added_at: number;
}

export interface GroupTable {
  /** UUID. */
  id: string;
  name: string;
  created_at: number;
}

/** Primary key (group_id, account_id). */
export interface GroupMemberTable {
  group_id: string;
  account_id: string;
  added_at: number;
}

/** Primary key (group_id, app). */
export interface GroupAppTable {
  group_id: string;
  app: string;
  role: string | null;
  granted_at: number;
}

/** Part of the first migration. */
export async function createAccessTables(db: Kysely<unknown>): Promise<void> {
  await createDecisionTables(db);
  await createRequestTables(db);
  await createGroupTables(db);
}

async function createDecisionTables(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('access')
    .addColumn('account_id', 'text', (column) => column.notNull().references('accounts.id'))
    .addColumn('app', 'text', (column) => column.notNull())
    .addColumn('state', 'text', (column) => column.notNull())
    .addColumn('granted_until', 'bigint')
    .addColumn('role', 'text')
    .addColumn('decided_by', 'text')
    .addColumn('changed_at', 'bigint', (column) => column.notNull())
    .addPrimaryKeyConstraint('access_key', ['account_id', 'app'])
    .execute();
  await db.schema.createIndex('access_by_app').on('access').columns(['app', 'state']).execute();
  await db.schema.createIndex('access_by_until').on('access').columns(['granted_until']).execute();
  await db.schema
    .createTable('access_changes')
    .addColumn('account_id', 'text', (column) => column.primaryKey().references('accounts.id'))
    .addColumn('changed_at', 'bigint', (column) => column.notNull())
    .execute();
  await db.schema
    .createIndex('access_changes_by_time')
    .on('access_changes')
    .columns(['changed_at'])
    .execute();
  await db.schema
    .createTable('access_rules')
    .addColumn('app', 'text', (column) => column.primaryKey())
    .addColumn('rule', 'text', (column) => column.notNull())
    .addColumn('changed_at', 'bigint', (column) => column.notNull())
    .execute();
}

async function createRequestTables(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('access_requests')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('account_id', 'text', (column) => column.notNull().references('accounts.id'))
    .addColumn('app', 'text', (column) => column.notNull())
    .addColumn('reason', 'text', (column) => column.notNull())
    .addColumn('state', 'text', (column) => column.notNull())
    .addColumn('requested_at', 'bigint', (column) => column.notNull())
    .addColumn('decided_at', 'bigint')
    .addColumn('decided_by', 'text')
    .addColumn('decision_reason', 'text')
    .execute();
  // At most one waits, also of two clicks.
  await db.schema
    .createIndex('access_requests_waiting')
    .unique()
    .on('access_requests')
    .columns(['account_id', 'app'])
    .where(sql<boolean>`state = 'waiting'`)
    .execute();
  await db.schema
    .createIndex('access_requests_by_app')
    .on('access_requests')
    .columns(['state', 'app', 'requested_at'])
    .execute();
  await db.schema
    .createIndex('access_requests_by_account')
    .on('access_requests')
    .columns(['account_id', 'app', 'requested_at'])
    .execute();
  await db.schema
    .createTable('approvers')
    .addColumn('account_id', 'text', (column) => column.notNull().references('accounts.id'))
    .addColumn('app', 'text', (column) => column.notNull())
    .addColumn('added_at', 'bigint', (column) => column.notNull())
    .addPrimaryKeyConstraint('approvers_key', ['account_id', 'app'])
    .execute();
}

async function createGroupTables(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('groups')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('name', 'text', (column) => column.notNull().unique())
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .execute();
  await db.schema
    .createTable('group_members')
    .addColumn('group_id', 'text', (column) => column.notNull().references('groups.id'))
    .addColumn('account_id', 'text', (column) => column.notNull().references('accounts.id'))
    .addColumn('added_at', 'bigint', (column) => column.notNull())
    .addPrimaryKeyConstraint('group_members_key', ['group_id', 'account_id'])
    .execute();
  await db.schema
    .createIndex('group_members_by_account')
    .on('group_members')
    .columns(['account_id'])
    .execute();
  await db.schema
    .createTable('group_apps')
    .addColumn('group_id', 'text', (column) => column.notNull().references('groups.id'))
    .addColumn('app', 'text', (column) => column.notNull())
    .addColumn('role', 'text')
    .addColumn('granted_at', 'bigint', (column) => column.notNull())
    .addPrimaryKeyConstraint('group_apps_key', ['group_id', 'app'])
    .execute();
}
