import type { SignInRecord } from '../../session-store.ts';
import {
  type BitCursor,
  bitsAt,
  bitWriter,
  endBits,
  isLastBit,
  putBits,
  putRandomUuid,
  randomUuidHex,
  takeBits,
  takeRandomUuidBits,
  textOfBits,
} from './bits.ts';
import {
  type Cursor,
  count,
  digits,
  hexOfUuid,
  packUuid,
  signedCount,
  takeCount,
  takeDigits,
  takeRandomUuid,
  takeSignedCount,
  takeText,
  takeUuid,
} from './compact-text.ts';
import { putLetters, takeLetters } from './letters.ts';
import { lifetime, seconds } from './lifetime.ts';
import { lengthen, shorten, takeWord, word } from './short-words.ts';

/*
 * What of a sign-in no script looks at. First what is so, a bit each; then, in characters, what the bits do not say already;
 * then one run of bits: two random ids, an address of IPv4, and words, unless those are shorter as they are and follow.
 * Format 3 (kind `i`) had no run: ids in 18 characters each, the address in five, words as they are.
 */
const is = {
  remembered: 1,
  randomIds: 2,
  ipv4: 4,
  password: 8,
  letters: 16,
  someAppsEnd: 32,
  provedAtOnce: 64,
} as const;

/** A sign-in without what stands in front of the list of sessions. */
export type SignInBody = Omit<SignInRecord, 'version' | 'createdAt' | 'absoluteSeconds'>;

export function encodeSignInBody(record: SignInRecord): string {
  const inLetters = encode(record, true);
  const asTheyAre = encode(record, false);
  return Buffer.byteLength(asTheyAre) < inLetters.length ? asTheyAre : inLetters;
}

function encode(record: SignInRecord, isInLetters: boolean): string {
  const { account, apps, device, methods, place } = record;
  const ids = [record.id, account.id];
  const random = ids.map(randomUuidHex);
  const areRandom = !random.includes(null);
  const address = ipv4Number(place);
  const isPassword = methods.length === 1 && methods[0] === 'pwd';
  const provedAfter = Math.floor(record.provedAt) - Math.floor(record.createdAt);
  const ends = Object.values(apps).filter((endsAt) => endsAt !== null);
  const haveEnds = isInLetters && ends.length > 0;
  const flags =
    (record.remembered ? is.remembered : 0) +
    (areRandom ? is.randomIds : 0) +
    (address === null ? 0 : is.ipv4) +
    (isPassword ? is.password : 0) +
    (isInLetters ? is.letters : 0) +
    (haveEnds ? is.someAppsEnd : 0) +
    (provedAfter === 0 ? is.provedAtOnce : 0);
  const run = bitWriter();
  if (areRandom) for (const hex of random) putRandomUuid(run, hex ?? '');
  if (address !== null) for (const shift of [16, 0]) putBits(run, (address >>> shift) & 65_535, 16);
  if (isInLetters) {
    for (const text of [device, account.email, account.name]) putLetters(run, text, false);
    for (const [name, endsAt] of Object.entries(apps)) putLetters(run, name, endsAt !== null);
  }
  return [
    digits(flags, 1),
    ...(areRandom ? [] : ids.map(idText)),
    provedAfter === 0 ? '' : signedCount(provedAfter),
    count(lifetime(record.idleSeconds)),
    isPassword ? '' : count(methods.length) + methods.map(word).join(''),
    address === null ? word(place) : '',
    haveEnds ? count(ends.length) + ends.map((at) => signedCount(Math.floor(at))).join('') : '',
    textOfBits(run),
    isInLetters ? '' : word(device) + word(account.email) + word(account.name),
    ...(isInLetters ? [] : Object.entries(apps).map(([name, endsAt]) => encodeApp(name, endsAt))),
  ].join('');
}

/** What stands at the cursor, up to the end of the text. What is broken is marked there. */
export function takeSignInBody(cursor: Cursor, createdAt: number): SignInBody {
  const flags = takeDigits(cursor, 1);
  const has = (flag: number): boolean => (flags & flag) !== 0;
  const ids = has(is.randomIds) ? null : ([takeId(cursor), takeId(cursor)] as const);
  const provedAt = createdAt + (has(is.provedAtOnce) ? 0 : takeSignedCount(cursor));
  const idleSeconds = seconds(takeCount(cursor));
  const methods = has(is.password) ? ['pwd'] : takeMethods(cursor);
  const placeWord = has(is.ipv4) ? '' : takeWord(cursor);
  const ends = has(is.someAppsEnd) ? takeEnds(cursor) : [];
  const bits = bitsAt(cursor);
  const id = ids === null ? takeRandomUuidBits(bits) : ids[0];
  const accountId = ids === null ? takeRandomUuidBits(bits) : ids[1];
  const place = has(is.ipv4) ? dotted(takeBits(bits, 16), takeBits(bits, 16)) : placeWord;
  const isInLetters = has(is.letters);
  if (!isInLetters) endBits(bits);
  const device = isInLetters ? takeLetters(bits)[0] : takeWord(cursor);
  const email = isInLetters ? takeLetters(bits)[0] : takeWord(cursor);
  const name = isInLetters ? takeLetters(bits)[0] : takeWord(cursor);
  const apps = isInLetters ? takeAppLetters(bits, ends) : takeApps(cursor);
  const account = { id: accountId, email, name };
  const remembered = has(is.remembered);
  return { id, account, provedAt, methods, apps, device, place, remembered, idleSeconds };
}

