import {
  createPlatform,
  type Family,
  LatchkeyError,
  type Platform,
  type SessionStore,
} from '@latchkey/session';
import { lazyStore, refuseUnknown } from '@latchkey/session/parts';
import type { Kysely } from 'kysely';
import { type Access, createAccess } from './access/access.ts';
import { readRules } from './access/access-rules.ts';
import { type Approvers, createApprovers } from './access/approvers.ts';
import { createGroups, type Groups } from './access/groups.ts';
import { type ListedAccount, listAccounts } from './access/list-accounts.ts';
import { type Accounts, createAccounts } from './accounts/accounts.ts';
import { createPasswords } from './accounts/passwords.ts';
import { openDatabase } from './database/open-database.ts';
import type { Database } from './database/schema.ts';
import { createSealKeys } from './family-keys.ts';
import { createMailQueue } from './mail/mail-queue.ts';
import { createRegistration, type Registration } from './registration/create-registration.ts';
import { createEndings, type SignInEndings } from './sign-out/end-sign-in.ts';
import { countOtherRealms, type OtherRealms } from './sign-out/other-realms.ts';
import { silentAppsOf } from './sign-out/silent-apps.ts';

// `@latchkey/server/administration`: what can be done without a running login host, and without loading one.
export type { Access, AccessChange } from './access/access.ts';
export type { Approvers, ListedApprover } from './access/approvers.ts';
export type { GroupChange, Groups, ListedGroup } from './access/groups.ts';
export type { ListedAccount } from './access/list-accounts.ts';
export type { Accounts, StoredAccount } from './accounts/accounts.ts';
export type { MigrationState } from './database/migrate.ts';
export { inspectDatabase } from './database/open-database.ts';
export type { AccountState } from './database/tables/accounts.ts';
export { createFamilyKeys } from './family-keys.ts';
export { languageTags } from './pages/languages/choose-language.ts';
export { type ClientRegistration, clientRegistration } from './provider/client-registration.ts';
export type { AccountDecisions, DecisionResult, WaitingAccount } from './registration/decisions.ts';
export type { Invitations, InvitedAccess, InviteResult } from './registration/invitations.ts';
export { createOutgoingCalls, type OutgoingCalls } from './sign-out/address-guard.ts';
export type { OtherRealms } from './sign-out/other-realms.ts';
export { type JudgedAddress, judgeAddresses } from './sign-out/refused-addresses.ts';

/** Accounts, access and endings of a family, for a process beside the login host. */
export interface Administration {
  readonly accounts: Accounts;
  readonly access: Access;
  readonly approvers: Approvers;
  readonly groups: Groups;
  /** Inviting people. With a mail it needs `secrets` of the family, as {@link Administration.decisions} does. */
  readonly invitations: Pick<Registration['invitations'], 'invite' | 'withdraw' | 'listOpen'>;
  /** Approving and denying people who registered. They are told by a mail, which a running login host sends. */
  readonly decisions: Registration['decisions'];
  readonly endings: Pick<SignInEndings, 'endSignInsOfAccount'>;
  /** Brings into the store what an earlier call wrote down for this account and the store did not confirm then. */
  finishEndings(accountId: string): Promise<void>;
  /** Every account that is not deleted, by address, with the apps it may enter now. */
  listAccounts(): Promise<readonly ListedAccount[]>;
  /** The apps to which a logout notice of this account is on its way: they have not acknowledged it. */
  noticesOnTheirWay(accountId: string): Promise<readonly string[]>;
  /** Whether sign-ins were made under another origin of the login host, which the family does not name. */
  countOtherRealms(): Promise<OtherRealms>;
  /** Closes database and store. Calls afterwards reject. */
  close(): Promise<void>;
}

/** What {@link openAdministration} takes. */
export interface AdministrationOptions {
  readonly family: Family;
  readonly platform?: Partial<Platform>;
  /** Rejects with `database_missing` instead of making an empty database. Default false. */
  readonly mustExist?: boolean;
}

