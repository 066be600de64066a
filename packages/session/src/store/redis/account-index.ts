import type { RealmKey } from '../../realm.ts';
import type { SignInRecord, Slot } from '../../session-store.ts';
import { milliseconds, type RedisCalls } from './calls.ts';
import type { RedisKeys } from './keys.ts';
import { indexSlot } from './scripts.ts';

/** Sign-ins that an account's index has at most; the oldest leave it first, and are listed no more while they live. */
const maxIndexed = 1000;

/** Enters a sign-in in the index of its account, which is kept for as long as the sign-in can last. */
export async function indexSignIn(
  calls: RedisCalls,
  keys: RedisKeys,
  slot: Slot,
  { account, absoluteSeconds }: SignInRecord,
  realm: RealmKey,
): Promise<void> {
  const args = [slot, milliseconds(absoluteSeconds), String(maxIndexed)];
  await calls.repeat(indexSlot, [keys.account(realm, account.id)], args);
}
