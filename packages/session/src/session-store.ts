import type { EndCause } from './end-cause.ts';
import type { MaybePromise } from './platform.ts';
import type { RealmKey } from './realm.ts';

declare const slotBrand: unique symbol;
declare const storeKeyBrand: unique symbol;

/**
 * The tag of a session id: 96 random bits, base64url, 16 characters. All sessions of one sign-in share it, so in a
 * Redis Cluster they share a hash slot. Of no power by itself.
 */
export type Slot = string & { readonly [slotBrand]: true };

/** All that a store sees of a session id: `{<slot>}:<hash of realm and id>`. A leaked store yields no working cookie. */
export type StoreKey = string & { readonly [storeKeyBrand]: true };

/** The slot inside a store key. */
export function slotOf(key: StoreKey): Slot {
  return key.slice(1, 17) as Slot;
}

/** A person. `id` is the account's UUID, the same in every app. */
export interface Account {
  readonly id: string;
  readonly email: string;
  readonly name: string;
}

/** A person, as one app sees them. */
export interface AppAccount extends Account {
  /** What the person is in this app: names that the family config has for it, sorted. Frozen; empty without any. */
  readonly roles: readonly string[];
  /** The groups that the person is in: names, sorted. Frozen; empty without any. */
  readonly groups: readonly string[];
}

export type { EndCause } from './end-cause.ts';

/** One authentication of one account in one browser: the unit of single sign-out. */
export interface SignInRecord {
  /** Rises with each write; 1 at creation. */
  readonly version: number;
  /** UUID. */
  readonly id: string;
  readonly account: Account;
  /** When the person proved who they are: milliseconds since 1970. */
  readonly provedAt: number;
  /** How: RFC 8176 names, for example `['pwd']`. */
  readonly methods: readonly string[];
  /** The apps the account may enter, each with the instant its grant runs out, or null. */
  readonly apps: Readonly<Record<string, number | null>>;
  /** What the account is in each app, by the app's name; an app in which it is nothing is left out. Absent: in none. */
  readonly roles?: Readonly<Record<string, readonly string[]>>;
  /** Names of the groups that the account is in. Absent: in none. */
  readonly groups?: readonly string[];
  /** What the person would call the browser, for example `Chrome on Linux`; at most 200 characters. `''`: unknown. */
  readonly device: string;
  /** The client's address, or a place, as the login host knew it; at most 100 characters. `''`: unknown. */
  readonly place: string;
  /** Whether the person asked to stay signed in: cookies then outlive the browser's own session. */
  readonly remembered: boolean;
  readonly createdAt: number;
  /** Seconds it may go unused, counted over all apps. */
  readonly idleSeconds: number;
  /** Seconds it may last at most, from `createdAt`. */
  readonly absoluteSeconds: number;
}

/** What an app's cookie opens. */
export interface SessionRecord {
  /** Rises with each write; 1 at creation. */
  readonly version: number;
  /** The cookie scope it belongs to: an app's name, or a cookie domain. A session is good nowhere else. */
  readonly scope: string;
  /** Whether it belongs to the sign-in of its slot. Without that sign-in it is then no session. */
  readonly signedIn: boolean;
  readonly createdAt: number;
  /** Seconds it may go unused. For a signed-in session the sign-in's count instead. */
  readonly idleSeconds: number;
  /** Seconds it may last at most, from `createdAt`. A signed-in session never outlives its sign-in. */
  readonly absoluteSeconds: number;
  /** App data as JSON text of one object; stores never look inside. */
  readonly data: string;
}

/** A live session with the sign-in it belongs to, if any. */
export interface Reading {
  /** Where the session is stored: the key asked for. */
  readonly key: StoreKey;
  readonly session: SessionRecord;
  /** Null exactly when `session.signedIn` is false. */
  readonly signIn: SignInRecord | null;
  /** Last recorded use of the slot, milliseconds by the store's clock. */
  readonly usedAt: number;
}

