import { carriedOver } from '../session/carry-over.ts';
import { applyChanges, findChanges, noChanges, parseData } from '../session/changes.ts';
import type { Session, SessionBacking } from '../session/session.ts';
import { createSessionId, storeKey } from '../session-id/session-id.ts';
import { type OneTimeUse, type Slot, type StoreKey, slotOf } from '../session-store.ts';
import { maxAttempts, newRecord, replaceMerging, writtenTooFast } from './save.ts';
import { judge, type Setting } from './setting.ts';

/** How a session came to hang off a sign-in, or why it did not. */
export type Joined = 'signed-in' | 'used' | 'ended';

/**
 * Hangs the session off the sign-in of `slot`: new session id, anonymous data carried over, data of another sign-in
 * dropped. A session that already hangs off it is kept; `once` is taken all the same. Answers `used` or `ended` without
 * touching the session that was there.
 */
export async function joinSignIn(
  setting: Setting,
  session: Session,
  slot: Slot,
  once: OneTimeUse | undefined,
): Promise<Joined> {
  const { cookies, platform, store } = setting;
  const before = session.backing();
  if (before?.reading.session.signedIn && slotOf(before.key) === slot) {
    if (once === undefined) return 'signed-in';
    const taken = await store.takeOnce(slot, once);
    return taken === 'taken' ? 'signed-in' : taken;
  }
  const isSwitch = before?.reading.session.signedIn === true;
  const anonymous = isSwitch ? null : before;
  const saved = (isSwitch ? null : session.changes()) ?? noChanges;
  const data = applyChanges(anonymous?.reading.session.data ?? '{}', carriedOver(saved));
  const id = createSessionId(slot, platform.randomBytes);
  const key = storeKey(setting.realm.present, id);
  const outcome = await store.create(key, newRecord(setting, true, data), once);
  if (outcome !== 'created') return outcome;
  if (anonymous !== null) await retire(setting, anonymous, key);
  else if (before !== null) await store.end(before.key);
  // Live a moment ago; null only where the sign-in ended since, and then the session is empty as it should be.
  session.rebase(judge(setting, await store.read(key)), isSwitch ? null : saved);
  cookies.clearFormer(session);
  cookies.set(session, id);
  return 'signed-in';
}

/**
 * Ends the anonymous session whose data moved to `successor`. By version: what a parallel request saved meanwhile is
 * carried over too, so nothing is lost and the old id opens nothing any more.
 */
async function retire(setting: Setting, old: SessionBacking, successor: StoreKey): Promise<void> {
  const { store } = setting;
  let known = old.reading.session;
  for (let attempt = 0; attempt < maxAttempts; attempt += 1) {
    if ((await store.end(old.key, known.version)) === 'ended') return;
    const now = await store.read(old.key);
    if (now === null) return;
    await carryOver(setting, known.data, now.session.data, successor);
    known = now.session;
  }
  throw writtenTooFast();
}

async function carryOver(
  setting: Setting,
  before: string,
  after: string,
  successor: StoreKey,
): Promise<void> {
  const changes = findChanges(before, parseData(after));
  if (changes !== null) await replaceMerging(setting, successor, carriedOver(changes));
}
