import { setTimeout as sleep } from 'node:timers/promises';
import { withTimeout } from '../with-timeout.ts';
import { failureOf } from './failure.ts';
import type { PostgresClientLike, PostgresPoolLike } from './pool.ts';
import type { PostgresStatement } from './statements.ts';
import { findTables, makeTables, type PostgresTables } from './tables.ts';

/** Asks over the connection of one call; ends by the deadline of that call. */
export type Ask = (statement: PostgresStatement, values?: unknown[]) => Promise<unknown[][]>;

/** What a transaction answers, and whether what it wrote is to be kept. */
export interface Outcome<T> {
  readonly answer: T;
  readonly keep: boolean;
}

/**
 * Sends within a deadline, tries again what was not done, and rejects with what went wrong last. `isRepeatable`: doing
 * it twice is as good as once, so it is tried again after a lost connection too.
 */
export interface PostgresSender {
  send(
    statement: PostgresStatement,
    values: unknown[],
    isRepeatable: boolean,
  ): Promise<unknown[][]>;
  /** Several statements on one connection, each by itself. */
  together<T>(work: (ask: Ask) => Promise<T>, isRepeatable: boolean): Promise<T>;
  /** Several statements in one transaction. */
  transact<T>(work: (ask: Ask) => Promise<Outcome<T>>, isRepeatable: boolean): Promise<T>;
}

const firstPauseMilliseconds = 25;
const slowestPauseMilliseconds = 500;
/** Calls at once; each holds a request, so there is an end to how many wait for a connection. */
const maxCalls = 10_000;

/** What is known of the server between calls. */
interface Situation {
  /** By `performance.now()`; null while connections can be had. */
  unreachableSince: number | null;
  hasTables: boolean;
  calls: number;
}

/** Sends over a pool; each call gives up after `timeoutMilliseconds`. Makes the tables when they are missing. */
export function createPostgresSender(
  pool: PostgresPoolLike,
  tables: PostgresTables,
  timeoutMilliseconds: number,
): PostgresSender {
  const situation: Situation = { unreachableSince: null, hasTables: false, calls: 0 };

  async function call<T>(
    isRepeatable: boolean,
    work: (connection: Connection) => Promise<T>,
  ): Promise<T> {
    const deadline = performance.now() + timeoutMilliseconds;
    for (
      let pauseMilliseconds = firstPauseMilliseconds;
      ;
      pauseMilliseconds = Math.min(2 * pauseMilliseconds, slowestPauseMilliseconds)
    ) {
      let connection: Connection | null = null;
      try {
        connection = await openConnection(pool, situation, deadline);
        if (!situation.hasTables) await ensureTables(connection, tables);
        situation.hasTables = true;
        const answer = await work(connection);
        connection.giveBack();
        return answer;
      } catch (error) {
        connection?.giveUp(error);
        const failure = failureOf(error);
        if (failure === 'tables-gone') situation.hasTables = false;
        const mayBeDone = connection !== null && failure === 'unknown';
        const isHopeless =
          failure === 'final' || unreachableMilliseconds(situation) > timeoutMilliseconds;
        if (isHopeless || (mayBeDone && !isRepeatable)) throw error;
        if (deadline - performance.now() <= pauseMilliseconds) throw error;
      }
      await sleep(pauseMilliseconds);
    }
  }

  async function counted<T>(work: () => Promise<T>): Promise<T> {
    if (situation.calls >= maxCalls) throw new Error(`${maxCalls} calls are waiting already.`);
    situation.calls += 1;
    try {
      return await work();
    } finally {
      situation.calls -= 1;
    }
  }

  return {
    send: (statement, values, isRepeatable) =>
      counted(() => call(isRepeatable, ({ ask }) => ask(statement, values))),
    together: (work, isRepeatable) => counted(() => call(isRepeatable, ({ ask }) => work(ask))),
    transact: (work, isRepeatable) =>
      counted(() => call(isRepeatable, (connection) => inTransaction(connection, work))),
  };
}

function unreachableMilliseconds({ unreachableSince }: Situation): number {
  return unreachableSince === null ? 0 : performance.now() - unreachableSince;
}

async function ensureTables(connection: Connection, tables: PostgresTables): Promise<void> {
  // Looked for first: whoever may not make tables may still use them.
  const [row] = await connection.say(findTables(tables));
  if (row?.[0] !== true) await connection.say(makeTables(tables));
}

async function inTransaction<T>(
  connection: Connection,
  work: (ask: Ask) => Promise<Outcome<T>>,
): Promise<T> {
  await connection.say('begin isolation level read committed');
  const { answer, keep } = await work(connection.ask);
  await connection.say(keep ? 'commit' : 'rollback');
  return answer;
}

/** A connection of the pool, for one call. */
interface Connection {
  readonly ask: Ask;
  /** Plain text without values: several statements, or the bounds of a transaction. */
  say(text: string): Promise<unknown[][]>;
  giveBack(): void;
  /** Gives it back after an error: closed, unless the server merely refused one statement. */
  giveUp(error: unknown): void;
}

async function openConnection(
  pool: PostgresPoolLike,
  situation: Situation,
  deadline: number,
): Promise<Connection> {
  const client = await connectInTime(pool, deadline).catch((error: unknown) => {
    situation.unreachableSince ??= performance.now();
    throw error;
  });
  situation.unreachableSince = null;
  return holdConnection(client, deadline);
}

function holdConnection(client: PostgresClientLike, deadline: number): Connection {
  client.on('error', ignore);
  const release = (error?: Error): void => {
    client.removeListener('error', ignore);
    client.release(error);
  };
  let isPlain = true;
  return {
    async ask({ name, text }, values = []) {
      const asked = client.query({ name, text, values, rowMode: 'array' });
      return (await before(deadline, asked)).rows;
    },
    async say(text) {
      // An error might leave a transaction open.
      isPlain = false;
      const { rows } = await before(deadline, client.query({ text, rowMode: 'array' }));
      return rows;
    },
    giveBack: () => release(),
    giveUp(error) {
      const isGood = isPlain && !['unknown', 'elsewhere'].includes(failureOf(error));
      release(isGood ? undefined : asError(error));
    },
  };
}

/** A lost connection fails the query under way; without a listener it would end the process besides. */
function ignore(): void {}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}

/** A connection that comes too late goes back to its pool. */
async function connectInTime(
  pool: PostgresPoolLike,
  deadline: number,
): Promise<PostgresClientLike> {
  let isLate = false;
  const coming = pool.connect().then((client) => {
    if (isLate) client.release();
    return client;
  });
  try {
    return await before(deadline, coming);
  } catch (error) {
    isLate = true;
    throw error;
  }
}

function before<T>(deadline: number, work: Promise<T>): Promise<T> {
  return withTimeout(work, Math.max(1, Math.ceil(deadline - performance.now())));
}
