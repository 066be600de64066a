/** A query as `pg` takes it: text with numbered parameters, prepared under `name`, rows as lists. */
export interface PostgresQuery {
  readonly name?: string;
  readonly text: string;
  readonly values?: unknown[];
  readonly rowMode: 'array';
}

/** The least that the store needs of a connection; those of `pg` have it. */
export interface PostgresClientLike {
  query(query: PostgresQuery): Promise<{ readonly rows: unknown[][] }>;
  /** Gives it back to its pool; with an error the connection is closed instead. */
  release(error?: Error): void;
  on(event: 'error', listener: (error: Error) => void): unknown;
  removeListener(event: 'error', listener: (error: Error) => void): unknown;
}

/** The least that the store needs of a pool; a `Pool` of `pg` has it. */
export interface PostgresPoolLike {
  connect(): Promise<PostgresClientLike>;
}

/** A pool that the store made itself and therefore closes. */
export interface OwnPostgresPool extends PostgresPoolLike {
  end(): Promise<void>;
}

/** A pool for other queries than those of the store: rows come as objects by the names of their columns. */
export interface PlainPostgresPool {
  connect(): Promise<PlainPostgresClient>;
  end(): Promise<void>;
}

/** A connection of such a pool. */
export interface PlainPostgresClient extends Omit<PostgresClientLike, 'query'> {
  query(query: { readonly text: string; readonly values: unknown[] }): Promise<PlainPostgresResult>;
}

/** What a statement gave. */
export interface PlainPostgresResult {
  /** The first word of the statement, in capitals; of a `commit` that could not be done `ROLLBACK`. */
  readonly command: string;
  /** Rows given or changed; null for statements that have none. */
  readonly rowCount: number | null;
  readonly rows: unknown[];
}

/** What connections of a pool are like. */
export interface PoolOptions {
  readonly url: string;
  /** How long a connection may take to come. */
  readonly timeoutMilliseconds: number;
  /** How long a statement may take at the server. Default: as long as a connection. */
  readonly statementMilliseconds?: number;
  /** Default 10. Every call needs one for the length of its query. */
  readonly maxConnections?: number;
  /** Parameters of the server for these connections (`set`), such as `search_path`. */
  readonly parameters?: Readonly<Record<string, string>>;
  /** Numbers of 64 bits come as numbers, exact up to 2^53, in place of text. Default false. */
  readonly bigintAsNumber?: boolean;
}