/** The same as format 3 had it. */
export function takeFormerSignInBody(cursor: Cursor, createdAt: number): SignInBody {
  const flags = takeDigits(cursor, 1);
  const areRandom = (flags & is.randomIds) !== 0;
  const id = areRandom ? takeRandomUuid(cursor) : takeId(cursor);
  const accountId = areRandom ? takeRandomUuid(cursor) : takeId(cursor);
  const provedAt = createdAt + takeSignedCount(cursor);
  const idleSeconds = seconds(takeCount(cursor));
  const methods = (flags & is.password) !== 0 ? ['pwd'] : takeMethods(cursor);
  const place = (flags & is.ipv4) !== 0 ? takeIpv4(cursor) : takeWord(cursor);
  const device = takeWord(cursor);
  const account = { id: accountId, email: takeWord(cursor), name: takeWord(cursor) };
  const apps = takeApps(cursor);
  const remembered = (flags & is.remembered) !== 0;
  return { id, account, provedAt, methods, apps, device, place, remembered, idleSeconds };
}

function idText(value: string): string {
  const hex = hexOfUuid(value);
  return hex === null ? `t${word(value)}` : `u${packUuid(hex)}`;
}

function takeId(cursor: Cursor): string {
  const kind = takeText(cursor, 1);
  if (kind !== 't' && kind !== 'u') cursor.isBroken = true;
  return kind === 'u' ? takeUuid(cursor) : takeWord(cursor);
}

function takeMethods(cursor: Cursor): readonly string[] {
  const methods: string[] = [];
  for (let left = takeCount(cursor); left > 0 && !cursor.isBroken; left -= 1) {
    methods.push(takeWord(cursor));
  }
  return methods;
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
  return dotted(Math.floor(address / 65_536) & 65_535, address & 65_535);
}

function dotted(high: number, low: number): string {
  return `${high >>> 8}.${high & 255}.${low >>> 8}.${low & 255}`;
}

function takeEnds(cursor: Cursor): number[] {
  const ends: number[] = [];
  for (let left = takeCount(cursor); left > 0 && !cursor.isBroken; left -= 1) {
    ends.push(takeSignedCount(cursor));
  }
  return ends;
}

function encodeApp(name: string, endsAt: number | null): string {
  const text = shorten(name);
  const length = count(2 * text.length + (endsAt === null ? 0 : 1));
  return length + text + (endsAt === null ? '' : signedCount(Math.floor(endsAt)));
}

/** Up to the end of the text. */
function takeApps(cursor: Cursor): SignInRecord['apps'] {
  const apps: Record<string, number | null> = {};
  while (cursor.at < cursor.text.length && !cursor.isBroken) {
    const value = takeCount(cursor);
    const name = lengthen(takeText(cursor, Math.floor(value / 2)));
    add(apps, name, value % 2 === 1 ? takeSignedCount(cursor) : null);
  }
  return apps;
}

/** Up to the end of the text; the apps that end are marked, and when they do stands in a list. */
function takeAppLetters(bits: BitCursor, ends: readonly number[]): SignInRecord['apps'] {
  const apps: Record<string, number | null> = {};
  let ended = 0;
  while (!bits.cursor.isBroken && !isLastBit(bits)) {
    const [name, doesEnd] = takeLetters(bits);
    if (doesEnd && ended === ends.length) bits.cursor.isBroken = true;
    add(apps, name, doesEnd ? (ends[ended] ?? null) : null);
    if (doesEnd) ended += 1;
  }
  return apps;
}

function add(apps: Record<string, number | null>, name: string, value: number | null): void {
  // An app of that name stays one: an assignment would change the object instead.
  if (name !== '__proto__') apps[name] = value;
  else {
    Object.defineProperty(apps, name, {
      ...{ value, writable: true, enumerable: true, configurable: true },
    });
  }
}
