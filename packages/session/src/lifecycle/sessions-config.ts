import type { CookieScope } from '../cookie/serialize.ts';
import type { LatchkeyEvent } from '../events.ts';
import type { Platform } from '../platform.ts';
import type { Realms } from '../realm.ts';
import type { SessionAccess } from '../session-object/session.ts';
import type { SessionBacking } from '../session-object/session-object.ts';
import type { EndCause, Reading, SessionStore, Slot } from '../session-store.ts';
import type { AnswerCookies } from './answer-cookies.ts';

/** What {@link createSessions} needs; all of it checked by `packages/session/src/app/app-alone.ts` or the family config. */
export interface SessionsOptions {
  readonly store: SessionStore;
  /** What keeps these sessions apart from others in the store. */
  readonly realm: Realms;
  readonly cookie: CookieScope;
  /** What records are marked with: an app's name or the shared cookie domain. A record of another scope opens nothing. */
  readonly scopeName: string;
  /** What this very app or cookie domain used before, newest first. Default none. */
  readonly former?: FormerScopes;
  /** The app whose grant a sign-in must name, or null where no grant is asked (the login host, an app alone). */
  readonly app: string | null;
  /** For anonymous sessions; signed-in ones follow their sign-in. */
  readonly idleSeconds: number;
  readonly absoluteSeconds: number;
  /**
   * Seconds that the longest sign-in lasts: no session that belongs to one is cut short before it. Default: as `signIns`
   * says, else `absoluteSeconds`.
   */
  readonly longestSignInSeconds?: number;
  readonly platform: Platform;
  /** For sign-ins that the app makes itself. Absent in a family, where the login host makes them. */
  readonly signIns?: SignInLimits | NoSignIns;
  /** Default: in the store alone. */
  readonly endSignIn?: EndSignInEverywhere;
}

/**
 * Ends a sign-in everywhere. Gives the login host's ticket for a sign-out, which the browser is to bring there; null where
 * there is none.
 */
export type EndSignInEverywhere = (slot: Slot, cause: EndCause) => Promise<string | null>;

/** How long sign-ins last that an app makes itself, and how many one account may have. */
export interface SignInLimits {
  readonly idleSeconds: number;
  readonly absoluteSeconds: number;
  /** The same for a person who asked to stay signed in. */
  readonly remembered: { readonly idleSeconds: number; readonly absoluteSeconds: number };
  /** Live sign-ins of one account; the one made first ends when another comes on top. */
  readonly maxPerAccount: number;
}

/** An app that makes no sign-ins, and why. */
export interface NoSignIns {
  readonly refused: string;
}

/** Cookies and scope names that were in use before the present ones. */
export interface FormerScopes {
  /** Read where no present cookie opens a session, by validity; cleared once one is open, at sign-in and at sign-out. */
  readonly cookies: readonly CookieScope[];
  /** Records marked with these open sessions as those of the present scope do. */
  readonly scopeNames: readonly string[];
}

/** What the steps of a request have in common: the options of one cookie scope, and what follows from them. */
export interface SessionsConfig extends SessionsOptions {
  readonly cookies: AnswerCookies;
  readonly longestSignInSeconds: number;
  readonly endSignIn: EndSignInEverywhere;
}

/** The record as a session of this scope, or null where it belongs to another. */
export function judge(config: SessionsConfig, reading: Reading | null): SessionBacking | null {
  if (reading === null) return null;
  const { scope } = reading.session;
  if (scope !== config.scopeName && !config.former?.scopeNames.includes(scope)) return null;
  return { key: reading.key, reading, access: accessOf(config, reading) };
}

function accessOf({ app, store }: SessionsConfig, { signIn }: Reading): SessionAccess {
  if (signIn === null) return 'none';
  if (app === null) return 'granted';
  if (!Object.hasOwn(signIn.apps, app)) return 'denied';
  const until = signIn.apps[app];
  return until === null || (until !== undefined && until > store.now()) ? 'granted' : 'denied';
}

/** Tells operators of something, without a word that came from outside. */
export function report({ app, platform }: SessionsConfig, event: LatchkeyEvent): void {
  platform.onEvent(app === null ? event : { ...event, app });
}
