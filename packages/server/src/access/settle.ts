import { isDeepStrictEqual } from 'node:util';
import type { SessionStore } from '@latchkey/session';
import type { Realms, Slot } from '@latchkey/session/parts';
import type { Kysely, Transaction } from 'kysely';
import { liveSignInsOf, lockLiveSignInsOf } from '../database/live-sign-ins.ts';
import type { Database } from '../database/schema.ts';
import { inBatches } from '../sign-out/in-batches.ts';
import { writeNoticesTo } from '../sign-out/notices.ts';
import { endReturned } from '../sign-out/returned-sign-ins.ts';
import { type NamedAccess, readAccess } from './access-facts.ts';
import type { AccessRules } from './access-rules.ts';
import { type AccountAccess, noAccess, recorded } from './account-access.ts';

export interface SettleDeps {
  /** Apps that take no notices; default none. */
  readonly silentApps?: ReadonlySet<string>;
  readonly db: Kysely<Database>;
  readonly store: SessionStore;
  readonly realm: Realms;
  readonly rules: AccessRules;
  readonly now: () => number;
  readonly randomBytes: (size: number) => Buffer;
  /** Told when relying parties may have to be told: the outbox starts at once. */
  readonly onNotice: () => void;
}

/** What an account may enter now. Nothing where it is not there. */
export async function accessOf(
  deps: Pick<SettleDeps, 'rules' | 'now'>,
  db: Kysely<Database>,
  accountId: string,
): Promise<AccountAccess> {
  return (await findAccess(deps, db, accountId)) ?? noAccess;
}

async function findAccess(
  { rules, now }: Pick<SettleDeps, 'rules' | 'now'>,
  db: Kysely<Database>,
  accountId: string,
): Promise<NamedAccess | undefined> {
  const moment = { rules: rules.current(), at: now() };
  return (await readAccess(db, [accountId], moment)).get(accountId);
}

/**
 * Brings what SQL says of an account to where it counts: relying parties that it may not enter any more are told, and its
 * live sign-ins in the session store get the name, address, apps, roles and groups of now. `isChange`: resolves only when no memory of any process
 * says otherwise, whoever wrote it. Gives how many sign-ins there are. May be repeated.
 */
export async function settleAccount(
  deps: SettleDeps,
  accountId: string,
  isChange: boolean,
): Promise<number> {
  const signIns = await liveSignInsOf(deps.db, accountId);
  const left = signIns.length === 0 ? 0 : await leaveLostApps(deps, accountId);
  if (left > 0) deps.onNotice();
  // Sign-ins that a store has again after it lost their endings are not changed but ended.
  if (isChange) await endReturned(deps, accountId, 'sign-out');
  await inBatches(signIns, ({ slot }) =>
    settleSlot(deps, { accountId, slot: slot as Slot, isChange }),
  );
  return signIns.length;
}

/**
 * SQL is read after the record whose version the write names: of two changes at once the later write either knows
 * both or is `outdated`. A sign-in that has not reached the store yet needs nothing: whoever brings it there applies
 * access afterwards (`packages/server/src/sign-in/start-sign-in.ts`). With `isChange` it is written also where it is there already: somebody else
 * wrote it perhaps just now, and the lease of the memory that has not heard of it is waited out with the write alone.
 */
export async function settleSlot(
  deps: SettleDeps,
  what: { readonly accountId: string; readonly slot: Slot; readonly isChange: boolean },
): Promise<void> {
  const { accountId, slot, isChange } = what;
  for (;;) {
    const found = await deps.store.readSignIn(slot);
    if (found === null) return;
    const access = await findAccess(deps, deps.db, accountId);
    // An account that is not there has no sign-in that lives.
    if (access === undefined) return;
    const { account, apps, roles, groups, ...kept } = found.signIn;
    const known = { account, apps, ...(roles && { roles }), ...(groups && { groups }) };
    const current = { account: access.account, ...recorded(access) };
    if (!isChange && isDeepStrictEqual(known, current)) return;
    const result = await deps.store.replaceSignIn(slot, { ...kept, ...current }, kept.version);
    if (result !== 'outdated') return;
  }
}

/** Gives how many apps were left in how many sign-ins, together. Of an app that joins meanwhile by what held before this waits for the row. */
function leaveLostApps(deps: SettleDeps, accountId: string): Promise<number> {
  return deps.db.transaction().execute(async (transaction) => {
    const signIns = await lockLiveSignInsOf(transaction, accountId);
    if (signIns.length === 0) return 0;
    const ids = signIns.map(({ id }) => id);
    const joined = await transaction
      .selectFrom('joined_apps')
      .select(['sign_in_id', 'app'])
      .where('sign_in_id', 'in', ids)
      .execute();
    if (joined.length === 0) return 0;
    const { apps } = await accessOf(deps, transaction, accountId);
    const lost = joined.filter(({ app }) => !apps.has(app));
    for (const { sign_in_id: signInId, app } of lost) {
      await leaveApp(deps, transaction, { accountId, signInId, app });
    }
    return lost.length;
  });
}

/**
 * A relying party keeps a session of its own: it is told, once, by whoever deletes the row. It may join again once access is
 * granted again.
 */
async function leaveApp(
  deps: SettleDeps,
  transaction: Transaction<Database>,
  { accountId, signInId, app }: Record<'accountId' | 'signInId' | 'app', string>,
): Promise<void> {
  const left = await transaction
    .deleteFrom('joined_apps')
    .where('sign_in_id', '=', signInId)
    .where('app', '=', app)
    .returning(['app', 'sid', 'reach'])
    .executeTakeFirst();
  if (left === undefined) return;
  await writeNoticesTo(transaction, [left], {
    signInId,
    accountId,
    cause: 'access-withdrawn',
    at: deps.now(),
    randomBytes: deps.randomBytes,
    silentApps: deps.silentApps,
  });
}
