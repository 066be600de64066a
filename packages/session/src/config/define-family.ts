// Owns what the config of a family may say, and checks all of it at start. What
// is made of it (apps, cookies, routes) is left to `app/` and to
// `@latchkey/server`.

import { type CookieScope, resolveScope } from '../cookie/scope.ts';
import { LatchkeyError } from '../errors.ts';
import { resolveLimits } from '../hop/invitation-limits.ts';
import type { FormerScopes } from '../lifecycle/sessions.ts';
import {
  invalidOption,
  refuseUnknown,
  requireBoolean,
  requireLifetime,
  requireOneOf,
  requireOrigin,
  requireText,
  requireTexts,
  requireUrl,
} from '../option-rules.ts';
import { realmsOf } from '../realm.ts';
import { appAccessOptionNames, resolveAppAccess } from './app-access.ts';
import { appLookNames, resolveAppLook, resolveBrand } from './brand-settings.ts';
import { checkCookieHosts } from './cookie-hosts.ts';
import { exposureOptionNames, resolveExposure } from './exposure-settings.ts';
import {
  type AppOptions,
  type Family,
  type FamilyMember,
  type FamilyOptions,
  type FamilySessionOptions,
  type FormerFamilyCookie,
  loginScopeName,
  type Reach,
} from './family.ts';
import { withFormerScopes } from './former-scopes.ts';
import { resolveMail } from './mail-settings.ts';
import { resolvePeople } from './people-settings.ts';
import { resolveRemembered } from './remembered.ts';
import { checkSharedScope } from './shared-scope.ts';

const appNamePattern = /^[a-z][a-z0-9-]{0,31}$/;
const cookieKeyPattern = /^[A-Za-z0-9_-]{1,64}$/;
const optionNames = [
  'name',
  'loginHost',
  'secrets',
  'store',
  'database',
  'session',
  'handshake',
  'apps',
  'formerRealms',
  'exposedHosts',
  'exposure',
  'people',
  'mail',
  'brand',
];
const sessionOptionNames = [
  'key',
  'domain',
  'tldLength',
  'idleSeconds',
  'absoluteSeconds',
  'remembered',
  'prefix',
  'expireAfter',
  'sameSite',
  'former',
];
const rememberedOptionNames = ['idleSeconds', 'absoluteSeconds'];
const handshakeOptionNames = ['lifetimeSeconds', 'addressCheck', 'onFailure'];
const formerOptionNames = ['key', 'domain', 'tldLength', 'prefix'];
const noFormerScopes: FormerScopes = { cookies: [], scopeNames: [] };
const reaches: readonly Reach[] = ['shared', 'handshake', 'oidc'];
const appOptionNames = [
  'origin',
  'reach',
  'redirectUris',
  'backChannelLogoutUri',
  'backChannelLogout',
  ...appAccessOptionNames,
  ...appLookNames,
];

/**
 * Checks the family once and freezes it. Throws LatchkeyError: `family_invalid`, `option_invalid`,
 * `cookie_domain_refused`, `cookie_name_refused`, `shared_scope_conflict`, `host_conflict`. Secrets are not judged here: an app's process
 * has none.
 *
 * @example
 * ```ts
 * import { defineFamily } from '@latchkey/session';
 *
 * export default defineFamily({
 *   name: 'Kittens',
 *   loginHost: 'https://login.kittens.example',
 *   store: 'redis://127.0.0.1:6379/0',
 *   apps: { toys: { origin: 'https://toys.example' } }, // any app of yours, on any domain
 * });
 * ```
 */
