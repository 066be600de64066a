import type { Client, Pool, PoolClient, PoolConfig, types } from 'pg';
import { LatchkeyError } from '../../errors.ts';
import { withTimeout } from '../with-timeout.ts';
import type { OwnPostgresPool, PoolOptions, PostgresQuery } from './pool.ts';

/** Makes connections; opens none yet. */
export interface PostgresClients {
  pool(options: PoolOptions): OwnPostgresPool;
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

const defaultMaxConnections = 10;
const idleTimeoutMillis = 60_000;

/** What of the module `pg` is used. */
export interface PostgresModule {
  readonly Client: new (config: PoolConfig) => Client;
  readonly Pool: new (config: PoolConfig) => Pool;
  readonly types: typeof types;
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
    pool: (options) => openPool(pg, options),
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

function openPool(pg: PostgresModule, options: PoolOptions): OwnPostgresPool {
  const { url, timeoutMilliseconds, maxConnections = defaultMaxConnections } = options;
  const config: PoolConfig = {
    ...settings(url, timeoutMilliseconds),
    // What pg_stat_activity shows to whoever looks after the server.
    fallback_application_name: 'latchkey',
    max: maxConnections,
    idleTimeoutMillis,
    // A connection without a call does not keep the process alive.
    allowExitOnIdle: true,
    ...(options.bigintAsNumber === true ? { types: typesWithNumbers(pg) } : {}),
    verify(client, done) {
      settleIn(client, options).then(() => done(), done);
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
const settle = `select set_config(name, value, false), pg_is_in_recovery()
  from unnest($1::text[], $2::text[]) as parameter(name, value)`;

async function settleIn(client: PoolClient, options: PoolOptions): Promise<void> {
  const { timeoutMilliseconds, statementMilliseconds = timeoutMilliseconds } = options;
  const parameters = {
    statement_timeout: String(statementMilliseconds),
    idle_in_transaction_session_timeout: String(statementMilliseconds),
    default_transaction_isolation: 'read committed',
    ...options.parameters,
  };
  const asked = client.query({
    text: settle,
    values: [Object.keys(parameters), Object.values(parameters)],
    rowMode: 'array',
  });
  const { rows } = await withTimeout(asked, timeoutMilliseconds);
  if (rows[0]?.[1] === true) throw new Error('The server is a standby, not the primary.');
}

/** Of this pool alone: what else in the process reads with `pg` gets text as before. */
function typesWithNumbers(pg: PostgresModule): PoolConfig['types'] {
  const int8 = 20;
  const getTypeParser = (id: number, format?: 'text' | 'binary'): unknown =>
    id === int8 && format !== 'binary' ? Number : pg.types.getTypeParser(id, format);
  return { getTypeParser } as PoolConfig['types'];
}