/** A live sign-in and where it is stored. */
export interface ListedSignIn {
  readonly slot: Slot;
  readonly signIn: SignInRecord;
  /** Last recorded use, milliseconds by the store's clock. */
  readonly usedAt: number;
}

/** By what a session was replaced. */
export interface Replacement {
  readonly successor: StoreKey;
  /** What whoever replaced it left for requests that still bring its id; absent where that is nothing. Stores never look inside. */
  readonly left?: string;
}

/** What became of a session whose key opens nothing any more. Kept for {@link tombstoneSeconds}, then it is a stranger's. */
export type Retired =
  /** Its browser was handed a newer session id, whose session is stored at `successor`: perhaps in another slot. */
  | ({ readonly kind: 'replaced' } & Replacement)
  /** It ended, alone or with its sign-in. `at`: when, milliseconds by the store's clock. */
  | { readonly kind: 'ended'; readonly at: number };

/** Makes an act happen at most once: the first to bring this id wins. */
export interface OneTimeUse {
  /** At least 96 random bits, base64url. */
  readonly id: string;
  /** How long the id is remembered; not below the life of what carries it. */
  readonly seconds: number;
}

/** Whose index an ended sign-in leaves, and whether the login host is to hear of it. */
export type EndingOptions =
  | { readonly realm?: RealmKey; readonly report?: false }
  | { readonly realm: RealmKey; readonly report: true };

/** A sign-in that an app ended while the login host could not be reached. */
export interface ReportedEnding {
  /** Opaque; given back to {@link SessionStore.dropReports}. */
  readonly id: string;
  readonly slot: Slot;
  readonly cause: EndCause;
}

/**
 * Where sessions and sign-ins are kept. Rules for every method:
 * - Absence is an end. A signed-in session is live only when its live sign-in is found; expired and idle count as absent.
 * - A write names the version that it read (`readVersion`) and stores `readVersion + 1`; the `version` in the record
 *   given is ignored. No write brings back what ended: tombstones stay for ten minutes.
 * - Lifetimes are counted by the store's clock from the moment of the write; no instant of a caller's clock decides. One
 *   exception: a session whose `createdAt` is more than five minutes before its sign-in's belongs to an earlier sign-in
 *   of the slot and is not live.
 * - A key that was replaced (`rotate`, `retire`) opens nothing from then on: it is not its successor's, neither to read nor
 *   to write nor to end. What it was replaced by stays known for {@link tombstoneSeconds}, whatever ends meanwhile.
 * - Rejects with `store_unavailable` (LatchkeyError, with `cause`) when the store itself fails or does not answer
 *   within its time-out, and for nothing else.
 */
export interface SessionStore {
  /** The store's clock in milliseconds since 1970, as well as this process knows it. */
  now(): number;

  /** The live session at a key with its sign-in, in one trip, or null. Synchronous where no waiting is needed. */
  read(key: StoreKey): MaybePromise<Reading | null>;

  /**
   * Makes a session. `ended`: the key or (for a signed-in session) the slot's sign-in is not live; nothing was written.
   * `used`: `once` was brought before; nothing was written. Taking `once`, checking the sign-in and creating are one
   * atomic step. `once` is not taken when the answer is `ended`. An existing key answers `ended`. A signed-in session
   * beyond {@link maxSessionsPerSignIn} ends, in the same step, the one of its slot that was created first.
   */
  create(
    key: StoreKey,
    record: SessionRecord,
    once?: OneTimeUse,
  ): Promise<'created' | 'used' | 'ended'>;

  /** Writes data over the version that was read. Only `data` changes; lifetimes go on. */
  replace(
    key: StoreKey,
    data: string,
    readVersion: number,
  ): Promise<'saved' | 'outdated' | 'ended'>;

  /**
   * Moves a live session to another key of its slot in one atomic step: version, data and lifetimes stay, and `key` is
   * one that was replaced. `replaced`: it was before, by another, and nothing is done. `ended`: there is no live session,
   * the successor exists or existed, or it is of another slot; nothing is done. Asking again for a rotation that was done
   * answers `rotated`. Resolves once no process answers for `key` from memory.
   */
  rotate(key: StoreKey, successor: StoreKey): Promise<'rotated' | 'replaced' | 'ended'>;

