import { hasCode } from '../errors.ts';
import type { AppHandler, HostRouter } from '../http/http-exchange.ts';
import {
  type Connection,
  createTrustedProxies,
  type ForwardedHeaders,
} from '../http/trusted-proxies.ts';
import { invalidOption, requireOneOf } from '../option-rules.ts';
import { createPlatform } from '../platform.ts';
import type { SessionStore } from '../session-store.ts';
import { type AppAlone, type AppAloneOptions, createAppAlone, createAppAt } from './app-alone.ts';
import { closePlace, openPlace, storeIn } from './app-alone-store.ts';

/** Sessions of an app that takes its host and scheme from each request, as Rails does. */
export interface AppAnyHostOptions extends Omit<AppAloneOptions, 'origin' | 'handshake'> {
  /** A request's own host decides. To fix it, give `origin`. */
  readonly origin?: undefined;
  /**
   * Hosts that the app answers for, each with its port where it has one: `shop.example`, or `.example` for every host
   * below. Others get 421. Default: every host.
   */
  readonly hosts?: readonly string[];
  /** Addresses or CIDR ranges of proxies whose forwarding headers are believed. Default none. */
  readonly trustedProxies?: readonly string[];
  /** Which headers those proxies set; the other kind is not read. Default `x-forwarded`. */
  readonly forwardedHeaders?: ForwardedHeaders;
}

/** What adapters serve for an app on any host. */
export interface AppAnyHost extends HostRouter {
  readonly store: SessionStore;
}

/** Host names or addresses with a port or none; what else stands in a `Host` header is refused. */
const hostPattern =
  /^(?:[a-z0-9_](?:[a-z0-9._-]{0,253}[a-z0-9])?|\[[0-9a-f:.]{2,45}\])(?::\d{1,5})?$/;
/** Hosts that are remembered: a client may name as many as it likes. */
const maxHosts = 1_000;

/**
 * Sessions for one app by `origin`, or, without it, for whatever host a request is sent to. Throws as
 * {@link createAppAlone} does, and `option_invalid` for hosts and proxies that are none.
 */
export function createAppOrRouter(
  options: AppAloneOptions | AppAnyHostOptions,
): AppAlone | AppAnyHost {
  return options.origin === undefined ? createAppAnyHost(options) : createAppAlone(options);
}

/**
 * One {@link createAppAlone} for each origin that requests name, all on one store. The cookie is derived for each:
 * `domain`, a function too, is asked with that host, and `secure: 'auto'` follows its scheme. A host for which the cookie
 * would be refused (a public suffix, say) is answered with 421.
 *
 * @example
 * ```ts
 * import { createAppAnyHost } from '@latchkey/session';
 * import { latchkey } from '@latchkey/session/express';
 *
 * const app = createAppAnyHost({ store: 'sqlite:./sessions.db', hosts: ['.shop.example'] });
 * export const middleware = latchkey(app);
 * ```
 */
export function createAppAnyHost(options: AppAnyHostOptions): AppAnyHost {
  if ('handshake' in options) {
    throw invalidOption('handshake needs an origin: its peers name this app by one.');
  }
  const { hosts = [], trustedProxies = [], forwardedHeaders, origin: _none, ...alone } = options;
  if (!Array.isArray(hosts) || !hosts.every(isHostRule)) {
    throw invalidOption("hosts must be a list of hosts such as 'shop.example' or '.example'.");
  }
  requireOneOf(forwardedHeaders ?? 'x-forwarded', ['x-forwarded', 'forwarded'], 'forwardedHeaders');
  const proxies = createTrustedProxies(trustedProxies, forwardedHeaders);
  const platform = createPlatform(options.platform);
  const place = openPlace(options.store, platform.now);
  // Behind a proxy the `Host` header may be another than the host that the browser asked.
  const acceptsHost = (): boolean => true;
  const make = (origin: string): AppHandler => ({
    ...createAppAt({ ...alone, store: place, origin }, hosts),
    acceptsHost,
  });
  // Whatever is wrong with the options is wrong at start, not at the first request.
  refuseAtStart(() => make('https://any.host.example'));
  const known = new Map<string, AppHandler | null>();
  const remember = (origin: string): AppHandler | null => {
    const handler = handlerOrNull(() => make(origin));
    if (handler === null) platform.onEvent({ type: 'host.refused', reason: 'cookie-domain' });
    if (known.size >= maxHosts) known.clear();
    known.set(origin, handler);
    return handler;
  };
  return {
    store: storeIn(place, platform.now),
    close: () => closePlace(options.store, place),
    at(connection) {
      const { scheme, host: named } = proxies.factsOf(connection);
      // Some clients and proxies write out the port of the scheme; it is the same host (RFC 9110, section 4.2.3).
      const host = named?.replace(scheme === 'https' ? /:443$/ : /:80$/, '');
      if (host === undefined || !isAmong(hosts, host) || !hostPattern.test(host)) return null;
      const origin = `${scheme}://${host}`;
      const found = known.get(origin);
      return found === undefined ? remember(origin) : found;
    },
  };
}

/** The handler of a request, or null. */
export function handlerAt(
  served: AppHandler | HostRouter,
  connection: () => Connection,
): AppHandler | null {
  return 'at' in served ? served.at(connection()) : served;
}

/** A cookie domain is judged by the host: at start no host is known. */
function refuseAtStart(make: () => unknown): void {
  try {
    make();
  } catch (error) {
    if (!hasCode(error, 'cookie_domain_refused')) throw error;
  }
}

function handlerOrNull(make: () => AppHandler): AppHandler | null {
  try {
    return make();
  } catch {
    return null;
  }
}

function isAmong(hosts: readonly string[], host: string): boolean {
  if (hosts.length === 0) return true;
  return hosts.some((rule) => host === rule || (rule.startsWith('.') && host.endsWith(rule)));
}

function isHostRule(rule: unknown): boolean {
  return typeof rule === 'string' && hostPattern.test(rule.replace(/^\./, ''));
}
