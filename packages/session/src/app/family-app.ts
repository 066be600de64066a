// Owns the configured app that an adapter takes: of a family (this file), alone, or alone with any host. It joins the
// rooms below it to one app handler. What a session does is left to `lifecycle/`, the way between hosts to `hop/`,
// frameworks to `adapters/`.

import { createRefusals } from '../answers/refusals.ts';
import { type AppKey, derivePurposeKey, keyIdOf, parseAppKeys } from '../app-key.ts';
import { type Family, type FamilyMember, memberOf } from '../config/family.ts';
import type { CookieScope } from '../cookie/scope.ts';
import { hasCode, LatchkeyError } from '../errors.ts';
import { createHandshake, type Handshake } from '../hop/handshake-calls.ts';
import type { AppHandler, ServedApp } from '../http/http-exchange.ts';
import { createTrustedProxies } from '../http/trusted-proxies.ts';
import { createSessions, type EndSignInEverywhere, type Sessions } from '../lifecycle/sessions.ts';
import { refuseUnknown } from '../option-rules.ts';
import { createPlatform, type Platform } from '../platform.ts';
import type { EndCause, SessionStore, Slot } from '../session-store.ts';
import { storeFor } from '../store/lazy-store.ts';
import { AppRoutes } from './family-routes.ts';
import { type AppSignOutCall, callAppSignOut } from './login-host-call.ts';
import { openNoting } from './open-noting.ts';

/** What an app passes to `latchkey(...)`. */
export interface FamilyAppOptions {
  /** The family, from `latchkey.config.ts`. */
  readonly family: Family;
  /** Which of its apps this process is. */
  readonly app: string;
  /** The app's key, printed by `latchkey app-key`. Default: the environment variable `LATCHKEY_APP_KEY`. */
  readonly appKey?: string;
  /**
   * Addresses or CIDR ranges of proxies whose `X-Forwarded-For` is believed: for the address in links to other apps and
   * nothing else. Default none.
   */
  readonly trustedProxies?: readonly string[];
  readonly platform?: Partial<Platform>;
}

const optionNames = ['family', 'app', 'appKey', 'trustedProxies', 'platform'];

/** An app of the family: what adapters serve, and its store, for health checks. */
export interface FamilyApp extends AppHandler {
  /** Its name in the family. */
  readonly app: string;
  readonly store: SessionStore;
  readonly sessions: Sessions;
  /** Sends people to other apps of the family, signed in. */
  readonly handshake: Handshake;
}

/**
 * Joins an app of reach `shared` or `handshake` to its family. Throws at start: `app_unknown`, `app_key_invalid`,
 * `family_invalid` for another reach (`oidc` apps use `@latchkey/sso`), `store_url_unknown`.
 *
 * @example
 * ```ts
 * import { createFamilyApp } from '@latchkey/session';
 * import { latchkey } from '@latchkey/session/express';
 * import family from './latchkey.config.ts';
 *
 * const app = createFamilyApp({ family, app: 'toys' }); // LATCHKEY_APP_KEY holds this app's key
 * export const middleware = latchkey(app);
 * ```
 */
export function createFamilyApp(options: FamilyAppOptions): FamilyApp {
  refuseUnknown(options, optionNames, 'latchkey()');
  const { family } = options;
  const member = memberOf(family, options.app);
  const cookie = ownCookie(member);
  const platform = createPlatform(options.platform);
  const keys = parseAppKeys(options.appKey ?? process.env['LATCHKEY_APP_KEY'], member.name);
  const store = storeFor(family.store, platform.now);
  const own = { family, member, keys, store, platform };
  const endSignIn = endingThroughLoginHost(own);
  const { idleSeconds, absoluteSeconds, remembered, realm } = family;
  const { scopeName, former, name: app } = member;
  const sessions = createSessions({
    store,
    realm,
    cookie,
    scopeName,
    former,
    app,
    platform,
    endSignIn,
    idleSeconds,
    absoluteSeconds,
    longestSignInSeconds: remembered.absoluteSeconds,
  });
  const routes = new AppRoutes({
    member: { ...member, cookie },
    loginHost: family.loginHost.origin,
    sessions,
    store,
    platform,
    keyIds: keys.map(keyIdOf).join('.'),
    tokenKeys: keys.map((key) => derivePurposeKey(key, 'handshake token', realm.present)),
    isSource: (name) => name !== app && (family.apps.get(name)?.cookie ?? null) !== null,
    ...family.handshake,
    endReplaced: (slot) => endReplaced(endSignIn, slot),
  });
  return {
    app,
    store,
    sessions,
    handshake: callsOf(own, options.trustedProxies ?? []),
    origin: member.origin,
    ...createRefusals(member.origin, { app }, platform),
    open: openNoting(sessions, routes),
    owns: (path) => routes.owns(path),
    respond: (request, opened) => routes.respond(request, opened),
    takeInvitation: (request, session) => routes.takeInvitation(request, session),
    demandSignIn: (demand, session) => routes.demandSignIn(demand, session),
    close: async () => (store === family.store ? undefined : store.close()),
  };
}

