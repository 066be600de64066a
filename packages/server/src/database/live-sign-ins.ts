import type { Kysely, Transaction } from 'kysely';
import { locked } from './row-locks.ts';
import type { Database } from './schema.ts';

/** A row of `sign_ins`, and its place in the session store. */
export interface LiveSignIn {
  readonly id: string;
  readonly slot: string;
}

/** The sign-ins of an account that SQL says are live, by id. */
export function liveSignInsOf(db: Kysely<Database>, accountId: string): Promise<LiveSignIn[]> {
  return ofAccount(db, accountId).execute();
}

/** The same, locked until the transaction ends: none of them ends or is joined by an app meanwhile. */
export function lockLiveSignInsOf(
  transaction: Transaction<Database>,
  accountId: string,
): Promise<LiveSignIn[]> {
  return locked(transaction, ofAccount(transaction, accountId)).execute();
}

/**
 * Locks one sign-in until the transaction ends and says whether it is there and has not ended: an ending either waits, and then finds
 * what was written meanwhile, or came first.
 */
export async function lockSignIn(transaction: Transaction<Database>, id: string): Promise<boolean> {
  const row = transaction
    .selectFrom('sign_ins')
    .select('id')
    .where('id', '=', id)
    .where('ended_at', 'is', null);
  return (await locked(transaction, row).executeTakeFirst()) !== undefined;
}

function ofAccount(db: Kysely<Database>, accountId: string) {
  return db
    .selectFrom('sign_ins')
    .select(['id', 'slot'])
    .where('account_id', '=', accountId)
    .where('ended_at', 'is', null)
    .orderBy('id');
}
