import { createRefusals } from '../answers/refusals.ts';
import { resolveScope } from '../cookie/scope.ts';
import type { Handshake } from '../hop/handshake-calls.ts';
import type { AppHandler } from '../http/http-exchange.ts';
import type { Sessions } from '../lifecycle/sessions.ts';
import { refuseUnknown, requireLifetime, requireOrigin, requireSecrets } from '../option-rules.ts';
import { joinPeers } from '../peer-handshake/peer-handshake.ts';
import { createPlatform } from '../platform.ts';
import type { SessionStore } from '../session-store.ts';
import {
  type AppAloneOptions,
  cookieOptionNames,
  formerScopes,
  optionNames,
  scopeNameOf,
} from './app-alone-options.ts';
import { realmsOfApp } from './app-alone-realm.ts';
import { closePlace, openPlace, openSessions, signInsOf } from './app-alone-store.ts';

export type { AppAloneOptions, FormerCookie, SignInOptions } from './app-alone-options.ts';

/** What adapters serve for an app alone. */
export interface AppAlone extends AppHandler {
  readonly store: SessionStore;
  readonly sessions: Sessions;
  /** Sends people to peers, signed in. Without the option `handshake` there are none, and its calls throw `app_unknown`. */
  readonly handshake: Handshake;
}

/**
 * Sessions for an app without a login host: no routes of Latchkey's own but those of `handshake`; a page that needs a
 * sign-in answers 401. Throws `option_invalid`, `cookie_domain_refused`, `cookie_name_refused`, `store_url_unknown`.
 *
 * @example
 * ```ts
 * import { createAppAlone } from '@latchkey/session';
 * import { latchkey } from '@latchkey/session/express';
 *
 * const app = createAppAlone({ origin: 'https://shop.example', store: 'sqlite:./sessions.db' });
 * export const middleware = latchkey(app);
 * ```
 */
export function createAppAlone(options: AppAloneOptions): AppAlone {
  refuseUnknown(options, optionNames, 'sessions()');
  requireOrigin(options.origin, 'origin');
  return createAppAt(options, null);
}

/** {@link createAppAlone} for one of the hosts of an app on any host: all are one app. Its scheme is that of the request. */
export function createAppAt(options: AppAloneOptions, hosts: readonly string[] | null): AppAlone {
  refuseUnknown(options, optionNames, 'sessions()');
  refuseUnknown(options.cookie ?? {}, cookieOptionNames, 'cookie');
  const { origin } = options;
  const lifetimes = {
    idleSeconds: requireLifetime(options.idleSeconds ?? 604_800, 'idleSeconds'),
    absoluteSeconds: requireLifetime(options.absoluteSeconds ?? 2_592_000, 'absoluteSeconds'),
  };
  const secrets = options.secrets === undefined ? null : requireSecrets(options.secrets, 'secrets');
  const { key = 'latchkey_session', former = [], ...rest } = options.cookie ?? {};
  const cookie = resolveScope({ origin, key, ...rest });
  const platform = createPlatform(options.platform);
  const place = openPlace(options.store, platform.now);
  const before = formerScopes(former, { ...rest, key, origin }, cookie);
  const common = {
    cookie,
    realm: realmsOfApp(options, { origin, cookie, formerCookies: before.cookies, hosts }),
    scopeName: scopeNameOf(cookie, origin),
    former: before,
    app: null,
    ...lifetimes,
    signIns: signInsOf(options, place, lifetimes),
    platform,
  };
  const { store, sessions } = openSessions(common, place, secrets);
  const peers = joinPeers(options, { origin, cookie, sessions, store, platform });
  return {
    store,
    sessions,
    handshake: peers.calls,
    origin: options.origin,
    ...createRefusals(options.origin, {}, platform),
    open: (cookieHeader) => sessions.open(cookieHeader),
    owns: (path) => peers.owns(path),
    respond: (request, opened) => peers.respond(request, opened),
    takeInvitation: (request, session) => peers.takeInvitation(request, session),
    demandSignIn: (_demand, session) =>
      session.signedIn
        ? null
        : new Response('Sign in first.', { status: 401, headers: { 'cache-control': 'no-store' } }),
    close: () => closePlace(options.store, place),
  };
}
