import type { OwnerKey, RealmKey } from '../realm.ts';
import type {
  EndCause,
  Replacement,
  ReportedEnding,
  SessionRecord,
  SignInRecord,
  Slot,
  StoreKey,
} from '../session-store.ts';

/** What is stored at a store key. */
export interface StoredSession {
  /** Null: it was replaced or ended, or its text is none that this version of Latchkey can read. */
  readonly record: SessionRecord | null;
  /** What replaced the session here, else null. */
  readonly replacedBy: Replacement | null;
  /** Rises from session to session of a slot, in the order in which they were created. */
  readonly ordinal: number;
  /** Milliseconds by the store's clock; from then on it counts as absent. */
  readonly expiresAt: number;
}

/** What is stored at a slot. */
export interface StoredSlot {
  /** Null in the slot of an anonymous session, and where the sign-in ended. */
  readonly signIn: SignInRecord | null;
  /** True for a tombstone, and for a sign-in that this version of Latchkey cannot read. */
  readonly hasEnded: boolean;
  /** When the sign-in or its tombstone is forgotten; in the slot of an anonymous session the same as `idleAt`. */
  readonly expiresAt: number;
  readonly usedAt: number;
  /** When the slot has gone unused for too long. */
  readonly idleAt: number;
  /** When the sign-in was made, by the store's clock. */
  readonly madeAt: number;
}

/** A one-time id that was taken. */
export interface StoredOnce {
  readonly id: string;
  /** When it is forgotten. */
  readonly expiresAt: number;
}

/** A slot and what is stored there. */
export interface FoundSlot {
  readonly slot: Slot;
  readonly stored: StoredSlot;
}

/**
 * A place that keeps sessions by slot and can do several things in one exclusive step: memory, or an embedded
 * database. It knows no rule; those are in `slot-store.ts`. Rows whose time has passed may still be returned.
 * Every method may throw; the thrown error becomes the cause of `store_unavailable`.
 */
export interface SlotTable {
  /** Runs `step` while no other handle's step runs; either all its writes happen or none. */
  exclusive<T>(step: () => T): T;
  find(key: StoreKey): { readonly session: StoredSession | null; readonly slot: StoredSlot | null };
  findSlot(slot: Slot): StoredSlot | null;
  /** Slots with a sign-in of that owner that run out after `now`, the one made last first, at most `limit`. */
  findSignIns(owner: OwnerKey, now: number, limit: number): readonly FoundSlot[];
  /** Everything that is stored at the keys of a slot. */
  sessionsOf(slot: Slot): readonly (readonly [key: StoreKey, session: StoredSession])[];
  putSession(key: StoreKey, session: StoredSession): void;
  /** Whose it is stays while there is a sign-in. */
  putSlot(slot: Slot, stored: StoredSlot): void;
  /** Enters the sign-in that was put into a slot in the list of its owner. */
  setOwner(slot: Slot, owner: OwnerKey): void;
  /** Drops everything at the keys of a slot but what was replaced. */
  dropSessions(slot: Slot): void;
  /** Remembers a one-time id. False when it is remembered already. */
  takeOnce(slot: Slot, once: StoredOnce, now: number): boolean;
  /** Forgets some of what has expired: a bounded amount of work. */
  sweep(now: number): void;
  addReport(realm: RealmKey, slot: Slot, cause: EndCause): void;
  readReports(realm: RealmKey, limit: number): readonly ReportedEnding[];
  dropReports(realm: RealmKey, ids: readonly string[]): void;
  /** Throws where the place does not answer. */
  ping(): void;
  close(): void;
}
