import { type Cookie, type DropReason, dropReason, parseSetCookie } from '@latchkey/exposure';
import type { CookieScope } from '@latchkey/session/parts';
import { type Fault, proxyOf } from './doctor-finding.ts';

/** A cookie that the config means to be set at an origin. */
export interface ExpectedCookie {
  readonly origin: string;
  readonly scope: CookieScope;
  /** The lines of the config that it comes from. */
  readonly setting: string;
}

const handOn = 'hand Set-Cookie on unchanged (nginx: no proxy_cookie_domain, _flags, _path)';

const dropWords: Readonly<Record<Exclude<DropReason, 'prefix'>, string>> = {
  'domain-public-suffix': 'its Domain is a public suffix',
  'domain-address': 'its Domain is an IP address',
  'domain-single-label': 'its Domain is a single label',
  'domain-not-a-name': 'its Domain is no host name',
  'domain-not-above-host': 'its Domain is not above the host',
  size: 'name and value have more than 4096 octets',
  'same-site-none-insecure': 'it has SameSite=None without Secure',
};

/** What browsers would make of the cookie as the config has it, before anything is asked. */
export function configuredFault({ origin, scope, setting }: ExpectedCookie): Fault | null {
  const cookie = configured(scope, new URL(origin).hostname);
  const reason = dropReason(cookie);
  if (reason === null) return null;
  return {
    words: `browsers drop the cookie ${scope.name}: ${wordsOf(reason, cookie)}`,
    change: setting,
  };
}

/** What a browser makes of a real `Set-Cookie` line, and how it differs from the config. */
export function lineFault(line: string, expected: ExpectedCookie): Fault | null {
  const { origin, scope, setting } = expected;
  const hostname = new URL(origin).hostname;
  const parsed = parseSetCookie(line, { host: hostname });
  const proxy = proxyOf(origin, handOn);
  if (parsed.kind === 'refused') {
    return { words: `browsers drop the cookie ${scope.name}: it is malformed`, change: proxy };
  }
  const { cookie } = parsed;
  const reason = dropReason(cookie);
  if (reason !== null) {
    // As the config has it, it would be kept: so something on the way has changed it.
    const isOurs = dropReason(configured(scope, hostname)) !== null;
    const words = `browsers drop the cookie ${cookie.name}: ${wordsOf(reason, cookie)}`;
    return {
      words,
      change:
        reason === 'size'
          ? 'session.key, or what makes it so long on the way'
          : isOurs
            ? setting
            : proxy,
    };
  }
  const difference = differenceOf(cookie, scope);
  return difference === null
    ? null
    : { words: `the cookie ${cookie.name} ${difference}`, change: proxy };
}

function differenceOf(cookie: Cookie, scope: CookieScope): string | null {
  if (cookie.domain !== scope.domain) {
    const wanted = scope.domain === null ? 'none' : scope.domain;
    return `has Domain=${cookie.domain ?? '(none)'}; the config says ${wanted}, so it reaches other hosts than meant`;
  }
  if (cookie.path !== (scope.path ?? '/')) {
    return `has Path=${cookie.path ?? '(none)'}: pages elsewhere find nobody signed in`;
  }
  if (scope.secure && !cookie.secure) return 'has lost Secure: it goes over plain http too';
  if (scope.httpOnly !== false && !cookie.httpOnly) {
    return 'has lost HttpOnly: scripts of the page can read it';
  }
  if (cookie.sameSite === 'strict' && scope.sameSite !== 'strict') {
    return 'has SameSite=Strict: browsers hide it from whoever comes back from the login host, who goes round in circles';
  }
  if (cookie.sameSite === 'none') return 'has SameSite=None: other sites can make requests with it';
  return null;
}

function wordsOf(reason: DropReason, { name, domain, secure, path }: Cookie): string {
  if (reason !== 'prefix') return `${dropWords[reason]}${domain === null ? '' : ` (${domain})`}`;
  const prefix = /^__(?:Host|Secure)-/i.exec(name)?.[0] ?? 'its prefix';
  if (!secure) return `${prefix} needs Secure, which is missing`;
  if (domain !== null) return `${prefix} forbids Domain, and it has Domain=${domain}`;
  return `${prefix} needs Path=/, and it has Path=${path ?? '(none)'}`;
}

function configured(scope: CookieScope, host: string): Cookie {
  const { name, domain, secure, sameSite, path = '/', httpOnly = true } = scope;
  // A session id is under 64 bytes.
  const octets = Buffer.byteLength(name) + 64;
  return { name, domain, host, path, secure, httpOnly, sameSite, octets, origin: 'configured' };
}
