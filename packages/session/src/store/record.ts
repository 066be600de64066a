import type { Replacement, SessionRecord, SignInRecord, StoreKey } from '../session-store.ts';
import { scanSession, scanSignIn } from './scan-record.ts';

/*
 * A record as text:
 *
 *   1.7s["shop",1763760000000,604800,2592000]      format 1, version 7, kind, what never changes
 *   {"cart":[1]}                                   what a write replaces
 *   2.1i["…",1763760000000,["pwd"],…]              a sign-in, format 2
 *   ["…","ada@kittens.example","Ada",["shop"]]
 *
 * Kinds: `s` a session that hangs off a sign-in, `a` an anonymous one, `i` a sign-in. Everything before the newline
 * can be told apart with one pattern, so a Redis script reads and raises the version and swaps the second part without
 * decoding JSON (cjson would turn `[]` into `{}`). Lists instead of objects: each name would be stored a million times.
 *
 * A new format gets the next number and a reader of its own beside these; the readers of the format before stay. Sessions
 * are of format 1; sign-ins of format 1 had neither device nor place.
 * `redis-scripts.ts` has the same pattern in Lua. Text in no known format is read as null, hence as an end.
 */
const pattern = /^([12])\.([1-9]\d{0,14})([asi])(\[[^\n]*\])\n/;

/** The formats in which records are written. */
export const sessionFormat = 1;
export const signInFormat = 2;

/** What stands where a record ended. No format begins like this, so every reader finds nothing there. */
export const tombstone = 'ended';

/** What a text begins with that stands where a session was replaced. To every reader of records it is an end. */
export const replacedMark = 'replaced ';

export function encodeReplaced(by: Replacement): string {
  return replacedMark + replacementText(by);
}

/** By what the session here was replaced, or null when the text does not say that it was. */
export function decodeReplaced(text: string): Replacement | null {
  if (!text.startsWith(`${replacedMark}{`)) return null;
  return replacementIn(text.slice(replacedMark.length));
}

/** Nothing that was left is not said. */
export function replacement(successor: StoreKey, left = ''): Replacement {
  return left === '' ? { successor } : { successor, left };
}

/** A successor, and on the lines below it what was left. */
export function replacementText({ successor, left }: Replacement): string {
  return left === undefined ? successor : `${successor}\n${left}`;
}

export function replacementIn(text: string): Replacement {
  const end = text.indexOf('\n');
  if (end === -1) return { successor: text as StoreKey };
  return replacement(text.slice(0, end) as StoreKey, text.slice(end + 1));
}

/** A session as text. */
export function encodeSession(record: SessionRecord): string {
  const { scope, createdAt, idleSeconds, absoluteSeconds } = record;
  const fixed = JSON.stringify([scope, createdAt, idleSeconds, absoluteSeconds]);
  const kind = record.signedIn ? 's' : 'a';
  return `${sessionFormat}.${record.version}${kind}${fixed}\n${record.data}`;
}

/** The session in a text, or null when the text is broken, of another kind or of an unknown format. Never throws. */
export function decodeSession(text: string): SessionRecord | null {
  return scanSession(text) ?? parseSession(text);
}

/** The same for any text, not the plain ones alone. */
export function parseSession(text: string): SessionRecord | null {
  const parts = pattern.exec(text);
  if (parts === null || parts[3] === 'i' || Number(parts[1]) !== sessionFormat) return null;
  const fixed = parseList(parts[4]);
  if (fixed === null) return null;
  const [scope, createdAt, idleSeconds, absoluteSeconds] = fixed;
  if (typeof scope !== 'string' || !isNumber(createdAt)) return null;
  if (!isNumber(idleSeconds) || !isNumber(absoluteSeconds)) return null;
  return {
    version: Number(parts[2]),
    scope,
    signedIn: parts[3] === 's',
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
  const fixed: unknown[] = [id, provedAt, methods, createdAt, idleSeconds, absoluteSeconds];
  fixed.push(record.device, record.place, record.remembered ? 1 : 0);
  const head = `${signInFormat}.${record.version}i${JSON.stringify(fixed)}`;
  return `${head}\n${encodeSignInBody(record)}`;
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
  return scanSignIn(text) ?? parseSignIn(text);
}

/** The same for any text, not the plain ones alone. */
export function parseSignIn(text: string): SignInRecord | null {
  const parts = pattern.exec(text);
  if (parts === null || parts[3] !== 'i') return null;
  const fixed = decodeSignInFixed(Number(parts[1]), parseList(parts[4]));
  const body = decodeSignInBody(parseList(text.slice(parts[0].length)));
  return fixed && body && { version: Number(parts[2]), ...fixed, ...body };
}

type SignInBody = Pick<SignInRecord, 'account' | 'apps'>;

function decodeSignInFixed(
  format: number,
  list: unknown[] | null,
): Omit<SignInRecord, keyof SignInBody | 'version'> | null {
  if (list === null) return null;
  const [id, provedAt, methods, createdAt, idleSeconds, absoluteSeconds] = list;
  const [device, place, remembered] = format === 1 ? ['', '', 0] : list.slice(6);
  if (typeof id !== 'string' || !isNumber(provedAt) || !isStrings(methods)) return null;
  if (!isNumber(createdAt) || !isNumber(idleSeconds) || !isNumber(absoluteSeconds)) return null;
  if (typeof device !== 'string' || typeof place !== 'string') return null;
  if (remembered !== 0 && remembered !== 1) return null;
  const lives = { createdAt, idleSeconds, absoluteSeconds };
  return { id, provedAt, methods, device, place, remembered: remembered === 1, ...lives };
}

function decodeSignInBody(list: unknown[] | null): SignInBody | null {
  if (list === null) return null;
  const [id, email, name, withoutEnd, withEnd = []] = list;
  if (typeof id !== 'string' || typeof email !== 'string' || typeof name !== 'string') return null;
  const apps = decodeApps(withoutEnd, withEnd);
  return apps && { account: { id, email, name }, apps };
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
