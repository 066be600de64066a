// Owns OpenID Connect at the login host: configures oidc-provider, stores its records in SQL, answers the calls of
// relying parties. It keeps no sign-in of its own: who is signed in comes from `browser/`, the form from `sign-in/`,
// endings from `sign-out/`.

import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Family, Platform } from '@latchkey/session';
import type { Kysely } from 'kysely';
import {
  type AccountClaims,
  type Adapter,
  errors,
  type FindAccount,
  type KoaContextWithOIDC,
  Provider,
} from 'oidc-provider';
import type { Database } from '../database/schema.ts';
import { outageOf } from '../outage.ts';
import type { PageMaker } from '../pages/page.ts';
import { appTitles } from '../pages/shown-app.ts';
import type { SignInOverview } from '../sign-in/sign-in-overview.ts';
import type { SignIns } from '../sign-in/sign-ins.ts';
import type { SignInEndings } from '../sign-out/end-sign-in.ts';
import type { Tickets } from '../sign-out/tickets.ts';
import { type Authorizations, createAuthorizations } from './authorize.ts';
import { answerClientSignOut } from './client-sign-out.ts';
import { type Clients, createClients, responseModes } from './clients.ts';
import { createConfiguration, renderError } from './configuration.ts';
import { answerEndSession, type EndSessionBrowser } from './end-session.ts';
import { createInteractionPolicy } from './interaction-policy.ts';
import { deriveProviderKeys } from './keys.ts';
import { type LogoutNotice, mintLogoutToken } from './logout-token.ts';
import { createRecordAdapter } from './record-adapter.ts';
import type { AuthorizeOutcome, RequestContext } from './request-context.ts';
import { createRequestViews, type RequestViews } from './request-view.ts';
import { discoveryPaths, providerRoutes } from './routes.ts';
import { createSessionAdapter } from './session-adapter.ts';
import { loadSigningKeys } from './signing-keys.ts';

