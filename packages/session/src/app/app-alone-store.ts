import { createCookieSessions } from '../cookie-store/cookie-sessions.ts';
import { type CookieStore, cookieStore } from '../cookie-store/cookie-store.ts';
import { RequestStore } from '../cookie-store/request-store.ts';
import { LatchkeyError } from '../errors.ts';
import {
  createSessions,
  type NoSignIns,
  type Sessions,
  type SessionsOptions,
  type SignInLimits,
} from '../lifecycle/sessions.ts';
import { invalidOption } from '../option-rules.ts';
import type { SessionStore } from '../session-store.ts';
import { lazyStore } from '../store/lazy-store.ts';
import { createMemoryStore } from '../store/memory.ts';
import { type AppAloneOptions, signInLimits } from './app-alone-options.ts';

export function openPlace(
  store: AppAloneOptions['store'],
  now: () => number,
): SessionStore | CookieStore {
  if (store === 'cookie:') return cookieStore();
  if (typeof store === 'string') return lazyStore(store, now);
  if (typeof store === 'object' && store !== null && ('kind' in store || 'read' in store)) {
    return store;
  }
  throw invalidOption("store must be a URL such as 'sqlite:./data/sessions.db', or a ready store.");
}

/** Closes what {@link openPlace} opened: a ready store is closed by its maker. */
export async function closePlace(
  given: AppAloneOptions['store'],
  place: SessionStore | CookieStore,
): Promise<void> {
  if (typeof given === 'string' && !('kind' in place)) await place.close();
}

/** The store itself, or the one that a cookie store has for sign-ins; else one that keeps nothing. */
export function storeIn(place: SessionStore | CookieStore, now: () => number): SessionStore {
  if (!('kind' in place)) return place;
  return place.place.kind === 'server'
    ? place.place.store
    : new RequestStore([], { place: place.place, retirements: createMemoryStore({ now }), now });
}

/** Sessions on a store, or in the cookie; then `store` is where its sign-ins are, or keeps nothing. */
export function openSessions(
  common: Omit<SessionsOptions, 'store'>,
  place: SessionStore | CookieStore,
  secrets: readonly string[] | null,
): { readonly store: SessionStore; readonly sessions: Sessions } {
  if (!('kind' in place)) {
    return { store: place, sessions: createSessions({ ...common, store: place }) };
  }
  if (secrets === null) {
    throw new LatchkeyError(
      'secret_missing',
      'A cookie store needs secrets to seal its cookies with: texts of at least 32 characters, newest first.',
    );
  }
  const store = storeIn(place, common.platform.now);
  // Which ids were retired is known where sign-ins are; without a store on the server, to this process alone.
  const inCookies = { ...common, cookieStore: place, secrets, retirements: store };
  return { store, sessions: createCookieSessions(inCookies) };
}

/** Nobody can end a sign-in that only a cookie knows: that must be wanted. */
export function signInsOf(
  options: AppAloneOptions,
  place: SessionStore | CookieStore,
  lifetimes: Parameters<typeof signInLimits>[1],
): SignInLimits | NoSignIns {
  if ('kind' in place && place.place.kind === 'nowhere') {
    const refused =
      "A cookie store alone is for anonymous data: a sign-in that only the cookie knows cannot be ended. Give it a store for them, cookieStore({ signIns: store }), or write revocation: 'none' if that is what you want.";
    if (options.signIns !== undefined || options.handshake !== undefined)
      throw invalidOption(refused);
    return { refused };
  }
  return signInLimits(options.signIns ?? {}, lifetimes);
}
