import type { Kysely } from 'kysely';
import type { Database } from '../database/schema.ts';

/** What became of a sign-in that has ended. */
export interface Receipt {
  /** Apps with a session of their own that have not acknowledged their notice. */
  readonly waiting: readonly string[];
}

/** Null while the sign-in is live, and where it is not known. */
export async function receiptOf(db: Kysely<Database>, signInId: string): Promise<Receipt | null> {
  const ended = await db
    .selectFrom('sign_ins')
    .select('id')
    .where('id', '=', signInId)
    .where('ended_at', 'is not', null)
    .executeTakeFirst();
  if (ended === undefined) return null;
  const rows = await db
    .selectFrom('notices')
    .select('app')
    .distinct()
    .where('sign_in_id', '=', signInId)
    .where('state', '!=', 'delivered')
    .orderBy('app')
    .execute();
  return { waiting: rows.map(({ app }) => app) };
}