export function defineFamily(options: FamilyOptions): Family {
  refuseUnknown(options, optionNames, 'the family');
  checkKinds(options);
  const session = options.session ?? {};
  refuseUnknown(session, sessionOptionNames, 'session');
  const key = session.key ?? 'latchkey_session';
  refuseKey(key, 'session');
  refuseStrict(session.sameSite);
  const former = checkFormer(session.former ?? []);
  refuseUnknown(session.remembered ?? {}, rememberedOptionNames, 'session.remembered');
  refuseUnknown(options.handshake ?? {}, handshakeOptionNames, 'handshake');
  const loginOrigin = requireOrigin(options.loginHost, 'loginHost');
  const keyed = { ...session, key };
  const apps = new Map(
    Object.entries(options.apps).map(([name, app]) => [name, checkApp(name, app, keyed)]),
  );
  const shared = [...apps.values()].filter((app) => app.reach === 'shared');
  const limits = {
    idleSeconds: requireLifetime(session.idleSeconds ?? 604_800, 'session.idleSeconds'),
    absoluteSeconds: requireLifetime(
      session.absoluteSeconds ?? 2_592_000,
      'session.absoluteSeconds',
    ),
  };
  const family: Family = {
    name: options.name,
    realm: realmsOf(loginOrigin, checkFormerRealms(options.formerRealms ?? [], loginOrigin)),
    loginHost: {
      origin: loginOrigin,
      host: new URL(loginOrigin).host,
      cookie: resolveScope({
        origin: loginOrigin,
        key: `${key}_${loginScopeName}`,
        ...keptFor(session),
      }),
      former: noFormerScopes,
    },
    secrets: (options.secrets ?? []).filter((secret) => secret !== undefined),
    store: options.store,
    database: options.database ?? null,
    ...limits,
    remembered: resolveRemembered(session.remembered ?? {}, limits),
    handshake: Object.freeze(resolveLimits(options.handshake ?? {}, 'handshake')),
    apps,
    sharedCookie: shared[0]?.cookie ?? null,
    exposure: exposureOf(options),
    people: resolvePeople(options.people),
    mail: options.mail === undefined ? null : resolveMail(options.mail),
    brand: resolveBrand(options.brand),
  };
  refuseSameOrigins(family);
  checkSharedScope(family, options.exposedHosts ?? []);
  checkCookieHosts(family, options.exposedHosts ?? []);
  const today = { key, prefix: session.prefix ?? 'auto' } as const;
  return Object.freeze(withFormerScopes(family, former, today));
}

function exposureOf({ exposure }: FamilyOptions): Family['exposure'] {
  if (exposure === undefined) return null;
  refuseUnknown(exposure, exposureOptionNames, 'exposure');
  return resolveExposure(exposure);
}

/** How long browsers keep the family's cookies, as `resolveScope` takes it. */
function keptFor({ expireAfter }: FamilySessionOptions): { readonly expireAfter?: number } {
  return expireAfter === undefined ? {} : { expireAfter };
}

function checkFormerRealms(origins: readonly string[], today: string): readonly string[] {
  return requireTexts(origins, 'formerRealms').map((origin, index) => {
    const where = `formerRealms[${index}]`;
    if (requireOrigin(origin, where) !== today) return origin;
    throw invalid(`${where} is the login host of today; write its origin from before.`);
  });
}

function refuseKey(key: unknown, where: string): void {
  if (typeof key === 'string' && cookieKeyPattern.test(key)) return;
  throw new LatchkeyError(
    'cookie_name_refused',
    `${where}.key may have letters, digits, _ and -, at most 64; the prefix is put before it by Latchkey.`,
  );
}

/** Browsers send no Strict cookie on a navigation that began on another site, nor after redirects from there. */
function refuseStrict(sameSite: unknown): void {
  if (sameSite === undefined || sameSite === 'lax') return;
  throw invalidOption(
    sameSite === 'strict'
      ? "session.sameSite 'strict' cannot work in a family: people come to its apps and to the login host by a hop from another site, and browsers hide a Strict cookie from whoever arrives so. Leave it out: 'lax' is the default."
      : "session.sameSite must be 'lax'. With 'none' every site could make signed-in requests in the visitor's name.",
  );
}

function checkFormer(former: readonly FormerFamilyCookie[]): readonly FormerFamilyCookie[] {
  if (!Array.isArray(former)) throw invalidOption('session.former must be a list.');
  former.forEach((entry: FormerFamilyCookie, index) => {
    const where = `session.former[${index}]`;
    refuseUnknown(entry, formerOptionNames, where);
    if (entry.key !== undefined) refuseKey(entry.key, where);
    if (entry.domain !== undefined) requireText(entry.domain, `${where}.domain`);
  });
  return former;
}

/** The options of sessions, with the key of their cookies. */
type KeyedSession = FamilySessionOptions & { readonly key: string };