/** What the OpenID Provider needs of the login host. */
export interface ProviderDeps {
  /** Its `secrets` are used: at least one, newest first. */
  readonly family: Family;
  readonly db: Kysely<Database>;
  readonly signIns: Pick<SignIns, 'findLive' | 'findBySid' | 'joinIn' | 'overviewIn'>;
  /** Reads a live sign-in with its account and apps; `packages/server/src/sign-in/sign-in-overview.ts`. */
  readonly findOverview: (signInId: string) => Promise<SignInOverview | null>;
  readonly endSignIn: SignInEndings['endSignIn'];
  readonly issueTicket: Tickets['issue'];
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
  /**
   * Answers an authorization request (GET), or says what somebody must do first. Stores nothing before somebody is signed in.
   * Rejects when the database does.
   */
  authorize(
    incoming: IncomingMessage,
    outgoing: ServerResponse,
    request: BroughtRequest,
  ): Promise<AuthorizeOutcome>;
  /** Answers any other protocol request. No body may have been read, and `Host` must have been checked. */
  callback(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void>;
  /** Answers `GET` and `POST /oidc/end-session` and `POST /oidc/end-session/confirm`. */
  endSession(request: Request, browser: EndSessionBrowser): Promise<Response>;
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

/** An authorization request; `signInId` is the sign-in that the login host's own cookie opens, or null. */
export type BroughtRequest = Omit<RequestContext, 'signIn'> & { readonly signInId: string | null };

interface Parts {
  readonly provider: Provider;
  readonly views: RequestViews;
  readonly answer: (incoming: IncomingMessage, outgoing: ServerResponse) => Promise<void>;
  readonly authorizations: Authorizations;
  readonly clients: Clients;
}

/** Makes the provider; reads or makes its signing keys. Throws `secret_missing`; rejects when the database does. */
export async function createProvider(deps: ProviderDeps): Promise<LoginProvider> {
  const parts = await assemble(deps);
  const { provider, views, clients, authorizations, answer } = parts;
  const { endSignIn, family, issueTicket, page, signIns } = deps;
  const { now, onEvent, randomBytes } = deps.platform;
  const { origin } = family.loginHost;
  return {
    owns: isProviderPath,
    async authorize(incoming, outgoing, { signInId, ...context }) {
      const overview = signInId === null ? null : await views.of(incoming, signInId);
      const signIn = overview?.signIn ?? null;
      setPolicy(outgoing);
      return authorizations.answer({ incoming, outgoing }, { ...context, signIn }, answer);
    },
    callback: (incoming, outgoing) => callback(answer, incoming, outgoing),
    endSession: (request, browser) =>
      answerEndSession(
        { provider, signIns, origin, endSignIn, page, titleOf: appTitles(family), now, onEvent },
        request,
        browser,
      ),
    clientSignOut: (request) =>
      answerClientSignOut({ signIns, clients, endSignIn, issueTicket, onEvent }, request),
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
  const views = createRequestViews(deps.findOverview);
  const sessions = createSessionAdapter({ signIns, overviewOf: views.current });
  const records = { db, signIns, now, overviewOf: views.current };
  const authorizations = createAuthorizations({ db, now, views });
  const { contextOf } = authorizations;
  const configuration = createConfiguration({
    family,
    clients,
    signingKeys,
    page: deps.page,
    adapter(kind) {
      if (kind === 'Session') return sessions;
      return kind === 'Interaction' ? nothingKept : createRecordAdapter(records, kind);
    },
    policy: createInteractionPolicy({ views, contextOf, now }),
    findAccount: createFindAccount(views),
    grants: { db, sidKey: keys.sid, views },
    fetch: (url, init) => platform.fetch(url, init),
  });
  const provider = new Provider(family.loginHost.origin, configuration);
  adjust(provider, family, clients);
  authorizations.attach(provider);
  report(provider, platform.onEvent, deps.page);
  const answer = provider.callback() as Parts['answer'];
  return { provider, views, answer, authorizations, clients };
}

/** Requests that wait: the sign-in form carries them. */
const nothingKept: Adapter = {
  upsert: () => Promise.resolve(),
  find: () => Promise.resolve(undefined),
  findByUid: () => Promise.resolve(undefined),
  findByUserCode: () => Promise.resolve(undefined),
  consume: () => Promise.resolve(),
  destroy: () => Promise.resolve(),
  revokeByGrantId: () => Promise.resolve(),
};

/** Asked at sign-on, and again for every code and token: then the app must still be granted too. */
function createFindAccount(views: RequestViews): FindAccount {
  return async ({ req, oidc }, id, token) => {
    const isBound = token !== undefined && 'sessionUid' in token;
    const signInId = isBound ? token.sessionUid : oidc.session?.uid;
    const overview = signInId === undefined ? null : await views.of(req, signInId);
    if (overview === null || overview.account.id !== id) return undefined;
    const app = token?.clientId;
    if (app !== undefined && !overview.apps.has(app)) return undefined;
    return { accountId: id, claims: () => claimsOf(overview, app) };
  };
}

/** Of all scopes; the library picks those that were granted. `roles` are those in the app that asks. */
function claimsOf(
  { account, apps, groups, isEmailConfirmed }: SignInOverview,
  app: string | undefined,
): AccountClaims {
  const { id, email, name } = account;
  const roles = app === undefined ? [] : (apps.get(app)?.roles ?? []);
  return { sub: id, email, email_verified: isEmailConfirmed, name, roles, groups };
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
  // What clients may ask for; the library lists all that it knows.
  provider.use(async (ctx, next) => {
    await next();
    if (!discoveryPaths.includes(ctx.path) || ctx.status !== 200) return;
    ctx.body = { ...(ctx.body as object), response_modes_supported: responseModes };
  });
  // Notices are written with the ending and sent by the outbox, until each is acknowledged.
  provider.Client.prototype['backchannelLogout'] = () => Promise.resolve();
  // Every app can say by `id_token_hint` which sign-in it means. By itself the provider leaves `sid` out where no notices go.
  provider.Client.prototype['includeSid'] = () => true;
  // While a family secret is being changed, apps that still hold the older key go on.
  provider.Client.prototype.compareClientSecret = function (secret) {
    return clients.isSecretOf(this.clientId, secret);
  };
}

function report(provider: Provider, onEvent: Platform['onEvent'], page: PageMaker): void {
  type Refusal = `provider.${'authorization' | 'token' | 'userinfo'}-refused`;
  const refused = (type: Refusal) => (ctx: Refused, error: errors.OIDCProviderError) => {
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

/** These are asked for by programs: what they are told is JSON, whatever they say they would read. */
async function callback(
  answer: Parts['answer'],
  incoming: IncomingMessage,
  outgoing: ServerResponse,
): Promise<void> {
  const path = (incoming.url ?? '/').split('?', 1)[0] ?? '/';
  // The provider would also take other spellings (capital letters, a whole URL), past what is checked for each path here.
  if (!isProviderPath(path) || path === providerRoutes.authorization) {
    outgoing.writeHead(404, { 'cache-control': 'no-store' }).end();
    return;
  }
  incoming.headers.accept = 'application/json';
  await answer(incoming, outgoing);
}

/**
 * Exactly as written in `routes.ts`. Not the sign-out pages: our own stand in for these, the provider's would end its
 * session and not the sign-in.
 */
function isProviderPath(path: string): boolean {
  if (path === providerRoutes.end_session) return false;
  if (discoveryPaths.includes(path)) return true;
  return Object.values<string>(providerRoutes).includes(path);
}

/**
 * For the page that posts an answer to the app (`response_mode=form_post`): `script-src` must be there, since the provider
 * adds the hash of its script to it, and `form-action` must not, since where the app leads on to is not known.
 */
function setPolicy(outgoing: ServerResponse): void {
  outgoing.setHeader(
    'content-security-policy',
    "default-src 'none'; script-src 'self'; frame-ancestors 'none'; base-uri 'none'",
  );
}
