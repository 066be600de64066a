// The login host: builds what it is made of, mounts the routes, starts and stops what runs by itself. Each capability
// has a folder of its own; they meet in `foundations.ts` (what all stand on), `capabilities.ts` and `services.ts` (what the
// routes need). The cookie, the session store and the handshake belong to `@latchkey/session`.

import { createAdaptorServer, type ServerType } from '@hono/node-server';
import type { Family, Platform } from '@latchkey/session';
import { refuseUnknown } from '@latchkey/session/parts';
import type { SeedResult } from './accounts/seeds.ts';
import type { ExposureGuardOptions } from './exposure-guard/guard-options.ts';
import { createRoutes } from './routes.ts';
import { createServices } from './services.ts';

/** What {@link createLoginHost} takes. */
export interface LoginHostOptions {
  readonly family: Family;
  /** Development: `*.localhost` is called on loopback, people can be seeded. Default false. */
  readonly isDevelopment?: boolean;
  /** Makes the people of the development family. Refused (`seeds_refused`) unless `isDevelopment`. */
  readonly seeds?: {
    /** Where a random password is kept. */
    readonly dataFolder: string;
    /** Default: the kept one, else a random one. */
    readonly password?: string;
  };
  /** CIDR ranges of your network that notices may be sent to although they are not public. Default none. */
  readonly allowedRanges?: readonly string[];
  /**
   * Addresses or CIDR ranges of proxies in front that append to `X-Forwarded-For`: the limits on failed passwords then
   * count the client and not the proxy, and the list of devices shows its address. Nothing else follows forwarded
   * headers. Default none: they are not read.
   */
  readonly trustedProxies?: readonly string[];
  /**
   * Looks at start and on a timer who else receives the shared cookie. Default none. Without apps of reach `shared` it is
   * idle.
   */
  readonly exposure?: ExposureGuardOptions;
  readonly platform?: Partial<Platform>;
}

/** The family's auth server. */
export interface LoginHost {
  /** The seeded people and their password, to be printed. */
  readonly seeded: SeedResult | null;
  /**
   * Begins to answer, after the check of `exposure` where there is one. `hostname` defaults to 127.0.0.1. Rejects when the
   * port is taken, and with `exposure_found` or `exposure_unchecked` (LatchkeyError) where the policy refuses.
   */
  listen(port: number, hostname?: string): Promise<void>;
  /** Stops answering, gives work under way a second, closes everything but a ready store, which its maker closes. */
  close(): Promise<void>;
}

const optionNames = [
  ...[
    'family',
    'isDevelopment',
    'seeds',
    'allowedRanges',
    'trustedProxies',
    'exposure',
    'platform',
  ],
];

/** Milliseconds that requests under way get at the end. */
const closeGrace = 1_000;

/**
 * Opens store and database and builds the login host. Rejects with LatchkeyError: `secret_missing`, `family_invalid`, `option_invalid`,
 * `mail_missing`, `database_url_unknown`, `database_unavailable`, `store_url_unknown`, `store_client_missing`, `seeds_refused`.
 *
 * @example
 * ```ts
 * import { createLoginHost } from '@latchkey/server';
 * import family from './latchkey.config.ts';
 *
 * const loginHost = await createLoginHost({ family });
 * await loginHost.listen(4000);
 * process.on('SIGTERM', () => loginHost.close());
 * ```
 */
export async function createLoginHost(options: LoginHostOptions): Promise<LoginHost> {
  refuseUnknown(options, optionNames, 'createLoginHost()');
  if (options.seeds !== undefined)
    refuseUnknown(options.seeds, ['dataFolder', 'password'], 'seeds');
  const { family, isDevelopment = false, seeds, platform = {} } = options;
  const { allowedRanges = [], trustedProxies = [] } = options;
  const services = await createServices({
    family,
    isDevelopment,
    allowedRanges,
    trustedProxies,
    platform,
    ...(options.exposure === undefined ? {} : { exposure: options.exposure }),
  });
  const seeded = seeds === undefined ? null : await services.seed(seeds.dataFolder, seeds.password);
  const server = createAdaptorServer({ fetch: createRoutes(services.routes).fetch });
  return {
    seeded,
    async listen(port, hostname = '127.0.0.1') {
      await services.guard?.checkAtStart();
      await listening(server, port, hostname);
      services.reconciler.start();
      services.outbox.start();
      services.waitingNews.start();
      services.mail.outbox?.start();
      // Not waited for: name servers may take their time.
      void services.reportFaults();
      services.guard?.start();
    },
    async close() {
      await closed(server);
      await services.close();
    },
  };
}

function listening(server: ServerType, port: number, hostname: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, hostname, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

function closed(server: ServerType): Promise<void> {
  return new Promise((resolve) => {
    const dropRest = setTimeout(() => {
      if ('closeAllConnections' in server) server.closeAllConnections();
    }, closeGrace);
    server.close(() => {
      clearTimeout(dropRest);
      resolve();
    });
    if ('closeIdleConnections' in server) server.closeIdleConnections();
  });
}
