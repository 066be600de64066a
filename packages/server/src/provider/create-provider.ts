import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Family, Platform } from '@latchkey/session';
import type { Kysely } from 'kysely';
import { errors, type FindAccount, type KoaContextWithOIDC, Provider } from 'oidc-provider';
import type { Access } from '../access/access.ts';
import type { Accounts } from '../accounts/accounts.ts';
import type { Database } from '../database/schema.ts';
import { outageOf } from '../outage.ts';
import type { PageMaker } from '../pages/page.ts';
import type { SignIns } from '../sign-in/sign-ins.ts';
import type { SignInEndings } from '../sign-out/end-sign-in.ts';
import { alignSession } from './align-session.ts';
import { answerClientSignOut } from './client-sign-out.ts';
import { type Clients, createClients } from './clients.ts';
import { createConfiguration, renderError } from './configuration.ts';
import { answerEndSession } from './end-session.ts';
import type { MayEnter } from './interaction-policy.ts';
import { deriveProviderKeys } from './keys.ts';
import { type LogoutNotice, mintLogoutToken } from './logout-token.ts';
import { createRecordAdapter } from './record-adapter.ts';
import {
  dropInteractionCookie,
  type InteractionOutcome,
  resumeInteraction,
} from './resume-interaction.ts';
import { discoveryPaths, interactionPath, providerRoutes } from './routes.ts';
import { createSessionAdapter, type SessionAdapter } from './session-adapter.ts';
import { loadSigningKeys } from './signing-keys.ts';

/** What the OpenID Provider needs of the login host. */
export interface ProviderDeps {
  /** Its `secrets` are used: at least one, newest first. */
  readonly family: Family;
  readonly db: Kysely<Database>;
  readonly accounts: Pick<Accounts, 'findById'>;
  readonly access: Pick<Access, 'mayEnter'>;
  readonly signIns: Pick<SignIns, 'findLive' | 'findBySid' | 'join' | 'joinedApps'>;
  readonly endSignIn: SignInEndings['endSignIn'];
  readonly page: PageMaker;
  readonly platform: Platform;
}

/**
 * The login host as OpenID Provider. `signInId` is, in every call, the live sign-in that the login host's own cookie
 * opens, or null: the provider's cookie never decides who is signed in.
 */
export interface LoginProvider {
  /** Whether {@link LoginProvider.callback} answers requests to this path. */
  owns(path: string): boolean;
  /** Answers a protocol request. No body may have been read, and `Host` must have been checked. */
  callback(
    incoming: IncomingMessage,
    outgoing: ServerResponse,
    signInId: string | null,
  ): Promise<void>;
  /** Decides what happens at `GET /oidc/interaction/<uid>`. */
  resumeInteraction(
    incoming: IncomingMessage,
    outgoing: ServerResponse,
    signInId: string | null,
  ): Promise<InteractionOutcome>;
  /** Answers `GET` and `POST /oidc/end-session` and `POST /oidc/end-session/confirm`. */
  endSession(request: Request, signInId: string | null): Promise<Response>;
  /** Answers `POST /oidc/sign-out`, from relying party to login host. */
  clientSignOut(request: Request): Promise<Response>;
  /** The client that an `Authorization` header authenticates, or null. */
  authenticateClient(authorization: string | null): string | null;
  /**
   * A fresh logout token for one try of a notice, good for 120 seconds. Rejects when the family has no such relying
   * party (any more).
   */
  mintLogoutToken(notice: LogoutNotice): Promise<string>;
}

interface Parts {
  readonly deps: ProviderDeps;
  readonly provider: Provider;
  readonly answer: (incoming: IncomingMessage, outgoing: ServerResponse) => Promise<void>;
  readonly sessions: SessionAdapter;
  readonly clients: Clients;
  readonly mayEnter: MayEnter;
}

