import { LatchkeyError } from '../errors.ts';
import { createSessionId, storeKey } from '../session-id/session-id.ts';
import { noChanges } from '../session-object/changes.ts';
import type { SessionObject } from '../session-object/session-object.ts';
import { slotOf } from '../session-store.ts';
import type { SessionsConfig } from './sessions-config.ts';

/**
 * Gives the session a new id in the same slot; the old one opens nothing any more. Where another request gave that up a
 * moment ago, its answer carries the new cookie and this one sets none.
 */
export async function rotate(config: SessionsConfig, session: SessionObject): Promise<void> {
  const backing = session.backing();
  if (backing === null) return;
  const id = createSessionId(slotOf(backing.key), config.platform.randomBytes);
  const key = storeKey(config.realm.present, id);
  const outcome = await config.store.rotate(backing.key, key);
  // Who still has an id that was given up gets no new one for it: that would be worth as much as before.
  if (outcome === 'replaced') return;
  if (outcome === 'ended') {
    throw new LatchkeyError('session_ended', 'The session ended before it could get a new id.');
  }
  session.rebase({ ...backing, key, reading: { ...backing.reading, key } }, noChanges);
  config.cookies.set(session, id);
}
