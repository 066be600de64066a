import { LatchkeyError } from '../errors.ts';
import type { MaybePromise } from '../platform.ts';
import { createSessionId, createSlot, storeKey } from '../session-id/session-id.ts';
import { applyChanges, type Changes } from '../session-object/changes.ts';
import type { Session } from '../session-object/session.ts';
import type { SessionRecord, StoreKey } from '../session-store.ts';
import { isRetired } from './retired-ids.ts';
import { report, type Setting } from './setting.ts';

/** How often a write is merged and tried again while others write to the same session. */
export const maxAttempts = 100;

/** Saves and returns the cookies for the answer. What ended meanwhile is not brought back: the event says so. */
export function commit(setting: Setting, session: Session): MaybePromise<readonly string[]> {
  if (!session.isBusy() && session.changes() === null) return session.takeCookies();
  return saveInTurn(setting, session).then((outcome) => {
    if (outcome === 'ended') {
      report(setting, 'session.save-lost', 'ended');
      session.dropChanges();
    }
    return session.takeCookies();
  });
}

/** Saves now. Rejects with `session_ended` where there is nothing left to save into: the changes are lost, and told of once. */
export async function save(setting: Setting, session: Session): Promise<void> {
  if ((await saveInTurn(setting, session)) === 'saved') return;
  session.dropChanges();
  throw new LatchkeyError(
    'session_ended',
    'The session ended while the request was under way; what it changed was not saved.',
  );
}

function saveInTurn(setting: Setting, session: Session): Promise<'saved' | 'ended'> {
  return session.inTurn(async () => {
    const changes = session.changes();
    return changes === null ? 'saved' : write(setting, session, changes);
  });
}

async function write(
  setting: Setting,
  session: Session,
  changes: Changes,
): Promise<'saved' | 'ended'> {
  const backing = session.backing();
  if (backing === null) return createAnonymous(setting, session, changes);
  const outcome = await replaceMerging(setting, backing.key, changes, backing.reading.session);
  if (outcome === 'ended') return 'ended';
  session.rebase({ ...backing, reading: { ...backing.reading, session: outcome } }, changes);
  return 'saved';
}

async function createAnonymous(
  setting: Setting,
  session: Session,
  changes: Changes,
): Promise<'saved' | 'ended'> {
  if (await isRetired(setting, session)) return 'ended';
  const { cookies, platform, store } = setting;
  const id = createSessionId(createSlot(platform.randomBytes), platform.randomBytes);
  const key = storeKey(setting.realm.present, id);
  const record = newRecord(setting, false, applyChanges('{}', changes));
  if ((await store.create(key, record)) !== 'created') return 'ended';
  const reading = { key, session: record, signIn: null, usedAt: record.createdAt };
  session.rebase({ key, reading, access: 'none' }, changes);
  cookies.set(session, id);
  return 'saved';
}

/** Writes the changed keys over whatever is there now: two requests that change different keys both survive. */
export async function replaceMerging(
  { store }: Setting,
  key: StoreKey,
  changes: Changes,
  known?: SessionRecord,
): Promise<SessionRecord | 'ended'> {
  let current = known ?? (await store.read(key))?.session;
  for (let attempt = 0; current !== undefined; attempt += 1) {
    const data = applyChanges(current.data, changes);
    const outcome = await store.replace(key, data, current.version);
    if (outcome === 'saved') return { ...current, data, version: current.version + 1 };
    if (outcome === 'ended') return 'ended';
    if (attempt === maxAttempts) throw writtenTooFast();
    current = (await store.read(key))?.session;
  }
  return 'ended';
}

/** A record of this scope, not stored yet. */
export function newRecord(setting: Setting, signedIn: boolean, data: string): SessionRecord {
  const { scopeName: scope, idleSeconds, store } = setting;
  // A signed-in one ends with its sign-in, which may last longer than sessions without one.
  const absoluteSeconds = signedIn ? setting.longestSignInSeconds : setting.absoluteSeconds;
  const createdAt = store.now();
  return { version: 1, scope, signedIn, createdAt, idleSeconds, absoluteSeconds, data };
}

export function writtenTooFast(): LatchkeyError {
  return new LatchkeyError(
    'store_unavailable',
    'The session is written faster than changes can be merged into it.',
  );
}
