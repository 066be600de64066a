// Owns whether an account may enter an app: requests, grants, denials, and how a withdrawal takes the app from sign-ins
// that live. Who the account is belongs to `accounts/`; the notices that a withdrawal writes are delivered by
// `sign-out/`.

import type { Platform, SessionStore } from '@latchkey/session';
import type { Realms, Slot } from '@latchkey/session/parts';
import type { Kysely, Transaction } from 'kysely';
import { liveSignInsOf } from '../database/live-sign-ins.ts';
import type { Database } from '../database/schema.ts';
import type { AccessState } from '../database/tables/access.ts';
import { inBatches } from '../sign-out/in-batches.ts';
import { writeNotices } from '../sign-out/notices.ts';
import { endReturned } from '../sign-out/returned-sign-ins.ts';

/** `signIns`: in how many live sign-ins the change was brought into the session store. */
export type AccessChange =
  | { readonly kind: 'changed'; readonly signIns: number }
  | { readonly kind: 'unknown-account' };

/**
 * Which account may enter which app. Every change also goes into the live sign-ins in the session store before it
 * resolves, so it holds for the very next request of any app that asks Latchkey; a relying party that loses access gets
 * a notice. Rejects with `store_unavailable` when
 * the change is in SQL and the store did not take it yet; {@link Access.applyMissed} goes on with it. Knows nothing of
 * account states, and does not check that the family has the app.
 */
export interface Access {
  /** Lets the account in, until an instant (milliseconds since 1970) or for good. */
  grant(accountId: string, app: string, until?: number | null): Promise<AccessChange>;
  /** Refuses what was requested. */
  deny(accountId: string, app: string): Promise<AccessChange>;
  /** Withdraws what was granted. */
  revoke(accountId: string, app: string): Promise<AccessChange>;
  /** What was decided last, or null when nothing ever was. A grant that ran out still reads `granted`. */
  stateOf(accountId: string, app: string): Promise<AccessState | null>;
  /** The apps the account may enter at an instant, each with the instant its grant runs out, or null. */
  grantedApps(accountId: string, at: number): Promise<Record<string, number | null>>;
  /** Brings what SQL says into the live sign-in of a slot, where it differs. */
  applyToSlot(accountId: string, slot: Slot): Promise<void>;
  /**
   * Brings changes into the store that a crash or a store that was down cut short, also those of another process such as
   * the command line: the first time all changes younger than the live sign-ins of their account, later those that
   * failed here and those of the last seconds. Gives how many accounts it went through.
   */
  applyMissed(): Promise<number>;
}

export interface AccessDeps {
  /** Apps that take no notices; default none. */
  readonly silentApps?: ReadonlySet<string>;
  readonly db: Kysely<Database>;
  readonly store: SessionStore;
  readonly realm: Realms;
  readonly now: () => number;
  readonly randomBytes: (size: number) => Buffer;
  /** Told when relying parties may have to be told: the outbox starts at once. */
  readonly onNotice: () => void;
  readonly onEvent: Platform['onEvent'];
}

/** Milliseconds of changes that are looked at once more: a transaction may take that long to be seen. */
const overlapMilliseconds = 10_000;

export function createAccess(deps: AccessDeps): Access {
  const { db } = deps;
  const missed = new Set<string>();
  let lookedAt = 0;

  async function change(
    accountId: string,
    app: string,
    state: Exclude<AccessState, 'requested'>,
    until: number | null,
  ): Promise<AccessChange> {
    const isKnown = await db
      .transaction()
      .execute((transaction) => writeAccess(deps, transaction, { accountId, app, state, until }));
    if (!isKnown) return { kind: 'unknown-account' };
    deps.onEvent({ type: 'access.changed', app, reason: state, account: { id: accountId } });
    const signIns = await applyToAccount(accountId, true);
    if (state !== 'granted') deps.onNotice();
    return { kind: 'changed', signIns };
  }

  /** `isChange`: resolves only when no memory of any process says otherwise, whoever wrote it. */
  async function applyToAccount(accountId: string, isChange: boolean): Promise<number> {
    missed.delete(accountId);
    try {
      const signIns = await liveSignInsOf(db, accountId);
      // Sign-ins that a store has again after it lost their endings are not changed but ended.
      if (isChange) await endReturned(deps, accountId, 'sign-out');
      await inBatches(signIns, ({ slot }) => applyToSlot(deps, accountId, slot as Slot, isChange));
      return signIns.length;
    } catch (error) {
      missed.add(accountId);
      throw error;
    }
  }

  return {
    grant: (accountId, app, until = null) => change(accountId, app, 'granted', until),
    deny: (accountId, app) => change(accountId, app, 'denied', null),
    revoke: (accountId, app) => change(accountId, app, 'revoked', null),
    stateOf: (accountId, app) => stateOf(db, accountId, app),
    grantedApps: (accountId, at) => grantedApps(db, accountId, at),
    applyToSlot: (accountId, slot) => applyToSlot(deps, accountId, slot, false),
    async applyMissed() {
      const at = deps.now();
      const since = Math.min(lookedAt, at) - overlapMilliseconds;
      for (const accountId of await accountsChangedUnderSignIns(db, since)) missed.add(accountId);
      lookedAt = at;
      const accountIds = [...missed];
      for (const accountId of accountIds) await applyToAccount(accountId, false);
      return accountIds.length;
    },
  };
}

