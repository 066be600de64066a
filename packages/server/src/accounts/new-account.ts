import type { Kysely, Transaction } from 'kysely';
import { createRowId } from '../database/row-id.ts';
import type { Database } from '../database/schema.ts';
import type { AccountState } from '../database/tables/accounts.ts';
import { toAccount } from './account-details.ts';
import type { StoredAccount } from './accounts.ts';
import type { EmailAddress } from './email.ts';

/** A row of a new account: everything in it was judged before. */
export interface NewAccount {
  readonly address: EmailAddress;
  /** As `parseName` gives it. */
  readonly name: string;
  /** PHC string. */
  readonly passwordHash: string;
  readonly state: AccountState;
  readonly isAdministrator?: boolean;
  /** BCP 47; default null: that of the browser. */
  readonly locale?: string;
  /** Default null: nobody has shown that the address is theirs. */
  readonly emailConfirmedAt?: number;
}

/** What {@link insertAccount} needs. */
export interface NewAccountDeps {
  readonly now: () => number;
  readonly randomBytes: (size: number) => Buffer;
}

/** Writes a new account, with epoch 1. Null where the address has one, whatever its state; nothing is written then. */
export async function insertAccount(
  { now, randomBytes }: NewAccountDeps,
  db: Kysely<Database> | Transaction<Database>,
  account: NewAccount,
): Promise<StoredAccount | null> {
  const { address, name, passwordHash, state } = account;
  const row = await db
    .insertInto('accounts')
    .values({
      id: createRowId(randomBytes),
      email: address.email,
      email_key: address.key,
      name,
      password_hash: passwordHash,
      state,
      epoch: 1,
      administrator: account.isAdministrator === true ? 1 : 0,
      locale: account.locale ?? null,
      email_confirmed_at: account.emailConfirmedAt ?? null,
      created_at: now(),
    })
    .onConflict((conflict) => conflict.column('email_key').doNothing())
    .returningAll()
    .executeTakeFirst();
  return row === undefined ? null : toAccount(row);
}
