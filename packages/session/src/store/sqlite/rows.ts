import type { EndCause, ReportedEnding, Slot } from '../../session-store.ts';
import {
  decodeReplaced,
  decodeSession,
  decodeSignIn,
  encodeReplaced,
  encodeSession,
  tombstone,
} from '../record.ts';
import type { FoundSlot, StoredSession, StoredSlot } from '../slot-table.ts';

/** Where the keys of a slot begin, and where they have ended: `;` is the character after the colon. */
export function keysOf(slot: Slot): [string, string] {
  return [`{${slot}}:`, `{${slot}};`];
}

/** Sign-in, when it expires, last use, when idle, when made; all null where there is no slot. */
export type SlotRow = readonly [
  signIn: string | null,
  expiresAt: number | null,
  usedAt: number | null,
  idleAt: number | null,
  madeAt: number | null,
];

export type ListedRow = readonly [...SlotRow, slot: string];

/** The record of a session, when it expires, its ordinal; null where there is none. */
type SessionRow = readonly [
  record: string | null,
  expiresAt: number | null,
  ordinal: number | null,
];

export type KeyRow = readonly [key: string, ...SessionRow];

export type SessionAndSlotRow = readonly [...SlotRow, ...SessionRow];

export function slotIn(row: SlotRow | ListedRow | SessionAndSlotRow): StoredSlot | null {
  // By index: this is in the way of every request, and taking a list apart goes through an iterator.
  const expiresAt = row[1];
  const usedAt = row[2];
  const idleAt = row[3];
  const madeAt = row[4];
  if (expiresAt === null || usedAt === null || idleAt === null || madeAt === null) return null;
  const signIn = row[0] === null ? null : decodeSignIn(row[0]);
  const hasEnded = row[0] !== null && signIn === null;
  return { signIn, hasEnded, expiresAt, usedAt, idleAt, madeAt };
}

export function foundSlotIn(row: ListedRow): FoundSlot | null {
  const stored = slotIn(row);
  return stored && { slot: row[5] as Slot, stored };
}

export function sessionIn(
  text: string | null,
  expiresAt: number | null,
  ordinal: number | null,
): StoredSession | null {
  if (text === null || expiresAt === null || ordinal === null) return null;
  const record = decodeSession(text);
  return { record, replacedBy: record === null ? decodeReplaced(text) : null, expiresAt, ordinal };
}

export function sessionText({ record, replacedBy }: StoredSession): string {
  if (record !== null) return encodeSession(record);
  return replacedBy === null ? tombstone : encodeReplaced(replacedBy);
}

export function reportIn(row: Record<string, unknown>): ReportedEnding {
  return {
    id: String(row['id']),
    slot: row['slot'] as Slot,
    cause: row['cause'] as EndCause,
  };
}
