import { hasCode, type SessionStore } from '@latchkey/session';
import {
  type AppKey,
  type AppSignOutAnswer,
  type AppSignOutCause,
  callSignatureHeader,
  loginSignedOutPath,
  mayHaveEffect,
  readText,
  requestOrigin,
  type Slot,
  verifyAppSignOut,
} from '@latchkey/session/parts';
import { seeOther } from '../browser/return-to.ts';
import { clearLinesOf } from '../browser/sessions.ts';
import { messages } from '../pages/messages.ts';
import type { PageMaker } from '../pages/page.ts';
import { type SignOutHereDeps, signOutHere } from './sign-out-here.ts';
import type { Tickets } from './tickets.ts';

/** What signing out needs. */
export interface SignOutRoutesDeps extends SignOutHereDeps {
  readonly page: PageMaker;
  readonly store: SessionStore;
  readonly tickets: Tickets;
  /** The sign-in kept at a slot, ended or not. */
  readonly findIdBySlot: (slot: Slot) => Promise<string | null>;
  readonly appKeysOf: (app: string) => readonly AppKey[];
}

const maxCallBytes = 2_048;

/** `POST /sign-out` at the login host: ends the sign-in everywhere, then leads to the page that says so. */
export async function signOut(deps: SignOutRoutesDeps, request: Request): Promise<Response> {
  const { family, page } = deps;
  if (!mayHaveEffect(requestOrigin(request), [family.loginHost.origin]))
    return page(messages.crossSite);
  const { session, person } = await deps.recognise(request);
  const slot = session.slot();
  try {
    if (person !== null) return await signOutHere(deps, request, { session, person });
    if (slot !== null) await endAt(deps, slot, 'sign-out');
    else await session.end();
  } catch (error) {
    if (!hasCode(error, 'store_unavailable')) throw error;
    return page(messages.signOutRecorded);
  }
  const lines = await clearLinesOf(deps.sessions, request, session);
  return seeOther(`${family.loginHost.origin}${loginSignedOutPath}`, lines);
}

/**
 * `POST /_latchkey/app-sign-out`: an app's signed call. 200 only once the sign-in is ended, with the ticket for the browser of
 * who signed out (`tickets.ts`); it is no secret from the app whether there was one. No cookie is read.
 */
export async function appSignOut(deps: SignOutRoutesDeps, request: Request): Promise<Response> {
  const body = await readText(request, maxCallBytes);
  const signature = request.headers.get(callSignatureHeader);
  const known = { keysOf: deps.appKeysOf, realm: deps.family.realm.present };
  const call =
    body === null ? null : verifyAppSignOut({ body, signature }, known, deps.platform.now());
  if (call === null) return plain(401);
  const signInId = await endAt(deps, call.slot, call.cause);
  const isSignOut = signInId !== null && call.cause === 'sign-out';
  const answer: AppSignOutAnswer = {
    ticket: isSignOut ? await deps.tickets.issue(signInId) : null,
  };
  return Response.json(answer, { headers: { 'cache-control': 'no-store' } });
}

/**
 * Also where SQL does not know it, after a backup was restored: the apps would go on with what the store has. Gives the
 * sign-in's id where SQL has it.
 */
async function endAt(
  deps: SignOutRoutesDeps,
  slot: Slot,
  cause: AppSignOutCause,
): Promise<string | null> {
  const signInId = await deps.findIdBySlot(slot);
  const realm = deps.family.realm.present;
  if (signInId === null) await deps.store.endSignIn(slot, cause, { realm });
  else await deps.endSignIn({ signInId, cause });
  return signInId;
}

function plain(status: number): Response {
  return new Response(null, { status, headers: { 'cache-control': 'no-store' } });
}
