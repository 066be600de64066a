import { LatchkeyError } from '../errors.ts';
import type { MaybePromise } from '../platform.ts';
import { createSessionId, createSlot, storeKey } from '../session-id/session-id.ts';
import { applyChanges, type Changes } from '../session-object/changes.ts';
import type { SessionObject } from '../session-object/session-object.ts';
import type { Reading, SessionRecord } from '../session-store.ts';
import { isRetired } from './retired-ids.ts';
import { report, type SessionsConfig } from './sessions-config.ts';

/** How often a write is merged and tried again while others write to the same session. */
export const maxAttempts = 100;

/** Saves and returns the cookies for the answer. What ended meanwhile is not brought back: the event says so. */
export function commit(
  config: SessionsConfig,
  session: SessionObject,
): MaybePromise<readonly string[]> {
  if (!session.isBusy() && session.changes() === null) return session.takeCookies();
  return saveInTurn(config, session).then((outcome) => {
    if (outcome === 'ended') {
      report(config, { type: 'session.save-lost', reason: 'ended' });
      session.dropChanges();
    }
    return session.takeCookies();
  });
}

/** Saves now. Rejects with `session_ended` where there is nothing left to save into: the changes are lost, and told of once. */
export async function save(config: SessionsConfig, session: SessionObject): Promise<void> {
  if ((await saveInTurn(config, session)) === 'saved') return;
  session.dropChanges();
  throw new LatchkeyError(
    'session_ended',
    'The session ended while the request was under way; what it changed was not saved.',
  );
}

function saveInTurn(config: SessionsConfig, session: SessionObject): Promise<'saved' | 'ended'> {
  return session.inTurn(async () => {
    const changes = session.changes();
    return changes === null ? 'saved' : write(config, session, changes);
  });
}

async function write(
  config: SessionsConfig,
  session: SessionObject,
  changes: Changes,
): Promise<'saved' | 'ended'> {
  const backing = session.backing();
  if (backing === null) return createAnonymous(config, session, changes);
  const outcome = await replaceMerging(config, backing.reading, changes);
  if (outcome === 'ended') return 'ended';
  session.rebase({ ...backing, reading: { ...backing.reading, session: outcome } }, changes);
  return 'saved';
}

async function createAnonymous(
  config: SessionsConfig,
  session: SessionObject,
  changes: Changes,
): Promise<'saved' | 'ended'> {
  if (await isRetired(config, session)) return 'ended';
  const { cookies, platform, store } = config;
  const id = createSessionId(createSlot(platform.randomBytes), platform.randomBytes);
  const key = storeKey(config.realm.present, id);
  const record = newRecord(config, false, applyChanges('{}', changes));
  if ((await store.create(key, record)) !== 'created') return 'ended';
  const reading = { key, session: record, signIn: null, usedAt: record.createdAt };
  session.rebase({ key, reading, access: 'none' }, changes);
  cookies.set(session, id);
  return 'saved';
}

/** Writes the changed keys over what was read, or over whatever is there now: two requests that change different keys both survive. */
export async function replaceMerging(
  { store }: SessionsConfig,
  { key, session }: Reading,
  changes: Changes,
): Promise<SessionRecord | 'ended'> {
  let current: SessionRecord | undefined = session;
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
export function newRecord(config: SessionsConfig, signedIn: boolean, data: string): SessionRecord {
  const { scopeName: scope, idleSeconds, store } = config;
  // A signed-in one ends with its sign-in, which may last longer than sessions without one.
  const absoluteSeconds = signedIn ? config.longestSignInSeconds : config.absoluteSeconds;
  const createdAt = store.now();
  return { version: 1, scope, signedIn, createdAt, idleSeconds, absoluteSeconds, data };
}

export function writtenTooFast(): LatchkeyError {
  return new LatchkeyError(
    'store_unavailable',
    'The session is written faster than changes can be merged into it.',
  );
}
