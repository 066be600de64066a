import { readCookieValues } from '../cookie/read.ts';
import {
  type CookieScope,
  clearCookieLine,
  hostCookie,
  setCookieLine,
} from '../cookie/serialize.ts';

/**
 * Remembers in a browser that the next sign-in must not be silent: somebody signed out explicitly. No authority: at worst a
 * person is asked for a password once more.
 */
export interface AskCookie {
  readonly name: string;
  /** Whether this browser is to be asked. */
  isSet(cookieHeader: string | undefined): boolean;
  readonly setLine: string;
  readonly clearLine: string;
}

/** Parameter of a hop that must not be silent. */
export const askParameter = 'ask';

/** As long as browsers keep any cookie (RFC 6265bis, 5.5): the next sign-in clears it. */
const askSeconds = 34_560_000;

/** `place`: the app, or the login host; `cookie`: its session cookie, which says how secure. */
export function createAskCookie(cookie: CookieScope, place: string): AskCookie {
  const scope = hostCookie(cookie, `latchkey_ask_${place}`);
  return {
    name: scope.name,
    isSet: (header = '') => readCookieValues(header, scope.name).includes('1'),
    setLine: setCookieLine(scope, '1', askSeconds),
    clearLine: clearCookieLine(scope),
  };
}
