import type { Kysely } from 'kysely';
import type { Database } from './schema.ts';

/** The sign-ins of an account that SQL says are live. */
export function liveSignInsOf(
  db: Kysely<Database>,
  accountId: string,
): Promise<{ readonly id: string; readonly slot: string }[]> {
  return db
    .selectFrom('sign_ins')
    .select(['id', 'slot'])
    .where('account_id', '=', accountId)
    .where('ended_at', 'is', null)
    .execute();
}
