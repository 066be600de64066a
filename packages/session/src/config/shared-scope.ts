import { LatchkeyError } from '../errors.ts';
import { hostnamesOf } from './cookie-hosts.ts';
import type { Family, FamilyMember } from './family.ts';

/**
 * One cookie domain may hold only `shared` apps and the login host: every other host below it would receive a cookie
 * that opens all shared apps. Throws `shared_scope_conflict` with what to write instead, or `family_invalid` when
 * shared apps would not get the same cookie.
 */
export function checkSharedScope(family: Family, exposedHosts: readonly string[]): void {
  const cookie = family.sharedCookie;
  if (cookie === null) return;
  const names = [...family.apps.values()].filter(isShared).map((app) => app.name);
  if (cookie.domain === null && names.length > 1) {
    throw new LatchkeyError(
      'family_invalid',
      `apps ${names.join(', ')} are 'shared', but no session.domain gives them one cookie. Set it to a domain above them all (not possible for IP addresses and single labels), or give them reach 'handshake'.`,
    );
  }
  for (const app of family.apps.values()) {
    if (isShared(app)) refuseOtherCookie(app.name, app.cookie?.domain ?? null, cookie.domain);
    else if (cookie.domain !== null) refuseExposed(app, cookie.domain, exposedHosts);
  }
}

function isShared(app: FamilyMember): boolean {
  return app.reach === 'shared';
}

function refuseOtherCookie(app: string, domain: string | null, shared: string | null): void {
  if (domain === shared) return;
  throw new LatchkeyError(
    'family_invalid',
    `apps.${app}: its cookie domain would be '${domain}', that of the other shared apps is '${shared}'. Set session.domain to a domain above all shared apps, or give '${app}' reach 'handshake'.`,
  );
}

function refuseExposed(app: FamilyMember, domain: string, exposedHosts: readonly string[]): void {
  const host = [...hostnamesOf(app)].find(
    (name) => isUnder(name, domain) && !exposedHosts.includes(name),
  );
  if (host === undefined) return;
  throw new LatchkeyError(
    'shared_scope_conflict',
    `apps.${app.name} is not 'shared', but its host ${host} is under the shared cookie domain ${domain} and would receive the cookie of every shared app. Give the shared apps a label of their own (for example https://shop.apps.${domain} with session.domain 'apps.${domain}'), make '${app.name}' shared, or, if it may have the cookie, write exposedHosts: ['${host}'].`,
  );
}

/** Domain-match of RFC 6265bis, section 5.1.3, for canonical host names. */
export function isUnder(host: string, domain: string): boolean {
  return host === domain || host.endsWith(`.${domain}`);
}
