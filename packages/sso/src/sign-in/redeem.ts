import type { Account } from '@latchkey/session';
import type { OAuthRefusal, SsoRefusal } from '@latchkey/session/parts';
import {
  authorizationCodeGrant,
  ClientError,
  type IDToken,
  ResponseBodyError,
} from 'openid-client';
import { type Issuer, IssuerUnavailable } from '../issuer.ts';
import type { Flow } from './flow.ts';

/** Who came back from the login host. */
export interface Arrival {
  readonly account: Account;
  /** What the person is in this app, as the login host knew it at this sign-on. */
  readonly roles: readonly string[];
  /** The groups that the person is in, likewise. */
  readonly groups: readonly string[];
  /** The sign-in, as this app knows it. */
  readonly sid: string;
  /** When the person proved who they are: milliseconds since 1970. */
  readonly provedAt: number;
  /** RFC 8176 names. */
  readonly methods: readonly string[];
}

const [maxNames, maxNameLength] = [64, 100];

/** `unavailable`: the login host did not answer as it should; the same link may work later, or a new one. */
export type RedeemResult =
  | { readonly kind: 'arrived'; readonly arrival: Arrival }
  | { readonly kind: 'refused'; readonly why: SsoRefusal }
  | { readonly kind: 'unavailable'; readonly cause: unknown };

/**
 * Redeems what the login host sent the browser back with. `url` is the configured redirect URI with the query of the
 * request. Checked: `iss` (RFC 9207), `state`, PKCE, and of the ID token signature, issuer, audience, expiry and nonce.
 */
export async function redeem(issuer: Issuer, url: URL, flow: Flow): Promise<RedeemResult> {
  try {
    const tokens = await authorizationCodeGrant(await issuer.configuration(), url, {
      expectedState: flow.state,
      expectedNonce: flow.nonce,
      pkceCodeVerifier: flow.codeVerifier,
      idTokenExpected: true,
    });
    const arrival = arrivalOf(tokens.claims());
    return arrival === null
      ? { kind: 'refused', why: 'claims-missing' }
      : { kind: 'arrived', arrival };
  } catch (error) {
    if (isOutage(error)) return { kind: 'unavailable', cause: error };
    return { kind: 'refused', why: reasonOf(error) };
  }
}

function arrivalOf(claims: IDToken | undefined): Arrival | null {
  if (claims === undefined) return null;
  const { sub, auth_time: provedAt, iat } = claims;
  const [sid, email, name] = [claims['sid'], claims['email'], claims['name']];
  if (typeof sid !== 'string' || sid === '') return null;
  if (typeof email !== 'string' || typeof name !== 'string') return null;
  const methods = claims['amr'];
  return {
    account: { id: sub, email, name },
    roles: namesIn(claims['roles']),
    groups: namesIn(claims['groups']),
    sid,
    provedAt: (provedAt ?? iat) * 1000,
    methods: Array.isArray(methods) ? methods.filter((method) => typeof method === 'string') : [],
  };
}

/** They go into the record of the sign-in: names of at most 100 characters, the first 64 of them; what is none is left out. */
function namesIn(claim: unknown): readonly string[] {
  if (!Array.isArray(claim)) return [];
  const isName = (one: unknown): one is string =>
    typeof one === 'string' && one !== '' && one.length <= maxNameLength;
  return claim.filter(isName).slice(0, maxNames);
}

/** No answer, or one of a server in trouble; everything else is about this link. */
function isOutage(error: unknown): boolean {
  if (error instanceof IssuerUnavailable) return true;
  if (error instanceof ResponseBodyError) return error.status >= 500 || error.status === 429;
  if (error instanceof ClientError) {
    const isTimeout = error.code === 'OAUTH_TIMEOUT' || error.code === 'OAUTH_ABORT';
    // By its form: the answer may be of another `fetch` than the global one.
    const { status } = (error.cause ?? {}) as { status?: unknown };
    return isTimeout || (typeof status === 'number' && status >= 500);
  }
  // What `fetch` rejects with.
  return error instanceof TypeError;
}

/** OAuth errors that are passed on as reasons; any other text came from outside. */
const knownErrors: readonly OAuthRefusal[] = [
  'access_denied',
  'consent_required',
  'interaction_required',
  'invalid_client',
  'invalid_grant',
  'invalid_request',
  'invalid_scope',
  'login_required',
  'server_error',
  'temporarily_unavailable',
  'unauthorized_client',
  'unsupported_response_type',
];

function reasonOf(error: unknown): SsoRefusal {
  const { error: named, code } = error as { error?: unknown; code?: unknown };
  const known = knownErrors.find((name) => name === named);
  if (known !== undefined) return known;
  return isLibraryCode(code) ? code : 'refused';
}

function isLibraryCode(code: unknown): code is `OAUTH_${string}` {
  return typeof code === 'string' && /^OAUTH_[A-Z_]+$/.test(code);
}