  /**
   * Makes a key one that was replaced, in one atomic step; what was stored there is gone. The successor is in whatever slot and not
   * looked for. With `readVersion`, a live session only if that is still its version, else `outdated`. Also where the
   * session ended, or none was ever found. What was left is kept with the key as long as that is known, whatever ends meanwhile.
   * `replaced`: it was before, by another, and nothing is done; asking again for the same answers `retired`. Resolves once
   * no process answers for `key` from memory.
   */
  retire(
    key: StoreKey,
    by: Replacement,
    readVersion?: number,
  ): Promise<'retired' | 'replaced' | 'outdated'>;

  /** Ends one session. `gone`: there is no live one at this key, or not any more. */
  end(key: StoreKey): Promise<'ended' | 'gone'>;

  /** What became of the session at a key; null where one is live, or none is remembered. Never answered from memory. */
  findRetired(key: StoreKey): Promise<Retired | null>;

  /** Records that the slot of a live session is in use now. Does nothing where the slot ended or idled out. */
  touch(key: StoreKey, idleSeconds: number): Promise<void>;

  /** Makes the sign-in of a slot, listed in that realm. `ended` when the slot has or had one. */
  createSignIn(slot: Slot, record: SignInRecord, realm: RealmKey): Promise<'created' | 'ended'>;

  /** The live sign-in of a slot, or null. */
  readSignIn(
    slot: Slot,
  ): Promise<{ readonly signIn: SignInRecord; readonly usedAt: number } | null>;

  /**
   * The live sign-ins of an account of that realm, the one made last first, at most `limit` (a whole number above 0): by
   * an index, whatever the number of sign-ins of others. The same id in another realm is another account.
   */
  listSignIns(realm: RealmKey, accountId: string, limit: number): Promise<readonly ListedSignIn[]>;

  /** Writes account and apps over the version that was read; lifetimes go on. The account's id stays what it is. */
  replaceSignIn(
    slot: Slot,
    record: SignInRecord,
    readVersion: number,
  ): Promise<'saved' | 'outdated' | 'ended'>;

  /**
   * Ends a sign-in and with it every session of its slot: one atomic write. Also where none is found: a sign-in that
   * arrives late finds the tombstone. Resolves once no process can answer for it from memory any more. With
   * `report`, the ending is also kept for the login host of the realm, durably as far as the store is, before anything else
   * happens. Without the realm its entry may stay in the index until a list meets it.
   */
  endSignIn(slot: Slot, cause: EndCause, options?: EndingOptions): Promise<void>;

  /** Takes a one-time id in the slot of a live sign-in. */
  takeOnce(slot: Slot, once: OneTimeUse): Promise<'taken' | 'used' | 'ended'>;

  /** Reported endings of a realm, oldest first, at most `limit`. They stay until dropped. */
  readReports(realm: RealmKey, limit: number): Promise<readonly ReportedEnding[]>;
  /** Ids of another realm's reports drop nothing. */
  dropReports(realm: RealmKey, ids: readonly string[]): Promise<void>;

  /** Resolves when the store answers. */
  ping(): Promise<void>;
  /**
   * Names what answers now: another text than before means that the store may have lost what it confirmed (another server,
   * the same one started again, a connection made again). Who keeps a durable log of endings asserts them again then.
   */
  incarnation(): Promise<string>;
  /** Frees sockets, files and timers. Later calls reject with `store_unavailable`. */
  close(): Promise<void>;
}

/** Seconds a tombstone outlives every write that may still be under way, and a retired key is told from a stranger's. */
export const tombstoneSeconds = 600;

/** Live signed-in sessions of one sign-in at most: far above the apps of any family. */
export const maxSessionsPerSignIn = 100;

/** By how many milliseconds a session may seem to be older than its sign-in: clocks of processes differ. */
export const sessionSkewMilliseconds: number = (tombstoneSeconds * 1000) / 2;
