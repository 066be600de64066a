/** How an app gets its session; the words of the family config. */
export type AppReach = 'shared' | 'handshake' | 'oidc';

/** An app that the cookie must serve. */
export interface AuditedApp {
  readonly name: string;
  /** Host name without port. */
  readonly host: string;
  readonly reach: AppReach;
}

/** One way to set the cookie, with its price. */
export interface ScopeChoice {
  /** `keep`: as it is. */
  readonly kind: 'keep' | 'host-only' | 'tld-length' | 'dedicated-parent';
  /** The cookie's `Domain`; null for host-only. */
  readonly domain: string | null;
  /** Labels that the domain keeps of the apps' hosts (`session.tldLength` with `domain: 'all'`); null for host-only. */
  readonly tldLength: number | null;
  /** The reach that each app needs. */
  readonly reach: Readonly<Record<string, AppReach>>;
  /** Foreign hosts that would still receive the cookie. */
  readonly foreignReceivers: number;
  readonly summary: string;
  readonly costs: readonly string[];
  readonly breaks: readonly string[];
}

/** The narrowest choice that serves all apps, what else there is, and how to get there. */
export interface AuditAdvice extends ScopeChoice {
  readonly alternatives: readonly ScopeChoice[];
  /** Null where nothing changes. */
  readonly migration: Migration | null;
}

/** A cookie as browsers tell it from others. */
export interface CookieIdentity {
  readonly name: string;
  readonly domain: string | null;
  readonly path: string;
}

/** From the cookie of today to the advised one. */
export interface Migration {
  readonly old: CookieIdentity;
  readonly new: CookieIdentity;
  /** The `session` part of the family config after the change. */
  readonly config: string;
  readonly steps: readonly string[];
}
