// Owns endings that begin at this app: told to the login host, and noted
// until it has confirmed. Endings that begin elsewhere arrive in
// `back-channel/`.

import { LatchkeyError, type SessionStore } from '@latchkey/session';
import type { EndCause, Slot } from '@latchkey/session/parts';
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
 * confirm, it is ended here, noted for later, and `login_host_unavailable` thrown so that the person is told. Gives the login
 * host's ticket, or null.
 */
export async function endEverywhere(
  deps: EndEverywhereDeps,
  slot: Slot,
  cause: EndCause,
): Promise<string | null> {
  const found = await deps.store.readSignIn(slot);
  const known = cause === 'replaced' ? cause : 'sign-out';
  const outcome = found === null ? unknownHere : await deps.end(found.signIn.id, known);
  // Noted first: a crash between the two leaves a sign-in that ends, never one that is forgotten.
  if (found !== null && outcome.kind !== 'ended') await deps.pending.add(found.signIn.id);
  await deps.store.endSignIn(slot, cause);
  if (outcome.kind === 'ended') return outcome.ticket;
  throw new LatchkeyError(
    'login_host_unavailable',
    'The login host did not confirm the sign-out; it is tried again in the background.',
  );
}

const unknownHere = { kind: 'ended', ticket: null } as const;
