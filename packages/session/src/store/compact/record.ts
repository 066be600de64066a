// Owns records as short text, in few bytes: what Redis stores, and what packed memory in the process keeps. `text.ts`
// has numbers, ids and words, this file the records. What a record means is left to
// `packages/session/src/session-store.ts`, how long a text is kept to `store/redis/` and `store/lease/`.

import {
  type Replacement,
  type SessionRecord,
  type SignInRecord,
  type StoreKey,
  slotOf,
} from '../../session-store.ts';
import { replacement, type SignInLists, withLists } from '../record.ts';
import {
  type Cursor,
  count,
  counted,
  cursorAt,
  digits,
  hexOfUuid,
  isRandomUuid,
  packRandomUuid,
  packUuid,
  signedCount,
  takeCount,
  takeCounted,
  takeDigits,
  takeRandomUuid,
  takeSignedCount,
  takeText,
  takeUuid,
} from './text.ts';

/*
 * Records as short text: what the Redis store writes and the leased memory packs, for memory is what both cost (docs/stores/redis.md has the figures):
 *
 *   sign-in                    i version created idle life  n hashes  what is in it
 *   session                    s version created      life  length    idle lifetime and scope   data
 *   session in its own slot    a version created idle life  length    idle lifetime and scope   data
 *
 * The kind says the format too. `s` belongs to the sign-in of its slot, `g` (a guest, written as `s`) is anonymous but is stored
 * in the slot of a sign-in and ends with it, `a` is anonymous in a slot without one. Scripts (lua.ts) read what is
 * in front: `version`, a count; `created`, milliseconds in six characters; `idle`, a signed count: how many seconds after
 * `created` it has gone unused for too long, by the server's clock; `life`, a count: twice the absolute lifetime, and one
 * more where a signed count follows of the seconds by which the server's clock lets it end later than `created` does; `n`,
 * how many sessions the slot has, one character, and their hashes of 19; `length`, the bytes of what follows up to the data,
 * two characters. They never look further.
 *
 * Last use is `idle` less the idle lifetime: so it is right as long as uses are recorded with the lifetime of the record.
 *
 * What is in no known format is an end.
 */

/** What stands where something ended. */
export const ended = 'x';

/** What a text begins with that stands where a session was replaced; slot and hash of its successor follow, and what was left. */
export const replacedMark = '>';

export function encodeReplaced({ successor, left = '' }: Replacement): string {
  return replacedMark + slotOf(successor) + successor.slice(-hashLength) + left;
}

/** By what the session here was replaced, or null when the text does not say that it was. */
export function decodeReplaced(text: string): Replacement | null {
  if (!text.startsWith(replacedMark)) return null;
  const parts = text.slice(replacedMark.length, replacedLength);
  const successor = `{${parts.slice(0, -hashLength)}}:${parts.slice(-hashLength)}` as StoreKey;
  return replacement(successor, text.slice(replacedLength));
}

/** A record without its version and what the server's clock says: `created`, `life` and what follows. */
export type RecordParts = readonly [created: string, life: string, rest: string];

export function encodeSignIn(record: SignInRecord): RecordParts {
  const life = String(lifetime(record.absoluteSeconds));
  return [digits(record.createdAt, 6), life, noSessions + encodeSignInRest(record)];
}

/** What follows the list of sessions: everything that a script does not look at. */
export function encodeSignInRest(record: SignInRecord): string {
  const { account, apps, createdAt, device, methods, place, roles = {}, groups = [] } = record;
  const ids = [hexOfUuid(record.id), hexOfUuid(account.id)];
  const areRandom = ids.every((hex) => hex !== null && isRandomUuid(hex));
  const address = ipv4Number(place);
  const isPassword = methods.length === 1 && methods[0] === 'pwd';
  const inApps = Object.entries(roles).filter(([, names]) => names.length > 0);
  const hasLists = inApps.length + groups.length > 0;
  const is = [record.remembered, areRandom, address !== null, isPassword, hasLists];
  return [
    digits(
      is.reduce((sum, bit, place) => sum + (bit ? 2 ** place : 0), 0),
      1,
    ),
    ...(areRandom
      ? ids.map((hex) => packRandomUuid(hex ?? ''))
      : [idText(record.id), idText(account.id)]),
    signedCount(Math.floor(record.provedAt) - Math.floor(createdAt)),
    count(lifetime(record.idleSeconds)),
    isPassword ? '' : countedList(methods),
    address === null ? counted(place) : digits(address, 5),
    counted(device),
    counted(account.email),
    counted(account.name),
    hasLists ? encodeLists({ roles: inApps, groups }) : '',
    ...Object.keys(apps).map((name) => encodeApp(name, apps[name] ?? null)),
  ].join('');
}

