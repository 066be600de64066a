import type { Kysely } from 'kysely';
import type { Database } from '../database/schema.ts';
import type { Person } from './visitor.ts';

/** The person of a sign-in that SQL says is live, with an active account; else null. `now` in milliseconds since 1970. */
export async function findPerson(
  db: Kysely<Database>,
  signInId: string,
  now: number,
): Promise<Person | null> {
  const row = await db
    .selectFrom('sign_ins')
    .innerJoin('accounts', 'accounts.id', 'sign_ins.account_id')
    .select([
      'accounts.id as accountId',
      'accounts.email',
      'accounts.name',
      'accounts.administrator',
      'accounts.locale',
    ])
    .select(['sign_ins.created_at', 'sign_ins.absolute_seconds', 'sign_ins.proved_at'])
    .where('sign_ins.id', '=', signInId)
    .where('sign_ins.ended_at', 'is', null)
    .where('accounts.state', '=', 'active')
    .executeTakeFirst();
  if (row === undefined || row.created_at + row.absolute_seconds * 1000 <= now) return null;
  const { accountId, email, name, administrator, locale } = row;
  const isAdministrator = administrator === 1;
  return { signInId, accountId, email, name, isAdministrator, locale, provedAt: row.proved_at };
}
