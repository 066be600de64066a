import { hasCode } from '../errors.ts';
import type { Session } from '../session-object/session.ts';
import { type Slot, slotOf } from '../session-store.ts';
import type { Setting } from './setting.ts';

/** Ends one session with its data; the sign-in lives on. */
export async function endSession(setting: Setting, session: Session): Promise<void> {
  const backing = session.backing();
  const outcome = backing === null ? 'gone' : await setting.store.end(backing.key);
  forget(setting, session, outcome === 'ended');
}

/** Ends the sign-in that a session hangs off, everywhere; an anonymous session alone. Gives the ticket for it, or null. */
export async function signOut(setting: Setting, session: Session): Promise<string | null> {
  // Also what this path does not bring: signed out means so on every path.
  setting.cookies.clearFormer(session);
  const backing = session.backing();
  if (!backing?.reading.session.signedIn) {
    await endSession(setting, session);
    return null;
  }
  // Before: the ending that follows would look like another's.
  const isOwn = (await setting.store.findRetired(backing.key)) === null;
  const ticket = await endSignInOf(setting, session, slotOf(backing.key), isOwn);
  forget(setting, session, isOwn);
  return ticket;
}

async function endSignInOf(
  setting: Setting,
  session: Session,
  slot: Slot,
  isOwn: boolean,
): Promise<string | null> {
  try {
    return await setting.endSignIn(slot, 'sign-out');
  } catch (error) {
    // Ended in the store, only the login host was not told: the session is gone all the same.
    if (hasCode(error, 'login_host_unavailable')) forget(setting, session, isOwn);
    throw error;
  }
}

/** `isOwn`: this request ended it. Else it was retired while the request was under way, and the browser may have a newer id. */
function forget(setting: Setting, session: Session, isOwn: boolean): void {
  const before = session.backing();
  session.rebase(null);
  if (before === null) return;
  if (isOwn) setting.cookies.clear(session);
  else session.noteUnopened({ keys: [before.key], began: Number.NEGATIVE_INFINITY });
}