/** What a text at a slot says. */
export interface CompactSignIn {
  readonly signIn: SignInRecord;
  /** By the server's clock: when it has gone unused for too long, rounded up to seconds, and when it was used last. */
  readonly idleAt: number;
  readonly usedAt: number;
}

/** The sign-in in a text, or null for anything else. Never throws. */
export function decodeSignIn(text: string): CompactSignIn | null {
  if (text.charAt(0) !== 'i') return null;
  const cursor = cursorAt(text, 1);
  const version = takeCount(cursor);
  const createdAt = takeDigits(cursor, 6);
  const idleAt = takeIdleAt(cursor, createdAt);
  const absoluteSeconds = takeLife(cursor);
  const sessions = takeDigits(cursor, 1);
  cursor.at += packedHashLength * sessions;
  const flags = takeDigits(cursor, 1);
  const areRandom = (flags & 2) !== 0;
  const id = areRandom ? takeRandomUuid(cursor) : takeId(cursor);
  const accountId = areRandom ? takeRandomUuid(cursor) : takeId(cursor);
  const provedAt = createdAt + takeSignedCount(cursor);
  const idleSeconds = seconds(takeCount(cursor));
  const methods = (flags & 8) !== 0 ? ['pwd'] : takeList(cursor, takeCounted);
  const place = (flags & 4) !== 0 ? takeIpv4(cursor) : takeCounted(cursor);
  const device = takeCounted(cursor);
  const [email, name] = [takeCounted(cursor), takeCounted(cursor)];
  const lists = (flags & 16) !== 0 ? takeLists(cursor) : null;
  const apps = takeApps(cursor);
  if (cursor.isBroken) return null;
  const remembered = (flags & 1) !== 0;
  // One literal: objects put together from parts cost more than all the rest.
  const signIn: SignInRecord = {
    version,
    id,
    account: { id: accountId, email, name },
    provedAt,
    methods,
    apps,
    device,
    place,
    remembered,
    createdAt,
    idleSeconds,
    absoluteSeconds,
  };
  const usedAt = idleAt - idleSeconds * 1000;
  return { signIn: lists === null ? signIn : withLists(signIn, lists), idleAt, usedAt };
}

export function encodeSession(record: SessionRecord): RecordParts {
  const fixed = count(lifetime(record.idleSeconds)) + counted(record.scope);
  const length = digits(Buffer.byteLength(fixed), 2);
  const life = String(lifetime(record.absoluteSeconds));
  return [digits(record.createdAt, 6), life, length + fixed + record.data];
}

/** What a text at a session's key says. */
export interface CompactSession {
  readonly session: SessionRecord;
  /** As of a sign-in; null where that of the slot counts. */
  readonly usedAt: number | null;
  /** Whether it is of no use without a sign-in in its slot. */
  readonly needsSignIn: boolean;
}

/** The session in a text, or null for anything else. Never throws. */
export function decodeSession(text: string): CompactSession | null {
  const kind = text.charAt(0);
  if (kind !== 's' && kind !== 'g' && kind !== 'a') return null;
  const cursor = cursorAt(text, 1);
  const version = takeCount(cursor);
  const createdAt = takeDigits(cursor, 6);
  const idleAt = kind === 'a' ? takeIdleAt(cursor, createdAt) : null;
  const absoluteSeconds = takeLife(cursor);
  cursor.at += 2;
  const idleSeconds = seconds(takeCount(cursor));
  const scope = takeCounted(cursor);
  if (cursor.isBroken) return null;
  const session: SessionRecord = {
    version,
    scope,
    signedIn: kind === 's',
    createdAt,
    idleSeconds,
    absoluteSeconds,
    // Not parsed here: a store never looks inside, and a request that reads no data need not pay for it.
    data: text.slice(cursor.at),
  };
  const usedAt = idleAt === null ? null : idleAt - idleSeconds * 1000;
  return { session, usedAt, needsSignIn: kind !== 'a' };
}

