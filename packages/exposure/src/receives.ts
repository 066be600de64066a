import type { Cookie } from './cookie.ts';
import { dropReason, isHostPrefixed } from './cookie-rules.ts';
import type { Power } from './exposure-report.ts';
import { isAddress, liesUnder, siteOf } from './site.ts';

/** The cookie with what follows from it, worked out once. */
export interface CookieScope {
  readonly cookie: Cookie;
  /** Browsers keep it. */
  readonly isKept: boolean;
  /** Names that a sibling cannot set, whatever its `Domain`. */
  readonly isHostPrefixed: boolean;
  /** The hosts of a host-only cookie. Several where each app sets one of its own; none where that is not known. */
  readonly homes: readonly string[];
  /** The sites it lives on. */
  readonly sites: readonly string[];
}

/** Where a host-only cookie lives whose host the cookie does not say. */
export interface CookiePlaces {
  readonly homes?: readonly string[];
  readonly sites?: readonly string[];
}

export function scopeOf(cookie: Cookie, places: CookiePlaces = {}): CookieScope {
  const { domain, host } = cookie;
  const place = domain ?? host;
  const site = place === null ? null : siteOf(place);
  const homes = domain !== null ? [] : host === null ? (places.homes ?? []) : [host];
  return {
    cookie,
    homes,
    isKept: dropReason(cookie) === null,
    isHostPrefixed: isHostPrefixed(cookie),
    sites: place === null ? (places.sites ?? []) : site === null ? [] : [site],
  };
}

/**
 * Whether browsers send the cookie to the host, over a secure connection, whatever the path: domain-match of RFC 6265bis,
 * section 5.1.3, and equality for host-only cookies. `host` is canonical; `*.x` stands for every name below x.
 */
export function receivesCookie(scope: CookieScope, host: string): boolean {
  if (!scope.isKept) return false;
  const { domain } = scope.cookie;
  return domain === null ? scope.homes.includes(host) : domainMatches(host, domain);
}

/** RFC 6265bis, section 5.1.3. A host with a trailing dot matches nothing but itself. */
export function domainMatches(host: string, domain: string): boolean {
  if (host === domain) return true;
  return liesUnder(host, domain) && !isAddress(host);
}

const read = 1;
const shadow = 2;
const flood = 4;

/** Every combination there is, made once: a family of 100,000 hosts shares them. */
const combinations: readonly (readonly Power[])[] = Array.from({ length: 8 }, (_, bits) =>
  Object.freeze([
    ...((bits & read) === 0 ? [] : (['read', 'overwrite'] as const)),
    ...((bits & shadow) === 0 ? [] : (['shadow'] as const)),
    ...((bits & flood) === 0 ? [] : (['evict', 'wipe'] as const)),
  ]),
);

/**
 * What whoever answers for the host can do to the cookie. Read and overwrite: where it is received. Shadow (same name, wider
 * `Domain`, longer path): from the whole site, but for `__Host-` names. Evict and wipe (`Clear-Site-Data`): from the whole site.
 */
export function powersOf(scope: CookieScope, host: string): readonly Power[] {
  if (!scope.isKept) return combinations[0] ?? [];
  const isSibling = isOnSite(scope, host);
  const bits =
    (receivesCookie(scope, host) ? read : 0) |
    (isSibling && !scope.isHostPrefixed ? shadow : 0) |
    (isSibling ? flood : 0);
  return combinations[bits] ?? [];
}

/** Whether a host is of the site of the cookie. The site alone belongs to it as well. */
export function isOnSite({ sites }: CookieScope, host: string): boolean {
  return sites.some(
    (site) => liesUnder(host, site) && siteOf(host.replace(/^\*\./, 'x.')) === site,
  );
}
