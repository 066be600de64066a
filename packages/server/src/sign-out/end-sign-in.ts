// Owns the end of a sign-in, for every cause, and the notices that tell relying parties until each has acknowledged. The
// one function that ends is in this file. Who asks for it (a person, an app, an administrator, a changed password) is
// decided by the callers.

import { hasCode, type Platform, type SessionStore } from '@latchkey/session';
import type { EndCause, Realms, Slot } from '@latchkey/session/parts';
import type { Kysely, Transaction } from 'kysely';
import { lockLiveSignInsOf } from '../database/live-sign-ins.ts';
import type { Database } from '../database/schema.ts';
import { signInEndsAt } from '../database/sign-in-ends-at.ts';
import { forgetAt } from '../database/sweep.ts';
import type { ServerErrorCode } from '../errors.ts';
import { writeNotices } from './notices.ts';
import { endReturned } from './returned-sign-ins.ts';

/**
 * `reported`: SQL could not be written. It has ended in the store, which keeps a report of it; relying parties are told once the
 * reconciler has taken that. `notices`: how many relying parties are told of this ending, now or since it happened.
 */
export interface EndResult {
  readonly kind: 'ended' | 'already-ended' | 'reported';
  readonly notices: number;
}

/** Which sign-in ends, and why. */
export interface SignInEnding {
  readonly signInId: string;
  readonly cause: EndCause;
}

/** Which sign-ins of an account end, and why. */
export interface AccountEnding {
  readonly accountId: string;
  readonly cause: EndCause;
  /** Id of the one sign-in that stays. */
  readonly except?: string;
}

/** Which sign-ins of an account are too many. */
export interface SurplusEnding {
  readonly accountId: string;
  /** How many live ones may be left, `keep` among them. */
  readonly max: number;
  /** Id of the one that was just made: it stays, whatever clocks say. */
  readonly keep: string;
}

/**
 * The one way in which sign-ins end, whatever the cause. First one SQL transaction (ended, its notices, what the
 * provider kept for it), then the session store, then the mark that the store confirmed it. When a call resolves, no
 * request that begins afterwards is accepted by any app that asks Latchkey. When the store fails a call rejects with
 * `store_unavailable`: the ending is written down, and the reconciler brings it into the store.
 */
export interface SignInEndings {
  /**
   * Ends one sign-in. May be repeated and called at once from many places. An unknown id is `already-ended`. The store is told
   * each time, whatever SQL remembers: it may have lost what it confirmed.
   */
  endSignIn(ending: SignInEnding): Promise<EndResult>;
  /** The same for the reconciler, which takes reports: rejects with `database_unavailable` where SQL cannot be written. */
  endInDatabase(ending: SignInEnding): Promise<EndResult>;
  /**
   * Ends the sign-ins of an account, all but `except`: those of SQL, and those that the store lists although SQL knows no
   * live sign-in there. Gives how many this call ended in SQL.
   */
  endSignInsOfAccount(accountId: string, cause: EndCause, except?: string): Promise<number>;
  /** The SQL part of {@link SignInEndings.endSignInsOfAccount} inside another transaction; gives the ids ended. */
  recordForAccount(
    transaction: Transaction<Database>,
    ending: AccountEnding,
  ): Promise<readonly string[]>;
  /**
   * The SQL part, inside the transaction that made one more (it holds the account's lock): ends those made first, with the
   * cause `replaced`, so that never more than `max` are live; gives their ids. {@link SignInEndings.enforce} comes after it.
   */
  recordSurplus(
    transaction: Transaction<Database>,
    ending: SurplusEnding,
  ): Promise<readonly string[]>;
  /** Brings endings that SQL has into the session store. Does nothing for sign-ins that are live or done. */
  enforce(signInIds: readonly string[]): Promise<void>;
  /**
   * The store's part after {@link SignInEndings.recordForAccount}: brings those endings there, and ends what the store lists
   * of the account although SQL knows no live sign-in there.
   */
  enforceForAccount(
    accountId: string,
    cause: EndCause,
    signInIds: readonly string[],
  ): Promise<void>;
}

