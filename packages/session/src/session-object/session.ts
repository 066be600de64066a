// Owns the object that an app holds: data, changes by key, who is signed in, what can be
// asked of it. It stores nothing by itself: reading, saving and ending are handed in by
// `lifecycle/`.

import type { SessionCall } from '../event-reasons.ts';
import {
  type Account,
  type Reading,
  type SignInRecord,
  type Slot,
  type StoreKey,
  slotOf,
} from '../session-store.ts';
import { flashKey } from './carry-over.ts';
import { type Changes, findChanges, type JsonValue, parseData, settle } from './changes.ts';
import { refuseUnknownProperties } from './known-properties.ts';
import type { ListedDevice, SignInChoices } from './listed-device.ts';

/** Whether the account may enter this app: `none` without a sign-in. */
export type SessionAccess = 'granted' | 'denied' | 'none';

/** What a session can ask of the flow that opened it. */
export interface SessionActions {
  save(session: Session): Promise<void>;
  rotate(session: Session): Promise<void>;
  end(session: Session): Promise<void>;
  signIn(session: Session, account: Account, choices: SignInChoices): Promise<void>;
  signOut(session: Session): Promise<void>;
  devices(session: Session): Promise<readonly ListedDevice[]>;
  endOthers(session: Session): Promise<number>;
  endSignIn(session: Session, id: string): Promise<'ended' | 'unknown'>;
  signalOf(session: Session): AbortSignal;
  releaseSignal(signal: AbortSignal): void;
  csrfToken(session: Session, form?: { action: string; method: string }): string;
  /** Told of a call that rejects, by the name of its method. */
  failed(call: SessionCall, cause: unknown): void;
}

/** What carries a session's answer to the browser; made by an adapter. */
export interface SessionCarrier {
  /** Called once, as soon as there may be something to save or to set. */
  touched(): void;
  /** Called when the session's end is watched: `release` is to be called when the answer is finished or broken off. */
  watched(release: () => void): void;
}

/** The record behind a session at one moment. */
export interface SessionBacking {
  readonly key: StoreKey;
  readonly reading: Reading;
  readonly access: SessionAccess;
}

/** Session ids that a request brought and that open nothing: they may be retired. */
export interface UnopenedIds {
  readonly keys: readonly StoreKey[];
  /** When the request began, milliseconds by the store's clock. */
  readonly began: number;
}

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
export class Session {
  readonly #actions: SessionActions;
  #backing: SessionBacking | null;
  #unopened: UnopenedIds | null;
  #text: string;
  #data: Record<string, unknown> | null = null;
  #turn: Promise<unknown> | null = null;
  /** `Set-Cookie` lines for the answer, by cookie name. */
  #cookies: Map<string, string> | null = null;
  #redirects: ((location: string) => string)[] | null = null;
  #carrier: SessionCarrier | null = null;
  #isTouched = false;
  #signal: AbortSignal | null = null;
  #flash: Readonly<Record<string, JsonValue>> | null = null;

  constructor(
    actions: SessionActions,
    backing: SessionBacking | null,
    unopened: UnopenedIds | null = null,
  ) {
    this.#actions = actions;
    this.#backing = backing;
    this.#unopened = unopened;
    this.#text = backing === null ? '{}' : backing.reading.session.data;
  }

  /**
   * The app's own data: plain JSON values by key, at most 262,144 characters together. Change it freely; what changed is
   * saved, key by key, before the answer leaves. Two requests that change different keys both survive. Has no prototype.
   * Not saved: what is changed after the first byte of the answer (in a stream, say); call {@link save} for that.
   */
  get data(): SessionData & Record<string, unknown> {
    if (this.#data === null) {
      this.#data = parseData(this.#text);
      this.#touched();
    }
    return this.#data as SessionData & Record<string, unknown>;
  }

  /**
   * What the request before left for this one with {@link setFlash}, by key. Read once: it is gone with this request. What no
   * request reads stays.
   */
  get flash(): Readonly<Record<string, JsonValue>> {
    if (this.#flash === null) {
      const kept = this.data[flashKey];
      delete this.data[flashKey];
      this.#flash = isPlainObject(kept) ? { ...kept } : {};
    }
    return this.#flash;
  }

  /** Leaves a plain JSON value for the next request that reads {@link flash}: a notice to be shown after a redirect. */
  setFlash(key: string, value: JsonValue): void {
    const kept = this.data[flashKey];
    // Defined, not assigned: a key named __proto__ is a key.
    this.data[flashKey] = Object.fromEntries([
      ...Object.entries(isPlainObject(kept) ? kept : {}),
      [key, value],
    ]);
  }

