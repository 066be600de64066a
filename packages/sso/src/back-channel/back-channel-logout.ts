// Owns receiving a notice: the logout token is checked, taken once, and ends the
// sign-in here. What this app tells the login host of its own sign-outs belongs to
// `sign-out/`.

import { hasCode, type SessionStore } from '@latchkey/session';
import { type LogoutTokenRefusal, readForm } from '@latchkey/session/parts';
import type { ClientKeys } from '../client-keys.ts';
import type { Issuer } from '../issuer.ts';
import { takeOnce } from '../note.ts';
import type { ResolvedOptions } from '../options.ts';
import type { AccountIndex } from '../sign-in/account-index.ts';
import { type LogoutClaims, verifyLogoutToken } from './logout-token.ts';

/** What receiving a notice needs. */
export interface BackChannelDeps {
  readonly options: ResolvedOptions;
  readonly issuer: Issuer;
  readonly keys: ClientKeys;
  readonly store: SessionStore;
  readonly accounts: AccountIndex;
}

/** Bytes a logout notice may have. */
const maxFormBytes = 16_384;
/** Seconds a token's `jti` is remembered: longer than any token is taken. */
const rememberedSeconds = 1_800;

/**
 * `POST /_latchkey/back-channel-logout` (OpenID Connect Back-Channel Logout 1.0, 2.5 to 2.8). 200 when the sign-in has
 * ended, had ended before or was never here; 400 for a bad token; 503 with `Retry-After` when store or keys cannot be
 * reached. No cookie is read or set. A notice that arrives before the sign-in is stored wins: it leaves a tombstone where
 * the sign-in would be stored.
 */
export async function answerBackChannelLogout(
  deps: BackChannelDeps,
  request: Request,
): Promise<Response> {
  if (request.method !== 'POST') return answer(405, { allow: 'POST' });
  const tokens = (await readForm(request, maxFormBytes))?.getAll('logout_token') ?? [];
  const [token] = tokens;
  if (tokens.length !== 1 || token === undefined) return refuse(deps, 'malformed');
  const result = await verifyLogoutToken(deps.issuer, deps.options, token);
  if (result.kind === 'bad') return refuse(deps, result.why);
  if (result.kind === 'unavailable') return unavailable(deps, 'keys', result.cause);
  try {
    return (await end(deps, result.claims)) ? answer(200) : refuse(deps, 'other-account');
  } catch (cause) {
    if (!hasCode(cause, 'store_unavailable')) throw cause;
    return unavailable(deps, 'store', cause);
  }
}

/** False when the token's `sid` is not a sign-in of its `sub`. */
async function end(deps: BackChannelDeps, claims: LogoutClaims): Promise<boolean> {
  const { keys, store } = deps;
  const { sid, sub } = claims;
  if (sid !== null && sub !== null) {
    const found = await store.readSignIn(keys.slotOf(sid));
    if (found !== null && found.signIn.account.id !== sub) return false;
  }
  const remembered = keys.noteKey(`jti\n${claims.jti}`);
  // A replay changes nothing. With a sid it could not anyway; without one it would end what began since.
  if (sid === null && (await store.read(remembered)) !== null) return true;
  const sids = sid !== null ? [sid] : await deps.accounts.sidsOf(sub ?? '');
  for (const one of sids) await store.endSignIn(keys.slotOf(one), 'sign-out');
  // Only now: of a token that was answered with 503 the sender tries the very same again.
  await takeOnce(store, remembered, rememberedSeconds);
  return true;
}

function refuse({ options }: BackChannelDeps, reason: LogoutTokenRefusal): Response {
  options.platform.onEvent({ type: 'sso.notice-refused', app: options.clientId, reason });
  return answer(400, {}, 'invalid_request');
}

function unavailable(
  { options }: BackChannelDeps,
  reason: 'keys' | 'store',
  cause: unknown,
): Response {
  options.platform.onEvent({ type: 'sso.notice-delayed', app: options.clientId, reason, cause });
  return answer(503, { 'retry-after': '2' }, 'temporarily_unavailable');
}

function answer(status: number, headers: Record<string, string> = {}, error?: string): Response {
  const body = error === undefined ? null : JSON.stringify({ error });
  return new Response(body, {
    status,
    headers: {
      'cache-control': 'no-store',
      ...(body === null ? {} : { 'content-type': 'application/json' }),
      ...headers,
    },
  });
}
