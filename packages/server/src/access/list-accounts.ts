import type { Kysely } from 'kysely';
import type { Database } from '../database/schema.ts';
import type { AccountState } from '../database/tables/accounts.ts';
import { type AccessMoment, readAccess } from './access-facts.ts';
import { noAccess, untilByApp } from './account-access.ts';

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

/** Every account that is not deleted, by address. `moment` decides which grants still hold. */
export async function listAccounts(
  db: Kysely<Database>,
  moment: AccessMoment,
): Promise<readonly ListedAccount[]> {
  const accounts = await db
    .selectFrom('accounts')
    .selectAll()
    .where('state', '!=', 'deleted')
    .orderBy('email_key')
    .execute();
  const ids = db.selectFrom('accounts').select('id').where('state', '!=', 'deleted').$asScalar();
  const access = await readAccess(db, ids, moment);
  return accounts.map((row) => ({
    id: row.id,
    email: row.email,
    name: row.name,
    state: row.state,
    isAdministrator: row.administrator === 1,
    createdAt: row.created_at,
    apps: untilByApp(access.get(row.id) ?? noAccess),
  }));
}