function takeIdleAt(cursor: Cursor, createdAt: number): number {
  return (Math.floor(createdAt / 1000) + takeSignedCount(cursor)) * 1000;
}

/** The absolute lifetime in seconds. How much later it ends by the server's clock, the key's expiry says. */
function takeLife(cursor: Cursor): number {
  const life = takeCount(cursor);
  if (life % 2 === 1) takeCount(cursor);
  return seconds(Math.floor(life / 2));
}

/** Characters of a hash in a store key. */
const slotLength = 16;
const hashLength = 22;

/** Of what says by which session it was replaced, without what was left. */
export const replacedLength: number = replacedMark.length + slotLength + hashLength;
/** And in a sign-in's list. */
const packedHashLength = 19;
const noSessions = digits(0, 1);

/** Units in which lifetimes are mostly whole, in milliseconds; the place in the list is what is written. */
const units = [86_400_000, 60_000, 1000, 1] as const;

/** Rounded up to whole milliseconds, so that no lifetime becomes nothing; but not for what arithmetic leaves over. */
function lifetime(value: number): number {
  const milliseconds = Math.ceil(value * 1000 - 1e-6);
  const unit = units.findIndex((length) => milliseconds % length === 0);
  return 4 * (milliseconds / (units[unit] ?? 1)) + unit;
}

function seconds(value: number): number {
  return (Math.floor(value / 4) * (units[value % 4] ?? 1)) / 1000;
}

function idText(value: string): string {
  const hex = hexOfUuid(value);
  return hex === null ? `t${counted(value)}` : `u${packUuid(hex)}`;
}

function takeId(cursor: Cursor): string {
  const kind = takeText(cursor, 1);
  if (kind !== 't' && kind !== 'u') cursor.isBroken = true;
  return kind === 'u' ? takeUuid(cursor) : takeCounted(cursor);
}

function countedList(words: readonly string[]): string {
  return count(words.length) + words.map(counted).join('');
}

function takeList<T>(cursor: Cursor, take: (cursor: Cursor) => T): readonly T[] {
  const list: T[] = [];
  for (let left = takeCount(cursor); left > 0 && !cursor.isBroken; left -= 1) {
    list.push(take(cursor));
  }
  return list;
}

function encodeLists({ roles, groups }: SignInLists): string {
  const inApps = roles.map(([app, names]) => counted(app) + countedList(names));
  return countedList(groups) + count(inApps.length) + inApps.join('');
}

function takeLists(cursor: Cursor): SignInLists {
  const groups = takeList(cursor, takeCounted);
  const roles = takeList(
    cursor,
    () => [takeCounted(cursor), takeList(cursor, takeCounted)] as const,
  );
  return { groups, roles };
}

const ipv4 = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/;

/** An address of IPv4 as a number; null for anything else, and for one written in another way. */
function ipv4Number(place: string): number | null {
  const bytes = (ipv4.exec(place) ?? []).slice(1).map(Number);
  const isPlain = bytes.length === 4 && bytes.join('.') === place;
  if (!isPlain || bytes.some((byte) => byte > 255)) return null;
  return bytes.reduce((sum, byte) => sum * 256 + byte, 0);
}

function takeIpv4(cursor: Cursor): string {
  const address = takeDigits(cursor, 5);
  const first = Math.floor(address / 2 ** 24) & 255;
  return `${first}.${(address >>> 16) & 255}.${(address >>> 8) & 255}.${address & 255}`;
}

/** When it ends is one more than it is: 0 says that it does not. */
function encodeApp(name: string, endsAt: number | null): string {
  return counted(name) + count(endsAt === null ? 0 : 1 + Math.max(0, Math.floor(endsAt)));
}

/** Up to the end of the text. */
function takeApps(cursor: Cursor): SignInRecord['apps'] {
  const apps: Record<string, number | null> = {};
  while (cursor.at < cursor.text.length && !cursor.isBroken) {
    const name = takeCounted(cursor);
    const end = takeCount(cursor);
    const endsAt = end === 0 ? null : end - 1;
    // An app of that name stays one: an assignment would change the object instead.
    if (name === '__proto__') addProperty(apps, name, endsAt);
    else apps[name] = endsAt;
  }
  return apps;
}

function addProperty(apps: object, name: string, value: number | null): void {
  Object.defineProperty(apps, name, {
    value,
    writable: true,
    enumerable: true,
    configurable: true,
  });
}
