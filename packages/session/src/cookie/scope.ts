// Owns the session cookie as a header: its name and domain, how it is read and written, which older
// cookies are still looked for. What its value means belongs to `session-id/`, when it is set to
// `lifecycle/`.

import { createRequire } from 'node:module';
import { LatchkeyError } from '../errors.ts';
import { invalidOption } from '../option-rules.ts';
import { cookieDomain, type DomainOptions } from './domain.ts';
import type { CookieScope } from './serialize.ts';

export type { CookieScope } from './serialize.ts';

/** What decides where a session cookie goes. */
export interface ScopeOptions {
  /** The origin that sets it. */
  readonly origin: string;
  /** Name without prefix: letters, digits, `_` and `-`. */
  readonly key: string;
  /** As {@link cookieDomain} takes it, called with the host of `origin`. */
  readonly domain?: NonNullable<DomainOptions['domain']>;
  /** With `'all'`: how many labels of the host the domain keeps. */
  readonly tldLength?: number;
  /** Default `/`. With another the prefix is `__Secure-`: `__Host-` needs `/`. */
  readonly path?: string;
  /** `'auto'`: for https and for hosts under `.localhost`. `false` is for http alone, `true` for what browsers take it from. */
  readonly secure?: 'auto' | boolean;
  /** `'auto'`: `__Host-` for a host-only cookie, `__Secure-` for one with a domain, where it is Secure. Default `'auto'`. */
  readonly prefix?: 'auto' | 'none';
  /** Default `'lax'`: `strict` would hide the cookie from the arrival of a handshake. */
  readonly sameSite?: 'lax' | 'strict';
  /** Default true. `false` lets scripts of the page read the session id. */
  readonly httpOnly?: boolean;
  /** Seconds the browser keeps the cookie, 1 to 34,560,000 (400 days). Absent: until it is closed. */
  readonly expireAfter?: number;
}

/**
 * Loaded where a domain is to be judged and nowhere else: the public suffixes take longer to load than everything that an
 * app with a cookie of its own host needs.
 */
function publicSuffixes(): typeof import('tldts') {
  return createRequire(import.meta.url)('tldts') as typeof import('tldts');
}

const keyPattern = /^[A-Za-z0-9_-]{1,128}$/;
const label = '[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?';
const domainPattern = new RegExp(`^${label}(?:\\.${label})+$`);
/** Printable ASCII but `;` and `<`; an attribute value of more than 1024 octets is ignored (RFC 6265bis, section 5.6). */
const pathPattern = /^\/[!-:=-~]{0,1023}$/;
/** The longest that browsers keep a cookie (RFC 6265bis, section 5.5). */
const maxExpireAfter = 34_560_000;

/**
 * The cookie of an origin. Refuses (`cookie_domain_refused`) what browsers would drop or strangers would share: public
 * suffixes, private ones such as `github.io` included, IP addresses, single labels, domains not above the host. Refuses
 * names that look like a misspelt prefix (`cookie_name_refused`) and options out of their bounds (`option_invalid`).
 * `Secure` is set for https and for hosts under `.localhost`, which browsers treat as secure.
 */
export function resolveScope(options: ScopeOptions): CookieScope {
  const { key, path = '/', httpOnly = true, expireAfter, prefix = 'auto' } = options;
  refuseKey(key);
  checkValues(options);
  const url = new URL(options.origin);
  const secure = isSecure(url, options.secure ?? 'auto');
  const domain = domainOf(url.hostname, options);
  const mostTrusted = domain === null && path === '/' ? '__Host-' : '__Secure-';
  return {
    name: `${secure && prefix === 'auto' ? mostTrusted : ''}${key}`,
    domain,
    secure,
    sameSite: options.sameSite ?? 'lax',
    ...(path === '/' ? {} : { path }),
    ...(httpOnly ? {} : { httpOnly }),
    ...(expireAfter === undefined ? {} : { expireAfter }),
  };
}

function domainOf(host: string, { domain: wanted, tldLength }: ScopeOptions): string | null {
  const given = cookieDomain(host, {
    ...(wanted === undefined ? {} : { domain: wanted }),
    ...(tldLength === undefined ? {} : { tldLength }),
  });
  // What a function gives is not known to the compiler of an app in plain JavaScript.
  if (given !== null && typeof given !== 'string') {
    throw invalidOption(
      'domain must be a text, a list of texts, or a function that gives a text or null.',
    );
  }
  // Browsers ignore one leading dot (RFC 6265bis, section 5.6.3).
  const domain = given?.replace(/^\./, '') ?? null;
  if (domain !== null) checkDomain(domain, host);
  return domain;
}

