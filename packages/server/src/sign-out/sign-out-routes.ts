import {
  type AppKey,
  type AppSignOutCause,
  callSignatureHeader,
  type Family,
  hasCode,
  mayHaveEffect,
  type Platform,
  requestOrigin,
  type SessionStore,
  type Slot,
  verifyAppSignOut,
} from '@latchkey/session';
import { readText } from '../browser/form.ts';
import { seeOther } from '../browser/return-to.ts';
import type { LoginSessions } from '../browser/sessions.ts';
import type { Visitor } from '../browser/visitor.ts';
import { messages } from '../pages/messages.ts';
import type { PageMaker } from '../pages/page.ts';
import type { SignInEndings } from './end-sign-in.ts';

/** What signing out needs. */
export interface SignOutRoutesDeps {
  readonly family: Family;
  readonly page: PageMaker;
  readonly platform: Platform;
  readonly store: SessionStore;
  readonly sessions: LoginSessions;
  readonly recognise: (request: Request) => Promise<Visitor>;
  readonly endSignIn: SignInEndings['endSignIn'];
  /** The sign-in kept at a slot, ended or not. */
  readonly findIdBySlot: (slot: Slot) => Promise<string | null>;
  readonly appKeysOf: (app: string) => readonly AppKey[];
}

const maxCallBytes = 2_048;

/** `POST /sign-out` at the login host: ends the sign-in everywhere, then answers. */
export async function signOut(deps: SignOutRoutesDeps, request: Request): Promise<Response> {
  const { family, page, sessions } = deps;
  if (!mayHaveEffect(requestOrigin(request), [family.loginHost.origin]))
    return page(messages.crossSite);
  const { session } = await deps.recognise(request);
  try {
    const slot = session.slot();
    if (slot === null) await session.end();
    else await endAt(deps, slot, 'sign-out');
  } catch (error) {
    if (!hasCode(error, 'store_unavailable')) throw error;
    return page(messages.signOutRecorded);
  }
  const shared = sessions.shared === null ? [] : sessions.shared.clearLines;
  return seeOther(`${family.loginHost.origin}/`, [...sessions.own.clearLines, ...shared]);
}

/**
 * `POST /_latchkey/app-sign-out`: an app's signed call. 204 only once the sign-in is ended; it is no secret from the app
 * whether there was one. No cookie is read.
 */
export async function appSignOut(deps: SignOutRoutesDeps, request: Request): Promise<Response> {
  const body = await readText(request, maxCallBytes);
  const signature = request.headers.get(callSignatureHeader);
  const now = deps.platform.now();
  const call = body === null ? null : verifyAppSignOut(body, signature, deps.appKeysOf, now);
  if (call === null) return plain(401);
  await endAt(deps, call.slot, call.cause);
  return plain(204);
}

/** Also where SQL does not know it, after a backup was restored: the apps would go on with what the store has. */
async function endAt(deps: SignOutRoutesDeps, slot: Slot, cause: AppSignOutCause): Promise<void> {
  const signInId = await deps.findIdBySlot(slot);
  if (signInId === null) await deps.store.endSignIn(slot, cause);
  else await deps.endSignIn({ signInId, cause });
}

function plain(status: number): Response {
  return new Response(null, { status, headers: { 'cache-control': 'no-store' } });
}
