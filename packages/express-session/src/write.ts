import { Cookie, haveSameAttributes, type LastingAttributes } from './cookie.ts';
import type { MiddlewareConfig } from './middleware-config.ts';
import { copySession } from './session.ts';
import type { SessionData, Session as SessionShape } from './shapes.ts';
import { changesOfOthers, isUnchanged, type Snapshot } from './snapshot.ts';
import { callStore } from './store-call.ts';
import { copyMarks, keysMarked, valuesOf } from './store-marks.ts';

/** What a request knew of a record when it began to change it. */
export interface KnownRecord {
  readonly base: Snapshot;
  readonly attributes: LastingAttributes;
}

/** A session with its record as the request knew it; null where it had none. */
export interface SessionToWrite {
  readonly session: SessionShape;
  readonly known: KnownRecord | null;
}

/** What became of a session that was to be written. */
export type WriteOutcome = 'written' | 'ended';

type Written = (error: unknown, outcome?: WriteOutcome) => void;

/** Whether writing the session would do no more than keep its record alive. */
export function isOnlyRenewal({ session, known }: SessionToWrite): boolean {
  return (
    known !== null &&
    haveSameAttributes(session.cookie, known.attributes) &&
    isUnchanged(session, known.base)
  );
}

/**
 * Writes a session. One that has a record is written over what the store has by then, so that a request that changed
 * other keys meanwhile keeps its changes; where both changed a key, this one's counts. One without a record any more has
 * ended, and is not written.
 */
export function writeSession(
  config: MiddlewareConfig,
  { session, known }: SessionToWrite,
  written: Written,
): void {
  const { store, marks } = config;
  const put = (merged: SessionShape): void => {
    callStore<never>(
      (done) => {
        const before = valuesOf(merged);
        try {
          store.set(session.id, merged as SessionShape & SessionData, done);
        } finally {
          const keys = keysMarked(merged, before);
          if (keys.length > 0) marks.marksSessions = true;
          else if (known !== null) marks.marksSessions ??= false;
          if (merged !== session) copyMarks(keys, merged, session);
        }
      },
      (error) => written(error, error ? undefined : 'written'),
    );
  };
  if (known === null) {
    put(withOwnData(session));
    return;
  }
  const putOver = (stored: SessionData): void => {
    let merged: SessionShape;
    try {
      merged = mergeOthers(session, known, stored);
    } catch (error) {
      // Meanwhile the app put in what JSON cannot hold.
      written(error);
      return;
    }
    put(merged);
  };
  callStore<SessionData | null>(
    (found) => store.get(session.id, found),
    (error, stored) => {
      if (error && !isMissing(error)) written(error);
      else if (error || !stored) written(null, 'ended');
      else putOver(stored);
    },
  );
}

/** Stores over files say so where others call back without a record. */
export function isMissing(error: unknown): boolean {
  return (error as { code?: unknown } | null | undefined)?.code === 'ENOENT';
}

/** Stores write what is an object's own: data of a session that the app wrapped may be inherited. */
function withOwnData(session: SessionShape): SessionShape {
  return Object.hasOwn(session, 'cookie') ? session : copySession(session);
}

/** The session itself where nobody else changed anything, else a copy: what the app holds does not change under its hands. */
function mergeOthers(session: SessionShape, known: KnownRecord, stored: SessionData): SessionShape {
  const changes = changesOfOthers(session, known.base, stored);
  const cookie = cookieOfOthers(session, known.attributes, stored);
  if (changes.size === 0 && cookie === null) return withOwnData(session);
  const copy = copySession(session);
  for (const [key, value] of changes) {
    if (value === undefined) delete copy[key];
    else copy[key] = value;
  }
  if (cookie !== null) {
    copy.cookie = cookie;
    copy.resetMaxAge();
  }
  return copy;
}

/** The record's cookie where another request changed its attributes (a longer life, say) and this one did not. */
function cookieOfOthers(
  session: SessionShape,
  before: LastingAttributes,
  stored: SessionData,
): Cookie | null {
  const theirs = stored.cookie as Cookie | undefined;
  if (theirs === undefined || haveSameAttributes(theirs, before)) return null;
  if (!haveSameAttributes(session.cookie, before)) return null;
  const cookie = new Cookie(theirs);
  cookie.originalMaxAge = theirs.originalMaxAge;
  return cookie;
}
