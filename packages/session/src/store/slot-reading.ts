import {
  type Reading,
  type Retired,
  type SessionRecord,
  type SignInRecord,
  type StoreKey,
  sessionSkewMilliseconds,
  tombstoneSeconds,
} from '../session-store.ts';
import type { SlotTable, StoredSession, StoredSlot } from './slot-table.ts';

/** A slot whose sign-in is live. */
type SignedInSlot = StoredSlot & { readonly signIn: SignInRecord };

/** What is stored at a key and at its slot. */
export interface Found {
  readonly session: StoredSession | null;
  readonly slot: StoredSlot | null;
}

/** Absence is an end: everything that must be found is asked for here, and here alone. */
export function readingIn(key: StoreKey, { session, slot }: Found, now: number): Reading | null {
  if (session === null || session.record === null || session.expiresAt <= now) return null;
  if (slot === null || slot.hasEnded || slot.idleAt <= now || slot.expiresAt <= now) return null;
  const { record } = session;
  const { signIn, usedAt } = slot;
  if (!record.signedIn) return { key, session: record, signIn: null, usedAt };
  if (signIn === null || isOfAnother(record, signIn)) return null;
  return { key, session: record, signIn, usedAt };
}

/** Whether a session belongs to a sign-in that was stored in the slot before this one. */
function isOfAnother(session: SessionRecord, signIn: SignInRecord): boolean {
  return session.createdAt < signIn.createdAt - sessionSkewMilliseconds;
}

export function readingAt(table: SlotTable, key: StoreKey, now: number): Reading | null {
  return readingIn(key, table.find(key), now);
}

/** What became of the session at a key, as long as that is remembered. */
export function retiredIn({ session, slot }: Found, now: number): Retired | null {
  if (session !== null && session.record === null && session.expiresAt > now) {
    const { replacedBy, expiresAt } = session;
    if (replacedBy !== null) return { kind: 'replaced', ...replacedBy };
    return { kind: 'ended', at: Math.min(now, expiresAt - tombstoneSeconds * 1000) };
  }
  // Its sessions went with the sign-in.
  const hasEnded = slot?.hasEnded === true && slot.expiresAt > now;
  return hasEnded ? { kind: 'ended', at: slot.usedAt } : null;
}

/** The slot as it is when its sign-in is live, else null. */
export function signedIn(slot: StoredSlot | null, now: number): SignedInSlot | null {
  if (slot === null || slot.signIn === null || slot.hasEnded) return null;
  return slot.idleAt > now && slot.expiresAt > now ? (slot as SignedInSlot) : null;
}
