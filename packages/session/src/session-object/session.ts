// Owns what an app holds: data, changes by key, who is signed in, what can be asked of it.
// Here is what an app may call; `session-object.ts` is the object behind it, which the flow
// and the adapters hold. It stores nothing by itself: reading, saving and ending are handed
// in by `lifecycle/`.

import type { Account, AppAccount, SignInRecord } from '../session-store.ts';
import type { JsonValue } from './changes.ts';
import type { ListedDevice, SignInChoices } from './listed-device.ts';

/** Whether the account may enter this app: `none` without a sign-in. */
export type SessionAccess = 'granted' | 'denied' | 'none';

/** App data by key. Augment it in your app to have your own keys typed. */
// biome-ignore lint/suspicious/noEmptyInterface: meant to be augmented by apps
export interface SessionData {}

/**
 * One visitor's session in one app. A visitor who stored nothing has an empty one: no record, no cookie.
 * Made by an adapter for each request; not to be kept beyond it.
 *
 * The answer waits for every call of its methods that is under way, also where the app does not. A call that rejects is told to
 * operators and counts as handled: no process ends because nobody awaited it.
 */
export interface Session {
  /**
   * The app's own data: plain JSON values by key, at most 262,144 characters together. Change it freely; what changed is
   * saved, key by key, before the answer leaves. Two requests that change different keys both survive. Has no prototype.
   * Not saved: what is changed after the first byte of the answer (in a stream, say); call {@link save} for that.
   */
  readonly data: SessionData & Record<string, unknown>;

  /**
   * What the request before left for this one with {@link setFlash}, by key. Read once: it is gone with this request. What no
   * request reads stays.
   */
  readonly flash: Readonly<Record<string, JsonValue>>;

  /** Leaves a plain JSON value for the next request that reads {@link flash}: a notice to be shown after a redirect. */
  setFlash(key: string, value: JsonValue): void;

  /**
   * The person, when signed in and granted this app; else null. `roles` are those in this app and `groups` the person's, as
   * they are at this request; both are empty in an app alone.
   */
  readonly account: AppAccount | null;

  /** True when somebody is signed in and may enter this app. */
  readonly signedIn: boolean;

  /** `denied`: somebody is signed in, but was not granted this app. */
  readonly access: SessionAccess;

  /** The sign-in the session belongs to, also where access is denied. */
  readonly signInRecord: SignInRecord | null;

  /**
   * Saves now instead of when the answer leaves. Rejects with `session_ended` where the session ended meanwhile, with
   * `session_data_invalid` and `store_unavailable`.
   */
  save(): Promise<void>;

  /**
   * Gives the session a new id, as is good after a change of rights. The old id opens nothing from then on: a request that
   * brings it finds nobody signed in, loses what it wants to save, and its answer leaves the session cookie alone. Does
   * nothing for a visitor without a session, nor where another request gave this id up meanwhile: its answer carries the new
   * one. Rejects with `session_ended`.
   */
  rotate(): Promise<void>;

  /**
   * Fires when the session ends, in whatever app, or when its access is withdrawn: within a second, for work that goes on
   * after the request was let in (a stream, a socket, a long task). Its reason is an error with the code `session_ended`, or
   * `store_unavailable` after half a minute without the store. Watched until the answer is finished or broken off.
   */
  readonly signal: AbortSignal;

  /** Ends this session alone, with its data; the sign-in lives on in other apps. */
  end(): Promise<void>;

  /**
   * Signs in a person whom the app has recognised, for apps outside a family: a new sign-in and a new session id. Data of an
   * anonymous session is carried over, that of another person is not; the sign-in before it ends. Check the password first:
   * nothing here does. Rejects with `option_invalid` in a family (send people to `/sign-in`) and for an account without
   * id, email or name.
   */
  signIn(account: Account, choices?: SignInChoices): Promise<void>;

  /**
   * Ends the sign-in in every app. Once resolved, no app that asks Latchkey accepts it. Rejects with
   * `login_host_unavailable` where the sign-in was ended in the store but the login host could not be told yet.
   */
  signOut(): Promise<void>;

  /** The person's live sign-ins, newest first: the devices to show on an account page. None for an anonymous visitor. */
  signIns(): Promise<readonly ListedDevice[]>;

  /**
   * Ends one of the person's sign-ins by its id, in every app, this one's own included. `unknown`: the person has no live
   * sign-in of that id.
   */
  endSignIn(id: string): Promise<'ended' | 'unknown'>;

  /** Signs the person out on all other devices, in every app; how many sign-ins ended. */
  signOutOthers(): Promise<number>;

  /**
   * A token for the header `x-csrf-token` or the form field `authenticity_token`; with `form`, good for that path and method
   * alone. Another text each time. The first call of a session makes its secret and keeps it in {@link data}: a write, and
   * for a visitor without a session a new one, with its cookie; call it before the answer begins. A sign-in drops the
   * secret, and with it every token handed out before. Throws `option_invalid` for an `action` that is neither a path nor
   * an http(s) URL.
   */
  csrfToken(form?: { action: string; method: string }): string;
}
