import {
  type Reading,
  type SignInRecord,
  type StoreKey,
  sessionSkewMilliseconds,
  slotOf,
} from '../../session-store.ts';
import { type CompactSession, decodeSession, decodeSignIn } from '../compact/record.ts';
import { textsIn } from './calls.ts';
import type { RedisKeys } from './keys.ts';

/** Where and how session and sign-in are read. */
export interface RedisReading {
  readonly keys: RedisKeys;
  /** The server's clock in milliseconds. */
  readonly now: () => number;
  /** Sends over the connection that the answer is to come from. */
  readonly send: (
    args: readonly [command: string, key: string, ...rest: string[]],
  ) => Promise<unknown>;
}

/** The live session at a key, with its sign-in: one command. */
export async function readSession(how: RedisReading, key: StoreKey): Promise<Reading | null> {
  const args = ['MGET', how.keys.slot(slotOf(key)), how.keys.session(key)] as const;
  const [signInText = null, text = null] = textsIn(await how.send(args));
  const session = text === null ? null : decodeSession(text);
  const owner = signInText === null ? null : liveSignIn(signInText, how.now());
  // Absence is an end: session and sign-in, each that is needed must be found, be readable and in use.
  const mustHaveOwner = session?.needsSignIn || signInText !== null;
  if (session === null || (mustHaveOwner && owner === null)) return null;
  return readingOf(key, session, owner);
}

function readingOf(
  key: StoreKey,
  { session, usedAt: ownUse }: CompactSession,
  owner: LiveSignIn | null,
): Reading | null {
  if (owner === null) return { key, session, signIn: null, usedAt: ownUse ?? 0 };
  if (!session.signedIn) return { key, session, signIn: null, usedAt: owner.usedAt };
  const { signIn, usedAt } = owner;
  // What a sign-in left behind that was stored in the slot before this one stays ended.
  const isOfAnother = session.createdAt < signIn.createdAt - sessionSkewMilliseconds;
  return isOfAnother ? null : { key, session, signIn, usedAt };
}

interface LiveSignIn {
  readonly signIn: SignInRecord;
  readonly usedAt: number;
}

/** The sign-in in a text and its last use, unless it idled out. */
export function liveSignIn(text: string, now: number): LiveSignIn | null {
  const stored = decodeSignIn(text);
  if (stored === null || stored.idleAt <= now) return null;
  return { signIn: stored.signIn, usedAt: stored.usedAt };
}
