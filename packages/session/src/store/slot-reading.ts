import {
  maxRotationsFollowed,
  type Reading,
  type SessionRecord,
  type SignInRecord,
  type StoreKey,
  sessionSkewMilliseconds,
} from '../session-store.ts';
import type { SlotTable, StoredSession, StoredSlot } from './slot-table.ts';

/** A slot whose sign-in is live. */
type SignedInSlot = StoredSlot & { readonly signIn: SignInRecord };

/** What lies at a key, or where it was moved to. */
export interface Found {
  readonly key: StoreKey;
  readonly session: StoredSession | null;
  readonly slot: StoredSlot | null;
  /** The keys that led there, the one asked for first. */
  readonly moved: readonly StoreKey[];
}

const notMoved: readonly StoreKey[] = [];

/** Finds what lies at a key, or where that was rotated, at its successor. */
export function follow(table: SlotTable, asked: StoreKey, now: number): Found {
  let key = asked;
  let moved = notMoved;
  for (;;) {
    const { session, slot } = table.find(key);
    const next = pointerIn(session, now);
    const isLast = next === null || moved.length === maxRotationsFollowed;
    if (isLast) return { key, session, slot, moved };
    moved = [...moved, key];
    key = next;
  }
}

/** Where a session was moved to from here, as long as that is remembered. */
export function pointerIn(session: StoredSession | null, now: number): StoreKey | null {
  return session !== null && session.expiresAt > now ? session.movedTo : null;
}

/** Absence is an end: everything that must be found is asked for here, and here alone. */
export function reading({ key, session, slot }: Found, now: number): Reading | null {
  if (session === null || session.record === null || session.expiresAt <= now) return null;
  if (slot === null || slot.hasEnded || slot.idleAt <= now || slot.expiresAt <= now) return null;
  const { record } = session;
  const { signIn, usedAt } = slot;
  if (!record.signedIn) return { key, session: record, signIn: null, usedAt };
  if (signIn === null || isOfAnother(record, signIn)) return null;
  return { key, session: record, signIn, usedAt };
}

/** Whether a session belongs to a sign-in that lay in the slot before this one. */
function isOfAnother(session: SessionRecord, signIn: SignInRecord): boolean {
  return session.createdAt < signIn.createdAt - sessionSkewMilliseconds;
}

export function readingAt(table: SlotTable, key: StoreKey, now: number): Reading | null {
  return reading(follow(table, key, now), now);
}

/** The slot as it is when its sign-in is live, else null. */
export function signedIn(slot: StoredSlot | null, now: number): SignedInSlot | null {
  if (slot === null || slot.signIn === null || slot.hasEnded) return null;
  return slot.idleAt > now && slot.expiresAt > now ? (slot as SignedInSlot) : null;
}
