import type { RealmKey } from '../realm.ts';
import { parseSessionId, type SessionId, storeKey } from '../session-id/session-id.ts';
import type { SessionRecord, SignInRecord, StoreKey } from '../session-store.ts';

/** A session as its cookie keeps it. */
export interface KeptSession {
  readonly id: SessionId;
  /** Where the id leads to, in the realm that the cookie was sealed for. */
  readonly key: StoreKey;
  readonly record: SessionRecord;
  /** Milliseconds since 1970. */
  readonly usedAt: number;
  /** Only where sign-ins are kept in the cookie too. */
  readonly signIn: SignInRecord | null;
}

/** Kept texts begin with it. */
const form = 1;

/** Short: a cookie has 4,096 bytes for everything. */
export function writeKept({ id, record, usedAt, signIn }: KeptSession): string {
  const { scope, signedIn, createdAt, idleSeconds, absoluteSeconds, data } = record;
  const times = [createdAt, usedAt, idleSeconds, absoluteSeconds];
  return JSON.stringify([form, id, scope, signedIn ? 1 : 0, ...times, data, signIn]);
}

/** The session in a text that we sealed for a realm; null for another form. */
export function readKept(text: string, realm: RealmKey): KeptSession | null {
  const parts: unknown = parse(text);
  if (!Array.isArray(parts) || parts.length !== 10 || parts[0] !== form) return null;
  const [, idText, scope, signedIn, createdAt, usedAt, idleSeconds, absoluteSeconds, data, signIn] =
    parts as readonly unknown[];
  const id = typeof idText === 'string' ? parseSessionId(idText) : null;
  const times = [createdAt, usedAt, idleSeconds, absoluteSeconds];
  if (id === null || typeof scope !== 'string' || typeof data !== 'string') return null;
  if (!times.every((time) => Number.isSafeInteger(time))) return null;
  const record = {
    version: 1,
    scope,
    signedIn: signedIn === 1,
    createdAt: Number(createdAt),
    data,
    idleSeconds: Number(idleSeconds),
    absoluteSeconds: Number(absoluteSeconds),
  };
  const key = storeKey(realm, id);
  return {
    id,
    key,
    record,
    usedAt: Number(usedAt),
    signIn: (signIn ?? null) as SignInRecord | null,
  };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
