import type { SessionRecord, SignInRecord, StoreKey } from '../../session-store.ts';
import {
  type Cursor,
  count,
  cursorAt,
  digits,
  takeCount,
  takeDigits,
  takeSignedCount,
} from './compact-text.ts';
import { lifetime, seconds } from './lifetime.ts';
import { takeWord, word } from './short-words.ts';
import { encodeSignInBody, takeFormerSignInBody, takeSignInBody } from './sign-in-text.ts';

/*
 * What the Redis store writes: short text, for memory is what Redis costs (docs/stores/redis.md has the figures). Format 4:
 *
 *   sign-in                    j version created idle life  n hashes  what is in it
 *   session                    s version created      life  length    idle lifetime and scope   data
 *   session in its own slot    a version created idle life  length    idle lifetime and scope   data
 *
 * The kind says the format too. `s` hangs off the sign-in of its slot, `g` (a guest, written as `s`) is anonymous but lies
 * in the slot of a sign-in and ends with it, `a` is anonymous in a slot without one. Scripts (lua.ts) read what is
 * in front: `version`, a count; `created`, milliseconds in six characters; `idle`, a signed count: how many seconds after
 * `created` it has gone unused for too long, by the server's clock; `life`, a count: twice the absolute lifetime, and one
 * more where a signed count follows of the seconds by which the server's clock lets it end later than `created` does; `n`,
 * how many sessions the slot has, one character, and their hashes of 19; `length`, the bytes of what follows up to the data,
 * two characters. They never look further.
 *
 * Last use is `idle` less the idle lifetime: so it is right as long as uses are recorded with the lifetime of the record.
 *
 * Format 3 differs in what is in a sign-in, of kind `i` there, and is written as `j` when its account or apps change; who knows
 * only that takes `j` for an end. Formats 1 and 2 (store/record.ts) are read by former.ts and written anew. What is in no known format is an end.
 */

/** What stands where something ended. */
export const ended = 'x';

/** What stands where a session was moved from: this and the hash in the key it was moved to. */
export const pointerMark = '>';

/** Where a text at `key` says that its session is now, or null when it says no such thing. */
export function decodePointer(text: string, key: StoreKey): StoreKey | null {
  if (!text.startsWith(pointerMark)) return null;
  return (key.slice(0, -hashLength) + text.slice(pointerMark.length)) as StoreKey;
}

/** A record without its version and what the server's clock says: `created`, `life` and what follows. */
export type RecordParts = readonly [created: string, life: string, rest: string];

export function encodeSignIn(record: SignInRecord): RecordParts {
  const life = String(lifetime(record.absoluteSeconds));
  return [digits(record.createdAt, 6), life, noSessions + encodeSignInBody(record)];
}

/** What a text at a slot says. */
export interface StoredRedisSignIn {
  readonly signIn: SignInRecord;
  /** By the server's clock: when it has gone unused for too long, rounded up to seconds, and when it was used last. */
  readonly idleAt: number;
  readonly usedAt: number;
}

/** The sign-in in a text, or null for anything else. Never throws. */
export function decodeSignIn(text: string): StoredRedisSignIn | null {
  const kind = text.charAt(0);
  if (kind !== 'j' && kind !== 'i') return null;
  const cursor = cursorAt(text, 1);
  const version = takeCount(cursor);
  const createdAt = takeDigits(cursor, 6);
  const idleAt = takeIdleAt(cursor, createdAt);
  const absoluteSeconds = takeLife(cursor);
  const sessions = takeDigits(cursor, 1);
  cursor.at += packedHashLength * sessions;
  const body =
    kind === 'j' ? takeSignInBody(cursor, createdAt) : takeFormerSignInBody(cursor, createdAt);
  if (cursor.isBroken) return null;
  const { id, account, provedAt, methods, apps, device, place, remembered, idleSeconds } = body;
  // One literal: objects put together from parts cost more than all the rest.
  const signIn: SignInRecord = {
    version,
    id,
    account,
    provedAt,
    methods,
    apps,
    device,
    place,
    remembered,
    createdAt,
    idleSeconds,
    absoluteSeconds,
  };
  return { signIn, idleAt, usedAt: idleAt - idleSeconds * 1000 };
}

export function encodeSession(record: SessionRecord): RecordParts {
  const fixed = count(lifetime(record.idleSeconds)) + word(record.scope);
  const length = digits(Buffer.byteLength(fixed), 2);
  const life = String(lifetime(record.absoluteSeconds));
  return [digits(record.createdAt, 6), life, length + fixed + record.data];
}

/** What a text at a session's key says. */
export interface StoredRedisSession {
  readonly session: SessionRecord;
  /** As of a sign-in; null where that of the slot counts. */
  readonly usedAt: number | null;
  /** Whether it is of no use without a sign-in in its slot. */
  readonly needsSignIn: boolean;
}

/** The session in a text, or null for anything else. Never throws. */
export function decodeSession(text: string): StoredRedisSession | null {
  const kind = text.charAt(0);
  if (kind !== 's' && kind !== 'g' && kind !== 'a') return null;
  const cursor = cursorAt(text, 1);
  const version = takeCount(cursor);
  const createdAt = takeDigits(cursor, 6);
  const idleAt = kind === 'a' ? takeIdleAt(cursor, createdAt) : null;
  const absoluteSeconds = takeLife(cursor);
  cursor.at += 2;
  const idleSeconds = seconds(takeCount(cursor));
  const scope = takeWord(cursor);
  if (cursor.isBroken) return null;
  const session: SessionRecord = {
    version,
    scope,
    signedIn: kind === 's',
    createdAt,
    idleSeconds,
    absoluteSeconds,
    // Not parsed here: a store never looks inside, and a request that reads no data need not pay for it.
    data: text.slice(cursor.at),
  };
  const usedAt = idleAt === null ? null : idleAt - idleSeconds * 1000;
  return { session, usedAt, needsSignIn: kind !== 'a' };
}

function takeIdleAt(cursor: Cursor, createdAt: number): number {
  return (Math.floor(createdAt / 1000) + takeSignedCount(cursor)) * 1000;
}

/** The absolute lifetime in seconds. How much later it ends by the server's clock, the key's expiry says. */
function takeLife(cursor: Cursor): number {
  const life = takeCount(cursor);
  if (life % 2 === 1) takeCount(cursor);
  return seconds(Math.floor(life / 2));
}

/** Characters of a hash in a store key. */
const hashLength = 22;
/** And in a sign-in's list. */
const packedHashLength = 19;
const noSessions = digits(0, 1);