/** Makes the provider; reads or makes its signing keys. Throws `secret_missing`; rejects when the database does. */
export async function createProvider(deps: ProviderDeps): Promise<LoginProvider> {
  const parts = await assemble(deps);
  const { provider, clients, mayEnter } = parts;
  const { endSignIn, family, page, signIns } = deps;
  const { onEvent, randomBytes } = deps.platform;
  const { origin } = family.loginHost;
  return {
    owns: isProviderPath,
    callback: (incoming, outgoing, signInId) => callback(parts, { incoming, outgoing }, signInId),
    resumeInteraction: (incoming, outgoing, signInId) =>
      resumeInteraction({ provider, signIns, mayEnter }, { incoming, outgoing }, signInId),
    endSession: (request, signInId) =>
      answerEndSession({ provider, signIns, origin, endSignIn, page, onEvent }, request, signInId),
    clientSignOut: (request) =>
      answerClientSignOut({ signIns, clients, endSignIn, onEvent }, request),
    authenticateClient: (authorization) => clients.authenticate(authorization),
    mintLogoutToken: (notice) => mintLogoutToken(provider, notice, randomBytes),
  };
}

async function assemble(deps: ProviderDeps): Promise<Parts> {
  const { db, family, platform, signIns } = deps;
  const { now } = platform;
  const keys = deriveProviderKeys(family.secrets);
  const clients = createClients(family);
  const signingKeys = await loadSigningKeys({ db, sealing: keys.sealing, platform });
  const sessions = createSessionAdapter({ db, signIns, now });
  const mayEnter = createMayEnter(deps);
  const configuration = createConfiguration({
    ...{ family, clients, keys, signingKeys, page: deps.page },
    adapter: (kind) =>
      kind === 'Session' ? sessions : createRecordAdapter({ db, signIns, now }, kind),
    findAccount: createFindAccount(deps, mayEnter),
    grants: { db, signIns, sidKey: keys.sid, mayEnter },
    fetch: (url, init) => platform.fetch(url, init),
  });
  const provider = new Provider(family.loginHost.origin, configuration);
  adjust(provider, family, clients);
  report(provider, platform.onEvent, deps.page);
  const answer = provider.callback() as Parts['answer'];
  return { deps, provider, answer, sessions, clients, mayEnter };
}

function createMayEnter(deps: ProviderDeps): MayEnter {
  return async (accountId, app) => {
    const account = await deps.accounts.findById(accountId);
    if (account?.state !== 'active') return false;
    return deps.access.mayEnter(accountId, app, deps.platform.now());
  };
}

/** Asked at sign-on, and again for every code and token: then the app must still be granted too. */
function createFindAccount(deps: ProviderDeps, mayEnter: MayEnter): FindAccount {
  return async (_ctx, id, token) => {
    const account = await deps.accounts.findById(id);
    if (account?.state !== 'active') return undefined;
    const app = token?.clientId;
    if (app !== undefined && !(await mayEnter(id, app))) return undefined;
    const { email, name } = account;
    return { accountId: id, claims: () => ({ sub: id, email, name }) };
  };
}

function adjust(provider: Provider, family: Family, clients: Clients): void {
  const { protocol, host } = new URL(family.loginHost.origin);
  // URLs follow the config alone, never `Host` or `X-Forwarded-*`. Always secure: the config takes https, and http only
  // under .localhost, where browsers accept Secure cookies.
  Object.defineProperties(provider.request, {
    protocol: { get: () => protocol.slice(0, -1) },
    host: { get: () => host },
    secure: { get: () => true },
  });
  // Notices are written with the ending and sent by the outbox, until each is acknowledged.
  provider.Client.prototype['backchannelLogout'] = () => Promise.resolve();
  // While a family secret is being changed, apps that still hold the older key go on.
  provider.Client.prototype.compareClientSecret = function (secret) {
    return clients.isSecretOf(this.clientId, secret);
  };
}