function ownCookie({ name, reach, cookie }: FamilyMember): CookieScope {
  if (cookie !== null) return cookie;
  throw new LatchkeyError(
    'family_invalid',
    `apps.${name} has reach '${reach}' and keeps its own session: use @latchkey/sso.`,
  );
}

/**
 * The app handler or host router that options of an adapter name: a ready one, or an app of a family, which is made. Throws
 * as {@link createFamilyApp}.
 */
export function servedApp(options: FamilyAppOptions | ServedApp): ServedApp {
  return 'open' in options || 'at' in options ? options : createFamilyApp(options);
}

/** What an app of a family is made of. */
interface FamilyAppParts {
  readonly family: Family;
  readonly member: FamilyMember;
  /** Newest first. */
  readonly keys: readonly [AppKey, ...AppKey[]];
  readonly store: SessionStore;
  readonly platform: Platform;
}

/** People can be sent to apps with a session of the family's that is not this app's own already. */
function callsOf(
  { family, member, keys: [key], store, platform }: FamilyAppParts,
  trustedProxies: readonly string[],
): Handshake {
  const { name: app, origin, scopeName } = member;
  const others = [...family.apps.values()].filter(
    (other) => other.cookie !== null && other.scopeName !== scopeName,
  );
  return createHandshake({
    app,
    origin,
    store,
    platform,
    targets: new Map(others.map((other) => [other.name, other.origin])),
    invitationKey: derivePurposeKey(key, 'handshake invitation', family.realm.present),
    proxies: createTrustedProxies(trustedProxies),
  });
}

/**
 * Sign-out goes through the login host, which knows every app. When it is away the app ends the sign-in in the store,
 * which all apps of the family ask, and leaves a report that the login host finds when it is back; then it still
 * rejects with `login_host_unavailable`, so that the person is told.
 */
function endingThroughLoginHost({
  family: { loginHost, realm },
  member: { name: app },
  keys: [key],
  store,
  platform,
}: FamilyAppParts): EndSignInEverywhere {
  const line = { loginHost, realm, key, platform };
  return async (slot, cause) => {
    try {
      const call = { app, slot, cause: causeForLoginHost(cause), at: platform.now() };
      return await callAppSignOut(line, call);
    } catch (error) {
      if (!hasCode(error, 'login_host_unavailable')) throw error;
      platform.onEvent({ type: 'login-host.unavailable', app, reason: 'sign-out', cause: error });
      await store.endSignIn(slot, cause, { realm: realm.present, report: true });
      throw error;
    }
  };
}

/** Ended in the store and reported where the login host is away: whoever arrives has no part in that. */
async function endReplaced(endSignIn: EndSignInEverywhere, slot: Slot): Promise<void> {
  try {
    await endSignIn(slot, 'replaced');
  } catch (error) {
    if (!hasCode(error, 'login_host_unavailable')) throw error;
  }
}

/** An app ends sign-ins because the person said so, here or of another device, or signed in again. */
function causeForLoginHost(cause: EndCause): AppSignOutCall['cause'] {
  return cause === 'revoked-by-person' || cause === 'replaced' ? cause : 'sign-out';
}
