import { type Access, createAccess } from './access/access.ts';
import { type AccessRules, adoptRules } from './access/access-rules.ts';
import { type Accounts, createAccounts } from './accounts/accounts.ts';
import { createPasswords, type Passwords } from './accounts/passwords.ts';
import { sweep } from './database/sweep.ts';
import type { Foundations } from './foundations.ts';
import type { Outbox } from './outbox/outbox.ts';
import { createProvider } from './provider/create-provider.ts';
import { createRegistration, type Registration } from './registration/create-registration.ts';
import type { RouteDeps } from './routes.ts';
import { createSignIns, type SignIns } from './sign-in/sign-ins.ts';
import { createStartSignIn } from './sign-in/start-sign-in.ts';
import { createEndings, type SignInEndings } from './sign-out/end-sign-in.ts';
import { createNoticeOutbox } from './sign-out/notice-outbox.ts';
import { createReconciler, type Reconciler } from './sign-out/reconciler.ts';
import { silentAppsOf } from './sign-out/silent-apps.ts';
import { createTickets } from './sign-out/tickets.ts';

/** What people and apps do at the login host, each made by its folder. */
export type Capabilities = Pick<
  RouteDeps,
  'accounts' | 'startSignIn' | 'endSignIn' | 'endSignInsOfAccount' | 'tickets' | 'provider'
> &
  Registration & {
    readonly outbox: Outbox;
    readonly reconciler: Reconciler;
    readonly signIns: SignIns;
    readonly accounts: Accounts;
    readonly access: Access;
    readonly rules: AccessRules;
  };

/** Makes them, in the order in which they need one another. */
export async function createCapabilities(base: Foundations): Promise<Capabilities> {
  const { family, platform, store, db, page } = base;
  const { now, randomBytes, onEvent } = platform;
  const { realm, idleSeconds, absoluteSeconds, remembered } = family;
  // The outbox needs the provider's tokens, the provider needs endings, and endings wake the outbox.
  const wakeOutbox = { now: (): void => undefined };
  const onEnforced = (): void => wakeOutbox.now();
  const rules = await adoptRules({ db, now }, family);
  const silentApps = silentAppsOf(family);
  const parts = { db, store, realm, rules, now, randomBytes, silentApps, onEvent };
  const endings = createEndings({ ...parts, onEnforced });
  const { endSignIn, endSignInsOfAccount } = endings;
  const passwords = createPasswords();
  const access = createAccess({ ...parts, onNotice: onEnforced });
  const people = { passwords, familyName: family.name, endings, signIns: access };
  const accounts = createAccounts({ ...parts, ...people });
  const signIns = createSignIns({ db, now, rules });
  const limits = { idleSeconds, absoluteSeconds, remembered };
  const startSignIn = createStartSignIn({ ...parts, ...limits, signIns, access, endings });
  const tickets = createTickets({ db, family, now, randomBytes });
  const provider = await createProvider({
    family,
    db,
    signIns,
    findOverview: (signInId) => signIns.overviewIn(db, signInId),
    page,
    platform,
    endSignIn,
    issueTicket: (signInId) => tickets.issue(signInId),
  });
  const outbox = outboxOf(base, provider);
  wakeOutbox.now = () => outbox.wake();
  const reconciler = reconcilerOf(base, { endings, access });
  return {
    accounts,
    access,
    rules,
    signIns,
    startSignIn,
    endSignIn,
    endSignInsOfAccount,
    tickets,
    provider,
    outbox,
    reconciler,
    ...registrationOf(base, { passwords, rules }),
  };
}

function reconcilerOf(
  { db, store, family: { realm }, platform: { now, onEvent } }: Foundations,
  { endings, access }: { readonly endings: SignInEndings; readonly access: Access },
): Reconciler {
  const applyMissedAccess = (): Promise<number> => access.applyMissed();
  const deleteOld = () => sweep({ db, now });
  const parts = { db, store, realm, endings, now, onEvent };
  return createReconciler({ ...parts, applyMissedAccess, sweep: deleteOld });
}

function registrationOf(
  base: Foundations,
  parts: { readonly passwords: Passwords; readonly rules: AccessRules },
): Registration {
  const { db, family, platform } = base;
  return createRegistration({ ...parts, db, family, mails: base.mail.queue, platform });
}

function outboxOf(
  { db, calls, family, platform }: Foundations,
  provider: Capabilities['provider'],
): Outbox {
  const { now, randomBytes, onEvent } = platform;
  return createNoticeOutbox({
    db,
    now,
    onEvent,
    fetch: calls.fetch,
    mintLogoutToken: (notice) => provider.mintLogoutToken(notice),
    logoutUriOf: (app) => family.apps.get(app)?.backChannelLogoutUri ?? null,
    random: () => randomBytes(4).readUInt32BE() / 2 ** 32,
  });
}
