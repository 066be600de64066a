import type { LatchkeyEvent } from '@latchkey/session';
import type { Kysely } from 'kysely';
import type { Database } from '../database/schema.ts';
import type { AccountTable } from '../database/tables/accounts.ts';
import { isUniqueViolation } from '../database/unique-violation.ts';
import type {
  Accounts,
  AccountsDeps,
  ChangeResult,
  EmailChange,
  EmailChangeResult,
  StoredAccount,
} from './accounts.ts';
import { parseEmail } from './email.ts';
import { parseName } from './person-name.ts';

type DetailsDeps = Pick<AccountsDeps, 'db' | 'signIns' | 'now' | 'onEvent'>;

/** The changes of an account that are neither state nor password. */
export function accountDetails(
  deps: DetailsDeps,
): Pick<Accounts, 'setName' | 'setEmail' | 'changeEmail' | 'setAdministrator'> {
  const { db, onEvent } = deps;
  return {
    setName: (id, name) => setName(deps, id, name),
    setEmail: (id, to) => setEmail(deps, id, { to, confirmedAt: null }),
    changeEmail: (id, change) => changeEmail(deps, id, change),
    async setAdministrator(id, isAdministrator) {
      const row = await updateAccount(db, id, { administrator: isAdministrator ? 1 : 0 });
      const reason = isAdministrator ? 'on' : 'off';
      tell(onEvent, row, { type: 'account.administrator-changed', reason });
      return row === null ? null : toAccount(row);
    },
  };
}

function tell(
  onEvent: DetailsDeps['onEvent'],
  row: AccountTable | null,
  event: LatchkeyEvent,
): void {
  if (row !== null) onEvent({ ...event, account: { id: row.id, email: row.email } });
}

async function setName(deps: DetailsDeps, id: string, written: string): Promise<ChangeResult> {
  const name = parseName(written);
  if (name === null) return refused('name-invalid');
  const row = await updateMarked(deps, id, { name });
  if (row === null) return refused('unknown-account');
  // Before the store is asked: the change is in SQL whatever that says.
  tell(deps.onEvent, row, { type: 'account.renamed' });
  await deps.signIns.apply(id);
  return { kind: 'changed', account: toAccount(row) };
}

async function setEmail(
  deps: DetailsDeps,
  id: string,
  change: { readonly from?: string; readonly to: string; readonly confirmedAt: number | null },
): Promise<ChangeResult> {
  const address = parseEmail(change.to);
  if (address === null) return refused('email-invalid');
  const { from, confirmedAt } = change;
  const names = { email: address.email, email_key: address.key, email_confirmed_at: confirmedAt };
  const row = await updateMarked(deps, id, { ...names, raisesEpoch: true, from }).catch(
    (error: unknown) => (isUniqueViolation(error) ? 'taken' : Promise.reject(error)),
  );
  if (row === 'taken') return refused('email-taken');
  if (row === null) return refused('unknown-account');
  tell(deps.onEvent, row, { type: 'account.email-changed' });
  await deps.signIns.apply(id);
  return { kind: 'changed', account: toAccount(row) };
}

async function changeEmail(
  deps: DetailsDeps,
  id: string,
  { from, to }: EmailChange,
): Promise<EmailChangeResult> {
  const before = parseEmail(from)?.key ?? '';
  const result = await setEmail(deps, id, { from: before, to, confirmedAt: deps.now() });
  if (result.kind === 'changed' || result.why !== 'unknown-account') return result;
  const found = await deps.db
    .selectFrom('accounts')
    .select('id')
    .where('id', '=', id)
    .where('state', '!=', 'deleted')
    .executeTakeFirst();
  return found === undefined ? result : { kind: 'refused', why: 'email-changed' };
}

/** What live sign-ins are to know as well. */
function updateMarked(
  { db, signIns }: DetailsDeps,
  id: string,
  change: AccountChange,
): Promise<AccountTable | null> {
  return db.transaction().execute(async (transaction) => {
    const row = await updateAccount(transaction, id, change);
    if (row !== null) await signIns.mark(transaction, row.id);
    return row;
  });
}

/** What is written over a row. */
type AccountChange = Partial<Omit<AccountTable, 'id' | 'epoch'>> & {
  /** Proofs and sign-ins of before count no more. Default false. */
  readonly raisesEpoch?: boolean;
  /** Only while this is its address, as looked up. Default: whatever it is. */
  readonly from?: string | undefined;
};

/** The account afterwards; null where there is none, or it was deleted. */
export async function updateAccount(
  db: Kysely<Database>,
  id: string,
  { raisesEpoch = false, from, ...values }: AccountChange,
): Promise<AccountTable | null> {
  const row = await db
    .updateTable('accounts')
    .set((eb) => ({ ...values, epoch: eb('epoch', '+', raisesEpoch ? 1 : 0) }))
    .where('id', '=', id)
    .where('state', '!=', 'deleted')
    .$if(from !== undefined, (query) => query.where('email_key', '=', from ?? ''))
    .returningAll()
    .executeTakeFirst();
  return row ?? null;
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
