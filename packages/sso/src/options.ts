import { type Account, createPlatform, type Platform, type SessionStore } from '@latchkey/session';
import {
  type CookieScope,
  callbackPath,
  refuseUnknown,
  requireLifetime,
  requireOneOf,
  requireOrigin,
  requireSecrets,
  requireText,
  resolveScope,
} from '@latchkey/session/parts';

/** What an app tells {@link createRelyingParty}. */
export interface RelyingPartyOptions {
  /** The login host: `https://login.kittens.example`, letter by letter as in its discovery document. http only under `.localhost`. */
  readonly issuer: string;
  /** The app's name in the family config. */
  readonly clientId: string;
  /** Derived from the app key; see {@link clientSecretFrom}. */
  readonly clientSecret: string;
  /** Where browsers find the app, without path: `https://wiki.example`. */
  readonly origin: string;
  /** Where the app keeps its own sessions. */
  readonly sessions: RelyingPartySessions;
  /**
   * Told of the person each time somebody signs in, before they are let in: the place to find or create the app's own
   * user by `account.id`, which never changes. When it rejects, nobody is signed in.
   */
  readonly findOrCreateUser?: (account: Account) => Promise<unknown>;
  /** Signature of ID tokens and logout tokens. Default `RS256`, what the login host uses. */
  readonly signatureAlgorithm?: 'RS256' | 'ES256';
  readonly platform?: Partial<Platform>;
}

/** The app's own sessions; the family's store is not needed. */
export interface RelyingPartySessions {
  /** `redis://…`, `sqlite:./file`, `memory:`, or a ready store. Never the family's: its slots are another's. */
  readonly store: string | SessionStore;
  /** Name of the session cookie before its prefix. Default `latchkey_<clientId>`. */
  readonly cookieKey?: string;
  /**
   * Seconds the session of a visitor may go unused, 1 to 34,560,000 (400 days). Default 604,800 (7 days). Somebody who is signed in
   * stays so until the sign-in ends at the login host, which counts idle time, or `absoluteSeconds` have passed.
   */
  readonly idleSeconds?: number;
  /** Seconds a session may last at most, 1 to 34,560,000 (400 days). Default 2,592,000 (30 days). */
  readonly absoluteSeconds?: number;
}

/** Checked once; nothing in it is optional. */
export interface ResolvedOptions {
  readonly issuer: string;
  readonly clientId: string;
  readonly clientSecret: string;
  readonly origin: string;
  readonly redirectUri: string;
  readonly cookie: CookieScope;
  readonly cookieKey: string;
  readonly idleSeconds: number;
  readonly absoluteSeconds: number;
  readonly signatureAlgorithm: 'RS256' | 'ES256';
  readonly findOrCreateUser: (account: Account) => Promise<unknown>;
  readonly platform: Platform;
}

/** Where logout notices arrive: `<origin>/_latchkey/back-channel-logout`. */
export const backChannelLogoutPath = '/_latchkey/back-channel-logout';

const optionNames = [
  'issuer',
  'clientId',
  'clientSecret',
  'origin',
  'sessions',
  'findOrCreateUser',
  'signatureAlgorithm',
  'platform',
];
const sessionOptionNames = ['store', 'cookieKey', 'idleSeconds', 'absoluteSeconds'];

/** Fills defaults, checks, freezes. Throws `option_invalid`, `secret_missing` and `cookie_name_refused`. */
export function resolveOptions(options: RelyingPartyOptions): ResolvedOptions {
  refuseUnknown(options, optionNames, 'createRelyingParty()');
  refuseUnknown(options.sessions, sessionOptionNames, 'sessions');
  const origin = requireOrigin(options.origin, 'origin');
  requireText(options.clientId, 'clientId');
  requireSecrets([options.clientSecret], 'clientSecret');
  const { sessions, signatureAlgorithm = 'RS256' } = options;
  const cookieKey = sessions.cookieKey ?? `latchkey_${options.clientId}`;
  return Object.freeze({
    issuer: requireOrigin(options.issuer, 'issuer'),
    clientId: options.clientId,
    clientSecret: options.clientSecret,
    origin,
    redirectUri: `${origin}${callbackPath}`,
    cookie: resolveScope({ origin, key: cookieKey }),
    cookieKey,
    idleSeconds: requireLifetime(sessions.idleSeconds ?? 604_800, 'sessions.idleSeconds'),
    absoluteSeconds: requireLifetime(
      sessions.absoluteSeconds ?? 2_592_000,
      'sessions.absoluteSeconds',
    ),
    signatureAlgorithm: requireOneOf(signatureAlgorithm, ['RS256', 'ES256'], 'signatureAlgorithm'),
    findOrCreateUser: options.findOrCreateUser ?? (() => Promise.resolve()),
    platform: createPlatform(options.platform),
  });
}
