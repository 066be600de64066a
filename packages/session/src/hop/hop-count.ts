import { bringsCookie, readCookieValues } from '../cookie/read.ts';
import {
  type CookieScope,
  clearCookieLine,
  hostCookie,
  setCookieLine,
} from '../cookie/serialize.ts';
import type { LoopReason } from '../event-reasons.ts';
import type { SessionObject } from '../session-object/session-object.ts';

/** Arrivals in a row, none followed by a session that opens, after which the hop stops with a page that names the cause. */
const maxArrivals = 3;
const countSeconds = 60;

/**
 * Stops a redirect loop: a browser that drops the session cookie, or a store that loses the session, would send people to
 * the login host and back for ever. Counts arrivals in a short-lived cookie; the first request whose session opens clears
 * it. Not a secret and no authority: a wrong count shows a page, nothing more.
 */
export interface HopCount {
  /** Why another hop would only go round again, once, and then it starts again; null where it would not. */
  stopLoop(cookieHeader: string | undefined, session: SessionObject): LoopReason | null;
  /** Counts an arrival in the cookies of the answer. */
  countArrival(cookieHeader: string | undefined, session: SessionObject): void;
  /** Starts again, where something was counted. */
  reset(cookieHeader: string | undefined, session: SessionObject): void;
}

/** Counts for the app with this session cookie. */
export function createHopCount(cookie: CookieScope, app: string): HopCount {
  const scope = hostCookie(cookie, `latchkey_arrivals_${app}`);
  const clearLine = clearCookieLine(scope);
  const countIn = (header = ''): number => {
    const [value = '0'] = readCookieValues(header, scope.name, 1);
    return /^\d$/.test(value) ? Number(value) : 0;
  };
  const reset: HopCount['reset'] = (header, session) => {
    if (header?.includes(scope.name)) session.stageCookie(scope.name, clearLine);
  };
  return {
    reset,
    stopLoop(header, session) {
      if (countIn(header) < maxArrivals) return null;
      reset(header, session);
      return bringsCookie(header, cookie.name) ? 'session-not-found' : 'cookie-not-kept';
    },
    countArrival(header, session) {
      const count = Math.min(countIn(header) + 1, 9);
      session.stageCookie(scope.name, setCookieLine(scope, String(count), countSeconds));
    },
  };
}
