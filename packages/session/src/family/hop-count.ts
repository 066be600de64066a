import { readCookieValues } from '../cookie/read.ts';
import type { CookieScope } from '../cookie/serialize.ts';
import { clearCookieLine, setCookieLine } from '../cookie/serialize.ts';

/** Arrivals without a kept cookie after which the hop stops with a page that names the cause. */
const maxArrivals = 3;
const countSeconds = 60;

/**
 * Stops a redirect loop: a browser that drops the session cookie would go to the login host and back for ever. Counts, in
 * a short-lived cookie, the arrivals that were not followed by a request that brings the session cookie. Not a
 * secret and no authority: a wrong count shows a page, nothing more.
 */
export interface HopCount {
  /** Whether another hop would only go round again. */
  isLooping(cookieHeader: string | undefined): boolean;
  /** The `Set-Cookie` line of an arrival. */
  arrivalLine(cookieHeader: string | undefined): string;
  readonly clearLine: string;
}

/** Counts for the app with this session cookie. */
export function createHopCount(session: CookieScope, app: string): HopCount {
  const scope: CookieScope = {
    name: `${session.secure ? '__Host-' : ''}latchkey_arrivals_${app}`,
    domain: null,
    secure: session.secure,
    sameSite: 'lax',
  };
  const countIn = (header: string): number => {
    const [value = '0'] = readCookieValues(header, scope.name, 1);
    return /^\d$/.test(value) ? Number(value) : 0;
  };
  const keptIn = (header: string): boolean => readCookieValues(header, session.name, 1).length > 0;
  return {
    isLooping: (header = '') => !keptIn(header) && countIn(header) >= maxArrivals,
    arrivalLine: (header = '') => {
      const count = keptIn(header) ? 1 : Math.min(countIn(header) + 1, 9);
      return setCookieLine(scope, String(count), countSeconds);
    },
    clearLine: clearCookieLine(scope),
  };
}
