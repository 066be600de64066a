import { LatchkeyError } from '../errors.ts';
import type { Family, FamilyMember } from './family.ts';

/** A cookie of one host, and whose it is in the words of the config. */
interface HostCookie {
  readonly of: string;
  readonly hostname: string;
}

/**
 * Browsers send a cookie to every port of its host, by http and https alike (RFC 6265bis, section 8.5). So no app of reach
 * `oidc` or `proxy`, which is not trusted with sign-ins, may be on the host of a cookie that opens one. Throws
 * `host_conflict` unless the host is among `exposedHosts`.
 */
export function checkCookieHosts(family: Family, exposedHosts: readonly string[]): void {
  const cookies = hostCookiesOf(family);
  for (const app of family.apps.values()) {
    if (app.cookie !== null) continue;
    for (const hostname of hostnamesOf(app)) {
      const met = cookies.find((cookie) => cookie.hostname === hostname);
      if (met !== undefined && !exposedHosts.includes(hostname)) throw conflict(app, met);
    }
  }
}

/** Every host at which the app answers browsers or the login host, without port. */
export function hostnamesOf(app: FamilyMember): ReadonlySet<string> {
  const { origin, redirectUris, backChannelLogoutUri } = app;
  const addresses = [origin, ...redirectUris, backChannelLogoutUri ?? origin];
  return new Set(addresses.map((address) => new URL(address).hostname));
}

/** A cookie with a domain is judged by `checkSharedScope`. */
function hostCookiesOf(family: Family): readonly HostCookie[] {
  const places = [
    { of: 'loginHost', ...family.loginHost },
    ...[...family.apps.values()].map((app) => ({ of: `apps.${app.name}`, ...app })),
  ];
  return places.flatMap(({ of, origin, cookie }) =>
    cookie === null || cookie.domain !== null ? [] : { of, hostname: new URL(origin).hostname },
  );
}

function conflict({ name, reach }: FamilyMember, { of, hostname }: HostCookie): LatchkeyError {
  return new LatchkeyError(
    'host_conflict',
    `apps.${name} has reach '${reach}' and answers on ${hostname}, the host of ${of}: browsers keep no ports apart and would send it the cookie that opens a session there. Give '${name}' a host of its own, or, if it may have the cookie, write exposedHosts: ['${hostname}'].`,
  );
}
