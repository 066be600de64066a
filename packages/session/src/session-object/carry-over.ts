import type { Changes } from './changes.ts';

/** Where a session keeps the secret of its CSRF tokens; the key that Rails uses. */
export const csrfSecretKey = '_csrf_token';

/** Where a session keeps what one request leaves for the next. */
export const flashKey = '_flash';

/**
 * Keys of app data that an anonymous session does not hand on at sign-in: who knew them before, by a planted session or a
 * page left open, must know nothing of what comes after.
 */
export const keysNotCarriedOver: readonly string[] = [csrfSecretKey];

/** What of `changes` goes over to the session of a sign-in; the keys that must not are taken away. */
export function carriedOver({ set, removed }: Changes): Changes {
  return {
    set: new Map([...set].filter(([key]) => !keysNotCarriedOver.includes(key))),
    removed: [...removed, ...keysNotCarriedOver],
  };
}
