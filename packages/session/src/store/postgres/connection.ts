import type { Client, Pool, PoolClient, PoolConfig } from 'pg';
import { LatchkeyError } from '../../errors.ts';
import { withTimeout } from '../with-timeout.ts';
import type { OwnPostgresPool, PostgresQuery } from './pool.ts';

/** Makes connections; opens none yet. */
export interface PostgresClients {
  pool(url: string, timeoutMilliseconds: number): OwnPostgresPool;
  /** A connection that belongs to no pool, to hear of changes on. */
  listener(url: string, timeoutMilliseconds: number): ListeningConnection;
}

/** The least that is needed of a connection to hear of changes on; a `Client` of `pg` has it. */
export interface ListeningConnection {
  /** The process that serves it, as the server, or whatever stands between, named it when the connection was made. */
  readonly processID: number | null;
  connect(): Promise<unknown>;
  unref(): void;
  query(query: PostgresQuery): Promise<{ readonly rows: unknown[][] }>;
  on(event: 'error' | 'end', listener: (error?: Error) => void): unknown;
  on(event: 'notification', listener: (message: { readonly payload?: string }) => void): unknown;
  end(): Promise<void>;
}

/** Connections of one store at most. Every call needs one for the length of its query. */
const maxConnections = 10;
const idleTimeoutMillis = 60_000;

/** What of the module `pg` is used. */
export interface PostgresModule {
  readonly Client: new (config: PoolConfig) => Client;
  readonly Pool: new (config: PoolConfig) => Pool;
}

/**
 * Loads `pg`, which is installed only where it is used. Rejects with `store_client_missing` when it is not there.
 * `load` stands in for the import in tests. What it gives throws `option_invalid` for parameters of the URL that `pg`
 * refuses, such as a certificate file that is not there.
 */
export async function loadPostgresClient(
  load: () => Promise<PostgresModule> = () => import('pg'),
): Promise<PostgresClients> {
  const pg = await load().catch((cause: unknown) => {
    if ((cause as NodeJS.ErrnoException | null)?.code !== 'ERR_MODULE_NOT_FOUND') throw cause;
    const message = 'The Postgres store needs the package pg: npm install pg';
    throw new LatchkeyError('store_client_missing', message, { cause });
  });
  return {
    pool: (url, timeoutMilliseconds) => openPool(pg, url, timeoutMilliseconds),
    // The types of `pg` leave out `processID`, which it documents for cancelling.
    listener: (url, timeoutMilliseconds) =>
      new pg.Client({
        ...settings(url, timeoutMilliseconds),
        fallback_application_name: 'latchkey memory',
      }) as unknown as ListeningConnection,
  };
}

function settings(url: string, timeoutMilliseconds: number): PoolConfig {
  return { connectionString: url, connectionTimeoutMillis: timeoutMilliseconds, keepAlive: true };
}

function openPool(pg: PostgresModule, url: string, timeoutMilliseconds: number): OwnPostgresPool {
  const config: PoolConfig = {
    ...settings(url, timeoutMilliseconds),
    // What pg_stat_activity shows to whoever looks after the server.
    fallback_application_name: 'latchkey',
    max: maxConnections,
    idleTimeoutMillis,
    // A connection without a call does not keep the process alive.
    allowExitOnIdle: true,
    verify(client, done) {
      settleIn(client, timeoutMilliseconds).then(() => done(), done);
    },
  };
  refuseBadParameters(pg, config);
  const pool = new pg.Pool(config);
  // Idle connections that were lost: the pool has dropped them already.
  pool.on('error', () => undefined);
  // Between the moments when the pool listens and when a call does.
  pool.on('connect', (client) => client.on('error', () => undefined));
  return pool;
}

/** The pool itself would find them with the first connection only. */
function refuseBadParameters(pg: PostgresModule, config: PoolConfig): void {
  try {
    new pg.Client(config);
  } catch (cause) {
    const message = 'A parameter in the Postgres URL is of no use; the cause tells which.';
    throw new LatchkeyError('option_invalid', message, { cause });
  }
}

/**
 * Sets limits on the server too, so that nothing goes on there for long after its caller gave up, and refuses a standby:
 * what it answers may be older than an ending. Sent as a query and not with the start, where proxies refuse them.
 */
const settle = `select set_config('statement_timeout', $1, false),
  set_config('idle_in_transaction_session_timeout', $1, false),
  set_config('default_transaction_isolation', 'read committed', false),
  pg_is_in_recovery()`;

async function settleIn(client: PoolClient, timeoutMilliseconds: number): Promise<void> {
  const asked = client.query({
    text: settle,
    values: [String(timeoutMilliseconds)],
    rowMode: 'array',
  });
  const { rows } = await withTimeout(asked, timeoutMilliseconds);
  if (rows[0]?.[3] === true) throw new Error('The server is a standby, not the primary.');
}