  /** The person, when signed in and granted this app; else null. */
  get account(): Account | null {
    return this.#backing?.access === 'granted' ? (this.signInRecord?.account ?? null) : null;
  }

  /** True when somebody is signed in and may enter this app. */
  get signedIn(): boolean {
    return this.account !== null;
  }

  /** `denied`: somebody is signed in, but was not granted this app. */
  get access(): SessionAccess {
    return this.#backing?.access ?? 'none';
  }

  /** The sign-in the session belongs to, also where access is denied. */
  get signInRecord(): SignInRecord | null {
    return this.#backing?.reading.signIn ?? null;
  }

  /**
   * Saves now instead of when the answer leaves. Rejects with `session_ended` where the session ended meanwhile, with
   * `session_data_invalid` and `store_unavailable`.
   */
  save(): Promise<void> {
    return this.#calling('save', this.#actions.save(this));
  }

  /**
   * Gives the session a new id, as is good after a change of rights. The old id opens nothing from then on: a request that
   * brings it finds nobody signed in, loses what it wants to save, and its answer leaves the session cookie alone. Does
   * nothing for a visitor without a session, nor where another request gave this id up meanwhile: its answer carries the new
   * one. Rejects with `session_ended`.
   */
  rotate(): Promise<void> {
    return this.#calling('rotate', this.#actions.rotate(this));
  }

  /**
   * Fires when the session ends, in whatever app, or when its access is withdrawn: within a second, for work that goes on
   * after the request was let in (a stream, a socket, a long task). Its reason is an error with the code `session_ended`, or
   * `store_unavailable` after half a minute without the store. Watched until the answer is finished or broken off.
   */
  get signal(): AbortSignal {
    if (this.#signal === null) {
      const signal = this.#actions.signalOf(this);
      this.#signal = signal;
      this.#carrier?.watched(() => this.#actions.releaseSignal(signal));
    }
    return this.#signal;
  }

  /** Ends this session alone, with its data; the sign-in lives on in other apps. */
  end(): Promise<void> {
    return this.#calling('end', this.#actions.end(this));
  }

  /**
   * Signs in a person whom the app has recognised, for apps outside a family: a new sign-in and a new session id. Data of an
   * anonymous session is carried over, that of another person is not; the sign-in before it ends. Check the password first:
   * nothing here does. Rejects with `option_invalid` in a family (send people to `/sign-in`) and for an account without
   * id, email or name.
   */
  signIn(account: Account, choices: SignInChoices = {}): Promise<void> {
    return this.#calling('signIn', this.#actions.signIn(this, account, choices));
  }

  /**
   * Ends the sign-in in every app. Once resolved, no app that asks Latchkey accepts it. Rejects with
   * `login_host_unavailable` where the sign-in was ended in the store but the login host could not be told yet.
   */
  signOut(): Promise<void> {
    return this.#calling('signOut', this.#actions.signOut(this));
  }

  /** The person's live sign-ins, newest first: the devices to show on an account page. None for an anonymous visitor. */
  signIns(): Promise<readonly ListedDevice[]> {
    return this.#calling('signIns', this.#actions.devices(this));
  }

  /**
   * Ends one of the person's sign-ins by its id, in every app, this one's own included. `unknown`: the person has no live
   * sign-in of that id.
   */
  endSignIn(id: string): Promise<'ended' | 'unknown'> {
    return this.#calling('endSignIn', this.#actions.endSignIn(this, id));
  }

  /** Signs the person out on all other devices, in every app; how many sign-ins ended. */
  signOutOthers(): Promise<number> {
    return this.#calling('signOutOthers', this.#actions.endOthers(this));
  }

  /**
   * A token for the header `x-csrf-token` or the form field `authenticity_token`; with `form`, good for that path and method
   * alone. Another text each time. The first call of a session makes its secret and keeps it in {@link data}: a write, and
   * for a visitor without a session a new one, with its cookie; call it before the answer begins. A sign-in drops the
   * secret, and with it every token handed out before. Throws `option_invalid` for an `action` that is neither a path nor
   * an http(s) URL.
   */
  csrfToken(form?: { action: string; method: string }): string {
    return this.#actions.csrfToken(this, form);
  }

  /** For the flow: the record behind. @internal */
  backing(): SessionBacking | null {
    return this.#backing;
  }

