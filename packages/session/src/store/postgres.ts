import { LatchkeyError } from '../errors.ts';
import type { SessionRecord, SessionStore, Slot, StoreKey } from '../session-store.ts';
import { maxRotationsFollowed, slotOf } from '../session-store.ts';
import { loadPostgresClient } from './postgres-connection.ts';
import { isForbidden } from './postgres-failure.ts';
import type { OwnPostgresPool, PostgresPoolLike } from './postgres-pool.ts';
import { movedToIn, partsOf, readingIn, reportIn, signInIn } from './postgres-rows.ts';
import {
  type Ask,
  createPostgresSender,
  type Outcome,
  type PostgresSender,
} from './postgres-send.ts';
import { createStatements, type PostgresStatements } from './postgres-statements.ts';
import { createPostgresSweeper } from './postgres-sweep.ts';
import { nameTables } from './postgres-tables.ts';
import { readPostgresUrl } from './postgres-url.ts';
import { encodeSession, encodeSignIn, encodeSignInBody } from './record.ts';
import { createServerClock } from './server-clock.ts';
import { storeUnavailable } from './store-unavailable.ts';

export type { PostgresClientLike, PostgresPoolLike, PostgresQuery } from './postgres-pool.ts';

export interface PostgresStoreOptions {
  /**
   * `postgres://user:password@host:5432/database`, with `?sslmode=verify-full` for TLS. Either this or `pool`. The store
   * opens ten connections at most, and none to a standby.
   */
  readonly url?: string;
  /**
   * A `Pool` of `pg` of your own, closed by you. It must lead to the primary; its time limits are yours, and a query that
   * timed out here may still be carried out later.
   */
  readonly pool?: PostgresPoolLike;
  /** Before the name of every table: up to 40 small letters, digits and `_`. Default `latchkey_`. */
  readonly prefix?: string;
  /** Where the tables lie; it must exist. Default: the first schema on the role's search path. */
  readonly schema?: string;
  /** Milliseconds after which a call gives up: 50 to 60,000. Default 2000. A shorter stall is only slow. */
  readonly timeoutMs?: number;
  /** The local clock, milliseconds since 1970; corrected by the server's. Default `Date.now`. */
  readonly now?: () => number;
}

/**
 * Sessions in PostgreSQL (13 or newer, encoding UTF8), for apps on many machines that have it anyway. The store makes its
 * four tables when they are missing. `read` is one prepared query; writes wait for the disk as the server is set to.
 * Resolves once connected, at the latest after `timeoutMs`: also when the server is out of reach, and then goes on
 * trying. Rejects with `option_invalid` and, when `pg` is not installed, with `store_client_missing`.
 */
export async function createPostgresStore(options: PostgresStoreOptions): Promise<SessionStore> {
  const { prefix = 'latchkey_', schema, timeoutMs = 2000, now = Date.now } = options;
  checkOptions(options, timeoutMs);
  const tables = nameTables(prefix, schema);
  const statements = createStatements(tables);
  const { pool, describe } = await openPool(options, timeoutMs);
  const sender = guard(createPostgresSender(pool, tables, timeoutMs), describe);
  const clock = createServerClock(
    now,
    async () => (await sender.send(statements.readTime, [], true))[0],
  );
  await clock.measure(true).catch(() => undefined);
  const sweeper = createPostgresSweeper(sender, statements);
  let closing: Promise<void> | null = null;
  async function close(): Promise<void> {
    clock.stop();
    sender.close();
    await sweeper.settled();
    await pool.close();
  }
  return {
    now: clock.now,
    ...sessionMethods(sender, statements, sweeper.afterWrite),
    ...signInMethods(sender, statements, sweeper.afterWrite),
    ...otherMethods(sender, statements),
    close() {
      closing ??= close();
      return closing;
    },
  };
}

function checkOptions(options: PostgresStoreOptions, timeoutMs: number): void {
  const refuse = (message: string): never => {
    throw new LatchkeyError('option_invalid', message);
  };
  if ((options.url === undefined) === (options.pool === undefined)) {
    refuse('The Postgres store takes either a url or a pool.');
  }
  if (!Number.isSafeInteger(timeoutMs) || timeoutMs < 50 || timeoutMs > 60_000) {
    refuse('timeoutMs must be a whole number from 50 to 60000.');
  }
}

interface OpenPool {
  readonly pool: PostgresPoolLike & { close(): Promise<void> };
  readonly describe: string;
}

async function openPool(options: PostgresStoreOptions, timeoutMs: number): Promise<OpenPool> {
  const { pool: borrowed } = options;
  if (borrowed !== undefined) {
    const pool = { connect: () => borrowed.connect(), close: async () => undefined };
    return { pool, describe: 'The Postgres session store (on a pool passed in)' };
  }
  const { url, address } = readPostgresUrl(options.url ?? '');
  const open = await loadPostgresClient();
  const own = open(url, timeoutMs);
  const pool = { connect: () => own.connect(), close: () => endInTime(own, timeoutMs) };
  return { pool, describe: `The Postgres session store (${address})` };
}