function isSecure({ protocol, hostname }: URL, wanted: 'auto' | boolean): boolean {
  const isLocalhost = hostname.endsWith('.localhost');
  if (wanted === 'auto') return protocol === 'https:' || isLocalhost;
  if (!wanted && protocol === 'https:') {
    throw invalidOption(
      'secure: false is refused for https: anybody on the network could read the cookie.',
    );
  }
  const isLoopback = isLocalhost || ['localhost', '127.0.0.1', '[::1]'].includes(hostname);
  if (wanted && protocol !== 'https:' && !isLoopback) {
    throw invalidOption('secure: true is refused for http: browsers would drop the cookie.');
  }
  return wanted;
}

/** What a config in plain JavaScript could get wrong and browsers would silently ignore. */
function checkValues(options: ScopeOptions): void {
  const { domain, tldLength, path = '/', secure = 'auto', expireAfter } = options;
  const { prefix = 'auto', sameSite = 'lax', httpOnly = true } = options;
  if (!isDomainOption(domain)) {
    throw invalidOption(
      'domain must be a text, a list of texts, or a function that gives a text or null.',
    );
  }
  if (tldLength !== undefined && !isWholeAboveZero(tldLength)) {
    throw invalidOption('tldLength must be a whole number above 0.');
  }
  if (typeof path !== 'string' || !pathPattern.test(path)) {
    throw invalidOption(
      'path must begin with / and have no blanks, no ; and no <, at most 1024 characters.',
    );
  }
  if (secure !== 'auto' && typeof secure !== 'boolean') {
    throw invalidOption("secure must be 'auto', true or false.");
  }
  if (prefix !== 'auto' && prefix !== 'none')
    throw invalidOption("prefix must be 'auto' or 'none'.");
  if (typeof httpOnly !== 'boolean') throw invalidOption('httpOnly must be true or false.');
  checkSameSite(sameSite);
  if (expireAfter === undefined) return;
  if (!isWholeAboveZero(expireAfter) || expireAfter > maxExpireAfter) {
    throw invalidOption(
      `expireAfter must be a whole number of seconds, 1 to ${maxExpireAfter} (400 days, the longest that browsers keep a cookie).`,
    );
  }
}

function isDomainOption(domain: unknown): boolean {
  if (Array.isArray(domain)) return domain.every((one) => typeof one === 'string');
  return domain === undefined || typeof domain === 'string' || typeof domain === 'function';
}

function isWholeAboveZero(value: unknown): boolean {
  return Number.isSafeInteger(value) && (value as number) > 0;
}

function checkSameSite(sameSite: unknown): void {
  if (sameSite === 'lax' || sameSite === 'strict') return;
  const why =
    sameSite === 'none'
      ? "'none' is refused: every site could make signed-in requests in the visitor's name"
      : 'that is neither';
  throw invalidOption(`sameSite must be 'lax' or 'strict'; ${why}.`);
}

function checkDomain(domain: string, host: string): void {
  const { parse } = publicSuffixes();
  const facts = parse(domain, { allowPrivateDomains: true });
  // Also the host: 0.0.1 is no address, but 127.0.0.1 is not below it either (RFC 6265bis, section 5.1.3).
  if (facts.isIp || parse(host).isIp)
    throw refused(domain, 'is an IP address, and browsers share no cookie between addresses');
  if (!domainPattern.test(domain)) {
    throw refused(domain, 'is not a domain of at least two labels in small ASCII letters');
  }
  if (facts.domain === null) {
    throw refused(domain, 'is a public suffix, under which strangers have their hosts');
  }
  if (host !== domain && !host.endsWith(`.${domain}`)) {
    throw refused(domain, `is not at or above the host ${host}, so browsers would drop the cookie`);
  }
}

function refused(domain: string, why: string): LatchkeyError {
  return new LatchkeyError(
    'cookie_domain_refused',
    `The cookie domain '${domain}' ${why}. Leave session.domain out for a cookie of one host, or name a domain that you own above all shared apps (with 'all', set tldLength to its number of labels).`,
  );
}

/**
 * A misspelt prefix protects nothing and looks as if it did: `Host__` (csrf-csrf, WS-2022-0330), `__HostHttp-` (an early
 * spelling that no browser knows), `_Host-`. A prefix that is spelt right is put there by {@link resolveScope} alone.
 */
const prefixLookalikes: readonly RegExp[] = [
  /^[_-]{2,}(?:host|secure|http)/i,
  /^[_-]?(?:host|secure|http)(?:http)?(?:-|__)/i,
];

function refuseKey(key: string): void {
  if (!keyPattern.test(key)) {
    throw new LatchkeyError(
      'cookie_name_refused',
      'A cookie name may have letters, digits, _ and -, at most 128.',
    );
  }
  if (!prefixLookalikes.some((lookalike) => lookalike.test(key))) return;
  throw new LatchkeyError(
    'cookie_name_refused',
    `The cookie name '${key}' looks like a prefix. Leave the prefix out: Latchkey puts the right one before the name.`,
  );
}
