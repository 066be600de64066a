import type { SessionCall } from '../event-reasons.ts';
import {
  type Account,
  type AppAccount,
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
import type { Session, SessionAccess, SessionData } from './session.ts';

/** What a session can ask of the flow that opened it. */
export interface SessionActions {
  save(session: SessionObject): Promise<void>;
  rotate(session: SessionObject): Promise<void>;
  end(session: SessionObject): Promise<void>;
  signIn(session: SessionObject, account: Account, choices: SignInChoices): Promise<void>;
  signOut(session: SessionObject): Promise<void>;
  devices(session: SessionObject): Promise<readonly ListedDevice[]>;
  endOthers(session: SessionObject): Promise<number>;
  endSignIn(session: SessionObject, id: string): Promise<'ended' | 'unknown'>;
  signalOf(session: SessionObject): AbortSignal;
  releaseSignal(signal: AbortSignal): void;
  csrfToken(session: SessionObject, form?: { action: string; method: string }): string;
  /** Told of a call that rejects, by the name of its method. */
  failed(call: SessionCall, cause: unknown): void;
  /** The account of a sign-in, as the app sees it. */
  accountOf(signIn: SignInRecord): AppAccount;
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

/** The session as the flow and the adapters have it; what apps may call is documented at {@link Session}. */
export class SessionObject implements Session {
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

  get data(): SessionData & Record<string, unknown> {
    if (this.#data === null) {
      this.#data = parseData(this.#text);
      this.#touched();
    }
    return this.#data as SessionData & Record<string, unknown>;
  }

  get flash(): Readonly<Record<string, JsonValue>> {
    if (this.#flash === null) {
      const kept = this.data[flashKey];
      delete this.data[flashKey];
      this.#flash = isPlainObject(kept) ? { ...kept } : {};
    }
    return this.#flash;
  }

  setFlash(key: string, value: JsonValue): void {
    const kept = this.data[flashKey];
    // Defined, not assigned: a key named __proto__ is a key.
    this.data[flashKey] = Object.fromEntries([
      ...Object.entries(isPlainObject(kept) ? kept : {}),
      [key, value],
    ]);
  }

  get account(): AppAccount | null {
    const signIn = this.signInRecord;
    return this.signedIn && signIn !== null ? this.#actions.accountOf(signIn) : null;
  }

  get signedIn(): boolean {
    return this.#backing?.access === 'granted' && this.signInRecord !== null;
  }

  get access(): SessionAccess {
    return this.#backing?.access ?? 'none';
  }

  get signInRecord(): SignInRecord | null {
    return this.#backing?.reading.signIn ?? null;
  }

  save(): Promise<void> {
    return this.#calling('save', this.#actions.save(this));
  }

  rotate(): Promise<void> {
    return this.#calling('rotate', this.#actions.rotate(this));
  }

  get signal(): AbortSignal {
    if (this.#signal === null) {
      const signal = this.#actions.signalOf(this);
      this.#signal = signal;
      this.#carrier?.watched(() => this.#actions.releaseSignal(signal));
    }
    return this.#signal;
  }

  end(): Promise<void> {
    return this.#calling('end', this.#actions.end(this));
  }

  signIn(account: Account, choices: SignInChoices = {}): Promise<void> {
    return this.#calling('signIn', this.#actions.signIn(this, account, choices));
  }

  signOut(): Promise<void> {
    return this.#calling('signOut', this.#actions.signOut(this));
  }

  signIns(): Promise<readonly ListedDevice[]> {
    return this.#calling('signIns', this.#actions.devices(this));
  }

  endSignIn(id: string): Promise<'ended' | 'unknown'> {
    return this.#calling('endSignIn', this.#actions.endSignIn(this, id));
  }

  signOutOthers(): Promise<number> {
    return this.#calling('signOutOthers', this.#actions.endOthers(this));
  }

  csrfToken(form?: { action: string; method: string }): string {
    return this.#actions.csrfToken(this, form);
  }

  /** For the flow: the record behind. */
  backing(): SessionBacking | null {
    return this.#backing;
  }

  /** For the flow: the ids that were brought and open nothing, or not any more; null where there are none. */
  unopened(): UnopenedIds | null {
    return this.#unopened;
  }

  /** For the flow: says so. */
  noteUnopened(ids: UnopenedIds | null): void {
    this.#unopened = ids;
  }

  /** For the login host: where the sign-in is kept, or null without one. */
  slot(): Slot | null {
    return this.#backing?.reading.session.signedIn ? slotOf(this.#backing.key) : null;
  }

  /** For the flow: what the request changed since the record was read or last saved. */
  changes(): Changes | null {
    return this.#data === null ? null : findChanges(this.#text, this.#data);
  }

  /**
   * For the flow: the record now behind. With `saved`, the changes that are in it, the app's data goes on: what was changed
   * since they were taken is still to be saved. Without, all data is replaced.
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
      settle(this.#data, { base, saved }, this.#text);
      return;
    }
    // The app may hold the object: it keeps its identity and takes the new content.
    for (const key of Object.keys(this.#data)) delete this.#data[key];
    Object.assign(this.#data, parseData(this.#text));
  }

  /**
   * For the flow: does `work` when what was begun before it is done. Two saves at once would make two sessions of a new
   * visitor.
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

  /** For the flow: whether work is still under way. */
  isBusy(): boolean {
    return this.#turn !== null;
  }

  #endTurn(turn: Promise<unknown>): void {
    if (this.#turn === turn) this.#turn = null;
  }

  /** For the flow: what the request changed is lost; `commit` need not try again. */
  dropChanges(): void {
    this.#data = null;
  }

  /** For the flow: a `Set-Cookie` line for the answer; of several for one cookie the last counts and comes last. */
  stageCookie(name: string, line: string): void {
    this.#cookies ??= new Map();
    this.#cookies.delete(name);
    this.#cookies.set(name, line);
    this.#touched();
  }

  /** For the flow: there is something to set, which is known when the answer leaves. */
  holdAnswer(): void {
    this.#touched();
  }

  /**
   * For adapters: who is to be told that there is something to save, to set or to watch. Most requests only ask who is
   * there: their response need not be hooked at all.
   */
  attach(carrier: SessionCarrier): void {
    this.#carrier = carrier;
    if (this.#isTouched) carrier.touched();
  }

  /** For the handshake: has the `Location` of the answer changed before it leaves. */
  stageRedirect(change: (location: string) => string): void {
    this.#redirects ??= [];
    this.#redirects.push(change);
    this.#touched();
  }

  /** For adapters: a `Location` as it should leave. */
  redirectTo(location: string): string {
    return (this.#redirects ?? []).reduce((changed, change) => change(changed), location);
  }

  /** For the flow: the staged lines, once. */
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

/** The object behind what an app holds: every {@link Session} is one, made by the flow and by nothing else. */
export function sessionObject(session: Session): SessionObject {
  return session as SessionObject;
}

refuseUnknownProperties(SessionObject.prototype, (property) =>
  property === 'data'
    ? "session.data is the app's own data and stays the same object: set its keys, as in session.data.cart = [], or delete them."
    : `session.${property} cannot be set. The app's own data is in session.data: write session.data.${property} = …`,
);

function isPlainObject(value: unknown): value is Record<string, JsonValue> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
