import { hasCode } from '../errors.ts';
import type { SessionObject } from '../session-object/session-object.ts';
import { slotOf } from '../session-store.ts';
import type { SessionsConfig } from './sessions-config.ts';

/** Ends one session with its data; the sign-in lives on. */
export async function endSession(config: SessionsConfig, session: SessionObject): Promise<void> {
  const backing = session.backing();
  const outcome = backing === null ? 'gone' : await config.store.end(backing.key);
  forget(config, session, outcome === 'ended');
}

/** Ends the sign-in that a session belongs to, everywhere; an anonymous session alone. Gives the ticket for it, or null. */
export async function signOut(
  config: SessionsConfig,
  session: SessionObject,
): Promise<string | null> {
  // Also what this path does not bring: signed out means so on every path.
  config.cookies.clearFormer(session);
  const backing = session.backing();
  if (!backing?.reading.session.signedIn) {
    await endSession(config, session);
    return null;
  }
  // Before: the ending that follows would look like another's.
  const isOwn = (await config.store.findRetired(backing.key)) === null;
  try {
    const ticket = await config.endSignIn(slotOf(backing.key), 'sign-out');
    forget(config, session, isOwn);
    return ticket;
  } catch (error) {
    // Ended in the store, only the login host was not told: the session is gone all the same.
    if (hasCode(error, 'login_host_unavailable')) forget(config, session, isOwn);
    throw error;
  }
}

/** `isOwn`: this request ended it. Else it was retired while the request was under way, and the browser may have a newer id. */
function forget(config: SessionsConfig, session: SessionObject, isOwn: boolean): void {
  const before = session.backing();
  session.rebase(null);
  if (before === null) return;
  if (isOwn) config.cookies.clear(session);
  else session.noteUnopened({ keys: [before.key], began: Number.NEGATIVE_INFINITY });
}
