// Owns people: addresses, passwords, states, the epoch that rises when one of them changes, and seeds for
// development. Who may enter which app belongs to `access/`; what ends with a change is ended by
// `sign-out/`.

import type { LatchkeyEvent, Platform } from '@latchkey/session';
import type { EndCause } from '@latchkey/session/parts';
import type { Kysely, Transaction } from 'kysely';
import type { Database } from '../database/schema.ts';
import type { AccountState, AccountTable } from '../database/tables/accounts.ts';
import { accountDetails, toAccount, updateAccount } from './account-details.ts';
import { parseEmail } from './email.ts';
import { erasePerson } from './erase-person.ts';
import type { PasswordRefusal } from './judge-password.ts';
import { insertAccount } from './new-account.ts';
import type { Passwords } from './passwords.ts';
import { parseName } from './person-name.ts';

/** A person, as the login host knows them. */
export interface StoredAccount {
  /** UUID. */
  readonly id: string;
  /** As `email.ts` reads it. */
  readonly email: string;
  readonly name: string;
  readonly state: AccountState;
  /** Rises when password, factor or state changes: a proof begun before does not count after. */
  readonly epoch: number;
  readonly isAdministrator: boolean;
  readonly createdAt: number;
}

/** What somebody wants an account with. */
export interface Registration {
  readonly email: string;
  readonly name: string;
  readonly password: string;
  /** Default `pending`: waits for approval. */
  readonly state?: AccountState;
  /** Default false. */
  readonly isAdministrator?: boolean;
  /** `waived` lets any password of up to 256 characters pass; for development people only. Default `checked`. */
  readonly passwordRules?: 'checked' | 'waived';
}

export type RegisterResult =
  | { readonly kind: 'registered'; readonly account: StoredAccount }
  | { readonly kind: 'refused'; readonly why: RegisterRefusal }
  | { readonly kind: 'busy' };

export type RegisterRefusal = 'email-invalid' | 'email-taken' | 'name-invalid' | PasswordRefusal;

/** `wrong` says neither whether the address is known nor what its account is like. */
export type ProofResult =
  | { readonly kind: 'proved'; readonly account: StoredAccount; readonly epoch: number }
  | { readonly kind: 'refused'; readonly why: 'wrong' | 'pending' | 'suspended' }
  | { readonly kind: 'busy' };

export type SetPasswordResult =
  | { readonly kind: 'changed'; readonly account: StoredAccount }
  | { readonly kind: 'refused'; readonly why: 'unknown-account' | PasswordRefusal }
  /** By what was to be done with it: `SetPasswordOptions.alongside`. */
  | { readonly kind: 'taken-back' }
  | { readonly kind: 'busy' };

export interface Accounts {
  /** Makes an account. Costs one hash whether or not the address is taken. */
  register(registration: Registration): Promise<RegisterResult>;
  findById(id: string): Promise<StoredAccount | null>;
  findByEmail(email: string): Promise<StoredAccount | null>;
  /**
   * Whether this is the person's password. `pending` and `suspended` are told only to who has the right one; an
   * unknown person, a deleted one and one without a password cost the same as a wrong password and are `wrong`.
   * `epoch` was read before the proof began: hand it to `startSignIn`. Counts no attempts: see the limiter.
   */
  provePassword(email: string, password: string): Promise<ProofResult>;
  /**
   * Changes the state, raises the epoch and, unless it becomes active, ends every sign-in of the account; resolves
   * when the session store has confirmed that. `deleted` also erases everything personal and frees the address
   * for a new account; nothing undoes it, and what is given back is the account of before. Null: no such account, or deleted before. Rejects with `store_unavailable` when the endings are written down but the store
   * did not confirm them yet; the reconciler goes on.
   */
  setState(id: string, state: AccountState): Promise<StoredAccount | null>;
  /**
   * Changes the password, raises the epoch and ends every sign-in of the account but `keepSignIn`. Rejects as
   * {@link Accounts.setState} does. Does not ask for the old password: that is the caller's.
   */
  setPassword(
    id: string,
    password: string,
    options?: SetPasswordOptions,
  ): Promise<SetPasswordResult>;
  /**
   * Changes the name (`person-name.ts`). Apps show it from the next request on. Rejects with `store_unavailable` when the
   * change is in SQL and the session store did not take it yet; the reconciler goes on.
   */
  setName(id: string, name: string): Promise<ChangeResult>;
  /**
   * An administrator's change of the address that the person signs in with. Nobody has shown that it is theirs, so it counts
   * as not confirmed: what the config opens for its domain is closed. Raises the epoch: a proof begun with the old address
   * does not count after. Sign-ins go on, with the new address from the next request on. Rejects as {@link Accounts.setName}
   * does.
   */
  setEmail(id: string, email: string): Promise<ChangeResult>;
  /**
   * The same by the person, who has confirmed it at both addresses. Only while the address is still the one `from` which it
   * was asked for, else `email-changed`: of two confirmations at once one counts, and none brings back an older address.
   */
  changeEmail(id: string, change: EmailChange): Promise<EmailChangeResult>;
  /** Gives or takes the mark of an administrator, which holds from the next request on. Null: no such account. */
  setAdministrator(id: string, isAdministrator: boolean): Promise<StoredAccount | null>;
}

