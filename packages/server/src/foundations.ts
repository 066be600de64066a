import {
  createPlatform,
  type Family,
  LatchkeyError,
  openStore,
  type Platform,
  type SessionStore,
} from '@latchkey/session';
import type { Kysely } from 'kysely';
import { openDatabase } from './database/open-database.ts';
import type { Database } from './database/schema.ts';
import type { ExposureGuardOptions } from './exposure-guard/guard-options.ts';
import { type Mail, openMail } from './mail/open-mail.ts';
import { type Assets, createAssets } from './pages/assets.ts';
import { createPageMaker, type PageMaker } from './pages/page.ts';
import { createRequestContext, type RequestContext } from './request-context.ts';
import { createOutgoingCalls, type OutgoingCalls } from './sign-out/address-guard.ts';

/** See `login-host.ts`. */
export interface ServiceOptions {
  readonly family: Family;
  readonly isDevelopment: boolean;
  readonly allowedRanges: readonly string[];
  readonly trustedProxies: readonly string[];
  readonly exposure?: ExposureGuardOptions;
  readonly platform: Partial<Platform>;
}

/** What everything else stands on. */
export interface Foundations {
  readonly family: Family;
  readonly platform: Platform;
  readonly store: SessionStore;
  readonly db: Kysely<Database>;
  readonly calls: OutgoingCalls;
  readonly page: PageMaker;
  readonly assets: Assets;
  readonly context: RequestContext;
  readonly mail: Mail;
  close(): Promise<void>;
}

/** Opens database, store and mail. Rejects as `createLoginHost` does. */
export async function openFoundations(options: ServiceOptions): Promise<Foundations> {
  const { family, isDevelopment, allowedRanges } = options;
  const calls = createOutgoingCalls({ allowedRanges, isDevelopment });
  const fetch: Platform['fetch'] = (url, init) =>
    calls.fetch(url, init as Parameters<typeof calls.fetch>[1]);
  const context = createRequestContext();
  const given = createPlatform({ fetch, ...options.platform });
  const platform = { ...given, onEvent: context.located(given.onEvent) };
  const assets = createAssets(family.brand);
  const database = await openDatabase(family.database ?? refuseNoDatabase());
  const store =
    typeof family.store === 'string'
      ? await openStore(family.store, { now: platform.now })
      : family.store;
  return {
    family,
    platform,
    context,
    assets,
    store,
    calls,
    db: database.db,
    page: createPageMaker({ family, assets, language: context.language }),
    mail: openMail({ family, isDevelopment, db: database.db, platform }),
    async close() {
      if (store !== family.store) await store.close();
      await Promise.all([database.close(), calls.close()]);
    },
  };
}

function refuseNoDatabase(): never {
  throw new LatchkeyError(
    'family_invalid',
    "The login host keeps accounts in SQL: write database: 'sqlite:./data/latchkey.db' in the family config.",
  );
}
