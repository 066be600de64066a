import { resolveScope } from './cookie/scope.ts';
import { LatchkeyError } from './errors.ts';
import { refusalPage } from './family/refusal-page.ts';
import type { Entrance } from './http-exchange.ts';
import { createHostCheck } from './own-host.ts';
import { createPlatform, type Platform } from './platform.ts';
import type { SessionStore } from './session-store.ts';
import { createSessions, type Sessions } from './sessions.ts';
import { openLater } from './store/open-later.ts';

/** Sessions of one app outside any family. */
export interface AppAloneOptions {
  /** Where browsers find the app, without path: `https://shop.example`. */
  readonly origin: string;
  /** `redis://…`, `postgres://…`, `sqlite:./file`, `memory:`, or a ready store. */
  readonly store: string | SessionStore;
  readonly cookie?: {
    /** Name before its prefix. Default `latchkey_session`. */
    readonly key?: string;
    /** A domain at or above the host, `'all'`, or absent: a cookie of this host alone. */
    readonly domain?: string;
    readonly tldLength?: number;
    readonly prefix?: 'auto' | 'none';
  };
  /** Seconds a session may go unused. Whole number above 0. Default 604,800 (7 days). */
  readonly idleSeconds?: number;
  /** Seconds a session may last at most. Whole number above 0. Default 2,592,000 (30 days). */
  readonly absoluteSeconds?: number;
  readonly platform?: Partial<Platform>;
}

/** What adapters serve for an app alone. */
export interface AppAlone extends Entrance {
  readonly store: SessionStore;
  readonly sessions: Sessions;
}

const optionNames = ['origin', 'store', 'cookie', 'idleSeconds', 'absoluteSeconds', 'platform'];
const cookieOptionNames = ['key', 'domain', 'tldLength', 'prefix'];

/**
 * Sessions for an app without a login host: no routes of Latchkey's own; a page that needs a sign-in answers 401.
 * Throws `option_invalid`, `cookie_domain_refused`, `cookie_name_refused`, `store_url_unknown`.
 */
export function createAppAlone(options: AppAloneOptions): AppAlone {
  refuseUnknown(options, optionNames, 'sessions()');
  refuseUnknown(options.cookie ?? {}, cookieOptionNames, 'cookie');
  if (!isOrigin(options.origin)) {
    throw invalid('origin must be scheme and host, such as https://shop.example.');
  }
  if (typeof options.store !== 'string' && typeof options.store?.read !== 'function') {
    throw invalid("store must be a URL such as 'sqlite:./data/sessions.db', or a ready store.");
  }
  const { key = 'latchkey_session', ...rest } = options.cookie ?? {};
  const cookie = resolveScope({ origin: options.origin, key, ...rest });
  const store = typeof options.store === 'string' ? openLater(options.store) : options.store;
  const host = new URL(options.origin).host;
  const platform = createPlatform(options.platform);
  const sessions = createSessions({
    store,
    cookie,
    scopeName: cookie.domain === null ? host : `*.${cookie.domain}`,
    app: null,
    idleSeconds: positiveInteger('idleSeconds', options.idleSeconds ?? 604_800),
    absoluteSeconds: positiveInteger('absoluteSeconds', options.absoluteSeconds ?? 2_592_000),
    platform,
  });
  return {
    store,
    sessions,
    origin: options.origin,
    acceptsHost: createHostCheck(options.origin),
    open: (cookieHeader) => sessions.open(cookieHeader),
    owns: () => false,
    respond: () => Promise.resolve(refusalPage('not-found')),
    demandSignIn: (_demand, session) =>
      session.signedIn
        ? null
        : new Response('Sign in first.', { status: 401, headers: { 'cache-control': 'no-store' } }),
    unavailable: (cause) => {
      platform.onEvent({ type: 'store.unavailable', reason: 'request', cause });
      return refusalPage('unavailable');
    },
    wrongHost: () => refusalPage('wrong-host'),
  };
}

function isOrigin(value: unknown): boolean {
  if (typeof value !== 'string' || !/^https?:/.test(value)) return false;
  return URL.canParse(value) && new URL(value).origin === value;
}

function positiveInteger(name: string, value: number): number {
  if (Number.isSafeInteger(value) && value > 0) return value;
  throw invalid(`${name} must be a whole number above 0.`);
}

function refuseUnknown(options: object, known: readonly string[], where: string): void {
  const unknown = Object.keys(options).find((name) => !known.includes(name));
  if (unknown === undefined) return;
  throw invalid(`${where} has no option '${unknown}'. It has: ${known.join(', ')}.`);
}

function invalid(message: string): LatchkeyError {
  return new LatchkeyError('option_invalid', message);
}
