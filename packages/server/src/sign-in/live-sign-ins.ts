import type { Kysely, SelectQueryBuilder } from 'kysely';
import type { Database } from '../database/schema.ts';
import { signInEndsAt } from '../database/sign-in-ends-at.ts';

/** Sign-ins that have not ended, are younger than their absolute limit, and whose account is active; each with its account. */
export function liveSignIns(
  db: Kysely<Database>,
  at: number,
): SelectQueryBuilder<Database, 'sign_ins' | 'accounts', object> {
  return db
    .selectFrom('sign_ins')
    .innerJoin('accounts', 'accounts.id', 'sign_ins.account_id')
    .where('sign_ins.ended_at', 'is', null)
    .where('accounts.state', '=', 'active')
    .where(signInEndsAt, '>', at);
}