export interface SetPasswordOptions {
  /** The sign-in that goes on. Default none. */
  readonly keepSignIn?: string;
  readonly passwordRules?: 'checked' | 'waived';
  /**
   * What else belongs to the change, in its transaction, such as using up the link that allows it; sees the account as it is
   * then. `take-back`: nothing is changed, and the result is `taken-back`.
   */
  readonly alongside?: (
    transaction: Transaction<Database>,
    account: StoredAccount,
  ) => Promise<'go-on' | 'take-back'>;
}

export type ChangeResult =
  | { readonly kind: 'changed'; readonly account: StoredAccount }
  | {
      readonly kind: 'refused';
      readonly why: 'unknown-account' | 'name-invalid' | 'email-invalid' | 'email-taken';
    };

/** From one confirmed address to another. */
export interface EmailChange {
  readonly from: string;
  readonly to: string;
}

/** `email-changed`: the address is another one by now. */
export type EmailChangeResult =
  | ChangeResult
  | { readonly kind: 'refused'; readonly why: 'email-changed' };

/** How accounts end sign-ins; `packages/server/src/sign-out/end-sign-in.ts` is the one. */
export interface AccountEndings {
  /** Writes the endings in the transaction that changes the account; gives the ids of the sign-ins. */
  recordForAccount(
    transaction: Transaction<Database>,
    ending: { readonly accountId: string; readonly cause: EndCause; readonly except?: string },
  ): Promise<readonly string[]>;
  /** Brings recorded endings into the session store, and ends what the store alone still lists of the account. */
  enforceForAccount(
    accountId: string,
    cause: EndCause,
    signInIds: readonly string[],
  ): Promise<void>;
}

/** How live sign-ins come to know what changed about an account; `packages/server/src/access/access.ts` is the one. */
export interface AccountSignIns {
  /** In the transaction of the change. */
  mark(transaction: Transaction<Database>, accountId: string): Promise<void>;
  /** After it. */
  apply(accountId: string): Promise<unknown>;
}

/** What accounts are made of. */
export interface AccountsDeps {
  readonly db: Kysely<Database>;
  readonly passwords: Passwords;
  /** Makes no password, as the person's own name and address do not. */
  readonly familyName: string;
  readonly endings: AccountEndings;
  readonly signIns: AccountSignIns;
  readonly now: () => number;
  readonly randomBytes: (size: number) => Buffer;
  readonly onEvent: Platform['onEvent'];
}

export function createAccounts(deps: AccountsDeps): Accounts {
  const { db } = deps;
  return {
    register: (registration) => register(deps, registration),
    findById: async (id) => toAccountOrNull(await findRow(db, 'id', id)),
    findByEmail: async (email) => toAccountOrNull(await findRowByEmail(db, email)),
    provePassword: (email, password) => provePassword(deps, email, password),
    setState: (id, state) => setState(deps, id, state),
    setPassword: (id, password, options) => setPassword(deps, id, { ...options, password }),
    ...accountDetails(deps),
  };
}

async function register(deps: AccountsDeps, registration: Registration): Promise<RegisterResult> {
  const address = parseEmail(registration.email);
  const name = parseName(registration.name);
  if (address === null) return { kind: 'refused', why: 'email-invalid' };
  if (name === null) return { kind: 'refused', why: 'name-invalid' };
  const known = [address.email, name];
  const fault = await judge(deps, registration, known);
  if (fault !== null) return { kind: 'refused', why: fault };
  const passwordHash = await deps.passwords.hash(registration.password);
  if (passwordHash === 'busy') return { kind: 'busy' };
  const account = await insertAccount(deps, deps.db, {
    address,
    name,
    passwordHash,
    state: registration.state ?? 'pending',
    isAdministrator: registration.isAdministrator === true,
  });
  if (account === null) return { kind: 'refused', why: 'email-taken' };
  tell(deps, account, {
    type: 'account.created',
    reason: account.isAdministrator ? 'administrator' : account.state,
  });
  return { kind: 'registered', account };
}

async function provePassword(
  deps: AccountsDeps,
  email: string,
  password: string,
): Promise<ProofResult> {
  const row = await findRowByEmail(deps.db, email);
  const known = row !== null && row.state !== 'deleted' ? row : null;
  const verdict = await deps.passwords.verify(known?.password_hash ?? null, password);
  if (verdict === 'busy') return { kind: 'busy' };
  if (verdict === 'wrong' || known === null) return { kind: 'refused', why: 'wrong' };
  if (known.state === 'pending') return { kind: 'refused', why: 'pending' };
  if (known.state !== 'active') return { kind: 'refused', why: 'suspended' };
  return { kind: 'proved', account: toAccount(known), epoch: known.epoch };
}

