import type { SignInRecord, Slot } from '../../session-store.ts';
import { decodeSignIn } from '../record.ts';

/** Sign-ins decoded lately: a text that is read again and again is decoded once. */
export interface KnownSignIns {
  /** What `decodeSignIn` gives for the text that lies at the slot now; frozen, for it is given to many. */
  signInOf(slot: Slot, text: string): SignInRecord | null;
  /** Before a write of this process to the slot, so that what ends does not stay. */
  forget(slot: Slot): void;
}

interface Known {
  readonly text: string;
  readonly signIn: SignInRecord;
}

/** Characters of a text beyond which it is not remembered, so that memory stays in bounds. */
const maxTextLength = 1024;

/**
 * Says nothing about whether a sign-in is still good: the text is read from the file each time, and only what was
 * decoded from the very same text is given. At most `maxSignIns` (default 32,768, some 35 MB); then it begins anew.
 */
export function createKnownSignIns(maxSignIns = 32_768): KnownSignIns {
  const all = new Map<Slot, Known>();
  return {
    signInOf(slot, text) {
      const known = all.get(slot);
      if (known !== undefined && known.text === text) return known.signIn;
      const signIn = decodeSignIn(text);
      if (signIn === null) return null;
      freezeSignIn(signIn);
      if (text.length > maxTextLength) return signIn;
      if (known === undefined && all.size >= maxSignIns) all.clear();
      all.set(slot, { text, signIn });
      return signIn;
    },
    forget(slot) {
      all.delete(slot);
    },
  };
}

/** Many requests are given it, and apps hold the account: what one of them changed the others would see. */
export function freezeSignIn(signIn: SignInRecord): void {
  Object.freeze(signIn.account);
  Object.freeze(signIn.methods);
  Object.freeze(signIn.apps);
  Object.freeze(signIn);
}
