import {
  type EndCause,
  hasCode,
  LatchkeyError,
  mayHaveEffect,
  refusalPage,
  requestOrigin,
  type Session,
  type SessionStore,
  type Slot,
} from '@latchkey/session';
import { seeOther, withCookies } from '../answers.ts';
import type { EndAtLoginHost } from './end-at-login-host.ts';
import type { PendingEndings } from './pending-endings.ts';

/** What ending a sign-in from this app needs. */
export interface EndEverywhereDeps {
  readonly store: SessionStore;
  readonly end: EndAtLoginHost;
  readonly pending: PendingEndings;
}

/**
 * Ends a sign-in everywhere: at the login host, which tells all other apps, then here. Where the login host does not
 * confirm, it is ended here, noted for later, and `login_host_unavailable` thrown so that the person is told.
 */
export async function endEverywhere(
  deps: EndEverywhereDeps,
  slot: Slot,
  cause: EndCause,
): Promise<void> {
  const found = await deps.store.readSignIn(slot);
  const outcome = found === null ? 'ended' : await deps.end(found.signIn.id);
  // Noted first: a crash between the two leaves a sign-in that ends, never one that is forgotten.
  if (found !== null && outcome !== 'ended') await deps.pending.add(found.signIn.id);
  await deps.store.endSignIn(slot, cause);
  if (outcome === 'ended') return;
  throw new LatchkeyError(
    'login_host_unavailable',
    'The login host did not confirm the sign-out; it is tried again in the background.',
  );
}

/** What the route needs. */
export interface SignOutRouteOptions {
  readonly origin: string;
  /** After a sign-out that the login host did not confirm: the next sign-in asks for the password. */
  readonly askLine: string;
}

/** `/sign-out`: GET shows a button, POST from the app's own pages signs out. */
export async function answerSignOut(
  options: SignOutRouteOptions,
  request: Request,
  session: Session,
): Promise<Response> {
  if (request.method === 'GET' || request.method === 'HEAD') return refusalPage('confirm-sign-out');
  if (request.method !== 'POST') return refusalPage('method');
  if (!mayHaveEffect(requestOrigin(request), [options.origin])) return refusalPage('cross-site');
  try {
    await session.signOut();
    return seeOther(`${options.origin}/`);
  } catch (error) {
    if (!hasCode(error, 'login_host_unavailable')) throw error;
    return withCookies(refusalPage('signed-out-here'), [options.askLine]);
  }
}