const causeOfState = {
  pending: 'account-suspended',
  active: null,
  suspended: 'account-suspended',
  deleted: 'account-deleted',
} as const satisfies Record<AccountState, EndCause | null>;

async function setState(
  deps: AccountsDeps,
  id: string,
  state: AccountState,
): Promise<StoredAccount | null> {
  const cause = causeOfState[state];
  const changed = await deps.db.transaction().execute(async (transaction) => {
    const row = await updateAccount(transaction, id, { state, raisesEpoch: true });
    if (row === null) return null;
    if (state === 'deleted') await erasePerson(transaction, id);
    const ended =
      cause === null
        ? []
        : await deps.endings.recordForAccount(transaction, { accountId: id, cause });
    return { row, ended };
  });
  if (changed === null) return null;
  const account = toAccount(changed.row);
  tell(deps, account, { type: 'account.state-changed', reason: state });
  if (cause !== null) await deps.endings.enforceForAccount(id, cause, changed.ended);
  return account;
}

function tell({ onEvent }: AccountsDeps, { id, email }: StoredAccount, event: LatchkeyEvent): void {
  onEvent({ ...event, account: { id, email } });
}

/** Rolls a transaction back. */
class TakenBack extends Error {}

/** Null: there is no such account. */
async function writePassword(
  deps: AccountsDeps,
  transaction: Transaction<Database>,
  wanted: SetPasswordOptions & { readonly id: string; readonly passwordHash: string },
): Promise<{ readonly row: AccountTable; readonly ended: readonly string[] } | null> {
  const { id, passwordHash, keepSignIn, alongside } = wanted;
  const change = { password_hash: passwordHash, raisesEpoch: true };
  const row = await updateAccount(transaction, id, change);
  if (row === null) return null;
  if ((await alongside?.(transaction, toAccount(row))) === 'take-back') throw new TakenBack();
  const ended = await deps.endings.recordForAccount(transaction, {
    accountId: id,
    cause: 'credentials-changed',
    ...(keepSignIn === undefined ? {} : { except: keepSignIn }),
  });
  return { row, ended };
}

async function setPassword(
  deps: AccountsDeps,
  id: string,
  wanted: SetPasswordOptions & { readonly password: string },
): Promise<SetPasswordResult> {
  const { keepSignIn } = wanted;
  const before = await findRow(deps.db, 'id', id);
  if (before === null) return { kind: 'refused', why: 'unknown-account' };
  const known = [before.email, before.name];
  const fault = await judge(deps, wanted, known);
  if (fault !== null) return { kind: 'refused', why: fault };
  const passwordHash = await deps.passwords.hash(wanted.password);
  if (passwordHash === 'busy') return { kind: 'busy' };
  const changed = await deps.db
    .transaction()
    .execute((transaction) => writePassword(deps, transaction, { ...wanted, id, passwordHash }))
    .catch((error: unknown): 'taken-back' => {
      if (error instanceof TakenBack) return 'taken-back';
      throw error;
    });
  if (changed === 'taken-back') return { kind: 'taken-back' };
  if (changed === null) return { kind: 'refused', why: 'unknown-account' };
  const account = toAccount(changed.row);
  const isByPerson = keepSignIn !== undefined || wanted.alongside !== undefined;
  const by = isByPerson ? 'by-person' : 'set';
  tell(deps, account, { type: 'account.password-changed', reason: by });
  await deps.endings.enforceForAccount(id, 'credentials-changed', changed.ended);
  return { kind: 'changed', account };
}

async function judge(
  { passwords, familyName }: AccountsDeps,
  wanted: Pick<Registration, 'password' | 'passwordRules'>,
  known: readonly string[],
): Promise<PasswordRefusal | null> {
  const { password, passwordRules = 'checked' } = wanted;
  const fault = await passwords.judge(password, [...known, familyName]);
  return passwordRules === 'waived' && fault !== 'password-too-long' ? null : fault;
}

async function findRowByEmail(db: Kysely<Database>, email: string): Promise<AccountTable | null> {
  const address = parseEmail(email);
  return address === null ? null : findRow(db, 'email_key', address.key);
}

async function findRow(
  db: Kysely<Database>,
  column: 'id' | 'email_key',
  value: string,
): Promise<AccountTable | null> {
  const query = db.selectFrom('accounts').selectAll().where(column, '=', value);
  return (await query.executeTakeFirst()) ?? null;
}

function toAccountOrNull(row: AccountTable | null): StoredAccount | null {
  return row === null ? null : toAccount(row);
}
