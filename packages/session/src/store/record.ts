import type { Replacement, SessionRecord, SignInRecord, StoreKey } from '../session-store.ts';

/*
 * A record as text, for the stores that speak SQL:
 *
 *   [1,7,"s","shop",1763760000000,604800,2592000]    format, version, kind, what never changes
 *   {"cart":[1]}                                     what a write replaces
 *   [1,2,"i","…",1763760000000,["pwd"],…]            a sign-in
 *   ["…","ada@kittens.example","Ada",["shop"]]
 *   ["…","ben@kittens.example","Ben",["shop"],[["toys",1763770000000]],[["shop",["editor"]]],["staff"]]
 *
 * Kinds: `s` a session that belongs to a sign-in, `a` an anonymous one, `i` a sign-in. Lists instead of objects: each name
 * would be stored a million times. A format that comes later gets the next number and a reader of its own. Text in no known
 * format is read as null, hence as an end.
 */

/** The format in which records are written. */
export const recordFormat = 1;

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
  const kind = record.signedIn ? 's' : 'a';
  const fixed = [kind, scope, createdAt, idleSeconds, absoluteSeconds];
  return `${JSON.stringify([recordFormat, record.version, ...fixed])}\n${record.data}`;
}

/** The session in a text, or null when the text is broken, of another kind or of an unknown format. Never throws. */
export function decodeSession(text: string): SessionRecord | null {
  const head = decodeHead(text);
  if (head === null) return null;
  const [, version, kind, scope, createdAt, idleSeconds, absoluteSeconds] = head;
  if (!isVersion(version) || (kind !== 's' && kind !== 'a')) return null;
  if (typeof scope !== 'string' || !isNumber(createdAt)) return null;
  if (!isNumber(idleSeconds) || !isNumber(absoluteSeconds)) return null;
  // Not parsed here: a store never looks inside, and a request that reads no data need not pay for it.
  const data = bodyOf(text);
  return { version, scope, signedIn: kind === 's', createdAt, idleSeconds, absoluteSeconds, data };
}

/** A sign-in as text. */
export function encodeSignIn(record: SignInRecord): string {
  const { id, provedAt, methods, createdAt, idleSeconds, absoluteSeconds } = record;
  const head: unknown[] = [recordFormat, record.version, 'i', id, provedAt, methods];
  head.push(createdAt, idleSeconds, absoluteSeconds);
  head.push(record.device, record.place, record.remembered ? 1 : 0);
  return `${JSON.stringify(head)}\n${encodeSignInBody(record)}`;
}

/** The part of a sign-in that a write replaces. */
export type SignInBody = Pick<SignInRecord, 'account' | 'apps' | 'roles' | 'groups'>;

/** A record with that part of another one. */
export function withBodyOf(record: SignInRecord, body: SignInBody): SignInRecord {
  const { roles: _roles, groups: _groups, ...kept } = record;
  const { account, apps, roles, groups } = body;
  const lists = { ...(roles && { roles }), ...(groups && { groups }) };
  return { ...kept, account, apps, ...lists };
}

/** Its text. */
export function encodeSignInBody({ account, apps, roles = {}, groups = [] }: SignInBody): string {
  const names = Object.keys(apps);
  const withoutEnd = names.filter((name) => apps[name] === null);
  const withEnd = names.filter((name) => apps[name] !== null).map((name) => [name, apps[name]]);
  const body: unknown[] = [account.id, account.email, account.name, withoutEnd];
  const inApps = Object.entries(roles).filter(([, names]) => names.length > 0);
  const hasLists = inApps.length + groups.length > 0;
  if (withEnd.length > 0 || hasLists) body.push(withEnd);
  if (hasLists) body.push(inApps, groups);
  return JSON.stringify(body);
}

/** The sign-in in a text, or null when the text is broken, of another kind or of an unknown format. Never throws. */
export function decodeSignIn(text: string): SignInRecord | null {
  const head = decodeHead(text);
  if (head === null) return null;
  const [, version, kind, id, provedAt, methods, createdAt, idleSeconds, absoluteSeconds] = head;
  const [device, place, remembered] = head.slice(9);
  if (!isVersion(version) || kind !== 'i') return null;
  if (typeof id !== 'string' || !isNumber(provedAt) || !isStrings(methods)) return null;
  if (!isNumber(createdAt) || !isNumber(idleSeconds) || !isNumber(absoluteSeconds)) return null;
  if (typeof device !== 'string' || typeof place !== 'string') return null;
  if (remembered !== 0 && remembered !== 1) return null;
  const body = decodeSignInBody(parseList(bodyOf(text)));
  if (body === null) return null;
  // One literal: objects put together from parts cost more than all the rest.
  const record: SignInRecord = {
    version,
    id,
    account: body.account,
    provedAt,
    methods,
    apps: body.apps,
    device,
    place,
    remembered: remembered === 1,
    createdAt,
    idleSeconds,
    absoluteSeconds,
  };
  return body.lists === null ? record : withLists(record, body.lists);
}

/** What an account is in each app, and its groups. */
export interface SignInLists {
  readonly roles: readonly (readonly [app: string, roles: readonly string[]])[];
  readonly groups: readonly string[];
}

/** A record that has them; what there is none of is left out. */
export function withLists(record: SignInRecord, { roles, groups }: SignInLists): SignInRecord {
  return {
    ...record,
    // fromEntries makes own properties, so an app called `__proto__` stays a name.
    ...(roles.length > 0 ? { roles: Object.fromEntries(roles) } : {}),
    ...(groups.length > 0 ? { groups } : {}),
  };
}

/** The list in front, when it is of the known format. */
function decodeHead(text: string): unknown[] | null {
  if (!text.startsWith(start)) return null;
  const end = text.indexOf('\n');
  return end === -1 ? null : parseList(text.slice(0, end));
}

/** Looked for first: whatever ended is told apart without an exception. */
const start = `[${recordFormat},`;

function bodyOf(text: string): string {
  return text.slice(text.indexOf('\n') + 1);
}

function decodeSignInBody(list: unknown[] | null): DecodedBody | null {
  if (list === null) return null;
  const [id, email, name, withoutEnd, withEnd = []] = list;
  if (typeof id !== 'string' || typeof email !== 'string' || typeof name !== 'string') return null;
  const apps = decodeApps(withoutEnd, withEnd);
  const account = { id, email, name };
  if (list.length <= 5) return apps && { account, apps, lists: null };
  const lists = decodeLists(list[5], list[6]);
  return apps && lists && { account, apps, lists };
}

interface DecodedBody extends Pick<SignInRecord, 'account' | 'apps'> {
  /** Null where there are none. */
  readonly lists: SignInLists | null;
}

function decodeLists(roles: unknown, groups: unknown): SignInLists | null {
  const isRoles = (one: unknown): one is [string, string[]] =>
    Array.isArray(one) && typeof one[0] === 'string' && isStrings(one[1]);
  if (!Array.isArray(roles) || !roles.every(isRoles) || !isStrings(groups)) return null;
  return { roles, groups };
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

function parseList(text: string): unknown[] | null {
  try {
    const value: unknown = JSON.parse(text);
    return Array.isArray(value) ? value : null;
  } catch {
    return null;
  }
}

function isVersion(value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) >= 1;
}

function isNumber(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value);
}

function isStrings(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'string');
}
