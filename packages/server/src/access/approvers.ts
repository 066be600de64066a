import type { Platform } from '@latchkey/session';
import type { Kysely, SelectQueryBuilder } from 'kysely';
import type { Database } from '../database/schema.ts';

/** Who decides on requests for an app. Administrators decide on those for every app, without being listed. */
export interface Approvers {
  /** False: no such account. Does not check that the family has the app. */
  add(accountId: string, app: string): Promise<boolean>;
  /** False: it was none. What it looks at now it may not decide on any more. */
  remove(accountId: string, app: string): Promise<boolean>;
  /** By app, then by address. */
  list(): Promise<readonly ListedApprover[]>;
  /** The apps on whose requests an account decides now, out of `all`; none where it is not active. */
  appsOf(accountId: string, all: readonly string[]): Promise<readonly string[]>;
}

export interface ListedApprover {
  readonly app: string;
  readonly accountId: string;
  readonly email: string;
  readonly name: string;
}

export interface ApproversDeps {
  readonly db: Kysely<Database>;
  readonly now: () => number;
  readonly onEvent: Platform['onEvent'];
}

export function createApprovers(deps: ApproversDeps): Approvers {
  const { db, now, onEvent } = deps;
  const tell =
    (type: 'access.approver-added' | 'access.approver-removed') =>
    (id: string, app: string): void =>
      onEvent({ type, app, account: { id } });
  const tellAdded = tell('access.approver-added');
  const tellRemoved = tell('access.approver-removed');
  return {
    async add(accountId, app) {
      const account = db
        .selectFrom('accounts')
        .select((eb) => ['id', eb.val(app).as('app'), eb.val(now()).as('added_at')])
        .where('id', '=', accountId)
        .where('state', '!=', 'deleted');
      await db
        .insertInto('approvers')
        .columns(['account_id', 'app', 'added_at'])
        .expression(account)
        .onConflict((conflict) => conflict.columns(['account_id', 'app']).doNothing())
        .execute();
      const isAdded = await isListed(db, accountId, app);
      if (isAdded) tellAdded(accountId, app);
      return isAdded;
    },
    async remove(accountId, app) {
      const { numDeletedRows } = await db
        .deleteFrom('approvers')
        .where('account_id', '=', accountId)
        .where('app', '=', app)
        .executeTakeFirst();
      if (numDeletedRows > 0n) tellRemoved(accountId, app);
      return numDeletedRows > 0n;
    },
    list: () =>
      db
        .selectFrom('approvers')
        .innerJoin('accounts', 'accounts.id', 'approvers.account_id')
        .select(['approvers.app', 'accounts.id as accountId', 'accounts.email', 'accounts.name'])
        .where('accounts.state', '!=', 'deleted')
        .orderBy('approvers.app')
        .orderBy('accounts.email_key')
        .execute(),
    async appsOf(accountId, all) {
      const rows = await decidingOn(db, accountId).execute();
      return all.filter((app) => rows.some((row) => row.administrator === 1 || row.app === app));
    },
  };
}

/** Whether an account decides on requests for an app at this moment, and whether as an administrator; null: it does not. */
export async function decidesOn(
  db: Kysely<Database>,
  accountId: string,
  app: string,
): Promise<'approver' | 'administrator' | null> {
  const rows = await decidingOn(db, accountId).execute();
  if (rows.some(({ administrator }) => administrator === 1)) return 'administrator';
  return rows.some((row) => row.app === app) ? 'approver' : null;
}

/** The active account, joined to each app that it is listed for. */
function decidingOn(
  db: Kysely<Database>,
  accountId: string,
): SelectQueryBuilder<Database, 'accounts', { administrator: number; app: string | null }> {
  return db
    .selectFrom('accounts')
    .leftJoin('approvers', 'approvers.account_id', 'accounts.id')
    .select(['accounts.administrator', 'approvers.app'])
    .where('accounts.id', '=', accountId)
    .where('accounts.state', '=', 'active')
    .$castTo<{ administrator: number; app: string | null }>();
}

async function isListed(db: Kysely<Database>, accountId: string, app: string): Promise<boolean> {
  const row = await db
    .selectFrom('approvers')
    .select('app')
    .where('account_id', '=', accountId)
    .where('app', '=', app)
    .executeTakeFirst();
  return row !== undefined;
}
