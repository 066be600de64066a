import { type Cookie, parseSetCookie } from './cookie.ts';
import { objectOf, parseJson } from './inputs/json-shape.ts';

/** The cookies of a recording, each once: the last of those with equal name, domain, host and path. */
export type HarResult =
  | { readonly kind: 'cookies'; readonly cookies: readonly Cookie[] }
  | { readonly kind: 'unreadable'; readonly why: 'no-json' | 'no-har' };

/**
 * Reads the `Set-Cookie` headers of a HAR 1.2 file (several in one value are on lines of their own). Values are not kept.
 * Entries that are not as the format has them are passed over. Never throws.
 */
export function readHarCookies(text: string): HarResult {
  const content = parseJson(text);
  if (content.kind === 'invalid') return { kind: 'unreadable', why: 'no-json' };
  const entries = memberOf(memberOf(content.value, 'log'), 'entries');
  if (!Array.isArray(entries)) return { kind: 'unreadable', why: 'no-har' };
  const found = new Map<string, Cookie>();
  for (const cookie of entries.flatMap(cookiesOfEntry)) {
    const { name, domain, host, path } = cookie;
    found.set(JSON.stringify([name, domain, domain === null ? host : null, path]), cookie);
  }
  return { kind: 'cookies', cookies: [...found.values()] };
}

function cookiesOfEntry(entry: unknown): readonly Cookie[] {
  const host = hostOf(memberOf(memberOf(entry, 'request'), 'url'));
  const headers = memberOf(memberOf(entry, 'response'), 'headers');
  if (host === null || !Array.isArray(headers)) return [];
  return headers.filter(isSetCookie).flatMap((header) => {
    const value = memberOf(header, 'value');
    const lines = typeof value === 'string' ? value.split(/\r?\n/) : [];
    return lines.flatMap((line) => {
      const parsed = parseSetCookie(line, { host, origin: 'observed' });
      return parsed.kind === 'cookie' ? [parsed.cookie] : [];
    });
  });
}

function isSetCookie(header: unknown): boolean {
  const name = memberOf(header, 'name');
  return typeof name === 'string' && name.toLowerCase() === 'set-cookie';
}

function hostOf(url: unknown): string | null {
  return typeof url === 'string' && URL.canParse(url) ? new URL(url).hostname : null;
}

function memberOf(value: unknown, name: string): unknown {
  return objectOf(value)?.[name];
}
