import { isSameCookie } from '../cookie/former.ts';
import { type CookieScope, resolveScope, type ScopeOptions } from '../cookie/scope.ts';
import type { CookieStore } from '../cookie-store/cookie-store.ts';
import type { FormerScopes, SignInLimits } from '../lifecycle/sessions.ts';
import { invalidOption, refuseUnknown, requireLifetime, requireWhole } from '../option-rules.ts';
import type { PeerHandshakeOptions } from '../peer-handshake/options.ts';
import type { Platform } from '../platform.ts';
import type { SessionStore } from '../session-store.ts';

/** Sessions of one app outside any family. */
export interface AppAloneOptions {
  /** Where browsers find the app, without path: `https://shop.example`. */
  readonly origin: string;
  /**
   * `redis://…`, `postgres://…`, `sqlite:./file`, `memory:`, or a ready store. `cookie:` or `cookieStore(…)`: the data is in
   * the cookie, sealed under `secrets`.
   */
  readonly store: string | SessionStore | CookieStore;
  /**
   * What keeps this app apart from others on its store: sessions, sealed cookies and lists of sign-ins of one realm are
   * nothing in another. 1 to 2,000 characters. Default: origin, path and full name of the cookie
   * (`https://shop.example __Host-latchkey_session`), with a cookie domain that in the place of the host
   * (`https://*.shop.example __Secure-latchkey_session`); on any host the list of `hosts`; with `handshake` the origins of
   * all peers. Apps that name the same realm share sessions and sign-ins as far as their cookies do.
   */
  readonly realm?: string;
  /** Realms from before a change, in those words: what was made in them still opens and is listed. Default none. */
  readonly formerRealms?: readonly string[];
  readonly cookie?: {
    /** Name before its prefix. Default `latchkey_session`. */
    readonly key?: string;
    /**
     * A domain at or above the host, `'all'`, a list of domains (the first that is the host or is above it), a function
     * of the host, called once at start, or absent: a cookie of this host alone.
     */
    readonly domain?: string | readonly string[] | ((host: string) => string | null);
    readonly tldLength?: number;
    readonly prefix?: 'auto' | 'none';
    /** Default `/`. */
    readonly path?: string;
    /** `'auto'`, the default: for https, and for hosts under `.localhost`. `false` is refused for https. */
    readonly secure?: 'auto' | boolean;
    /** Default `'lax'`. */
    readonly sameSite?: 'lax' | 'strict';
    /** Default true. `false` lets scripts of the page read the session id. */
    readonly httpOnly?: boolean;
    /** Seconds the browser keeps the cookie, 1 to 34,560,000, renewed with use. Absent: until it is closed. */
    readonly expireAfter?: number;
    /** The cookies that were in use before this one; see {@link FormerCookie}. */
    readonly former?: readonly FormerCookie[];
  };
  /** Seconds a session may go unused, 1 to 34,560,000 (400 days). Default 604,800 (7 days). */
  readonly idleSeconds?: number;
  /** Seconds a session may last at most, 1 to 34,560,000 (400 days). Default 2,592,000 (30 days). */
  readonly absoluteSeconds?: number;
  /** For sign-ins that the app makes with `session.signIn()`. */
  readonly signIns?: SignInOptions;
  /** Secrets of at least 32 bytes, newest first: the first seals, all open. For what is sealed for the browser. */
  readonly secrets?: readonly (string | undefined)[];
  /** Sends people to apps on other domains and takes those who come, signed in, where both share this store. */
  readonly handshake?: PeerHandshakeOptions;
  readonly platform?: Partial<Platform>;
}

/** How long sign-ins last, in seconds, 1 to 34,560,000 (400 days). By default as long as sessions do. */
export interface SignInOptions {
  readonly idleSeconds?: number;
  readonly absoluteSeconds?: number;
  /** For people who asked to stay signed in. Default 2,592,000 (30 days) unused, 31,536,000 (365 days) in all. */
  readonly remembered?: { readonly idleSeconds?: number; readonly absoluteSeconds?: number };
  /** Live sign-ins of one account, 1 to 150: the one made first ends when another comes on top. Default 100. */
  readonly maxPerAccount?: number;
}

/**
 * A cookie of this app as it was before: read while browsers still have it, and cleared. `key` and `prefix` are by default
 * those of today; what else is left out, was not set.
 */
export interface FormerCookie {
  readonly key?: string;
  readonly domain?: string | readonly string[] | ((host: string) => string | null);
  readonly tldLength?: number;
  readonly prefix?: 'auto' | 'none';
  readonly path?: string;
  readonly secure?: 'auto' | boolean;
}

export const optionNames: readonly string[] = [
  ...['origin', 'store', 'realm', 'formerRealms', 'cookie', 'idleSeconds', 'absoluteSeconds'],
  ...['signIns', 'secrets', 'handshake', 'platform'],
];
const signInOptionNames = ['idleSeconds', 'absoluteSeconds', 'remembered', 'maxPerAccount'];
const formerOptionNames = ['key', 'domain', 'tldLength', 'prefix', 'path', 'secure'];
export const cookieOptionNames: readonly string[] = [
  ...formerOptionNames,
  'sameSite',
  'httpOnly',
  'expireAfter',
  'former',
];

export function scopeNameOf({ domain }: CookieScope, origin: string): string {
  return domain === null ? new URL(origin).host : `*.${domain}`;
}

type Lifetimes = Pick<SignInLimits, 'idleSeconds' | 'absoluteSeconds'>;

/** `lifetimes`: what counts where the options name none. */
export function signInLimits(options: SignInOptions, lifetimes: Lifetimes): SignInLimits {
  refuseUnknown(options, signInOptionNames, 'signIns');
  const { idleSeconds = lifetimes.idleSeconds, remembered = {} } = options;
  const { absoluteSeconds = lifetimes.absoluteSeconds } = options;
  refuseUnknown(remembered, signInOptionNames.slice(0, 2), 'signIns.remembered');
  const { maxPerAccount = 100 } = options;
  return {
    idleSeconds: requireLifetime(idleSeconds, 'signIns.idleSeconds'),
    absoluteSeconds: requireLifetime(absoluteSeconds, 'signIns.absoluteSeconds'),
    remembered: {
      idleSeconds: requireLifetime(
        remembered.idleSeconds ?? 2_592_000,
        'signIns.remembered.idleSeconds',
      ),
      absoluteSeconds: requireLifetime(
        remembered.absoluteSeconds ?? 31_536_000,
        'signIns.remembered.absoluteSeconds',
      ),
    },
    maxPerAccount: requireWhole(maxPerAccount, 'signIns.maxPerAccount', { least: 1, most: 150 }),
  };
}

export function formerScopes(
  former: readonly FormerCookie[],
  { origin, key, prefix = 'auto' }: ScopeOptions,
  today: CookieScope,
): FormerScopes {
  if (!Array.isArray(former)) throw invalidOption('cookie.former must be a list.');
  const cookies = former.map((options: FormerCookie, index) => {
    const where = `cookie.former[${index}]`;
    refuseUnknown(options, formerOptionNames, where);
    const cookie = resolveScope({ origin, key, prefix, ...options });
    if (!isSameCookie(cookie, today)) return cookie;
    throw invalidOption(`${where} is the cookie of today; write down what was different before.`);
  });
  return { cookies, scopeNames: cookies.map((cookie) => scopeNameOf(cookie, origin)) };
}