export interface EndingsDeps {
  /** Apps that take no notices; default none. */
  readonly silentApps?: ReadonlySet<string>;
  readonly db: Kysely<Database>;
  readonly store: SessionStore;
  readonly realm: Realms;
  readonly now: () => number;
  readonly randomBytes: (size: number) => Buffer;
  /** Told after each ending that the store confirmed: the outbox starts at once. */
  readonly onEnforced: () => void;
  /** Told of each ending once, when the store has confirmed it. */
  readonly onEvent: Platform['onEvent'];
}

/** How many endings wait for the store at a time: each waits out the lease of other processes' memory. */
const enforcedAtOnce = 16;

export function createEndings(deps: EndingsDeps): SignInEndings {
  const { db } = deps;
  return {
    async endSignIn(ending) {
      try {
        return await endInDatabase(deps, ending);
      } catch (error) {
        if (!hasCode<ServerErrorCode>(error, 'database_unavailable')) throw error;
        return reportToStore(deps, ending, error);
      }
    },
    endInDatabase: (ending) => endInDatabase(deps, ending),
    async endSignInsOfAccount(accountId, cause, except) {
      const ending = { accountId, cause, ...(except === undefined ? {} : { except }) };
      const ids = await db
        .transaction()
        .execute((transaction) => recordForAccount(deps, transaction, ending));
      await enforceForAccount(deps, ending, ids);
      return ids.length;
    },
    recordForAccount: (transaction, ending) => recordForAccount(deps, transaction, ending),
    recordSurplus: (transaction, ending) => recordSurplus(deps, transaction, ending),
    enforce: (signInIds) => enforceAll(deps, signInIds),
    enforceForAccount: (accountId, cause, signInIds) =>
      enforceForAccount(deps, { accountId, cause }, signInIds),
  };
}

async function endInDatabase(deps: EndingsDeps, ending: SignInEnding): Promise<EndResult> {
  const { db } = deps;
  const { signInId } = ending;
  const isFirst = await db
    .transaction()
    .execute((transaction) => record(deps, transaction, ending));
  // Also when somebody else ended it: to answer before the store confirmed would be too early. And also when the store
  // confirmed it once: it may have come back from an older copy of its data.
  await enforceOne(deps, signInId, 'always');
  return {
    kind: isFirst ? 'ended' : 'already-ended',
    notices: await countNotices(db, signInId),
  };
}

/** What an app does while the login host is away. A full disk, or the lock of another program, leaves SQL readable. */
async function reportToStore(
  { db, store, realm }: EndingsDeps,
  { signInId, cause }: SignInEnding,
  outage: unknown,
): Promise<EndResult> {
  const row = await db
    .selectFrom('sign_ins')
    .select('slot')
    .where('id', '=', signInId)
    .executeTakeFirst();
  if (row === undefined) throw outage;
  // Where the store fails as well nothing is written down anywhere, which its own error would not say.
  const ending = { realm: realm.present, report: true } as const;
  await store.endSignIn(row.slot as Slot, cause, ending).catch(() => {
    throw outage;
  });
  return { kind: 'reported', notices: 0 };
}

/** True when this transaction ends it. */
async function record(
  deps: EndingsDeps,
  transaction: Transaction<Database>,
  { signInId, cause }: SignInEnding,
): Promise<boolean> {
  const at = deps.now();
  const row = await transaction
    .updateTable('sign_ins')
    .set({ ended_at: at, end_cause: cause, forget_at: forgetAt(at) })
    .where('id', '=', signInId)
    .where('ended_at', 'is', null)
    .returning('account_id')
    .executeTakeFirst();
  if (row === undefined) return false;
  await writeNotices(transaction, {
    signInId,
    accountId: row.account_id,
    cause,
    at,
    randomBytes: deps.randomBytes,
    silentApps: deps.silentApps,
  });
  await transaction.deleteFrom('oidc_records').where('sign_in_id', '=', signInId).execute();
  return true;
}

