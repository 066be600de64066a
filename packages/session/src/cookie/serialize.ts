import { stringifySetCookie } from 'cookie';
import { LatchkeyError } from '../errors.ts';

/** Where a cookie is sent, and under which name. Made by `cookie/scope.ts`, checked once. */
export interface CookieScope {
  /** With its prefix. */
  readonly name: string;
  /** The `Domain` attribute, or null for a host-only cookie. */
  readonly domain: string | null;
  readonly secure: boolean;
  readonly sameSite: 'lax' | 'strict';
}

/** Name and value together; browsers drop what is larger (RFC 6265bis, section 5.7). */
const maxCookieBytes = 4096;

/**
 * A `Set-Cookie` line: always `Path=/`, `HttpOnly` and an explicit `SameSite`. Without `maxAgeSeconds` the cookie goes
 * when the browser closes. Throws `cookie_too_large`.
 */
export function setCookieLine(scope: CookieScope, value: string, maxAgeSeconds?: number): string {
  if (Buffer.byteLength(scope.name) + Buffer.byteLength(value) > maxCookieBytes) {
    throw new LatchkeyError(
      'cookie_too_large',
      `The cookie ${scope.name} would be larger than ${maxCookieBytes} bytes, and browsers would drop it.`,
    );
  }
  return stringifySetCookie({
    name: scope.name,
    value,
    path: '/',
    httpOnly: true,
    sameSite: scope.sameSite,
    ...(scope.domain === null ? {} : { domain: scope.domain }),
    ...(scope.secure ? { secure: true } : {}),
    ...(maxAgeSeconds === undefined ? {} : { maxAge: maxAgeSeconds }),
  });
}

/** The line that makes the browser drop the cookie: same name, domain and path, or it would stay. */
export function clearCookieLine(scope: CookieScope): string {
  return setCookieLine(scope, '', 0);
}
