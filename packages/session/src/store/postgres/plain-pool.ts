import { withTimeout } from '../with-timeout.ts';
import { loadPostgresClient } from './connection.ts';
import type { PlainPostgresPool, PoolOptions } from './pool.ts';
import { readPostgresUrl } from './url.ts';

/** A pool, and what of its URL may be shown: the address without user, password and parameters. */
export interface OpenPostgresPool extends PlainPostgresPool {
  readonly address: string;
}

/**
 * A pool of `pg` for queries of sibling packages; it opens no connection yet, and none to a standby. `end` waits for
 * a server that stands still no longer than for a connection. Rejects with `option_invalid` for a URL that cannot be used and, when `pg` is not
 * installed, with `store_client_missing`.
 */
export async function openPostgresPool(options: PoolOptions): Promise<OpenPostgresPool> {
  const { address } = readPostgresUrl(options.url);
  const clients = await loadPostgresClient();
  const pool = clients.pool(options) as unknown as PlainPostgresPool;
  return {
    address,
    connect: () => pool.connect(),
    end: () => withTimeout(pool.end(), options.timeoutMilliseconds).catch(() => undefined),
  };
}
