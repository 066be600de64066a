// Owns who may enter which app, and as what: decisions, rules of the config, groups, requests and who decides on them, and
// how a change reaches sign-ins that live. Who the account is belongs to `accounts/`; the notices that a withdrawal writes
// are delivered by `sign-out/`.

import type { Platform } from '@latchkey/session';
import type { Slot } from '@latchkey/session/parts';
import type { Kysely, Transaction } from 'kysely';
import type { Database } from '../database/schema.ts';
import type { AccessState } from '../database/tables/access.ts';
import { markAccounts } from './access-changes.ts';
import { type AccountAccess, untilByApp } from './account-access.ts';
import { createMissedChanges } from './missed-changes.ts';
import { accessOf, type SettleDeps, settleSlot } from './settle.ts';

/** `signIns`: in how many live sign-ins the change was brought into the session store. */
export type AccessChange =
  | { readonly kind: 'changed'; readonly signIns: number }
  | { readonly kind: 'unknown-account' };

/** What a grant carries. */
export interface Grant {
  /** Until when, in milliseconds since 1970; null, the default, for good. */
  readonly until?: number | null;
  /** A role that the config has for the app; default none. */
  readonly role?: string | null;
  /** Id of the account that decides; default an operator. */
  readonly decidedBy?: string | null;
}

/**
 * Which account may enter which app. Every change also goes into the live sign-ins in the session store before it
 * resolves, so it holds for the very next request of any app that asks Latchkey; a relying party that loses access gets
 * a notice. Rejects with `store_unavailable` when the change is in SQL and the store did not take it yet;
 * {@link Access.applyMissed} goes on with it. Knows nothing of account states, and does not check that the family has the
 * app or the role.
 */
export interface Access {
  /** Lets the account in. */
  grant(accountId: string, app: string, grant?: Grant): Promise<AccessChange>;
  /** Refuses what was requested, and what groups and rules would open. */
  deny(accountId: string, app: string): Promise<AccessChange>;
  /** Withdraws what was granted, and what groups and rules would open. `decidedBy`: id of an account, or null. */
  revoke(accountId: string, app: string, decidedBy?: string | null): Promise<AccessChange>;
  /** What was decided about the account last, or null when nothing ever was. A grant that ran out still reads `granted`. */
  stateOf(accountId: string, app: string): Promise<AccessState | null>;
  /** What the account may enter now, by decisions, groups and rules. */
  of(accountId: string): Promise<AccountAccess>;
  /** The apps of {@link Access.of}, each with the instant its access runs out, or null. */
  grantedApps(accountId: string): Promise<Record<string, number | null>>;
  /**
   * Marks in the transaction that changes it that live sign-ins are to know something new about the account: from its commit
   * on no crash keeps that from them. Afterwards call {@link Access.apply}.
   */
  mark(transaction: Transaction<Database>, accountId: string): Promise<void>;
  /** Brings what SQL says into the live sign-in of a slot, where it differs. */
  applyToSlot(accountId: string, slot: Slot): Promise<void>;
  /**
   * Brings a change of an account that is in SQL where it counts: of access, name, address or groups. Resolves when the very
   * next request of any app that asks Latchkey sees it; rejects as a change of access does. Gives the number of its live
   * sign-ins.
   */
  apply(accountId: string): Promise<number>;
  /**
   * Brings changes where they count that a crash or a store that was down cut short, also those of another process such as
   * the command line, and grants that ran out: the first time all that are younger than the live sign-ins of their account,
   * later those that failed here and those of the last seconds. Gives how many accounts it went through.
   */
  applyMissed(): Promise<number>;
}

export interface AccessDeps extends SettleDeps {
  readonly onEvent: Platform['onEvent'];
}

/** A decision about one account in one app. */
export interface Decision {
  readonly accountId: string;
  readonly app: string;
  readonly state: AccessState;
  readonly until: number | null;
  readonly role: string | null;
  readonly decidedBy: string | null;
}

export function createAccess(deps: AccessDeps): Access {
  const { db } = deps;
  const missed = createMissedChanges(deps);

  async function change(decision: Decision): Promise<AccessChange> {
    const { accountId } = decision;
    const isKnown = await db
      .transaction()
      .execute((transaction) => writeDecision(deps, transaction, decision));
    if (!isKnown) return { kind: 'unknown-account' };
    tellDecision(deps, decision);
    return { kind: 'changed', signIns: await missed.settle(accountId) };
  }

  const refuse = (
    accountId: string,
    app: string,
    { state, decidedBy = null }: { state: 'denied' | 'revoked'; decidedBy?: string | null },
  ): Promise<AccessChange> => change({ accountId, app, state, until: null, role: null, decidedBy });

  return {
    grant: (accountId, app, { until = null, role = null, decidedBy = null } = {}) =>
      change({ accountId, app, state: 'granted', until, role, decidedBy }),
    deny: (accountId, app) => refuse(accountId, app, { state: 'denied' }),
    revoke: (accountId, app, decidedBy = null) =>
      refuse(accountId, app, { state: 'revoked', decidedBy }),
    stateOf: (accountId, app) => stateOf(db, accountId, app),
    of: (accountId) => accessOf(deps, db, accountId),
    grantedApps: async (accountId) => untilByApp(await accessOf(deps, db, accountId)),
    mark: (transaction, accountId) => markAccounts(transaction, [accountId], deps.now()),
    applyToSlot: (accountId, slot) => settleSlot(deps, { accountId, slot, isChange: false }),
    apply: missed.settle,
    applyMissed: missed.applyAll,
  };
}

/** False when there is no such account. What the decision means for live sign-ins is brought there afterwards. */
export async function writeDecision(
  { now }: Pick<AccessDeps, 'now'>,
  transaction: Transaction<Database>,
  { accountId, app, state, until, role, decidedBy }: Decision,
): Promise<boolean> {
  const account = await transaction
    .selectFrom('accounts')
    .select('id')
    .where('id', '=', accountId)
    .executeTakeFirst();
  if (account === undefined) return false;
  const at = now();
  const values = { state, granted_until: until, role, decided_by: decidedBy, changed_at: at };
  await transaction
    .insertInto('access')
    .values({ account_id: accountId, app, ...values })
    .onConflict((conflict) => conflict.columns(['account_id', 'app']).doUpdateSet(values))
    .execute();
  await markAccounts(transaction, [accountId], at);
  return true;
}

export function tellDecision(
  { onEvent }: Pick<AccessDeps, 'onEvent'>,
  { accountId, app, state }: Pick<Decision, 'accountId' | 'app' | 'state'>,
): void {
  onEvent({ type: 'access.changed', app, reason: state, account: { id: accountId } });
}

async function stateOf(
  db: Kysely<Database>,
  accountId: string,
  app: string,
): Promise<AccessState | null> {
  const row = await db
    .selectFrom('access')
    .select('state')
    .where('account_id', '=', accountId)
    .where('app', '=', app)
    .executeTakeFirst();
  return row?.state ?? null;
}
