import type { CookieScope } from '../cookie/scope.ts';
import { invalidOption } from '../option-rules.ts';
import { isRealmName, type Realms, realmsOf } from '../realm.ts';
import type { AppAloneOptions } from './app-alone-options.ts';

/** What the realm of an app alone follows from. */
export interface RealmFacts {
  readonly origin: string;
  readonly cookie: CookieScope;
  /** Cookies from before a change: what they opened, they open still. */
  readonly formerCookies: readonly CookieScope[];
  /** The `hosts` of an app on any host; null for an app of one origin. */
  readonly hosts: readonly string[] | null;
}

/**
 * The realm that the options name, else one that follows from what tells this app from others on its store. Throws
 * `option_invalid`.
 */
export function realmsOfApp(options: AppAloneOptions, facts: RealmFacts): Realms {
  const { realm, formerRealms = [] } = options;
  if (realm !== undefined && !isRealmName(realm)) {
    throw invalidOption('realm must be a text of 1 to 2000 characters.');
  }
  if (!Array.isArray(formerRealms) || !formerRealms.every(isRealmName)) {
    throw invalidOption('formerRealms must be a list of texts of 1 to 2000 characters.');
  }
  if (realm !== undefined) return realmsOf(realm, formerRealms);
  const before = facts.formerCookies.map((cookie) => nameOf(options, facts, cookie));
  return realmsOf(nameOf(options, facts, facts.cookie), [...before, ...formerRealms]);
}

/**
 * Peers share what they have, so theirs is named by all their origins. A cookie with a domain is shared by the hosts below
 * it, so there the domain stands in the place of the host. Otherwise an app is its origin, the path and the name of its
 * cookie: nothing but these keeps two apps of one host apart, and the holder of a cookie can change path and name.
 */
function nameOf(
  { handshake }: AppAloneOptions,
  { origin, hosts }: RealmFacts,
  { name, domain, path = '/' }: CookieScope,
): string {
  if (handshake !== undefined) return namePeers(origin, handshake?.peers);
  const { protocol } = new URL(origin);
  const below = path === '/' ? '' : path;
  if (hosts !== null) {
    const places = hosts.length === 0 ? '*' : [...hosts].sort().join(',');
    // Its prefix may be another at each host.
    return `${protocol}//${places}${below} ${name.replace(/^__(?:Host|Secure)-/, '')}`;
  }
  const place = domain === null ? origin : `${protocol}//*.${domain}`;
  return `${place}${below} ${name}`;
}

/** Whether `peers` is what it should be is checked where the handshake is made. */
function namePeers(origin: string, peers: unknown): string {
  const others: unknown[] = Object.values(peers ?? {}).map((peer) => peer?.origin);
  return [origin, ...others].map(String).sort().join(' ');
}
