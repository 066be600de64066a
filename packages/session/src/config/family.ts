import type { CookieScope } from '../cookie/scope.ts';
import { LatchkeyError } from '../errors.ts';
import type { InvitationLimits } from '../hop/invitation-limits.ts';
import type { FormerScopes } from '../lifecycle/sessions.ts';
import type { Realms } from '../realm.ts';
import type { SessionStore } from '../session-store.ts';
import type { AppAccess, AppAccessRule } from './app-access.ts';
import type { AppLook, Brand, BrandSettings } from './brand-settings.ts';
import type { ExposureSettings, FamilyExposure } from './exposure-settings.ts';
import type { FamilyMail, MailSettings } from './mail-settings.ts';
import type { FamilyPeople, PeopleSettings } from './people-settings.ts';

/** How an app gets its session; see `docs/guarantees.md` for what each promises. */
export type Reach = 'shared' | 'handshake' | 'oidc';

/** One app in `latchkey.config.ts`. */
export interface AppOptions extends AppLook {
  /** Where browsers find it: `https://toys.example`, without path. http only under `.localhost`. */
  readonly origin: string;
  /** Default `handshake`. `shared` is never chosen for you. */
  readonly reach?: Reach;
  /** Reach `oidc`: where codes may be sent, compared letter by letter (RFC 9700, 2.1). */
  readonly redirectUris?: readonly string[];
  /** Reach `oidc`: where logout notices go. Default `<origin>/_latchkey/back-channel-logout`. */
  readonly backChannelLogoutUri?: string;
  /**
   * Reach `oidc`: false for an app that takes no logout notices. Then none are made, and the page after a sign-out names the
   * app as one that stays signed in.
   */
  readonly backChannelLogout?: boolean;
  /**
   * Who enters without asking. `'request'`, the default: nobody. Who was denied or withdrawn explicitly does not enter,
   * whatever is written here.
   */
  readonly access?: AppAccessRule;
  /** Names that a grant may carry, such as `editor`: lower-case letters, digits, `-` and `_`. Default none. */
  readonly roles?: readonly string[];
}

/** Sessions of the family. */
export interface FamilySessionOptions {
  /** Name of the cookie, before its prefix. Default `latchkey_session`. */
  readonly key?: string;
  /** Cookie domain for reach `shared`: a domain, `'all'` (derived from the app's host as Rails does), or none. */
  readonly domain?: string;
  /** With `domain: 'all'`: how many labels of the host the cookie domain keeps. */
  readonly tldLength?: number;
  /** Seconds a sign-in may go unused, 1 to 34,560,000 (400 days). Default 604,800 (7 days). */
  readonly idleSeconds?: number;
  /** Seconds a sign-in may last at most, 1 to 34,560,000 (400 days). Default 2,592,000 (30 days). */
  readonly absoluteSeconds?: number;
  /** For people who asked to stay signed in on their device. */
  readonly remembered?: RememberedOptions;
  /** Reach `shared`: `'auto'` puts `__Secure-` before the name where it can; `'none'` keeps the bare name (Rails). Default `'auto'`. */
  readonly prefix?: 'auto' | 'none';
  /** Seconds browsers keep the cookies, 1 to 34,560,000 (400 days), renewed with use. Absent: until they are closed. */
  readonly expireAfter?: number;
  /** `'lax'`, the default. `'strict'` is refused: browsers would hide the cookie from whoever arrives by a hop. */
  readonly sameSite?: 'lax' | 'strict';
  /** The cookies that were in use before these: read while browsers still have them, and cleared. */
  readonly former?: readonly FormerFamilyCookie[];
}

/** How long a sign-in lasts that the person asked to keep. Never less than one that nobody asked to keep, at most 400 days. */
export interface RememberedOptions {
  /** Seconds it may go unused; browsers keep its cookies as long. Default 2,592,000 (30 days), or `idleSeconds` if more. */
  readonly idleSeconds?: number;
  /** Seconds it may last at most. Default 31,536,000 (365 days), or the ordinary `absoluteSeconds` if more. */
  readonly absoluteSeconds?: number;
}

/**
 * What `session` said of the cookie before. `key` and `prefix` are by default those of today; without `domain` it was a
 * cookie of one host.
 */
