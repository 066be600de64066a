import { stringifySetCookie } from 'cookie';
import { LatchkeyError } from '../errors.ts';

/** Where a cookie is sent, and under which name. Made by `scope.ts`, checked once. */
export interface CookieScope {
  /** With its prefix. */
  readonly name: string;
  /** The `Domain` attribute, or null for a host-only cookie. */
  readonly domain: string | null;
  readonly secure: boolean;
  readonly sameSite: 'lax' | 'strict';
  /** Default `/`. */
  readonly path?: string;
  /** Default true. */
  readonly httpOnly?: boolean;
  /** Seconds the browser keeps it. Absent: until it is closed. */
  readonly expireAfter?: number;
}

/** A cookie of one host alone that is as secure as the session cookie beside it. */
export function hostCookie({ secure }: Pick<CookieScope, 'secure'>, name: string): CookieScope {
  return { name: `${secure ? '__Host-' : ''}${name}`, domain: null, secure, sameSite: 'lax' };
}

/** cookie-octets of RFC 6265bis, section 4.1.1: what needs no quoting, and comes back from a browser as it was sent. */
const valuePattern = /^[!#-+\--:<-[\]-~]*$/;
/** Name and value together; browsers drop what is larger (RFC 6265bis, section 5.7). */
const maxCookieBytes = 4096;

/**
 * A `Set-Cookie` line: always with `Path`, `SameSite` and, unless the scope says otherwise, `HttpOnly`. `maxAgeSeconds` is
 * a whole number, the scope's `expireAfter` by default; 0 deletes. Throws `cookie_too_large`, and `option_invalid` for
 * a value with blanks, quotes, control characters, `,`, `;`, `\` or anything beyond ASCII: nothing is encoded, because
 * `readCookieValues` decodes nothing.
 */
export function setCookieLine(
  scope: CookieScope,
  value: string,
  maxAgeSeconds: number | undefined = scope.expireAfter,
): string {
  if (!valuePattern.test(value)) {
    throw new LatchkeyError(
      'option_invalid',
      `The value for the cookie ${scope.name} has characters that a cookie may not have.`,
    );
  }
  if (Buffer.byteLength(scope.name) + Buffer.byteLength(value) > maxCookieBytes) {
    throw new LatchkeyError(
      'cookie_too_large',
      `The cookie ${scope.name} would be larger than ${maxCookieBytes} bytes, and browsers would drop it.`,
    );
  }
  const cookie = {
    name: scope.name,
    value,
    path: scope.path ?? '/',
    httpOnly: scope.httpOnly ?? true,
    sameSite: scope.sameSite,
    ...(scope.domain === null ? {} : { domain: scope.domain }),
    ...(scope.secure ? { secure: true } : {}),
    ...(maxAgeSeconds === undefined ? {} : { maxAge: maxAgeSeconds }),
  };
  return stringifySetCookie(cookie, { encode: (text) => text });
}

/** The line that makes the browser drop the cookie: same name, domain and path, or it would stay. */
export function clearCookieLine(scope: CookieScope): string {
  return setCookieLine(scope, '', 0);
}
