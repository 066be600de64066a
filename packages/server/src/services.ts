import {
  createPlatform,
  entryUrl,
  type Family,
  LatchkeyError,
  openStore,
  type Platform,
  type SessionStore,
} from '@latchkey/session';
import { createTrustedProxies } from '@latchkey/session/parts';
import { type Kysely, sql } from 'kysely';
import { type Access, createAccess } from './access/access.ts';
import { type AccessRules, adoptRules } from './access/access-rules.ts';
import { createApprovers } from './access/approvers.ts';
import { requestPlaces } from './access/first-request.ts';
import { createRequests } from './access/requests.ts';
import { type Accounts, createAccounts } from './accounts/accounts.ts';
import { createPasswords, type Passwords } from './accounts/passwords.ts';
import { type SeedResult, seedPeople } from './accounts/seeds.ts';
import { standingOf } from './approvals/standing.ts';
import { findPerson } from './browser/find-person.ts';
import { createLoginSessions, type LoginSessions } from './browser/sessions.ts';
import { recognise } from './browser/visitor.ts';
import { openDatabase } from './database/open-database.ts';
import type { Database } from './database/schema.ts';
import { sweep } from './database/sweep.ts';
import { listDevices } from './devices/list-devices.ts';
import { createExposureGuard, type ExposureGuard } from './exposure-guard/exposure-guard.ts';
import { type ExposureGuardOptions, resolveGuardOptions } from './exposure-guard/guard-options.ts';
import { createFamilyKeys } from './family-keys.ts';
import { createLimits, type Limits } from './limits/limits.ts';
import type { MailQueue } from './mail/mail-queue.ts';
import { mailboxPath } from './mail/mailbox-routes.ts';
import { type Mail, openMail, requireMail } from './mail/open-mail.ts';
import { createOneTimeLinks } from './one-time-links/one-time-links.ts';
import type { Outbox } from './outbox/outbox.ts';
import { type Assets, createAssets } from './pages/assets.ts';
import { createPageMaker, type PageMaker } from './pages/page.ts';
import { appTitles } from './pages/shown-app.ts';
import { createPasswordReset } from './password-reset/password-reset.ts';
import { createProvider } from './provider/create-provider.ts';
import { createRegistration, type Registration } from './registration/create-registration.ts';
import type { WaitingNews } from './registration/tell-administrators.ts';
import { createRequestContext, type RequestContext } from './request-context.ts';
import type { RouteDeps } from './routes.ts';
import { createKnownBrowsers } from './sign-in/known-browsers.ts';
import { createLimiter } from './sign-in/limiter.ts';
import { noAccessPath } from './sign-in/no-access-route.ts';
import { renewProof } from './sign-in/renew-proof.ts';
import { createSignIns, type SignIns } from './sign-in/sign-ins.ts';
import { createStartSignIn } from './sign-in/start-sign-in.ts';
import { createWaitingRequests, type WaitingRequests } from './sign-in/waiting-request.ts';
import { createOutgoingCalls, type OutgoingCalls } from './sign-out/address-guard.ts';
import { createEndings, type SignInEndings } from './sign-out/end-sign-in.ts';
import { findIdBySlot } from './sign-out/find-by-slot.ts';
import { createNoticeOutbox } from './sign-out/notice-outbox.ts';
import { createOutcomeCookie } from './sign-out/outcome-cookie.ts';
import { receiptOf } from './sign-out/receipt.ts';
import { createReconciler, type Reconciler } from './sign-out/reconciler.ts';
import { refusedAddresses, reportRefusedAddresses } from './sign-out/refused-addresses.ts';
import { silentAppsOf } from './sign-out/silent-apps.ts';
import { createTickets } from './sign-out/tickets.ts';

/** See `login-host.ts`. */
export interface ServiceOptions {
  readonly family: Family;
  readonly isDevelopment: boolean;
  readonly allowedRanges: readonly string[];
  readonly trustedProxies: readonly string[];
  readonly exposure?: ExposureGuardOptions;
  readonly platform: Partial<Platform>;
}

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