async function recordForAccount(
  deps: EndingsDeps,
  transaction: Transaction<Database>,
  ending: AccountEnding,
): Promise<readonly string[]> {
  const live = await lockLiveSignInsOf(transaction, ending.accountId);
  const ids = live.map((row) => row.id).filter((id) => id !== ending.except);
  for (const id of ids) await record(deps, transaction, { signInId: id, cause: ending.cause });
  return ids;
}

async function recordSurplus(
  deps: EndingsDeps,
  transaction: Transaction<Database>,
  { accountId, max, keep }: SurplusEnding,
): Promise<readonly string[]> {
  const others = await transaction
    .selectFrom('sign_ins')
    .select('id')
    .where('account_id', '=', accountId)
    .where('ended_at', 'is', null)
    .where(signInEndsAt, '>', deps.now())
    .where('id', '!=', keep)
    .orderBy('created_at', 'desc')
    .orderBy('id', 'desc')
    .execute();
  // By id, as all who lock several.
  const ids = others
    .slice(max - 1)
    .map((row) => row.id)
    .sort();
  for (const id of ids) await record(deps, transaction, { signInId: id, cause: 'replaced' });
  return ids;
}

// One that fails does not hold up the others; where all fail the store is down, and waiting for each helps nobody.
async function enforceAll(deps: EndingsDeps, signInIds: readonly string[]): Promise<void> {
  const failures: unknown[] = [];
  for (let start = 0; start < signInIds.length; start += enforcedAtOnce) {
    const batch = signInIds.slice(start, start + enforcedAtOnce);
    const outcomes = await Promise.allSettled(batch.map((id) => enforceOne(deps, id)));
    const failed = outcomes.filter((outcome) => outcome.status === 'rejected');
    failures.push(...failed.map((outcome) => outcome.reason));
    if (failed.length === batch.length) break;
  }
  if (failures.length > 0) throw failures[0];
}

async function enforceForAccount(
  deps: EndingsDeps,
  { accountId, cause }: AccountEnding,
  signInIds: readonly string[],
): Promise<void> {
  await enforceAll(deps, signInIds);
  await endReturned(deps, accountId, cause);
}

async function enforceOne(
  deps: EndingsDeps,
  signInId: string,
  when: 'unconfirmed' | 'always' = 'unconfirmed',
): Promise<void> {
  const row = await deps.db
    .selectFrom('sign_ins')
    .select(['slot', 'end_cause', 'account_id', 'enforced_at'])
    .where('id', '=', signInId)
    .where('ended_at', 'is not', null)
    .executeTakeFirst();
  if (row === undefined || (when === 'unconfirmed' && row.enforced_at !== null)) return;
  const realm = deps.realm.present;
  await deps.store.endSignIn(row.slot as Slot, row.end_cause as EndCause, { realm });
  const { numUpdatedRows } = await deps.db
    .updateTable('sign_ins')
    .set({ enforced_at: deps.now() })
    .where('id', '=', signInId)
    .where('enforced_at', 'is', null)
    .executeTakeFirst();
  deps.onEnforced();
  // Of several that end it at once one tells.
  if (numUpdatedRows === 0n) return;
  const account = { id: row.account_id };
  deps.onEvent({ type: 'sign-in.ended', reason: row.end_cause as EndCause, account });
}

async function countNotices(db: Kysely<Database>, signInId: string): Promise<number> {
  const row = await db
    .selectFrom('notices')
    .select((eb) => eb.fn.countAll<number>().as('count'))
    .where('sign_in_id', '=', signInId)
    .where('cause', '!=', 'access-withdrawn')
    .executeTakeFirstOrThrow();
  return Number(row.count);
}
