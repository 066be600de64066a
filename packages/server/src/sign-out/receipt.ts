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
  /** Apps with a session of their own that take no notices: whoever is signed in there stays so. */
  readonly staying: readonly string[];
}

/** What a receipt is made of. */
export interface ReceiptDeps {
  readonly db: Kysely<Database>;
  /** Apps that take no notices. */
  readonly silentApps: ReadonlySet<string>;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

/** Null while the sign-in is live, and where it is not known. */
export async function receiptOf(
  { db, silentApps, now }: ReceiptDeps,
  signInId: string,
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
    .where(signInEndsAt, '>', now())
    .executeTakeFirstOrThrow();
  const rows = await db
    .selectFrom('notices')
    .select('app')
    .distinct()
    .where('sign_in_id', '=', signInId)
    .where('state', '!=', 'delivered')
    .orderBy('app')
    .execute();
  const joined = await db
    .selectFrom('joined_apps')
    .select('app')
    .where('sign_in_id', '=', signInId)
    .orderBy('app')
    .execute();
  return {
    accountId,
    others: Number(others),
    waiting: rows.map(({ app }) => app),
    staying: joined.map(({ app }) => app).filter((app) => silentApps.has(app)),
  };
}