function checkApp(name: string, app: AppOptions, session: KeyedSession): FamilyMember {
  const where = `apps.${name}`;
  if (!appNamePattern.test(name) || name === loginScopeName) {
    throw invalidOption(
      `${where}: an app's name has lower-case letters, digits and -, at most 32, and is not '${loginScopeName}'.`,
    );
  }
  refuseUnknown(app, appOptionNames, where);
  const origin = requireOrigin(app.origin, `${where}.origin`);
  const reach = requireOneOf(app.reach ?? 'handshake', reaches, `${where}.reach`);
  refuseRelyingPartyOptions(app, reach, where);
  const cookie = cookieOf({ name, origin, reach }, session);
  return {
    name,
    ...resolveAppLook(name, app, where),
    origin,
    host: new URL(origin).host,
    reach,
    redirectUris: checkRedirectUris(app.redirectUris ?? [], reach, where),
    backChannelLogoutUri: reach === 'oidc' ? checkLogoutUri(app, origin, where) : null,
    ...resolveAppAccess(app, where),
    cookie,
    scopeName: reach === 'shared' && cookie?.domain ? `*.${cookie.domain}` : name,
    former: noFormerScopes,
  };
}

function cookieOf(
  { name, origin, reach }: Pick<FamilyMember, 'name' | 'origin' | 'reach'>,
  session: KeyedSession,
): CookieScope | null {
  const kept = keptFor(session);
  const { key, domain, tldLength, prefix } = session;
  if (reach === 'handshake') return resolveScope({ origin, key: `${key}_${name}`, ...kept });
  if (reach !== 'shared') return null;
  return resolveScope({
    origin,
    key,
    ...kept,
    ...(domain === undefined ? {} : { domain }),
    ...(tldLength === undefined ? {} : { tldLength }),
    ...(prefix === undefined ? {} : { prefix }),
  });
}

function checkRedirectUris(
  uris: readonly string[],
  reach: Reach,
  where: string,
): readonly string[] {
  if (reach === 'oidc' && uris.length === 0) {
    throw invalid(
      `${where}.redirectUris: an app of reach 'oidc' needs at least one, for example '<origin>/_latchkey/callback'.`,
    );
  }
  return uris.map((uri) => requireUrl(uri, `${where}.redirectUris`));
}

function checkLogoutUri(
  { backChannelLogoutUri, backChannelLogout }: AppOptions,
  origin: string,
  where: string,
): string | null {
  if (backChannelLogout !== undefined) {
    requireBoolean(backChannelLogout, `${where}.backChannelLogout`);
  }
  if (backChannelLogout === false) {
    if (backChannelLogoutUri === undefined) return null;
    throw invalid(
      `${where}: backChannelLogout: false and a backChannelLogoutUri contradict each other.`,
    );
  }
  return requireUrl(
    backChannelLogoutUri ?? `${origin}/_latchkey/back-channel-logout`,
    `${where}.backChannelLogoutUri`,
  );
}

function refuseRelyingPartyOptions(app: AppOptions, reach: Reach, where: string): void {
  if (reach === 'oidc') return;
  const given = (['redirectUris', 'backChannelLogoutUri', 'backChannelLogout'] as const).find(
    (name) => name in app,
  );
  if (given !== undefined) throw invalid(`${where}.${given} is for reach 'oidc', not '${reach}'.`);
}

function refuseSameOrigins(family: Family): void {
  const seen = new Map<string, string>([[family.loginHost.origin, 'loginHost']]);
  for (const app of family.apps.values()) {
    const other = seen.get(app.origin);
    if (other !== undefined)
      throw invalid(`apps.${app.name}.origin is the same as that of ${other}.`);
    seen.set(app.origin, app.name);
  }
}

/** What a config in plain JavaScript could get wrong and nothing else would find. */
function checkKinds(options: FamilyOptions): void {
  const { name, store, database, apps, secrets = [], exposedHosts = [] } = options;
  requireText(name, 'name');
  if (typeof store !== 'string' && typeof store?.read !== 'function') {
    throw invalidOption(
      "store must be a URL such as 'sqlite:./data/sessions.db', or a ready store.",
    );
  }
  if (database !== undefined) requireText(database, 'database');
  if (typeof apps !== 'object' || apps === null) throw invalidOption('apps must be an object.');
  if (!Array.isArray(secrets)) throw invalidOption('secrets must be a list.');
  if (requireTexts(exposedHosts, 'exposedHosts').every(isHost)) return;
  throw invalidOption('exposedHosts must be a list of host names, without port.');
}

function isHost(value: unknown): boolean {
  if (typeof value !== 'string' || !URL.canParse(`https://${value}`)) return false;
  return new URL(`https://${value}`).hostname === value;
}

function invalid(message: string): LatchkeyError {
  return new LatchkeyError('family_invalid', message);
}
