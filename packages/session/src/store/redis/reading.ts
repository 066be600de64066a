import {
  maxRotationsFollowed,
  type Reading,
  type SignInRecord,
  type StoreKey,
  sessionSkewMilliseconds,
  slotOf,
} from '../../session-store.ts';
import { textsIn } from './calls.ts';
import type { RedisKeys } from './keys.ts';
import { decodePointer, decodeSession, decodeSignIn, type StoredRedisSession } from './record.ts';

/** Where and how session and sign-in are read. */
export interface RedisReading {
  readonly keys: RedisKeys;
  /** The server's clock in milliseconds. */
  readonly now: () => number;
  /** Sends over the connection that the answer is to come from. */
  readonly send: (
    args: readonly [command: string, key: string, ...rest: string[]],
  ) => Promise<unknown>;
  /** Told of a session whose text no reader knows: it may be of a former release. True when it was written anew. */
  readonly adopt: (key: StoreKey, text: string) => Promise<boolean>;
}

/** The live session a key stands for, with its sign-in: one command, and one more for each rotation since. */
export async function readSession(how: RedisReading, asked: StoreKey): Promise<Reading | null> {
  let key = asked;
  let hasAdopted = false;
  for (let step = 0; step <= maxRotationsFollowed; ) {
    const args = ['MGET', how.keys.slot(slotOf(key)), how.keys.session(key)] as const;
    const [signInText = null, text = null] = textsIn(await how.send(args));
    if (text === null) return null;
    const successor = decodePointer(text, key);
    const session = successor === null ? decodeSession(text) : null;
    if (session !== null) return readingOf(key, session, signInText, how.now());
    if (successor !== null) {
      key = successor;
      step += 1;
    } else if (hasAdopted || !(await how.adopt(key, text))) return null;
    else hasAdopted = true;
  }
  return null;
}

/** Absence is an end: session and sign-in, each that is needed must be found, be readable and in use. */
function readingOf(
  key: StoreKey,
  { session, usedAt: ownUse, needsSignIn }: StoredRedisSession,
  signInText: string | null,
  now: number,
): Reading | null {
  const owner = signInText === null ? null : liveSignIn(signInText, now);
  if ((needsSignIn || signInText !== null) && owner === null) return null;
  if (owner === null) return { key, session, signIn: null, usedAt: ownUse ?? 0 };
  if (!session.signedIn) return { key, session, signIn: null, usedAt: owner.usedAt };
  const { signIn, usedAt } = owner;
  // What a sign-in left behind that lay in the slot before this one stays ended.
  const isOfAnother = session.createdAt < signIn.createdAt - sessionSkewMilliseconds;
  return isOfAnother ? null : { key, session, signIn, usedAt };
}

/** The sign-in in a text and its last use, unless it idled out. */
export function liveSignIn(
  text: string,
  now: number,
): { readonly signIn: SignInRecord; readonly usedAt: number } | null {
  const stored = decodeSignIn(text);
  if (stored === null || stored.idleAt <= now) return null;
  return { signIn: stored.signIn, usedAt: stored.usedAt };
}
