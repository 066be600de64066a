import type { SessionRecord, SignInRecord } from '../session-store.ts';

/*
 * A record as text:
 *
 *   1.7s["shop",1763760000000,604800,2592000]      format 1, version 7, kind, what never changes
 *   {"cart":[1]}                                   what a write replaces
 *
 * Kinds: `s` a session that hangs off a sign-in, `a` an anonymous one, `i` a sign-in. Everything before the newline
 * can be told apart with one pattern, so a Redis script reads and raises the version and swaps the second part without
 * decoding JSON (cjson would turn `[]` into `{}`). Lists instead of objects: each name would be stored a million times.
 *
 * A new format gets the next number and a reader of its own beside these; the readers of the format before stay.
 * `redis-scripts.ts` has the same pattern in Lua. Text in no known format is read as null, hence as an end.
 */
const pattern = /^1\.([1-9]\d{0,14})([asi])(\[[^\n]*\])\n/;

/** What stands where a record ended. No format begins like this, so every reader finds nothing there. */
export const tombstone = 'ended';

/** A session as text. */
export function encodeSession(record: SessionRecord): string {
  const { scope, createdAt, idleSeconds, absoluteSeconds } = record;
  const fixed = JSON.stringify([scope, createdAt, idleSeconds, absoluteSeconds]);
  return `1.${record.version}${record.signedIn ? 's' : 'a'}${fixed}\n${record.data}`;
}

/** The session in a text, or null when the text is broken, of another kind or of an unknown format. Never throws. */
export function decodeSession(text: string): SessionRecord | null {
  const parts = pattern.exec(text);
  if (parts === null || parts[2] === 'i') return null;
  const fixed = parseList(parts[3]);
  if (fixed === null) return null;
  const [scope, createdAt, idleSeconds, absoluteSeconds] = fixed;
  if (typeof scope !== 'string' || !isNumber(createdAt)) return null;
  if (!isNumber(idleSeconds) || !isNumber(absoluteSeconds)) return null;
  return {
    version: Number(parts[1]),
    scope,
    signedIn: parts[2] === 's',
    createdAt,
    idleSeconds,
    absoluteSeconds,
    // Not parsed here: a store never looks inside, and a request that reads no data need not pay for it.
    data: text.slice(parts[0].length),
  };
}

/** A sign-in as text. */
export function encodeSignIn(record: SignInRecord): string {
  const { id, provedAt, methods, createdAt, idleSeconds, absoluteSeconds } = record;
  const fixed = JSON.stringify([id, provedAt, methods, createdAt, idleSeconds, absoluteSeconds]);
  return `1.${record.version}i${fixed}\n${encodeSignInBody(record)}`;
}

/** The part of a sign-in's text that a write replaces: account and apps. */
export function encodeSignInBody({
  account,
  apps,
}: Pick<SignInRecord, 'account' | 'apps'>): string {
  const names = Object.keys(apps);
  const withoutEnd = names.filter((name) => apps[name] === null);
  const withEnd = names.filter((name) => apps[name] !== null).map((name) => [name, apps[name]]);
  const body: unknown[] = [account.id, account.email, account.name, withoutEnd];
  if (withEnd.length > 0) body.push(withEnd);
  return JSON.stringify(body);
}

/** The sign-in in a text, or null when the text is broken, of another kind or of an unknown format. Never throws. */
export function decodeSignIn(text: string): SignInRecord | null {
  const parts = pattern.exec(text);
  if (parts === null || parts[2] !== 'i') return null;
  const fixed = parseList(parts[3]);
  const body = parseList(text.slice(parts[0].length));
  if (fixed === null || body === null) return null;
  const [id, provedAt, methods, createdAt, idleSeconds, absoluteSeconds] = fixed;
  const [accountId, email, name, withoutEnd, withEnd = []] = body;
  if (typeof id !== 'string' || !isNumber(provedAt) || !isStrings(methods)) return null;
  if (!isNumber(createdAt) || !isNumber(idleSeconds) || !isNumber(absoluteSeconds)) return null;
  if (typeof accountId !== 'string' || typeof email !== 'string') return null;
  if (typeof name !== 'string') return null;
  const apps = decodeApps(withoutEnd, withEnd);
  if (apps === null) return null;
  return {
    version: Number(parts[1]),
    id,
    account: { id: accountId, email, name },
    provedAt,
    methods,
    apps,
    createdAt,
    idleSeconds,
    absoluteSeconds,
  };
}

function decodeApps(withoutEnd: unknown, withEnd: unknown): SignInRecord['apps'] | null {
  if (!isStrings(withoutEnd) || !Array.isArray(withEnd)) return null;
  const entries: [string, number | null][] = withoutEnd.map((name) => [name, null]);
  for (const entry of withEnd as unknown[]) {
    if (!Array.isArray(entry)) return null;
    const [name, endsAt] = entry as unknown[];
    if (typeof name !== 'string' || !isNumber(endsAt)) return null;
    entries.push([name, endsAt]);
  }
  // fromEntries makes own properties, so an app called `__proto__` stays a name.
  return Object.fromEntries(entries);
}

function parseList(text: string | undefined): unknown[] | null {
  try {
    const value: unknown = JSON.parse(text ?? '');
    return Array.isArray(value) ? value : null;
  } catch {
    return null;
  }
}

function isNumber(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value);
}

function isStrings(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'string');
}
