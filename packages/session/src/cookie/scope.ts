import { parse } from 'tldts';
import { LatchkeyError } from '../errors.ts';
import type { CookieScope } from './serialize.ts';

export type { CookieScope } from './serialize.ts';

/** What decides where a session cookie goes. */
export interface ScopeOptions {
  /** The origin that sets it. */
  readonly origin: string;
  /** Name without prefix: letters, digits, `_` and `-`. */
  readonly key: string;
  /** A domain at or above the host, `'all'` (derived from the host as Rails does), or absent: host-only. */
  readonly domain?: string;
  /** With `'all'`: how many labels of the host the domain keeps. */
  readonly tldLength?: number;
  /** `'auto'`: `__Host-` for a host-only cookie, `__Secure-` for one with a domain, where it is Secure. Default `'auto'`. */
  readonly prefix?: 'auto' | 'none';
  /** Default `'lax'`: `strict` would hide the cookie from the arrival of a handshake. */
  readonly sameSite?: 'lax' | 'strict';
}

const keyPattern = /^[A-Za-z0-9_-]{1,128}$/;
const label = '[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?';
const domainPattern = new RegExp(`^${label}(?:\\.${label})+$`);

/**
 * The cookie of an origin. Refuses (`cookie_domain_refused`) what browsers would drop or strangers would share: public
 * suffixes, private ones such as `github.io` included, IP addresses, single labels, domains not above the host. Refuses
 * names that look like a misspelt prefix (`cookie_name_refused`) and a `tldLength` below 1 (`option_invalid`). `Secure` is set for https and for hosts under `.localhost`, which browsers treat as secure.
 */
export function resolveScope(options: ScopeOptions): CookieScope {
  const { key, tldLength } = options;
  refuseKey(key);
  if (tldLength !== undefined && !(Number.isSafeInteger(tldLength) && tldLength > 0)) {
    throw new LatchkeyError('option_invalid', 'tldLength must be a whole number above 0.');
  }
  const url = new URL(options.origin);
  const secure = url.protocol === 'https:' || url.hostname.endsWith('.localhost');
  const domain = cookieDomain(url.hostname, options.domain, tldLength);
  if (domain !== null) checkDomain(domain, url.hostname);
  const wanted = secure && (options.prefix ?? 'auto') === 'auto';
  const prefix = wanted ? (domain === null ? '__Host-' : '__Secure-') : '';
  return {
    name: `${prefix}${key}`,
    domain,
    secure,
    sameSite: options.sameSite ?? 'lax',
  };
}

/**
 * The `Domain` that `domain` and `tldLength` give for a host, or null for a host-only cookie. Pure; equals what Rails
 * 7.1 and later emit (`ActionDispatch::Cookies::CookieJar#handle_options`). Not judged here: {@link resolveScope} does.
 */
export function cookieDomain(
  host: string,
  domain: string | undefined,
  tldLength?: number,
): string | null {
  if (domain === undefined) return null;
  if (domain !== 'all') return domain.replace(/^\./, '');
  if (/^[\d.]+$/.test(host) || host.includes(':')) return null;
  const labels = host.split('.');
  if (labels.length < 2 || labels.includes('')) return null;
  const kept = tldLength ?? guessedLabels(labels);
  return labels.length < kept ? null : labels.slice(-kept).join('.');
}

/** Rails' guess: `co.uk`-like ends (a label of two or three letters before one of two) take three labels, others two. */
function guessedLabels(labels: readonly string[]): number {
  const [before = '', last = ''] = labels.slice(-2);
  const looksTwoPart = last.length === 2 && (before.length === 2 || before.length === 3);
  return looksTwoPart ? Math.min(3, labels.length) : 2;
}

function checkDomain(domain: string, host: string): void {
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