export interface FormerFamilyCookie {
  readonly key?: string;
  readonly domain?: string;
  readonly tldLength?: number;
  readonly prefix?: 'auto' | 'none';
}

/** The whole family: what is in `latchkey.config.ts`. */
export interface FamilyOptions {
  /** Shown to people. */
  readonly name: string;
  /** Origin of the login host. */
  readonly loginHost: string;
  /** Secrets of at least 32 characters, newest first. Read by the login host alone. */
  readonly secrets?: readonly (string | undefined)[];
  /** Session store: `redis://…`, `postgres://…`, `sqlite:./file`, `memory:`, or a ready store. */
  readonly store: string | SessionStore;
  /** Accounts and everything durable, at the login host: `sqlite:./file`. */
  readonly database?: string;
  readonly session?: FamilySessionOptions;
  /** What is asked of links by which apps send people to one another, signed in. */
  readonly handshake?: InvitationLimits;
  readonly apps: Readonly<Record<string, AppOptions>>;
  /**
   * Origins that the login host had before. Sessions, sign-ins and tokens are bound to the login host's origin: without it
   * here, a change signs everybody out. Default none.
   */
  readonly formerRealms?: readonly string[];
  /** Hosts, without port, that receive a cookie of the family on purpose although their app is not trusted with it. */
  readonly exposedHosts?: readonly string[];
  /** Reach `shared`: the check of who else receives the cookie, run by `latchkey serve`. Default none. */
  readonly exposure?: ExposureSettings;
  /** Who may have an account. Default: whom operators make one for. */
  readonly people?: PeopleSettings;
  /** How the login host writes to people. Default none: it writes none, but in development shows them at `/dev/mail`. */
  readonly mail?: MailSettings;
  /** How the login host's pages look. Default: the family's name, a violet, no links. */
  readonly brand?: BrandSettings;
}

/** An app of a checked family. */
export interface FamilyMember extends AppAccess {
  readonly name: string;
  /** What people read in place of the name. */
  readonly title: string;
  readonly description: string | null;
  /** URL, or path at the login host. */
  readonly icon: string | null;
  readonly origin: string;
  readonly host: string;
  readonly reach: Reach;
  readonly redirectUris: readonly string[];
  /** Null: it gets no notices. */
  readonly backChannelLogoutUri: string | null;
  /** The cookie of its session. Null where the app keeps its own (`oidc`, `proxy`). */
  readonly cookie: CookieScope | null;
  /** What its session records are marked with: its name, or the shared cookie domain. */
  readonly scopeName: string;
  /** What it used before. */
  readonly former: FormerScopes;
}

/** A checked family; made by `defineFamily`. */
export interface Family {
  readonly name: string;
  /** What keeps the family apart from others on its store: named by the login host's origin. */
  readonly realm: Realms;
  readonly loginHost: {
    readonly origin: string;
    readonly host: string;
    readonly cookie: CookieScope;
    readonly former: FormerScopes;
  };
  readonly secrets: readonly string[];
  readonly store: string | SessionStore;
  readonly database: string | null;
  readonly idleSeconds: number;
  readonly absoluteSeconds: number;
  /** The same for people who asked to stay signed in. */
  readonly remembered: Required<RememberedOptions>;
  readonly handshake: Required<InvitationLimits>;
  readonly apps: ReadonlyMap<string, FamilyMember>;
  /** The shared cookie, where apps of reach `shared` exist. */
  readonly sharedCookie: CookieScope | null;
  /** Null where nothing is checked. */
  readonly exposure: FamilyExposure | null;
  readonly people: FamilyPeople;
  /** Null where nothing is configured. */
  readonly mail: FamilyMail | null;
  readonly brand: Brand;
}

/** Scope name of the login host's own session; no app may have it. */
export const loginScopeName = 'login';

/** The app of that name. Throws `app_unknown`. */
export function memberOf(family: Family, app: string): FamilyMember {
  const member = family.apps.get(app);
  if (member !== undefined) return member;
  const names = [...family.apps.keys()].join(', ');
  throw new LatchkeyError('app_unknown', `The family has no app '${app}'. It has: ${names}.`);
}
