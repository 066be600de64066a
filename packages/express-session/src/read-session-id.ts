import type { CipherKey } from 'node:crypto';
import type { SessionRequest } from './shapes.ts';
import { unsign } from './signature.ts';

/** Cookies of one name that are looked at, at most: a browser sends one or two. */
const limit = 8;

/**
 * The session id that the request's cookie was signed for, or undefined. Where several cookies have the name, the first
 * whose signature is good. Also looks where cookie-parser leaves cookies. Never throws for what came from outside.
 */
export function readSessionId(
  request: SessionRequest,
  name: string,
  secrets: readonly CipherKey[],
): string | undefined {
  const { cookie } = request.headers;
  for (const value of cookie === undefined ? [] : cookieValues(cookie, name)) {
    const id = openValue(value, secrets);
    if (id) return id;
  }
  const verified = request.signedCookies?.[name];
  if (typeof verified === 'string' && verified !== '') return verified;
  return openValue(request.cookies?.[name], secrets) || undefined;
}

function openValue(value: unknown, secrets: readonly CipherKey[]): string | null {
  if (typeof value !== 'string' || !value.startsWith('s:')) return null;
  return unsign(value.slice(2), secrets);
}

/** Every value of the cookie `name`, in the order of the header, without quotes and percent-decoded. */
function cookieValues(header: string, name: string): string[] {
  const values: string[] = [];
  if (!header.includes(name)) return values;
  for (const pair of header.split(';')) {
    const equals = pair.indexOf('=');
    if (equals === -1 || trimBlanks(pair.slice(0, equals)) !== name) continue;
    values.push(decode(unquote(trimBlanks(pair.slice(equals + 1)))));
    if (values.length === limit) break;
  }
  return values;
}

/** Not `trim()`, which takes away what servers hear as part of the value; nor a pattern, which is slow for many blanks. */
function trimBlanks(text: string): string {
  let from = 0;
  let to = text.length;
  while (from < to && isBlank(text, from)) from += 1;
  while (to > from && isBlank(text, to - 1)) to -= 1;
  return text.slice(from, to);
}

function isBlank(text: string, index: number): boolean {
  const code = text.charCodeAt(index);
  return code === 0x20 || code === 0x09;
}

function unquote(value: string): string {
  const isQuoted = value.length > 1 && value.startsWith('"') && value.endsWith('"');
  return isQuoted ? value.slice(1, -1) : value;
}

function decode(value: string): string {
  if (!value.includes('%')) return value;
  try {
    return decodeURIComponent(value);
  } catch {
    return value;
  }
}
