import type { Family, Platform } from '@latchkey/session';
import type { Kysely, Transaction } from 'kysely';
import type { FirstRequests } from '../access/first-request.ts';
import { toAccount } from '../accounts/account-details.ts';
import type { StoredAccount } from '../accounts/accounts.ts';
import { erasePerson } from '../accounts/erase-person.ts';
import { readReason } from '../accounts/reason.ts';
import { isRowId } from '../database/row-id.ts';
import type { Database } from '../database/schema.ts';
import type { MailQueue } from '../mail/mail-queue.ts';
import type { MailMessage } from '../mail/message.ts';

/** Somebody who registered and waits. */
export interface WaitingAccount {
  readonly id: string;
  readonly email: string;
  readonly name: string;
  /** When they asked: milliseconds since 1970. */
  readonly askedAt: number;
}

/** `not-waiting`: somebody else decided before, or there is no such account. Nothing was changed. */
export type DecisionResult =
  | { readonly kind: 'decided'; readonly account: StoredAccount }
  | { readonly kind: 'not-waiting' };

/** The decision on accounts that wait for approval. Who may decide is the caller's to check. */
export interface AccountDecisions {
  /** Those who wait longest first. `limit` default 100, at most 500; `after` goes on behind one that was listed. */
  listWaiting(page?: {
    readonly limit?: number;
    readonly after?: Pick<WaitingAccount, 'id' | 'askedAt'>;
  }): Promise<readonly WaitingAccount[]>;
  /** One who waits, or null. */
  findWaiting(accountId: string): Promise<WaitingAccount | null>;
  /**
   * Whoever waits can sign in from now on, and is told so by mail, as are those who decide on the app that was asked for with
   * the account. Of several who decide at once one gets `decided`.
   */
  approve(accountId: string): Promise<DecisionResult>;
  /**
   * The account is deleted, and the person told why by mail: `reason`, at most 500 characters, or null. The address is free, so
   * the person may ask again.
   */
  deny(accountId: string, reason: string | null): Promise<DecisionResult>;
}

/** What {@link createAccountDecisions} needs. */
export interface AccountDecisionsDeps {
  readonly db: Kysely<Database>;
  readonly family: Pick<Family, 'loginHost'>;
  readonly mails: MailQueue;
  readonly firstRequests: Pick<FirstRequests, 'tell'>;
  readonly platform: Pick<Platform, 'onEvent'>;
}

const maxListed = 500;
export const maxReasonCharacters = 500;

export function createAccountDecisions(deps: AccountDecisionsDeps): AccountDecisions {
  const link = `${deps.family.loginHost.origin}/sign-in`;
  return {
    listWaiting: (page = {}) => listWaiting(deps.db, page),
    findWaiting: (accountId) => findWaiting(deps.db, accountId),
    approve: (accountId) =>
      decide(deps, accountId, { state: 'active', message: { kind: 'account-approved', link } }),
    deny(accountId, reason) {
      const written = readReason(reason?.trim().slice(0, maxReasonCharacters) ?? '');
      const message = { kind: 'account-denied', reason: written === '' ? null : written } as const;
      return decide(deps, accountId, { state: 'deleted', message });
    },
  };
}

function selectWaiting(db: Kysely<Database>) {
  return db
    .selectFrom('accounts')
    .select(['id', 'email', 'name', 'created_at as askedAt'])
    .where('state', '=', 'pending');
}

async function findWaiting(
  db: Kysely<Database>,
  accountId: string,
): Promise<WaitingAccount | null> {
  if (!isRowId(accountId)) return null;
  return (await selectWaiting(db).where('id', '=', accountId).executeTakeFirst()) ?? null;
}

async function listWaiting(
  db: Kysely<Database>,
  { limit = 100, after }: NonNullable<Parameters<AccountDecisions['listWaiting']>[0]>,
): Promise<readonly WaitingAccount[]> {
  const waiting = selectWaiting(db)
    .orderBy('created_at')
    .orderBy('id')
    .limit(Math.min(limit, maxListed));
  if (after === undefined) return waiting.execute();
  return waiting
    .where((eb) =>
      eb.or([
        eb('created_at', '>', after.askedAt),
        eb.and([eb('created_at', '=', after.askedAt), eb('id', '>', after.id)]),
      ]),
    )
    .execute();
}

interface Decision {
  readonly state: 'active' | 'deleted';
  readonly message: MailMessage;
}

async function decide(
  deps: AccountDecisionsDeps,
  accountId: string,
  decision: Decision,
): Promise<DecisionResult> {
  if (!isRowId(accountId)) return { kind: 'not-waiting' };
  const { db, mails, platform } = deps;
  const account = await db
    .transaction()
    .execute((transaction) => write(deps, transaction, { accountId, ...decision }));
  if (account === null) return { kind: 'not-waiting' };
  mails.wake();
  const { id, email } = account;
  platform.onEvent({
    type: 'account.state-changed',
    reason: decision.state,
    account: { id, email },
  });
  return { kind: 'decided', account };
}

/** A pending account has no sign-in: nothing has to be ended. */
async function write(
  { mails, firstRequests }: AccountDecisionsDeps,
  transaction: Transaction<Database>,
  { accountId, state, message }: Decision & { readonly accountId: string },
): Promise<StoredAccount | null> {
  const row = await transaction
    .updateTable('accounts')
    .set((eb) => ({ state, epoch: eb('epoch', '+', 1) }))
    .where('id', '=', accountId)
    .where('state', '=', 'pending')
    .returningAll()
    .executeTakeFirst();
  if (row === undefined) return null;
  if (state === 'deleted') await erasePerson(transaction, accountId);
  await transaction.deleteFrom('untold_accounts').where('account_id', '=', accountId).execute();
  // Beyond the limit of its address there is none: whoever is let in sees it at the next sign-in.
  await mails.add(transaction, { to: row.email, language: row.locale, message });
  if (state === 'active') await firstRequests.tell(transaction, accountId);
  return toAccount(row);
}