/** What everything else stands on. */
interface Foundations {
  readonly family: Family;
  readonly platform: Platform;
  readonly store: SessionStore;
  readonly db: Kysely<Database>;
  readonly calls: OutgoingCalls;
  readonly page: PageMaker;
  readonly assets: Assets;
  readonly context: RequestContext;
  readonly mail: Mail;
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
    ...requestRoutes(base, capabilities),
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

async function openFoundations(options: ServiceOptions): Promise<Foundations> {
  const { family, isDevelopment, allowedRanges } = options;
  const calls = createOutgoingCalls({ allowedRanges, isDevelopment });
  const fetch: Platform['fetch'] = (url, init) =>
    calls.fetch(url, init as Parameters<typeof calls.fetch>[1]);
  const context = createRequestContext();
  const given = createPlatform({ fetch, ...options.platform });
  const platform = { ...given, onEvent: context.located(given.onEvent) };
  const assets = createAssets(family.brand);
  const database = await openDatabase(family.database ?? refuseNoDatabase());
  const store =
    typeof family.store === 'string'
      ? await openStore(family.store, { now: platform.now })
      : family.store;
  return {
    family,
    platform,
    context,
    assets,
    store,
    calls,
    db: database.db,
    page: createPageMaker({ family, assets, language: context.language }),
    mail: openMail({ family, isDevelopment, db: database.db, platform }),
    async close() {
      if (store !== family.store) await store.close();
      await Promise.all([database.close(), calls.close()]);
    },
  };
}

type Capabilities = Pick<
  RouteDeps,
  'accounts' | 'startSignIn' | 'endSignIn' | 'endSignInsOfAccount' | 'tickets' | 'provider'
> &
  Pick<Services, 'outbox' | 'reconciler' | 'waitingNews'> &
  Registration & {
    readonly signIns: SignIns;
    readonly accounts: Accounts;
    readonly access: Access;
    readonly rules: AccessRules;
  };

async function createCapabilities(base: Foundations): Promise<Capabilities> {
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
  return createRegistration({ ...parts, db, family, mails: mailQueueOf(base), platform });
}

function mailQueueOf({ mail }: Foundations): MailQueue {
  return mail.queue;
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

function refuseNoDatabase(): never {
  throw new LatchkeyError(
    'family_invalid',
    "The login host keeps accounts in SQL: write database: 'sqlite:./data/latchkey.db' in the family config.",
  );
}

/** Asking for apps, and deciding on it. */
function requestRoutes(
  base: Foundations,
  { access, rules }: Pick<Capabilities, 'access' | 'rules'>,
): Pick<RouteDeps, 'requests' | 'approvers' | 'standingOf' | 'appsOf' | 'askedApps'> {
  const { db, family, platform } = base;
  const { now, randomBytes, onEvent } = platform;
  const mail = mailQueueOf(base);
  const requests = createRequests({
    db,
    access,
    rules,
    mail,
    now,
    randomBytes,
    onEvent,
    ...requestPlaces(family),
  });
  return {
    requests,
    approvers: createApprovers({ db, now, onEvent }),
    standingOf: (accountId, app) => standingOf({ family, access, requests, now }, accountId, app),
    async askedApps(accountId) {
      const asked = [...(await requests.statusOf(accountId)).values()];
      return asked
        .filter(({ state }) => state === 'waiting')
        .map(({ app }) => appTitles(family)(app));
    },
    async appsOf(accountId) {
      const [{ apps }, asked] = await Promise.all([
        access.of(accountId),
        requests.statusOf(accountId),
      ]);
      // In the order of the config.
      const all = [...family.apps.values()];
      return {
        enterable: all
          .filter(({ name }) => apps.has(name))
          .map((app) => ({ ...app, href: entryUrl(app) })),
        others: all
          .filter(({ name }) => !apps.has(name))
          .map((app) => ({
            ...app,
            href: `${noAccessPath}?app=${app.name}`,
            isWaiting: asked.get(app.name)?.state === 'waiting',
          })),
      };
    },
  };
}
