import type { LatchkeyEvent } from '@latchkey/session';
import type { Kysely } from 'kysely';
import type { Database } from '../database/schema.ts';
import type { AccountTable } from '../database/tables/accounts.ts';
import { isUniqueViolation } from '../database/unique-violation.ts';
import type { Accounts, AccountsDeps, ChangeResult, StoredAccount } from './accounts.ts';
import { parseEmail } from './email.ts';
import { parseName } from './person-name.ts';

type DetailsDeps = Pick<AccountsDeps, 'db' | 'endings' | 'onEvent'>;

/** The changes of an account that are neither state nor password. */
export function accountDetails(
  deps: DetailsDeps,
): Pick<Accounts, 'setName' | 'setEmail' | 'setAdministrator'> {
  const { db, onEvent } = deps;
  const tell = (row: AccountTable | null, event: LatchkeyEvent): void => {
    if (row !== null) onEvent({ ...event, account: { id: row.id, email: row.email } });
  };
  return {
    async setName(id, written) {
      const name = parseName(written);
      if (name === null) return refused('name-invalid');
      const row = await updateAccount(db, id, { name });
      tell(row, { type: 'account.renamed' });
      return changed(row);
    },
    setEmail: (id, email) => setEmail(deps, id, email),
    async setAdministrator(id, isAdministrator) {
      const row = await updateAccount(db, id, { administrator: isAdministrator ? 1 : 0 });
      tell(row, {
        type: 'account.administrator-changed',
        reason: isAdministrator ? 'on' : 'off',
      });
      return row === null ? null : toAccount(row);
    },
  };
}

async function setEmail(
  { db, endings, onEvent }: DetailsDeps,
  id: string,
  written: string,
): Promise<ChangeResult> {
  const address = parseEmail(written);
  if (address === null) return refused('email-invalid');
  const change = db.transaction().execute(async (transaction) => {
    const holder = await transaction
      .selectFrom('accounts')
      .select('id')
      .where('email_key', '=', address.key)
      .executeTakeFirst();
    if (holder !== undefined && holder.id !== id) return 'taken';
    const names = { email: address.email, email_key: address.key };
    const row = await updateAccount(transaction, id, { ...names, raisesEpoch: true });
    if (row === null) return null;
    const cause = 'credentials-changed';
    return { row, ended: await endings.recordForAccount(transaction, { accountId: id, cause }) };
  });
  // Somebody may take the address between the look and the change.
  const found = await change.catch((error: unknown) => {
    if (isUniqueViolation(error)) return 'taken' as const;
    throw error;
  });
  if (found === 'taken') return refused('email-taken');
  if (found === null) return refused('unknown-account');
  // Before the store is asked: the change is in SQL whatever that says.
  onEvent({ type: 'account.email-changed', account: { id, email: found.row.email } });
  await endings.enforceForAccount(id, 'credentials-changed', found.ended);
  return { kind: 'changed', account: toAccount(found.row) };
}

/** What is written over a row. */
type AccountChange = Partial<Omit<AccountTable, 'id' | 'epoch'>> & {
  /** Proofs and sign-ins of before count no more. Default false. */
  readonly raisesEpoch?: boolean;
};

/** The account afterwards; null where there is none, or it was deleted. */
export async function updateAccount(
  db: Kysely<Database>,
  id: string,
  { raisesEpoch = false, ...values }: AccountChange,
): Promise<AccountTable | null> {
  const row = await db
    .updateTable('accounts')
    .set((eb) => ({ ...values, epoch: eb('epoch', '+', raisesEpoch ? 1 : 0) }))
    .where('id', '=', id)
    .where('state', '!=', 'deleted')
    .returningAll()
    .executeTakeFirst();
  return row ?? null;
}

function changed(row: AccountTable | null): ChangeResult {
  return row === null ? refused('unknown-account') : { kind: 'changed', account: toAccount(row) };
}

function refused(why: Extract<ChangeResult, { kind: 'refused' }>['why']): ChangeResult {
  return { kind: 'refused', why };
}

export function toAccount(row: AccountTable): StoredAccount {
  return {
    id: row.id,
    email: row.email,
    name: row.name,
    state: row.state,
    epoch: row.epoch,
    isAdministrator: row.administrator === 1,
    createdAt: row.created_at,
  };
}