function report(provider: Provider, onEvent: Platform['onEvent'], page: PageMaker): void {
  const refused = (type: string) => (ctx: Refused, error: errors.OIDCProviderError) => {
    const app = ctx.oidc.client?.clientId;
    onEvent({ type, reason: error.error, ...(app === undefined ? {} : { app }) });
  };
  provider.on('authorization.error', refused('provider.authorization-refused'));
  provider.on('grant.error', refused('provider.token-refused'));
  provider.on('userinfo.error', refused('provider.userinfo-refused'));
  const failed = (ctx: Pick<KoaContextWithOIDC, 'status' | 'set'>, cause: unknown): void => {
    const outage = outageOf(cause);
    onEvent(outage ?? { type: 'provider.error', cause });
    if (outage === null || ctx.status !== 500) return;
    ctx.status = 503;
    ctx.set('retry-after', '2');
  };
  provider.on('server_error', failed);
  // Writing the session is the last step, outside of the provider's own error pages.
  provider.use(async (ctx, next) => {
    try {
      await next();
    } catch (error) {
      const isExpected = error instanceof errors.OIDCProviderError;
      ctx.status = isExpected ? error.statusCode : 500;
      if (!isExpected) failed(ctx, error);
      await renderError(ctx, isExpected ? error.error : 'server_error', page);
    }
  });
}

/** The part of the provider's context that says which app it was about. */
interface Refused {
  readonly oidc: { readonly client?: { readonly clientId: string } | undefined };
}

async function callback(
  parts: Parts,
  exchange: { readonly incoming: IncomingMessage; readonly outgoing: ServerResponse },
  signInId: string | null,
): Promise<void> {
  const { incoming, outgoing } = exchange;
  const path = (incoming.url ?? '/').split('?', 1)[0] ?? '/';
  setPolicy(outgoing, parts.clients.origins);
  // The provider would also take other spellings (capital letters, a whole URL) and then go by its own cookie alone.
  if (!isProviderPath(path)) {
    outgoing.writeHead(404, { 'cache-control': 'no-store' }).end();
    return;
  }
  if (path.startsWith(providerRoutes.authorization)) {
    const { deps, provider, sessions } = parts;
    const live = signInId === null ? null : await deps.signIns.findLive(signInId);
    const waiting = waitingUid(path);
    if (live === null && waiting !== null) {
      // The sign-in ended between proof and return: ask again instead of failing.
      const location = `${interactionPath}/${waiting}`;
      outgoing.writeHead(303, { location, 'cache-control': 'no-store' }).end();
      return;
    }
    if (waiting !== null) dropInteractionCookie(provider, exchange, waiting);
    const { randomBytes } = deps.platform;
    await alignSession({ provider, sessions, randomBytes }, exchange, live?.id ?? null);
  }
  await parts.answer(incoming, outgoing);
}

/**
 * Exactly as written in `routes.ts`. Not the sign-out pages: our own stand in for these, the provider's would end its
 * session and not the sign-in.
 */
function isProviderPath(path: string): boolean {
  if (path === providerRoutes.end_session) return false;
  if (discoveryPaths.includes(path)) return true;
  return Object.values<string>(providerRoutes).includes(path) || waitingUid(path) !== null;
}

/** The waiting request that a browser comes back to, or null. */
function waitingUid(path: string): string | null {
  const start = `${providerRoutes.authorization}/`;
  const uid = path.startsWith(start) ? path.slice(start.length) : '';
  return /^[A-Za-z0-9_-]+$/.test(uid) ? uid : null;
}

/** `script-src` must be there: the provider adds the hash of its form-post script to it. */
function setPolicy(outgoing: ServerResponse, origins: readonly string[]): void {
  if (outgoing.hasHeader('content-security-policy')) return;
  outgoing.setHeader(
    'content-security-policy',
    `default-src 'none'; script-src 'self'; form-action ${["'self'", ...origins].join(' ')}; frame-ancestors 'none'; base-uri 'none'`,
  );
}
