import type { Kysely } from 'kysely';
import type { Database } from '../database/schema.ts';
import { signInEndsAt } from '../database/sign-in-ends-at.ts';

/** What became of a sign-in that has ended. */
export interface Receipt {
  readonly accountId: string;
  /** How many sign-ins the account has that live: in other browsers, or one that only an app's cookie in this browser knows. */
  readonly others: number;
  /** Apps with a session of their own that have not acknowledged their notice. */
  readonly waiting: readonly string[];
}

/** Null while the sign-in is live, and where it is not known. `now` in milliseconds since 1970. */
export async function receiptOf(
  db: Kysely<Database>,
  signInId: string,
  now: number,
): Promise<Receipt | null> {
  const ended = await db
    .selectFrom('sign_ins')
    .select('account_id')
    .where('id', '=', signInId)
    .where('ended_at', 'is not', null)
    .executeTakeFirst();
  if (ended === undefined) return null;
  const accountId = ended.account_id;
  const { others } = await db
    .selectFrom('sign_ins')
    .select((eb) => eb.fn.countAll<number>().as('others'))
    .where('account_id', '=', accountId)
    .where('ended_at', 'is', null)
    .where(signInEndsAt, '>', now)
    .executeTakeFirstOrThrow();
  const rows = await db
    .selectFrom('notices')
    .select('app')
    .distinct()
    .where('sign_in_id', '=', signInId)
    .where('state', '!=', 'delivered')
    .orderBy('app')
    .execute();
  return { accountId, others: Number(others), waiting: rows.map(({ app }) => app) };
}
