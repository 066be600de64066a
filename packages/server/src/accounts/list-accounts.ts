import type { Kysely } from 'kysely';
import type { Database } from '../database/schema.ts';
import type { AccountState } from '../database/tables/accounts.ts';

/** An account as lists show it. */
export interface ListedAccount {
  /** UUID. */
  readonly id: string;
  readonly email: string;
  readonly name: string;
  readonly state: AccountState;
  readonly isAdministrator: boolean;
  readonly createdAt: number;
  /** The apps it may enter now, each with the instant its grant runs out, or null. */
  readonly apps: Readonly<Record<string, number | null>>;
}

/** Every account that is not deleted, by address. `at` in milliseconds since 1970 decides which grants still hold. */
export async function listAccounts(
  db: Kysely<Database>,
  at: number,
): Promise<readonly ListedAccount[]> {
  const accounts = await db
    .selectFrom('accounts')
    .selectAll()
    .where('state', '!=', 'deleted')
    .orderBy('email_key')
    .execute();
  const grants = await db
    .selectFrom('access')
    .select(['account_id', 'app', 'granted_until'])
    .where('state', '=', 'granted')
    .where((eb) => eb.or([eb('granted_until', 'is', null), eb('granted_until', '>', at)]))
    .orderBy('app')
    .execute();
  const grantsOf = Map.groupBy(grants, (grant) => grant.account_id);
  return accounts.map((row) => ({
    id: row.id,
    email: row.email,
    name: row.name,
    state: row.state,
    isAdministrator: row.administrator === 1,
    createdAt: row.created_at,
    apps: Object.fromEntries(
      (grantsOf.get(row.id) ?? []).map(({ app, granted_until }) => [app, granted_until]),
    ),
  }));
}
