import { isSameCookie } from '../cookie/former.ts';
import { type CookieScope, resolveScope } from '../cookie/scope.ts';
import { LatchkeyError } from '../errors.ts';
import type { FormerScopes } from '../lifecycle/sessions.ts';
import {
  type Family,
  type FamilyMember,
  type FamilySessionOptions,
  type FormerFamilyCookie,
  loginScopeName,
} from './family.ts';
import { isUnder } from './shared-scope.ts';

/** What `session` says of the cookies of today, as far as former ones follow it. */
export interface CookiesOfToday {
  readonly key: string;
  readonly prefix: NonNullable<FamilySessionOptions['prefix']>;
}

/**
 * The family with what its apps and its login host used before. A shared app reads the shared cookies of before and, from
 * the time when it was reached by handshake, its own of then; their records open in every shared app, as the shared cookie
 * carries them there. A handshake app reads its own alone: an id of a shared cookie must not become one of a host; what is
 * left of a shared cookie it clears where no shared app is left to do so. Throws `family_invalid` for an entry that
 * says nothing.
 */
export function withFormerScopes(
  family: Family,
  former: readonly FormerFamilyCookie[],
  today: CookiesOfToday,
): Family {
  if (former.length === 0) return family;
  const shared = [...family.apps.values()].filter(({ reach }) => reach === 'shared');
  const found = former.map((entry) => {
    const { key = today.key, prefix = today.prefix } = entry;
    return cookiesOf({ ...entry, key, prefix }, family, shared.length > 0);
  });
  refuseIdle(found);
  const cookiesAt = (place: string): readonly CookieScope[] =>
    found.flatMap((entry) => entry.get(place) ?? []);
  const scopeNames = [...new Set(shared.flatMap((app) => namesOf(app, cookiesAt(app.name))))];
  const apps = [...family.apps].map(([name, app]): [string, FamilyMember] => {
    const names = app.reach === 'shared' ? scopeNames : [];
    return [name, { ...app, former: { cookies: cookiesAt(name), scopeNames: names } }];
  });
  const ofLogin: FormerScopes = { cookies: cookiesAt(loginScopeName), scopeNames: [] };
  return {
    ...family,
    loginHost: { ...family.loginHost, former: ofLogin },
    apps: new Map(apps),
  };
}

type FormerCookie = FormerFamilyCookie & CookiesOfToday;

/** What an entry means at each place: the login host and the apps, by name. */
function cookiesOf(
  entry: FormerCookie,
  family: Family,
  hasShared: boolean,
): ReadonlyMap<string, readonly CookieScope[]> {
  const ofHost = (origin: string, name: string): CookieScope =>
    resolveScope({ origin, key: `${entry.key}_${name}` });
  const { origin, cookie } = family.loginHost;
  const places = new Map([[loginScopeName, differing([ofHost(origin, loginScopeName)], cookie)]]);
  for (const app of family.apps.values()) {
    if (app.cookie === null) continue;
    const isShared = app.reach === 'shared';
    const own = isShared && entry.domain !== undefined ? [] : [ofHost(app.origin, app.name)];
    const common = isShared || (!hasShared && entry.domain !== undefined);
    const cookies = common ? [...own, ...sharedCookieAt(app.origin, entry)] : own;
    places.set(app.name, differing(cookies, app.cookie));
  }
  return places;
}

/** None where the host is not under that domain: its browsers never had the cookie. */
function sharedCookieAt(
  origin: string,
  { key, prefix, domain, tldLength }: FormerCookie,
): readonly CookieScope[] {
  const { hostname } = new URL(origin);
  const isNamed = domain !== undefined && domain !== 'all';
  if (isNamed && !isUnder(hostname, domain.replace(/^\./, ''))) return [];
  const scope = resolveScope({
    origin,
    key,
    prefix,
    ...(domain === undefined ? {} : { domain }),
    ...(tldLength === undefined ? {} : { tldLength }),
  });
  return [scope];
}

function differing(cookies: readonly CookieScope[], today: CookieScope): readonly CookieScope[] {
  return cookies.filter((cookie) => !isSameCookie(cookie, today));
}

/** What records of these cookies were marked with. */
function namesOf(app: FamilyMember, cookies: readonly CookieScope[]): readonly string[] {
  const names = cookies.map(({ domain }) => (domain === null ? app.name : `*.${domain}`));
  return names.filter((name) => name !== app.scopeName);
}

function refuseIdle(found: readonly ReadonlyMap<string, readonly CookieScope[]>[]): void {
  const idle = found.findIndex((entry) => [...entry.values()].every(({ length }) => length === 0));
  if (idle === -1) return;
  throw new LatchkeyError(
    'family_invalid',
    `session.former[${idle}] is the cookie of today, or of a domain that no app is under. Write down the key, domain, tldLength or prefix that was different before.`,
  );
}
