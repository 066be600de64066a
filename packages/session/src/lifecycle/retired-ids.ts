import type { SessionObject } from '../session-object/session-object.ts';
import {
  type Replacement,
  type SessionRecord,
  type SignInRecord,
  type Slot,
  type StoreKey,
  slotOf,
} from '../session-store.ts';
import type { SessionsConfig } from './sessions-config.ts';

/** A live sign-in that this browser was handed already, by the answer to another request with the same session id. */
export interface EarlierSignIn {
  readonly slot: Slot;
  readonly signIn: SignInRecord;
}

/** The store keys of the session ids that a request brought and that are this browser's own. */
export function broughtKeys(session: SessionObject): readonly StoreKey[] {
  const backing = session.backing();
  return backing === null ? (session.unopened()?.keys ?? []) : [backing.key];
}

/**
 * Whether an answer must leave the session cookie alone: its request brought an id that was replaced, or that ended after
 * the request had begun. The browser may have been handed a newer one since. Asked only where there is a reason to.
 */
export async function isRetired(
  { store }: SessionsConfig,
  session: SessionObject,
): Promise<boolean> {
  const unopened = session.unopened();
  if (unopened === null) return false;
  const all = await Promise.all(unopened.keys.map((key) => store.findRetired(key)));
  return all.some(
    (retired) => retired?.kind === 'replaced' || (retired !== null && unopened.began < retired.at),
  );
}

/** The live sign-in of the session that replaced the one that was brought; null where there is none. */
export async function findEarlier(
  { store }: SessionsConfig,
  session: SessionObject,
): Promise<EarlierSignIn | null> {
  for (const key of broughtKeys(session)) {
    const retired = await store.findRetired(key);
    if (retired?.kind !== 'replaced') continue;
    const slot = slotOf(retired.successor);
    const live = await store.readSignIn(slot);
    if (live !== null) return { slot, signIn: live.signIn };
  }
  return null;
}

/**
 * The app data that was stored in a session that was brought until one of `slot` replaced it; null where there was none. Not what is
 * in that one since: who knew an id before must get nothing of what came after.
 */
export async function findLeft(
  { store, scopeName }: SessionsConfig,
  session: SessionObject,
  slot: Slot,
): Promise<string | null> {
  for (const key of broughtKeys(session)) {
    const retired = await store.findRetired(key);
    if (retired?.kind !== 'replaced' || slotOf(retired.successor) !== slot) continue;
    const left = parseLeft(retired.left);
    if (left !== null && left.scopeName === scopeName) return left.data;
  }
  return null;
}

/** What a session is replaced by, with what was carried over left as the text that {@link findLeft} reads again. */
export function replacementBy(
  { scopeName }: SessionsConfig,
  successor: StoreKey,
  carried: SessionRecord | null,
): Replacement {
  if (carried === null || carried.data === '{}') return { successor };
  // The ids of another app lead here as well where both are of one realm.
  return { successor, left: `${scopeName}\n${carried.data}` };
}

function parseLeft(left = ''): { readonly scopeName: string; readonly data: string } | null {
  const end = left.indexOf('\n');
  return end === -1 ? null : { scopeName: left.slice(0, end), data: left.slice(end + 1) };
}
