import { readFileSync } from 'node:fs';
import { type AuditedApp, type Cookie, parseSetCookie, readHarCookies } from '@latchkey/exposure';
import { type Family, LatchkeyError } from '@latchkey/session';
import type { CliErrorCode } from './errors.ts';
import type { ExposureOptions } from './exposure-options.ts';

/** The cookie to look at, and whom it serves. */
export interface Subject {
  readonly cookie: Cookie;
  readonly apps: readonly AuditedApp[];
  readonly loginHost: string | null;
}

/** The cookie of the command line, or null where the family's is meant. Throws `input_invalid`. */
export function cookieOf(options: ExposureOptions): Cookie | null {
  if (options.cookie !== undefined) return describedCookie(options.cookie, options.cookieHost);
  return options.har === undefined ? null : recordedCookie(options.har, options.cookieName);
}

/** The apps of the command line, and of the family where there is one. */
export function subjectOf(
  cookie: Cookie | null,
  family: Family | null,
  hosts: readonly string[],
): Subject {
  const named = hosts.map((host): AuditedApp => ({ name: host, host, reach: 'shared' }));
  if (family === null) {
    if (cookie === null) throw refuse('There is no cookie: give --cookie, --har or --config.');
    return { cookie, apps: named, loginHost: null };
  }
  const ofFamily = [...family.apps.values()].map(
    ({ name, host, reach }): AuditedApp => ({ name, host: withoutPort(host), reach }),
  );
  return {
    cookie: cookie ?? familyCookie(family),
    apps: [...ofFamily, ...named],
    loginHost: withoutPort(family.loginHost.host),
  };
}

function describedCookie(text: string, host: string | undefined): Cookie {
  const parsed = parseSetCookie(text, {
    origin: 'described',
    ...(host === undefined ? {} : { host }),
  });
  if (parsed.kind === 'cookie') return parsed.cookie;
  throw refuse(
    parsed.why === 'empty'
      ? "--cookie has no name. Write it as Set-Cookie has it: 'sid; Domain=example.com; Secure'."
      : '--cookie holds control characters, which no browser takes.',
  );
}

function recordedCookie(file: string, name: string | undefined): Cookie {
  const read = readHarCookies(readText(file));
  if (read.kind === 'unreadable') throw refuse(`${file} is no HAR file.`);
  const found = read.cookies.filter((cookie) => name === undefined || cookie.name === name);
  const [only] = found;
  if (only !== undefined && found.length === 1) return only;
  const names = [...new Set(read.cookies.map((cookie) => cookie.name))].join(', ');
  if (only === undefined) throw refuse(`${file} sets no such cookie. It sets: ${names || 'none'}.`);
  // Of several with one name the widest is the one to worry about.
  const widest = found.filter(({ domain }) => domain !== null).sort(byLength)[0];
  if (name !== undefined) return widest ?? only;
  throw refuse(`${file} sets several cookies: ${names}. Choose one with --cookie-name.`);
}

function byLength(a: Cookie, b: Cookie): number {
  return (a.domain?.length ?? 0) - (b.domain?.length ?? 0);
}

/** The shared cookie, or, where there is none, that of the first app, which stands for the host-only cookies of all. */
function familyCookie(family: Family): Cookie {
  const own = [...family.apps.values()].find(({ cookie }) => cookie !== null)?.cookie;
  const scope = family.sharedCookie ?? own ?? family.loginHost.cookie;
  const { name, domain, secure, sameSite, path = '/', httpOnly = true } = scope;
  // A session id is under 64 bytes.
  const octets = Buffer.byteLength(name) + 64;
  return {
    name,
    domain,
    host: null,
    path,
    secure,
    httpOnly,
    sameSite,
    octets,
    origin: 'configured',
  };
}

/** The text of a file. Throws `input_invalid`. */
export function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    const why = error instanceof Error && 'code' in error ? String(error.code) : 'it failed';
    throw refuse(`${file} cannot be read: ${why}.`, error);
  }
}

/** `zone@server`, or a zone and the server for all. Throws `input_invalid` where nobody is named. */
export function transferOf(
  text: string,
  fallback: string | undefined,
): { readonly zone: string; readonly server: string } {
  const [zone = '', server = fallback] = text.split('@');
  if (server !== undefined) return { zone, server };
  throw refuse(`The transfer of ${text}: whom to ask? Write ${text}@server, or name a resolver.`);
}

export function refuse(message: string, cause?: unknown): LatchkeyError<CliErrorCode> {
  return new LatchkeyError<CliErrorCode>('input_invalid', message, { cause });
}

function withoutPort(host: string): string {
  return host.replace(/:\d+$/, '');
}