/** A server that stands still does not say goodbye. */
async function endInTime(pool: OwnPostgresPool, timeoutMs: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, timeoutMs);
  });
  await Promise.race([pool.end(), late]);
  clearTimeout(timer);
}

/** A sender whose errors are those of a store. */
type StoreSender = PostgresSender & { close(): void };

function guard(sender: PostgresSender, describe: string): StoreSender {
  let isOpen = true;
  async function attempt<T>(work: () => Promise<T>): Promise<T> {
    if (!isOpen) throw storeUnavailable(`${describe} was closed.`, new Error('Closed.'));
    try {
      return await work();
    } catch (cause) {
      const advice = isForbidden(cause)
        ? 'must be allowed to make its tables, or to use those that an administrator made'
        : 'is not available';
      throw storeUnavailable(`${describe} ${advice}; the cause tells why.`, cause);
    }
  }
  return {
    send: (...args) => attempt(() => sender.send(...args)),
    together: (...args) => attempt(() => sender.together(...args)),
    transact: (...args) => attempt(() => sender.transact(...args)),
    close() {
      isOpen = false;
    },
  };
}

type SessionMethods = Pick<
  SessionStore,
  'read' | 'create' | 'replace' | 'rotate' | 'end' | 'touch'
>;

function sessionMethods(
  sender: PostgresSender,
  statements: PostgresStatements,
  afterWrite: () => void,
): SessionMethods {
  return {
    read: (asked) =>
      following(asked, async (key) => {
        const [row] = await sender.send(statements.read, [key, slotOf(key)], true);
        const movedTo = movedToIn(row);
        return { answer: movedTo === null ? readingIn(key, row) : null, movedTo };
      }),
    async create(key, record, once) {
      const { fixed, body } = partsOf(encodeSession({ ...record, version: 1 }));
      const values: unknown[] = [key, slotOf(key), fixed, body];
      values.push(milliseconds(record.absoluteSeconds), record.signedIn);
      values.push(once?.id ?? null, milliseconds(once?.seconds ?? 0), ...keysOf(slotOf(key)));
      const answer = await sender.transact<'created' | 'used' | 'ended'>(async (ask) => {
        if (!(await holdSlot(ask, statements, key, record))) return rolledBack('ended');
        const [row] = await ask(statements.createSession, values);
        const [isFree, isTaken, isMade] = row ?? [];
        if (isMade === true) return { answer: 'created', keep: true };
        return rolledBack(isFree === true && once && isTaken !== true ? 'used' : 'ended');
      }, false);
      afterWrite();
      return answer;
    },
    replace: (asked, data, readVersion) =>
      sender.together(
        (ask) =>
          following(asked, async (key) => {
            const values = [key, slotOf(key), data, readVersion];
            const saved = await ask(statements.replaceSession, values);
            if (saved.length > 0) return { answer: 'saved', movedTo: null };
            const state = await stateOf(ask, statements, key);
            return { answer: state.isLive ? 'outdated' : 'ended', movedTo: state.movedTo };
          }),
        true,
      ),
    rotate: (key, successor) =>
      sender.together(async (ask) => {
        if (slotOf(successor) !== slotOf(key)) return 'ended';
        const rotated = await ask(statements.rotateSession, [key, slotOf(key), successor]);
        if (rotated.length > 0) return 'rotated';
        const passed: (StoreKey | null)[] = [];
        const isLive = await following(key, async (at) => {
          const state = await stateOf(ask, statements, at);
          passed.push(state.movedTo);
          return { answer: state.isLive, movedTo: state.movedTo };
        });
        const [movedTo = null] = passed;
        if (!isLive || movedTo === null) return 'ended';
        // By this very call, whose answer was lost?
        return movedTo === successor ? 'rotated' : 'moved';
      }, true),
    end: (asked, readVersion) =>
      sender.together(async (ask) => {
        const passed: StoreKey[] = [];
        const answer = await following<'ended' | 'outdated'>(asked, async (key) => {
          const values = [key, slotOf(key), readVersion ?? null];
          const ended = await ask(statements.endSession, values);
          if (ended.length > 0) return { answer: 'ended', movedTo: null };
          const state = await stateOf(ask, statements, key);
          if (state.movedTo !== null) passed.push(key);
          return { answer: state.isLive ? 'outdated' : 'ended', movedTo: state.movedTo };
        });
        if (answer === 'ended' && passed.length > 0) await ask(statements.endPointers, [passed]);
        return answer;
      }, true),
    touch: (asked, idleSeconds) =>
      sender.together(
        (ask) =>
          following(asked, async (key) => {
            const values = [key, slotOf(key), milliseconds(idleSeconds)];
            const touched = await ask(statements.touch, values);
            if (touched.length > 0) return { answer: undefined, movedTo: null };
            return { answer: undefined, movedTo: (await stateOf(ask, statements, key)).movedTo };
          }),
        true,
      ),
  };
}

