import type { Kysely } from 'kysely';
import { locked } from '../database/row-locks.ts';
import type { Database } from '../database/schema.ts';

/** A person who proved again who they are, under a sign-in that goes on. */
export interface RenewedProof {
  readonly signInId: string;
  readonly accountId: string;
  /** The account's epoch, read before the proof began. */
  readonly epoch: number;
  /** Milliseconds since 1970. */
  readonly provedAt: number;
}

/** Writes the time of the new proof (`auth_time`). False when the account changed since, or the sign-in has ended. */
export async function renewProof(db: Kysely<Database>, proof: RenewedProof): Promise<boolean> {
  return db.transaction().execute(async (transaction) => {
    const account = transaction
      .selectFrom('accounts')
      .select('id')
      .where('id', '=', proof.accountId)
      .where('state', '=', 'active')
      .where('epoch', '=', proof.epoch);
    if ((await locked(transaction, account).executeTakeFirst()) === undefined) return false;
    const { numUpdatedRows } = await transaction
      .updateTable('sign_ins')
      .set({ proved_at: proof.provedAt })
      .where('id', '=', proof.signInId)
      .where('account_id', '=', proof.accountId)
      .where('ended_at', 'is', null)
      .executeTakeFirst();
    return numUpdatedRows === 1n;
  });
}
