import { hasCode } from '../errors.ts';
import type { Session } from '../session/session.ts';
import { type Slot, slotOf } from '../session-store.ts';
import type { Setting } from './setting.ts';

/** Ends one session with its data; the sign-in lives on. */
export async function endSession(setting: Setting, session: Session): Promise<void> {
  const backing = session.backing();
  if (backing !== null) await setting.store.end(backing.key);
  forget(setting, session);
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
  const ticket = await endSignInOf(setting, session, slotOf(backing.key));
  forget(setting, session);
  return ticket;
}

async function endSignInOf(setting: Setting, session: Session, slot: Slot): Promise<string | null> {
  try {
    return await setting.endSignIn(slot, 'sign-out');
  } catch (error) {
    // Ended in the store, only the login host was not told: the session is gone all the same.
    if (hasCode(error, 'login_host_unavailable')) forget(setting, session);
    throw error;
  }
}

function forget(setting: Setting, session: Session): void {
  const hadRecord = session.backing() !== null;
  session.rebase(null);
  if (hadRecord) setting.cookies.clear(session);
}
