import type { Slot, StoreKey } from '../../session-store.ts';
import * as former from '../record.ts';
import { indexSignIn } from './account-index.ts';
import { type RedisCalls, textsIn } from './calls.ts';
import type { RedisKeys } from './keys.ts';
import { encodeSession, encodeSignIn } from './record.ts';
import { adoptFormer } from './scripts.ts';

/**
 * Reads what releases before format 3 wrote under the same prefix (sign-in, last use and session each in a key, as the text
 * of record.ts) and writes it anew, when it is met. Lifetimes go on. Those releases do not read format 3: sign-ins that
 * both see at one time end for them, so the two must not run beside each other.
 */
export interface FormerRecords {
  /** True when something was there and is now in today's form. */
  adopt(slot: Slot, key?: StoreKey, text?: string): Promise<boolean>;
}

export function createFormerRecords(calls: RedisCalls, keys: RedisKeys): FormerRecords {
  return {
    async adopt(slot, key, text) {
      const session = text === undefined ? null : former.decodeSession(text);
      if (key !== undefined && session === null) return false;
      const [signInKey, useKey] = keys.former(slot);
      const [signInText = null] = textsIn(await calls.send(['MGET', signInKey]));
      const signIn = signInText === null ? null : former.decodeSignIn(signInText);
      if (signIn === null && session === null) return false;
      if (signIn !== null) await indexSignIn(calls, keys, slot, signIn);
      const signInArgs =
        signIn === null
          ? ['', '', '', '', '']
          : [signInText ?? '', String(signIn.version), ...encodeSignIn(signIn)];
      const sessionArgs =
        session === null
          ? ['', '', '', '', '', '']
          : [
              text ?? '',
              String(session.version),
              ...encodeSession(session),
              session.signedIn ? 's' : 'a',
            ];
      await calls.repeat(
        adoptFormer,
        [
          keys.slot(slot),
          key === undefined ? keys.slot(slot) : keys.session(key),
          signInKey,
          useKey,
        ],
        [...signInArgs, ...sessionArgs],
      );
      return true;
    },
  };
}
