import type { Reading, SessionRecord, SignInRecord, StoreKey } from '../../session-store.ts';
import { decodeSession, decodeSignIn, encodeSession, encodeSignIn } from '../compact/record.ts';
import { count, cursorAt, digits, takeCount, takeDigits, takeText } from '../compact/text.ts';

/** A reading as one short text: about 150 characters and the app data. Only this process reads it, so it has no format. */
export function packReading({ session, signIn, usedAt }: Reading): string {
  const owner = signIn === null ? '' : signInText(signIn);
  return digits(usedAt, 6) + count(owner.length) + owner + sessionText(session);
}

/** The reading in a text that {@link packReading} gave; null for any other. */
export function unpackReading(key: StoreKey, text: string): Reading | null {
  const cursor = cursorAt(text, 0);
  const usedAt = takeDigits(cursor, 6);
  const owner = takeText(cursor, takeCount(cursor));
  const signIn = owner === '' ? null : (decodeSignIn(owner)?.signIn ?? null);
  const session = decodeSession(text.slice(cursor.at))?.session ?? null;
  if (session === null || session.signedIn !== (signIn !== null)) return null;
  return { key, session, signIn, usedAt };
}

const noTime = count(0);

function signInText(record: SignInRecord): string {
  const [created, life, rest] = encodeSignIn(record);
  return `i${count(record.version)}${created}${noTime}${count(2 * Number(life))}${rest}`;
}

function sessionText(record: SessionRecord): string {
  const [created, life, rest] = encodeSession(record);
  const kind = record.signedIn ? 's' : 'g';
  return kind + count(record.version) + created + count(2 * Number(life)) + rest;
}
