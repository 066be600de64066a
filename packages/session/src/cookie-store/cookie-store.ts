// Owns sessions whose data is in the cookie: sealed, bound to its scope, with a store that lives for one
// request. What happens to a session in general is left to `lifecycle/`, which takes this as it takes any
// store.

import { invalidOption, refuseUnknown } from '../option-rules.ts';
import type { SessionStore } from '../session-store.ts';
import type { SignInPlace } from './request-store.ts';

/** Session data in the browser's cookie, sealed, as Rails does by default; made by {@link cookieStore}. */
export interface CookieStore {
  readonly kind: 'cookie';
  readonly place: SignInPlace;
}

/** Where sign-ins are kept while the data is in the cookie. Neither: the app has none. */
export interface CookieStoreOptions {
  /** A store on the server for the sign-ins: they end for certain, as with any store. */
  readonly signIns?: SessionStore;
  /**
   * `'none'`: sign-ins are in the cookie too. A copy of it stays good until its limits run out, whoever signs out: there
   * is no list of devices and no ending elsewhere.
   */
  readonly revocation?: 'none';
  /**
   * With `revocation: 'none'`: sign-ins made before this instant (milliseconds since 1970) are not accepted. The one way
   * to end them all.
   */
  readonly notBefore?: number;
}

/**
 * Throws `option_invalid` for options that contradict each other.
 *
 * @example
 * ```ts
 * import { cookieStore } from '@latchkey/session';
 * import { sessions } from '@latchkey/session/express';
 *
 * const store = cookieStore({ revocation: 'none' }); // a copied cookie is good until it expires
 * const secrets = [process.env['SHOP_SECRET']];
 * export const middleware = sessions({ origin: 'https://shop.example', store, secrets });
 * ```
 */
export function cookieStore(options: CookieStoreOptions = {}): CookieStore {
  refuseUnknown(options, ['signIns', 'revocation', 'notBefore'], 'cookieStore()');
  const { signIns, revocation, notBefore } = options;
  if (revocation !== undefined && revocation !== 'none') {
    throw invalidOption("revocation must be 'none' or left out.");
  }
  if (signIns !== undefined && revocation !== undefined) {
    throw invalidOption(
      "Sign-ins are either in a store (signIns) or in the cookie (revocation: 'none').",
    );
  }
  if (notBefore !== undefined && (revocation === undefined || !Number.isFinite(notBefore))) {
    throw invalidOption(
      "notBefore is an instant in milliseconds, and for revocation: 'none' alone.",
    );
  }
  if (signIns !== undefined) {
    if (typeof signIns?.read !== 'function') throw invalidOption('signIns must be a ready store.');
    return { kind: 'cookie', place: { kind: 'server', store: signIns } };
  }
  const place: SignInPlace =
    revocation === 'none' ? { kind: 'cookie', notBefore: notBefore ?? 0 } : { kind: 'nowhere' };
  return { kind: 'cookie', place };
}
