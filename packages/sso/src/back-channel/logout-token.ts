import type { LogoutTokenRefusal } from '@latchkey/session/parts';
import { errors, type JWTPayload, jwtVerify } from 'jose';
import { type Issuer, IssuerUnavailable } from '../issuer.ts';
import type { ResolvedOptions } from '../options.ts';

/** What a good logout token says. At least one of `sid` and `sub` is there. */
export interface LogoutClaims {
  readonly jti: string;
  readonly sid: string | null;
  readonly sub: string | null;
}

/**
 * `unavailable`: nothing is known about the token yet, since the keys could not be read, or it names a key that the issuer may
 * have made since they were read.
 */
export type LogoutTokenResult =
  | { readonly kind: 'good'; readonly claims: LogoutClaims }
  | { readonly kind: 'bad'; readonly why: LogoutTokenRefusal }
  | { readonly kind: 'unavailable'; readonly cause: unknown };

/** Seconds by which the clocks of app and login host may differ: nothing but a sign-out can come of a token. */
const clockTolerance = 300;
/** Seconds since `iat` after which a token is not taken any more; the login host makes one for each try. */
const maxAgeSeconds = 300;
const maxLength = 8_192;
const backChannelEvent = 'http://schemas.openid.net/event/backchannel-logout';

/**
 * Verifies a logout token (OpenID Connect Back-Channel Logout 1.0, 2.6): signature by a key of the configured issuer and
 * its one algorithm, `typ` if present, `iss`, `aud`, `iat` (at most five minutes old, and five more for clocks that differ:
 * stricter than the specification and its conformance tests), `exp`, `jti`, `events`, `sub` or `sid`, and no `nonce`.
 */
export async function verifyLogoutToken(
  issuer: Issuer,
  options: ResolvedOptions,
  token: string,
): Promise<LogoutTokenResult> {
  if (token.length > maxLength) return { kind: 'bad', why: 'too-long' };
  const fetched = issuer.keyFetches();
  try {
    const keys = await issuer.keys();
    const { payload, protectedHeader } = await jwtVerify(token, keys, {
      issuer: options.issuer,
      audience: options.clientId,
      algorithms: [options.signatureAlgorithm],
      requiredClaims: ['iat', 'exp', 'jti', 'events'],
      maxTokenAge: maxAgeSeconds,
      clockTolerance,
      currentDate: new Date(options.platform.now()),
    });
    return judge(payload, protectedHeader.typ);
  } catch (error) {
    if (isOutage(error)) return { kind: 'unavailable', cause: error };
    // Keys are fetched again for an unknown one at most every 30 seconds: until then it may be a new one.
    const isUnknownKey = error instanceof errors.JWKSNoMatchingKey;
    if (isUnknownKey && issuer.keyFetches() === fetched)
      return { kind: 'unavailable', cause: error };
    return bad(isJoseError(error) ? error.code : 'malformed');
  }
}

function judge(payload: JWTPayload, typ: string | undefined): LogoutTokenResult {
  const { jti, sub } = payload;
  const sid = payload['sid'];
  if (typ !== undefined && !/^(application\/)?logout\+jwt$/i.test(typ)) return bad('typ');
  if (!isLogoutEvent(payload['events'])) return bad('events');
  // An ID token has one: it must never pass for a logout token.
  if ('nonce' in payload) return bad('nonce');
  if (typeof jti !== 'string' || jti === '') return bad('jti');
  if ((sub !== undefined && !isName(sub)) || (sid !== undefined && !isName(sid))) {
    return bad('subject');
  }
  if (sub === undefined && sid === undefined) return bad('subject');
  const claims = { jti, sub: sub ?? null, sid: isName(sid) ? sid : null };
  return { kind: 'good', claims };
}

function bad(why: LogoutTokenRefusal): LogoutTokenResult {
  return { kind: 'bad', why };
}

function isJoseError(error: unknown): error is { readonly code: `ERR_J${string}` } {
  return error instanceof errors.JOSEError && error.code.startsWith('ERR_J');
}

function isName(value: unknown): value is string {
  return typeof value === 'string' && value !== '';
}

function isLogoutEvent(events: unknown): boolean {
  if (typeof events !== 'object' || events === null || !Object.hasOwn(events, backChannelEvent)) {
    return false;
  }
  const event = (events as Record<string, unknown>)[backChannelEvent];
  return typeof event === 'object' && event !== null && !Array.isArray(event);
}

/** The key set could not be fetched: not a word about the token. */
function isOutage(error: unknown): boolean {
  if (error instanceof IssuerUnavailable) return true;
  if (error instanceof errors.JWKSTimeout || error instanceof errors.JWKSInvalid) return true;
  if (error instanceof errors.JOSEError) return error.code === errors.JOSEError.code;
  return error instanceof TypeError || error instanceof DOMException;
}