  /** For the flow: the ids that were brought and open nothing, or not any more; null where there are none. @internal */
  unopened(): UnopenedIds | null {
    return this.#unopened;
  }

  /** For the flow: says so. @internal */
  noteUnopened(ids: UnopenedIds | null): void {
    this.#unopened = ids;
  }

  /** For the login host: where the sign-in is kept, or null without one. @internal */
  slot(): Slot | null {
    return this.#backing?.reading.session.signedIn ? slotOf(this.#backing.key) : null;
  }

  /** For the flow: what the request changed since the record was read or last saved. @internal */
  changes(): Changes | null {
    return this.#data === null ? null : findChanges(this.#text, this.#data);
  }

  /**
   * For the flow: the record now behind. With `saved`, the changes that are in it, the app's data goes on: what was changed
   * since they were taken is still to be saved. Without, all data is replaced. @internal
   */
  rebase(backing: SessionBacking | null, saved: Changes | null = null): void {
    const base = this.#text;
    const before = this.#backing === null ? null : slotOf(this.#backing.key);
    // Whoever asks from now on waits for the end of this one, not of the one before.
    if (backing !== null && slotOf(backing.key) !== before) this.#signal = null;
    this.#backing = backing;
    this.#text = backing === null ? '{}' : backing.reading.session.data;
    if (this.#data === null) return;
    if (saved !== null) {
      settle(this.#data, base, saved, this.#text);
      return;
    }
    // The app may hold the object: it keeps its identity and takes the new content.
    for (const key of Object.keys(this.#data)) delete this.#data[key];
    Object.assign(this.#data, parseData(this.#text));
  }

  /**
   * For the flow: does `work` when what was begun before it is done. Two saves at once would make two sessions of a new
   * visitor. @internal
   */
  inTurn<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#turn === null ? work() : this.#turn.then(work, work);
    const turn: Promise<unknown> = done.then(
      () => this.#endTurn(turn),
      () => this.#endTurn(turn),
    );
    this.#turn = turn;
    return done;
  }

  /** For the flow: whether work is still under way. @internal */
  isBusy(): boolean {
    return this.#turn !== null;
  }

  #endTurn(turn: Promise<unknown>): void {
    if (this.#turn === turn) this.#turn = null;
  }

  /** For the flow: what the request changed is lost; `commit` need not try again. @internal */
  dropChanges(): void {
    this.#data = null;
  }

  /** For the flow: a `Set-Cookie` line for the answer; of several for one cookie the last counts and comes last. @internal */
  stageCookie(name: string, line: string): void {
    this.#cookies ??= new Map();
    this.#cookies.delete(name);
    this.#cookies.set(name, line);
    this.#touched();
  }

  /** For the flow: there is something to set, which is known when the answer leaves. @internal */
  holdAnswer(): void {
    this.#touched();
  }

  /**
   * For adapters: who is to be told that there is something to save, to set or to watch. Most requests only ask who is
   * there: their response need not be hooked at all. @internal
   */
  attach(carrier: SessionCarrier): void {
    this.#carrier = carrier;
    if (this.#isTouched) carrier.touched();
  }

  /** For the handshake: has the `Location` of the answer changed before it leaves. @internal */
  stageRedirect(change: (location: string) => string): void {
    this.#redirects ??= [];
    this.#redirects.push(change);
    this.#touched();
  }

  /** For adapters: a `Location` as it should leave. @internal */
  redirectTo(location: string): string {
    return (this.#redirects ?? []).reduce((changed, change) => change(changed), location);
  }

  /** For the flow: the staged lines, once. @internal */
  takeCookies(): readonly string[] {
    const cookies = this.#cookies;
    this.#cookies = null;
    return cookies === null ? [] : [...cookies.values()];
  }

  /** The answer waits for a call, and a rejection counts as handled, also where the app does not await it. */
  #calling<T>(name: SessionCall, outcome: Promise<T>): Promise<T> {
    outcome.catch((cause: unknown) => this.#actions.failed(name, cause));
    this.#touched();
    return outcome;
  }

  #touched(): void {
    if (this.#isTouched) return;
    this.#isTouched = true;
    this.#carrier?.touched();
  }
}

refuseUnknownProperties(Session.prototype, (property) =>
  property === 'data'
    ? "session.data is the app's own data and stays the same object: set its keys, as in session.data.cart = [], or delete them."
    : `session.${property} cannot be set. The app's own data is in session.data: write session.data.${property} = …`,
);

function isPlainObject(value: unknown): value is Record<string, JsonValue> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
