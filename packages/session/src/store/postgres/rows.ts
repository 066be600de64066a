import {
  type EndCause,
  type ListedSignIn,
  type Reading,
  type ReportedEnding,
  type Retired,
  type Slot,
  type StoreKey,
  sessionSkewMilliseconds,
} from '../../session-store.ts';
import { decodeSession, decodeSignIn, replacementIn } from '../record.ts';

/** The format of a row of sessions that was replaced: its data is by what (`replacementText`). */
export const replacedFormat = -1;

/** A new record's text (record.ts) as rows have it: what never changes, and what a write replaces. */
export function partsOf(text: string): { readonly fixed: string; readonly body: string } {
  const end = text.indexOf('\n');
  return { fixed: text.slice('[1,1,'.length, end), body: text.slice(end + 1) };
}

function textOf([format, version, fixed, body]: readonly unknown[]): string {
  return `[${format},${version},${fixed}\n${body}`;
}

/** The row of what is remembered of a key: by what it was replaced or null, when it or its sign-in ended or null. */
export function retiredIn(row: unknown[] | undefined): Retired | null {
  const [by, at] = row ?? [];
  if (typeof by === 'string') return { kind: 'replaced', ...replacementIn(by) };
  return typeof at === 'string' ? { kind: 'ended', at: Number(at) } : null;
}

/**
 * A live session's row: format, data, version and fixed part, then format, version, fixed part and body of its slot's
 * sign-in or nulls, then its last use.
 */
export function readingIn(key: StoreKey, row: unknown[] | undefined): Reading | null {
  if (row === undefined) return null;
  const [format, data, version, fixed, ...ofSignIn] = row;
  const session = decodeSession(textOf([format, version, fixed, data]));
  const hasSignIn = ofSignIn[0] !== null;
  const signIn = hasSignIn ? decodeSignIn(textOf(ofSignIn)) : null;
  // A sign-in that cannot be read is an end for every session of its slot.
  if (session === null || (hasSignIn && signIn === null)) return null;
  const usedAt = Number(ofSignIn[4]);
  if (!session.signedIn) return { key, session, signIn: null, usedAt };
  if (signIn === null || session.createdAt < signIn.createdAt - sessionSkewMilliseconds)
    return null;
  return { key, session, signIn, usedAt };
}

/** A live sign-in's row: format, version, fixed part, account and apps, last use, slot. */
export function signInIn(row: unknown[] | undefined): ListedSignIn | null {
  if (row === undefined) return null;
  const signIn = decodeSignIn(textOf(row));
  const [usedAt, slot] = row.slice(4);
  return signIn && { slot: slot as Slot, signIn, usedAt: Number(usedAt) };
}

export function reportIn([id, slot, cause]: unknown[]): ReportedEnding {
  return { id: String(id), slot: slot as Slot, cause: cause as EndCause };
}

/** Where the keys of a slot begin, and where they have ended: `;` is the character after the colon. */
export function keysOf(slot: Slot): [string, string] {
  return [`{${slot}}:`, `{${slot}};`];
}

/** A lifetime as statements take it: rounded up, so that no lifetime becomes nothing. */
export function milliseconds(seconds: number): number {
  return Math.ceil(seconds * 1000);
}