/**
 * Opens the family's database and session store without a login host. What is changed here holds for the apps at once, and
 * a login host that runs meanwhile sends the notices. Needs no secrets. A store that is down rejects only the calls that
 * need it. Rejects with LatchkeyError: `family_invalid` where database or store live in the memory of one process,
 * `database_url_unknown`, `database_unavailable`, `store_url_unknown`. A ready store is not checked: it must be the
 * one that the apps use. It is closed as well.
 *
 * @example
 * ```ts
 * import { openAdministration } from '@latchkey/server/administration';
 * import family from './latchkey.config.ts';
 *
 * const administration = await openAdministration({ family, mustExist: true });
 * for (const { email } of await administration.listAccounts()) console.log(email);
 * await administration.close();
 * ```
 */
export async function openAdministration(options: AdministrationOptions): Promise<Administration> {
  refuseUnknown(options, ['family', 'platform', 'mustExist'], 'openAdministration()');
  const { family, mustExist = false } = options;
  const { realm } = family;
  const { now, randomBytes, onEvent } = createPlatform(options.platform);
  const url = sharedDatabase(family);
  const store = sharedStore(family, now);
  const database = await openDatabase(url, { mustExist });
  const { db } = database;
  // The login host looks into the outbox by itself.
  const nobodyToTell = (): void => undefined;
  const silentApps = silentAppsOf(family);
  const rules = await readRules({ db, now });
  const parts = { db, store, realm, rules, now, randomBytes, silentApps, onEvent };
  const endings = createEndings({ ...parts, onEnforced: nobodyToTell });
  const passwords = createPasswords();
  const access = createAccess({ ...parts, onNotice: nobodyToTell });
  const mails = createMailQueue({ keys: createSealKeys(family, 'mail'), now, randomBytes });
  const platform = { now, randomBytes, onEvent };
  const people = { db, family, mails, passwords, platform, rules };
  const { invitations, decisions } = createRegistration(people);
  const familyName = family.name;
  return {
    invitations,
    decisions,
    accounts: createAccounts({ ...parts, passwords, familyName, endings, signIns: access }),
    access,
    approvers: createApprovers(parts),
    groups: createGroups({ ...parts, apply: access.apply }),
    endings,
    finishEndings: async (accountId) => endings.enforce(await unenforced(db, accountId)),
    listAccounts: () => listAccounts(db, { rules: rules.current(), at: now() }),
    noticesOnTheirWay: (accountId) => noticesOnTheirWay(db, accountId),
    countOtherRealms: () => countOtherRealms(db, store, realm),
    async close() {
      // A store that could not be opened has nothing to close.
      await Promise.all([store.close().catch(() => undefined), database.close()]);
    },
  };
}

async function unenforced(db: Kysely<Database>, accountId: string): Promise<readonly string[]> {
  const rows = await db
    .selectFrom('sign_ins')
    .select('id')
    .where('account_id', '=', accountId)
    .where('ended_at', 'is not', null)
    .where('enforced_at', 'is', null)
    .execute();
  return rows.map((row) => row.id);
}

function sharedDatabase(family: Family): string {
  if (family.database !== null && family.database !== 'sqlite::memory:') return family.database;
  throw new LatchkeyError(
    'family_invalid',
    "Accounts are kept in SQL that the login host uses too: write database: 'sqlite:./data/latchkey.db' in the family config.",
  );
}

function sharedStore(family: Family, now: () => number): SessionStore {
  if (typeof family.store !== 'string') return family.store;
  if (!family.store.startsWith('memory:')) return lazyStore(family.store, now);
  throw new LatchkeyError(
    'family_invalid',
    "A store in memory belongs to one process: what ends here would go on there. Write store: 'sqlite:./data/sessions.db' or 'redis://127.0.0.1:6379/0' in the family config.",
  );
}

async function noticesOnTheirWay(
  db: Kysely<Database>,
  accountId: string,
): Promise<readonly string[]> {
  const rows = await db
    .selectFrom('notices')
    .select('app')
    .distinct()
    .where('account_id', '=', accountId)
    .where('state', '=', 'waiting')
    .orderBy('app')
    .execute();
  return rows.map(({ app }) => app);
}
