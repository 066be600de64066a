import type { SessionRecord, SignInRecord } from '../session-store.ts';

/*
 * Quick ways through the texts that record.ts writes, for the reads that no memory answers: without a pattern and
 * without JSON.parse, which take several times as long. They know plain texts alone. Whatever is rarer (an escape in a
 * string, a grant that runs out, a format of before) and whatever is broken gives null, and record.ts decides on it.
 * So what they give must be what record.ts would give, and its tests hold them together.
 */

/** A text, and how much of it was read. */
interface Cursor {
  readonly text: string;
  at: number;
}

/** No plain text has it; all numbers in records are whole and not below 0. */
const none = -1;
/** As many digits as every double holds exactly. */
const maxDigits = 15;

const codeOf = { zero: 48, nine: 57, quote: 34, backslash: 92, space: 32, comma: 44, open: 91 };
const codeOfClose = 93;
const codeOfNewline = 10;

/** A session in format 1 whose scope has no escape. */
export function scanSession(text: string): SessionRecord | null {
  if (!text.startsWith('1.')) return null;
  const cursor = { text, at: 2 };
  const version = integer(cursor);
  const kind = text[cursor.at];
  cursor.at += 1;
  if (version < 1 || (kind !== 's' && kind !== 'a') || !takes(cursor, codeOf.open)) return null;
  const scope = plainString(cursor);
  const createdAt = nextInteger(cursor);
  const idleSeconds = nextInteger(cursor);
  const absoluteSeconds = nextInteger(cursor);
  if (scope === null || absoluteSeconds === none || !endsHead(cursor)) return null;
  if (createdAt === none || idleSeconds === none) return null;
  const data = text.slice(cursor.at);
  const signedIn = kind === 's';
  return { version, scope, signedIn, createdAt, idleSeconds, absoluteSeconds, data };
}

/** A sign-in in format 2 without escapes and with no grant that runs out. */
export function scanSignIn(text: string): SignInRecord | null {
  if (!text.startsWith('2.')) return null;
  const cursor = { text, at: 2 };
  const version = integer(cursor);
  if (version < 1 || !text.startsWith('i[', cursor.at)) return null;
  cursor.at += 2;
  const id = plainString(cursor);
  const provedAt = nextInteger(cursor);
  const methods = takes(cursor, codeOf.comma) ? plainStrings(cursor) : null;
  const createdAt = nextInteger(cursor);
  const idleSeconds = nextInteger(cursor);
  const absoluteSeconds = nextInteger(cursor);
  const device = nextString(cursor);
  const place = nextString(cursor);
  const remembered = nextInteger(cursor);
  if (id === null || provedAt === none || methods === null || createdAt === none) return null;
  if (idleSeconds === none || absoluteSeconds === none || device === null) return null;
  if (place === null || remembered === none || remembered > 1 || !endsHead(cursor)) return null;
  const body = scanBody(cursor);
  if (body === null) return null;
  return {
    version,
    id,
    provedAt,
    methods,
    device,
    place,
    remembered: remembered === 1,
    createdAt,
    idleSeconds,
    absoluteSeconds,
    account: body.account,
    apps: body.apps,
  };
}

function scanBody(cursor: Cursor): Pick<SignInRecord, 'account' | 'apps'> | null {
  if (!takes(cursor, codeOf.open)) return null;
  const id = plainString(cursor);
  const email = nextString(cursor);
  const name = nextString(cursor);
  const names = takes(cursor, codeOf.comma) ? plainStrings(cursor) : null;
  if (id === null || email === null || name === null || names === null) return null;
  if (!takes(cursor, codeOfClose) || cursor.at !== cursor.text.length) return null;
  const apps: Record<string, number | null> = {};
  for (const app of names) {
    // It would be no property.
    if (app === '__proto__') return null;
    apps[app] = null;
  }
  return { account: { id, email, name }, apps };
}

function takes(cursor: Cursor, code: number): boolean {
  if (cursor.text.charCodeAt(cursor.at) !== code) return false;
  cursor.at += 1;
  return true;
}

function endsHead(cursor: Cursor): boolean {
  return takes(cursor, codeOfClose) && takes(cursor, codeOfNewline);
}

function nextInteger(cursor: Cursor): number {
  return takes(cursor, codeOf.comma) ? integer(cursor) : none;
}

function nextString(cursor: Cursor): string | null {
  return takes(cursor, codeOf.comma) ? plainString(cursor) : null;
}

/** As JSON has it: no digits after a leading zero. */
function integer(cursor: Cursor): number {
  const { text, at: start } = cursor;
  let at = start;
  let value = 0;
  for (;;) {
    const code = text.charCodeAt(at);
    // False also for NaN, at the end of the text.
    if (!(code >= codeOf.zero && code <= codeOf.nine)) break;
    value = value * 10 + (code - codeOf.zero);
    at += 1;
  }
  const digits = at - start;
  cursor.at = at;
  const isPlain = digits === 1 || (text.charCodeAt(start) !== codeOf.zero && digits > 0);
  return isPlain && digits <= maxDigits ? value : none;
}

function plainString(cursor: Cursor): string | null {
  const { text, at: start } = cursor;
  if (text.charCodeAt(start) !== codeOf.quote) return null;
  for (let at = start + 1; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code === codeOf.quote) {
      cursor.at = at + 1;
      return text.slice(start + 1, at);
    }
    if (code === codeOf.backslash || code < codeOf.space) return null;
  }
  return null;
}

function plainStrings(cursor: Cursor): string[] | null {
  if (!takes(cursor, codeOf.open)) return null;
  const all: string[] = [];
  if (takes(cursor, codeOfClose)) return all;
  for (;;) {
    const one = plainString(cursor);
    if (one === null) return null;
    all.push(one);
    if (takes(cursor, codeOfClose)) return all;
    if (!takes(cursor, codeOf.comma)) return null;
  }
}
