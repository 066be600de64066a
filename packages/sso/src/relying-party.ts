// The app's side of OpenID Connect: options, the issuer's keys, the app's own keys; this file joins them to an app
// handler. `sign-in/` takes people in, `sign-out/` ends at the login host, `back-channel/` receives notices. Sessions
// and cookies are those of `@latchkey/session`.

import type { AppHandler, SessionStore } from '@latchkey/session';
import type { SessionObject } from '@latchkey/session/parts';
import {
  callbackPath,
  createRefusals,
  createSessions,
  createSignOutRoute,
  type EndSignInEverywhere,
  hopTo,
  isPageRequest,
  notSignedInAnswer,
  openNoting,
  realmsOf,
  refusalPage,
  requestedPage,
  type Sessions,
  type SignInDemand,
  type SignOutRoute,
  signedOutPath,
  storeFor,
} from '@latchkey/session/parts';
import {
  answerBackChannelLogout,
  type BackChannelDeps,
} from './back-channel/back-channel-logout.ts';
import { deriveClientKeys } from './client-keys.ts';
import { createIssuer } from './issuer.ts';
import {
  backChannelLogoutPath,
  type RelyingPartyOptions,
  type ResolvedOptions,
  resolveOptions,
} from './options.ts';
import { createAccountIndex } from './sign-in/account-index.ts';
import { createSignInRoutes, type SignInRoutes } from './sign-in/sign-in-routes.ts';
import { createEndAtLoginHost } from './sign-out/end-at-login-host.ts';
import { endEverywhere } from './sign-out/end-everywhere.ts';
import { createPendingEndings } from './sign-out/pending-endings.ts';

/**
 * An app that speaks OpenID Connect to the login host: every adapter of `@latchkey/session` serves it. Its routes are
 * `/sign-in`, `/sign-out`, `/_latchkey/callback`, `/_latchkey/signed-out` and `/_latchkey/back-channel-logout`.
 */
export interface RelyingParty extends AppHandler {
  readonly store: SessionStore;
  /** Tells the login host once of sign-outs that it did not confirm; gives how many are left. Also done by itself. */
  tellPendingEndings(): Promise<number>;
  /** Stops what runs by itself and closes the store that it was given as a URL; a ready one is closed by its maker. */
  close(): Promise<void>;
}

/**
 * Makes the relying party; calls nobody until the first sign-in. Throws at start: `option_invalid`,
 * `cookie_name_refused`, `store_url_unknown`.
 *
 * @example
 * ```ts
 * import { clientSecretFrom, createRelyingParty } from '@latchkey/sso';
 * export const party = createRelyingParty({
 *   issuer: 'https://login.kittens.example',
 *   clientId: 'wiki',
 *   clientSecret: clientSecretFrom(process.env['LATCHKEY_APP_KEY'], 'wiki'),
 *   origin: 'https://wiki.example',
 *   sessions: { store: 'sqlite:./data/sessions.db' },
 * });
 * ```
 */
export function createRelyingParty(given: RelyingPartyOptions): RelyingParty {
  const options = resolveOptions(given);
  const { clientId, cookie, absoluteSeconds, platform } = options;
  const { store: storeOption } = given.sessions;
  const store = storeFor(storeOption, platform.now);
  const keys = deriveClientKeys(options);
  const issuer = createIssuer(options);
  const end = createEndAtLoginHost(options);
  const pending = createPendingEndings({
    store,
    keys,
    end,
    onFailure: (cause) =>
      platform.onEvent({ type: 'store.unavailable', app: clientId, reason: 'pending', cause }),
    keptSeconds: absoluteSeconds,
  });
  const endSignIn: EndSignInEverywhere = (slot, cause) =>
    endEverywhere({ store, end, pending }, slot, cause);
  const sessions = sessionsOf(options, store, endSignIn);
  const signOut = createSignOutRoute({
    app: clientId,
    origin: options.origin,
    loginHost: options.issuer,
    cookie,
    sessions,
  });
  const accounts = createAccountIndex(store, keys, absoluteSeconds);
  const signIn = createSignInRoutes({
    options,
    issuer,
    keys,
    store,
    sessions,
    accounts,
    ask: signOut.ask,
    endSignIn,
  });
  return {
    store,
    origin: options.origin,
    ...createRefusals(options.origin, { app: clientId }, platform),
    open: openNoting(sessions, signIn),
    owns: (path) => path === '/sign-in' || path === '/sign-out' || path.startsWith('/_latchkey/'),
    respond: (request, opened) =>
      respond({ options, issuer, keys, store, accounts, signIn, signOut }, request, opened),
    demandSignIn: (demand, session) => demandSignIn(options.origin, demand, session),
    tellPendingEndings: () => pending.tell(),
    async close() {
      pending.close();
      if (store !== storeOption) await store.close();
    },
  };
}

function sessionsOf(
  { clientId, origin, cookie, idleSeconds, absoluteSeconds, platform }: ResolvedOptions,
  store: SessionStore,
  endSignIn: EndSignInEverywhere,
): Sessions {
  return createSessions({
    store,
    // As that of an app alone.
    realm: realmsOf(`${origin} ${cookie.name}`, []),
    cookie,
    idleSeconds,
    absoluteSeconds,
    platform,
    endSignIn,
    scopeName: clientId,
    app: clientId,
  });
}

async function respond(
  deps: BackChannelDeps & { readonly signIn: SignInRoutes; readonly signOut: SignOutRoute },
  request: Request,
  opened: Parameters<AppHandler['respond']>[1],
): Promise<Response> {
  const { signIn, signOut } = deps;
  const { session } = opened;
  const { pathname } = new URL(request.url);
  const isRead = request.method === 'GET' || request.method === 'HEAD';
  switch (pathname) {
    case '/sign-in':
      return isRead ? signIn.start(request, session) : refusalPage('method');
    case callbackPath:
      // HEAD would use the code up, and POST could be sent by any site's form.
      return request.method === 'GET' ? signIn.arrive(request, opened) : refusalPage('method');
    case '/sign-out':
      return signOut.signOut(request, opened);
    case signedOutPath:
      return signOut.signedOut(request, session);
    case backChannelLogoutPath:
      return answerBackChannelLogout(deps, request);
    default:
      return refusalPage('not-found');
  }
}

/** Browsers are sent to sign in and come back to the page; programs get a 401. */
function demandSignIn(
  origin: string,
  demand: SignInDemand,
  session: SessionObject,
): Response | null {
  if (session.signedIn) return null;
  if (!isPageRequest(demand)) return notSignedInAnswer();
  // One that is too long to be carried leads to the home page.
  const path = requestedPage(demand.path, origin);
  return hopTo(`${origin}/sign-in?${new URLSearchParams({ return_to: path })}`);
}
