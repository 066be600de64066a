import type { Family, Platform } from '@latchkey/session';
import { createTrustedProxies } from '@latchkey/session/parts';
import { sql } from 'kysely';
import type { Accounts } from './accounts/accounts.ts';
import { type SeedResult, seedPeople } from './accounts/seeds.ts';
import { createApprovals } from './approvals/create-approvals.ts';
import { findPerson } from './browser/find-person.ts';
import { createLoginSessions, type LoginSessions } from './browser/sessions.ts';
import { recognise } from './browser/visitor.ts';
import { type Capabilities, createCapabilities } from './capabilities.ts';
import { listDevices } from './devices/list-devices.ts';
import { createExposureGuard, type ExposureGuard } from './exposure-guard/exposure-guard.ts';
import { resolveGuardOptions } from './exposure-guard/guard-options.ts';
import { createFamilyKeys } from './family-keys.ts';
import { type Foundations, openFoundations, type ServiceOptions } from './foundations.ts';
import { createLimits, type Limits } from './limits/limits.ts';
import { mailboxPath } from './mail/mailbox-routes.ts';
import { type Mail, requireMail } from './mail/open-mail.ts';
import { createOneTimeLinks } from './one-time-links/one-time-links.ts';
import type { Outbox } from './outbox/outbox.ts';
import { appTitles } from './pages/shown-app.ts';
import { createPasswordReset } from './password-reset/password-reset.ts';
import type { WaitingNews } from './registration/tell-administrators.ts';
import type { RouteDeps } from './routes.ts';
import { createKnownBrowsers } from './sign-in/known-browsers.ts';
import { createLimiter } from './sign-in/limiter.ts';
import { renewProof } from './sign-in/renew-proof.ts';
import { createWaitingRequests, type WaitingRequests } from './sign-in/waiting-request.ts';
import { findIdBySlot } from './sign-out/find-by-slot.ts';
import { createOutcomeCookie } from './sign-out/outcome-cookie.ts';
import { receiptOf } from './sign-out/receipt.ts';
import type { Reconciler } from './sign-out/reconciler.ts';
import { refusedAddresses, reportRefusedAddresses } from './sign-out/refused-addresses.ts';
import { silentAppsOf } from './sign-out/silent-apps.ts';

/** Everything the login host is made of, before anything listens. */
export interface Services {
  readonly routes: RouteDeps;
  readonly outbox: Outbox;
  readonly waitingNews: WaitingNews;
  readonly mail: Mail;
  readonly reconciler: Reconciler;
  /** Null without shared apps, and where no check was handed over. */
  readonly guard: ExposureGuard | null;
  /** Makes the people of the development family. */
  seed(dataFolder: string, password: string | undefined): Promise<SeedResult>;
  /** Says what would go wrong later: logout addresses that are not called. */
  reportFaults(): Promise<void>;
  /** Stops what runs by itself, then closes sockets, database and the store that was given as a URL. */
  close(): Promise<void>;
}

/** Builds every capability and hands it what it needs: the one place where all of them meet. */
export async function createServices(options: ServiceOptions): Promise<Services> {
  const appKeysOf = createFamilyKeys(options.family);
  requireMail(options);
  const { clientAddress } = createTrustedProxies(options.trustedProxies);
  const guardOptions = options.exposure && resolveGuardOptions(options.exposure);
  const base = await openFoundations(options);
  const { family, platform, store, db, page } = base;
  const { now } = platform;
  const capabilities = await createCapabilities(base);
  const { outbox, reconciler, waitingNews } = capabilities;
  const limits = createLimits({ db, family, now });
  const guard = guardOptions === undefined ? null : guardOf(base, guardOptions);
  const sessions = sessionsOf(base, guard);
  const routes: RouteDeps = {
    family,
    page,
    platform,
    db,
    store,
    sessions,
    guard,
    appKeysOf,
    clientAddress,
    assets: base.assets,
    answering: base.context.answering,
    waiting: waitingRequestsOf(family, platform),
    limits,
    ...passwordLimits(base, limits),
    ...capabilities,
    ...aboutMail(base, capabilities.accounts),
    ...recognising(base, sessions),
    ...signOutRows(base),
    outcome: createOutcomeCookie(family, now),
    refusedAddresses: () => refusedAddresses(family, base.calls),
    devicesOf: createDeviceList({ ...base, ...capabilities, sessions }),
    ...createApprovals({ ...base, ...capabilities, mail: base.mail.queue }),
    ready: () => ready(base),
  };
  return {
    routes,
    outbox,
    waitingNews,
    mail: base.mail,
    reconciler,
    guard,
    seed: seeding(base, capabilities, !options.isDevelopment),
    reportFaults: () => reportRefusedAddresses(family, base.calls, platform.onEvent),
    async close() {
      guard?.stop();
      const workers = [reconciler, outbox, waitingNews, base.mail.outbox];
      await Promise.all(workers.map((worker) => worker?.stop()));
      await base.close();
    },
  };
}

