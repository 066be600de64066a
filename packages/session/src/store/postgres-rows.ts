import type { EndCause, Reading, ReportedEnding, SignInRecord, Slot } from '../session-store.ts';
import { decodeSession, decodeSignIn } from './record.ts';

/** The format of record.ts that lies in rows of format 1. */
const format = 1;

/** A new record's text (record.ts) as rows have it: what never changes, and what a write replaces. */
export function partsOf(text: string): { readonly fixed: string; readonly body: string } {
  const end = text.indexOf('\n');
  return { fixed: text.slice(`${format}.1`.length, end), body: text.slice(end + 1) };
}

function textOf(version: unknown, fixed: unknown, body: unknown): string {
  return `${format}.${version}${fixed}\n${body}`;
}

/** A live session's row: version, fixed part and data, then those of its slot's sign-in or nulls, then its last use. */
export function readingIn(row: unknown[] | undefined): Reading | null {
  if (row === undefined) return null;
  const [version, fixed, data, ofSignIn, signInFixed, signInBody, usedAt] = row;
  const session = decodeSession(textOf(version, fixed, data));
  const hasSignIn = ofSignIn !== null;
  const signIn = hasSignIn ? decodeSignIn(textOf(ofSignIn, signInFixed, signInBody)) : null;
  // A sign-in that cannot be read is an end for every session of its slot.
  if (session === null || (hasSignIn && signIn === null)) return null;
  if (!session.signedIn) return { session, signIn: null, usedAt: Number(usedAt) };
  return signIn && { session, signIn, usedAt: Number(usedAt) };
}

/** A live sign-in's row: version, fixed part, account and apps, last use. */
export function signInIn(
  row: unknown[] | undefined,
): { readonly signIn: SignInRecord; readonly usedAt: number } | null {
  if (row === undefined) return null;
  const [version, fixed, body, usedAt] = row;
  const signIn = decodeSignIn(textOf(version, fixed, body));
  return signIn && { signIn, usedAt: Number(usedAt) };
}

export function reportIn([id, slot, cause]: unknown[]): ReportedEnding {
  return { id: String(id), slot: slot as Slot, cause: cause as EndCause };
}