/** False when there is no such account. */
async function writeAccess(
  deps: AccessDeps,
  transaction: Transaction<Database>,
  row: { accountId: string; app: string; state: AccessState; until: number | null },
): Promise<boolean> {
  const account = await transaction
    .selectFrom('accounts')
    .select('id')
    .where('id', '=', row.accountId)
    .executeTakeFirst();
  if (account === undefined) return false;
  const values = { state: row.state, granted_until: row.until, changed_at: deps.now() };
  await transaction
    .insertInto('access')
    .values({ account_id: row.accountId, app: row.app, ...values })
    .onConflict((conflict) => conflict.columns(['account_id', 'app']).doUpdateSet(values))
    .execute();
  if (row.state !== 'granted') await leaveApp(deps, transaction, row.accountId, row.app);
  return true;
}

/** A relying party keeps a session of its own: it is told. It may join again once access is granted again. */
async function leaveApp(
  deps: AccessDeps,
  transaction: Transaction<Database>,
  accountId: string,
  app: string,
): Promise<void> {
  for (const { id } of await liveSignInsOf(transaction, accountId)) {
    await writeNotices(transaction, {
      signInId: id,
      accountId,
      app,
      cause: 'access-withdrawn',
      at: deps.now(),
      randomBytes: deps.randomBytes,
      silentApps: deps.silentApps,
    });
    await transaction
      .deleteFrom('joined_apps')
      .where('sign_in_id', '=', id)
      .where('app', '=', app)
      .execute();
  }
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

async function grantedApps(
  db: Kysely<Database>,
  accountId: string,
  at: number,
): Promise<Record<string, number | null>> {
  const rows = await db
    .selectFrom('access')
    .select(['app', 'granted_until'])
    .where('account_id', '=', accountId)
    .where('state', '=', 'granted')
    .where((eb) => eb.or([eb('granted_until', 'is', null), eb('granted_until', '>', at)]))
    .orderBy('app')
    .execute();
  return Object.fromEntries(rows.map((row) => [row.app, row.granted_until]));
}

/**
 * SQL is read after the record whose version the write names: of two changes at once the later write either knows
 * both or is `outdated`. A sign-in that has not reached the store yet needs nothing: whoever brings it there applies
 * access afterwards (`packages/server/src/sign-in/start-sign-in.ts`). With `isChange` it is written also where it is there already: somebody else
 * wrote it perhaps just now, and the lease of the memory that has not heard of it is waited out with the write alone.
 */
async function applyToSlot(
  deps: AccessDeps,
  accountId: string,
  slot: Slot,
  isChange: boolean,
): Promise<void> {
  for (;;) {
    const found = await deps.store.readSignIn(slot);
    if (found === null) return;
    const apps = await grantedApps(deps.db, accountId, deps.now());
    if (!isChange && sameApps(found.signIn.apps, apps)) return;
    const { version } = found.signIn;
    const result = await deps.store.replaceSignIn(slot, { ...found.signIn, apps }, version);
    if (result !== 'outdated') return;
  }
}

function sameApps(
  one: Readonly<Record<string, number | null>>,
  other: Readonly<Record<string, number | null>>,
): boolean {
  const names = Object.keys(one);
  return (
    names.length === Object.keys(other).length &&
    names.every((name) => Object.hasOwn(other, name) && one[name] === other[name])
  );
}

async function accountsChangedUnderSignIns(
  db: Kysely<Database>,
  since: number,
): Promise<readonly string[]> {
  const rows = await db
    .selectFrom('access')
    .innerJoin('sign_ins', 'sign_ins.account_id', 'access.account_id')
    .select('access.account_id')
    .distinct()
    .where('sign_ins.ended_at', 'is', null)
    .where('access.changed_at', '>=', since)
    .whereRef('access.changed_at', '>=', 'sign_ins.created_at')
    .execute();
  return rows.map((row) => row.account_id);
}