function seeding(
  { family, platform }: Foundations,
  { accounts, access }: Capabilities,
  isProduction: boolean,
): Services['seed'] {
  const { randomBytes } = platform;
  const apps = [...family.apps.keys()];
  return (dataFolder, password) =>
    seedPeople({
      accounts,
      access,
      randomBytes,
      dataFolder,
      isProduction,
      apps,
      ...(password === undefined ? {} : { password }),
    });
}

/** Null without a shared cookie: there is nothing to guard. */
function guardOf(
  { family, platform }: Foundations,
  options: ReturnType<typeof resolveGuardOptions>,
): ExposureGuard | null {
  const { now, onEvent } = platform;
  return family.sharedCookie === null ? null : createExposureGuard({ options, now, onEvent });
}

function sessionsOf(
  { family, store, platform }: Foundations,
  guard: ExposureGuard | null,
): LoginSessions {
  const isSharedPaused = (): boolean => guard?.state().isPaused === true;
  return createLoginSessions(family, { store, platform, isSharedPaused });
}

async function ready({ store, db }: Foundations): Promise<void> {
  await Promise.all([store.ping(), sql`select 1`.execute(db)]);
}

/** What pages say of mails, and what is done by the links in them. */
function aboutMail(
  { db, family, context, mail, platform: { now, randomBytes } }: Foundations,
  accounts: Accounts,
): Pick<RouteDeps, 'mailboxPath' | 'mails' | 'mailbox' | 'language' | 'passwordReset'> {
  const { queue: mails, mailbox } = mail;
  const links = createOneTimeLinks({ db, now, randomBytes });
  return {
    mails,
    mailbox,
    mailboxPath: mailbox === null ? null : mailboxPath,
    language: context.language,
    passwordReset: createPasswordReset({ db, family, accounts, links, mails, now }),
  };
}

function passwordLimits(
  { family, platform }: Foundations,
  limits: Limits,
): Pick<RouteDeps, 'limiter' | 'knownBrowsers'> {
  const { cookie } = family.loginHost;
  const knownBrowsers = createKnownBrowsers({ limits, family, cookie, platform });
  return { knownBrowsers, limiter: createLimiter({ limits, knownBrowsers }) };
}

function waitingRequestsOf(family: Family, platform: Platform): WaitingRequests {
  return createWaitingRequests({
    family,
    cookie: family.loginHost.cookie,
    platform,
  });
}

function signOutRows({
  db,
  family,
  platform,
}: Foundations): Pick<RouteDeps, 'findIdBySlot' | 'receiptOf'> {
  const silentApps = silentAppsOf(family);
  return {
    findIdBySlot: (slot) => findIdBySlot(db, slot),
    receiptOf: (signInId) => receiptOf({ db, silentApps, now: platform.now }, signInId),
  };
}

function recognising(
  { db, context, platform: { now } }: Foundations,
  sessions: LoginSessions,
): Pick<RouteDeps, 'recognise' | 'renewProof'> {
  const deps = {
    sessions: sessions.own,
    ask: sessions.ask,
    findPerson: (signInId: string) => findPerson(db, signInId, now()),
  };
  return {
    recognise: async (request) => {
      const visitor = await recognise(deps, request);
      context.prefer(visitor.person?.locale ?? null);
      return visitor;
    },
    renewProof: (proof) => renewProof(db, { ...proof, provedAt: now() }),
  };
}

function createDeviceList(
  parts: Foundations &
    Pick<Capabilities, 'signIns' | 'access'> & { readonly sessions: LoginSessions },
): RouteDeps['devicesOf'] {
  const { family, platform, db, store, signIns, access, sessions } = parts;
  const { now } = platform;
  const { realm } = family;
  const apps = [...family.apps.keys()];
  const sharedApps =
    sessions.shared === null ? [] : apps.filter((app) => family.apps.get(app)?.reach === 'shared');
  const grantedApps = (accountId: string) => access.grantedApps(accountId);
  return (person) =>
    listDevices(
      { db, store, realm, signIns, now, apps, sharedApps, titleOf: appTitles(family), grantedApps },
      person,
    );
}
