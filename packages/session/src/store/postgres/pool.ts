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