/** What lies at a key where a write found no session that it could write to. */
async function stateOf(
  ask: Ask,
  statements: PostgresStatements,
  key: StoreKey,
): Promise<{ readonly isLive: boolean; readonly movedTo: StoreKey | null }> {
  const [row] = await ask(statements.sessionState, [key, slotOf(key)]);
  const movedTo = movedToIn(row);
  return { isLive: row !== undefined && movedTo === null, movedTo };
}

/** Does something at a key or, where that was rotated, at its successor: whoever rotates meanwhile changes nothing of it. */
async function following<T>(
  asked: StoreKey,
  work: (key: StoreKey) => Promise<{ readonly answer: T; readonly movedTo: StoreKey | null }>,
): Promise<T> {
  let at = await work(asked);
  for (let steps = 0; at.movedTo !== null && steps < maxRotationsFollowed; steps += 1) {
    at = await work(at.movedTo);
  }
  return at.answer;
}

/** Locks the slot for a new session until the transaction ends. False: no session may be made there. */
async function holdSlot(
  ask: Ask,
  statements: PostgresStatements,
  key: StoreKey,
  record: SessionRecord,
): Promise<boolean> {
  const slot = slotOf(key);
  if (!record.signedIn) {
    const values = [slot, milliseconds(record.idleSeconds)];
    if ((await ask(statements.holdAnonymous, values)).length > 0) return true;
  }
  return (await ask(statements.holdSignIn, [slot])).length > 0;
}

function rolledBack<T>(answer: T): Outcome<T> {
  return { answer, keep: false };
}

type SignInMethods = Pick<
  SessionStore,
  'createSignIn' | 'readSignIn' | 'listSignIns' | 'replaceSignIn' | 'endSignIn' | 'takeOnce'
>;

function signInMethods(
  sender: PostgresSender,
  statements: PostgresStatements,
  afterWrite: () => void,
): SignInMethods {
  return {
    async createSignIn(slot, record) {
      const { fixed, body } = partsOf(encodeSignIn({ ...record, version: 1 }));
      const lives = [milliseconds(record.idleSeconds), milliseconds(record.absoluteSeconds)];
      const made = await sender.send(statements.createSignIn, [slot, fixed, body, ...lives], false);
      afterWrite();
      return made.length > 0 ? 'created' : 'ended';
    },
    async readSignIn(slot) {
      const [row] = await sender.send(statements.readSignIn, [slot], true);
      const found = signInIn(row);
      return found && { signIn: found.signIn, usedAt: found.usedAt };
    },
    async listSignIns(accountId, limit) {
      const values = [JSON.stringify(accountId).slice(1, -1), limit];
      const rows = await sender.send(statements.listSignIns, values, true);
      const found = rows.map(signInIn).filter((one) => one !== null);
      // The index knows the beginning of an id only.
      return found.filter(({ signIn }) => signIn.account.id === accountId);
    },
    replaceSignIn: (slot, record, readVersion) =>
      sender.together(async (ask) => {
        const values = [slot, encodeSignInBody(record), readVersion];
        if ((await ask(statements.replaceSignIn, values)).length > 0) return 'saved';
        return (await ask(statements.readSignIn, [slot])).length > 0 ? 'outdated' : 'ended';
      }, true),
    endSignIn: (slot, cause, options) =>
      sender.transact(async (ask) => {
        await ask(statements.endSignIn, [slot, cause, options?.report === true]);
        // After the tombstone and apart from it: sessions that were being made until then are seen now.
        await ask(statements.dropSessions, keysOf(slot));
        return { answer: undefined, keep: true };
      }, true),
    async takeOnce(slot, once) {
      const values = [slot, once.id, milliseconds(once.seconds)];
      const [row] = await sender.send(statements.takeOnce, values, false);
      afterWrite();
      const [hasSignIn, isTaken] = row ?? [];
      if (hasSignIn !== true) return 'ended';
      return isTaken === true ? 'taken' : 'used';
    },
  };
}

/** Where the keys of a slot begin, and where they have ended: `;` is the character after the colon. */
function keysOf(slot: Slot): [string, string] {
  return [`{${slot}}:`, `{${slot}};`];
}

type OtherMethods = Pick<SessionStore, 'readReports' | 'dropReports' | 'ping'>;

function otherMethods(sender: PostgresSender, statements: PostgresStatements): OtherMethods {
  return {
    readReports: async (limit) =>
      (await sender.send(statements.readReports, [limit], true)).map(reportIn),
    async dropReports(ids) {
      const known = ids.filter((id) => /^\d{1,18}$/.test(id));
      if (known.length > 0) await sender.send(statements.dropReports, [known], true);
    },
    async ping() {
      await sender.send(statements.ping, [], true);
    },
  };
}

/** Rounded up, so that no lifetime becomes nothing. */
function milliseconds(seconds: number): number {
  return Math.ceil(seconds * 1000);
}
