import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { rm, writeFile } from 'node:fs/promises';
import { createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { inspect } from 'node:util';
import { startPostgresServer, type TestPostgresServer } from '@latchkey/testkit';
import { Pool } from 'pg';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { expectNothingBack, hammer } from '../../../test/hammer.ts';
import { realm } from '../../../test/realm.ts';
import { keyAt, sessionRecord, signInRecord, slotAt } from '../../../test/records.ts';
import { isUnavailable, whenWorking } from '../../../test/store-away.ts';
import { LatchkeyError } from '../../errors.ts';
import type { SessionStore, Slot, StoreKey } from '../../session-store.ts';
import { openStore } from '../open-store.ts';
import { createPostgresStore, type PostgresStoreOptions } from './postgres.ts';

const program = process.env['LATCHKEY_TEST_POSTGRES'];
const givenUrl = process.env['DATABASE_URL'];
const startServer = (args: readonly string[] = []): Promise<TestPostgresServer> =>
  startPostgresServer({ ...(program !== undefined && { program }), args });

let server: TestPostgresServer | null = null;
let url = givenUrl ?? '';
let admin: Pool;

/** For all tests that do not stop it. */
beforeAll(async () => {
  if (givenUrl === undefined) {
    server = await startServer();
    url = server.url;
  }
  admin = new Pool({ connectionString: url, max: 3 });
});
afterAll(async () => {
  await admin.end();
  await server?.stop();
});

function newPrefix(): string {
  return `test_${randomBytes(6).toString('hex')}_`;
}

const tables = ['sessions', 'slots', 'once', 'reports'] as const;

async function dropTables(prefix: string): Promise<void> {
  for (const table of tables) await admin.query(`drop table if exists ${prefix}${table}`);
  await admin.query(`drop function if exists ${prefix}tell()`);
}

async function countRows(prefix: string, table: (typeof tables)[number]): Promise<number> {
  const { rows } = await admin.query<{ count: string }>(`select count(*) from ${prefix}${table}`);
  return Number(rows[0]?.count);
}

const slot = slotAt(1);
const key = keyAt(1);
const session = sessionRecord();
const signIn = signInRecord();

/** A store on tables of its own, for this test alone. */
async function open(
  options: Partial<PostgresStoreOptions> = {},
): Promise<{ store: SessionStore; prefix: string }> {
  const prefix = options.prefix ?? newPrefix();
  const place = options.pool === undefined ? { url } : {};
  const store = await createPostgresStore({ ...place, prefix, ...options });
  onTestFinished(async () => {
    await store.close();
    await dropTables(prefix);
  });
  return { store, prefix };
}

/** A server and a store on it, for this test alone. */
async function start(
  options: Partial<PostgresStoreOptions> = {},
): Promise<{ server: TestPostgresServer; store: SessionStore }> {
  const own = await startServer();
  onTestFinished(() => own.stop());
  const store = await createPostgresStore({ url: own.url, ...options });
  onTestFinished(() => store.close());
  return { server: own, store };
}

async function signedIn(store: SessionStore): Promise<void> {
  expect(await store.createSignIn(slot, signIn, realm)).toBe('created');
  expect(await store.create(key, session)).toBe('created');
}

test('a crash of the server rejects calls, and all goes on by itself when it is back', async () => {
  const { server, store } = await start({ timeoutMilliseconds: 500 });
  await signedIn(store);
  await server.crash();
  const calls = [
    store.read(key),
    store.create(`${key.slice(0, -1)}w` as StoreKey, session),
    store.replace(key, '{}', 1),
    store.touch(key, 600),
    store.endSignIn(slot, 'sign-out'),
    store.readReports(realm, 1),
    store.ping(),
  ];
  for (const call of await Promise.allSettled(calls)) {
    expect(call).toMatchObject({ status: 'rejected', reason: isUnavailable });
  }
  await server.start();
  const reading = await whenWorking(async () => store.read(key));
  expect(reading?.session.data).toBe('{"cart":[]}');
  expect(await whenWorking(() => store.replace(key, '{"cart":[1]}', 1))).toBe('saved');
});

test('a restart shorter than the time-out is only slow', async () => {
  const { server, store } = await start({ timeoutMilliseconds: 30_000 });
  await signedIn(store);
  await server.crash();
  const reading = store.read(key);
  const written = store.replace(key, '{"cart":[1]}', 1);
  const created = store.create(`${key.slice(0, -1)}w` as StoreKey, session);
  const ended = store.endSignIn('zyxwvutsrqponmlk' as Slot, 'sign-out', { realm, report: true });
  await server.start();
  expect((await reading)?.signIn?.account.name).toBe('Ada');
  expect(await written).toBe('saved');
  expect(await created).toBe('created');
  await ended;
  expect(await store.readReports(realm, 10)).toHaveLength(1);
});

test('a server that takes no writes rejects them, and takes them by itself later', async () => {
  const { server, store } = await start({ timeoutMilliseconds: 300 });
  await signedIn(store);
  const own = new Pool({ connectionString: server.url });
  onTestFinished(() => own.end());
  await own.query('alter system set default_transaction_read_only = on');
  await own.query('select pg_reload_conf()');
  while ((await store.replace(key, '{}', 99).catch(() => null)) !== null) await sleep(20);
  await expect(store.replace(key, '{}', 1)).rejects.toThrow(isUnavailable);
  expect((await store.read(key))?.session.version).toBe(1);
  await own.query('set default_transaction_read_only = off');
  await own.query('alter system reset default_transaction_read_only');
  await own.query('select pg_reload_conf()');
  expect(await whenWorking(() => store.replace(key, '{}', 1))).toBe('saved');
});

test('a standby is not asked: what it knows may be older than an ending', async () => {
  const { server, store } = await start({ timeoutMilliseconds: 300 });
  await signedIn(store);
  const own = new Pool({ connectionString: server.url });
  own.on('error', () => undefined);
  onTestFinished(() => own.end());
  const { rows } = await own.query<{ data_directory: string }>('show data_directory');
  const signal = join(rows[0]?.data_directory ?? '', 'standby.signal');
  await server.crash();
  await writeFile(signal, '');
  await server.start();
  await expect(store.read(key)).rejects.toThrow(isUnavailable);
  const { rows: found } = await own.query('select version from latchkey_sessions');
  expect(found).toEqual([{ version: '1' }]);
  await server.crash();
  await rm(signal);
  await server.start();
  expect((await whenWorking(async () => store.read(key)))?.session.version).toBe(1);
});

test('a store can be made before its server is there', async () => {
  const own = await startServer();
  onTestFinished(() => own.stop());
  await own.crash();
  const store = await createPostgresStore({ url: own.url, timeoutMilliseconds: 500 });
  onTestFinished(() => store.close());
  await expect(store.ping()).rejects.toThrow(isUnavailable);
  await own.start();
  await whenWorking(() => store.ping());
  await signedIn(store);
});

test('calls that the server holds up reject, the server lets go of them, and others go on', async () => {
  const { store: patient, prefix } = await open({ timeoutMilliseconds: 20_000 });
  await signedIn(patient);
  const { store } = await open({ prefix, timeoutMilliseconds: 300 });
  const blocker = await admin.connect();
  await blocker.query(`begin; lock table ${prefix}sessions in access exclusive mode`);
  const held = Array.from({ length: 30 }, async () => store.read(key));
  held.push(store.replace(key, '{}', 1).then(() => null));
  for (const call of await Promise.allSettled(held)) {
    expect(call).toMatchObject({ status: 'rejected', reason: isUnavailable });
  }
  expect((await whenWorking(() => store.readSignIn(slot)))?.signIn.id).toBe('sign-in');
  const waiting = async (): Promise<number> => {
    const { rows } = await blocker.query<{ count: string }>(
      `select count(*) from pg_locks where not granted and relation = '${prefix}sessions'::regclass`,
    );
    return Number(rows[0]?.count);
  };
  while ((await waiting()) > 0) await sleep(20);
  await blocker.query('rollback');
  blocker.release();
  expect((await whenWorking(async () => store.read(key)))?.session.version).toBe(1);
});

test('a stall shorter than the time-out is only slow', async () => {
  const { store, prefix } = await open({ timeoutMilliseconds: 30_000 });
  await signedIn(store);
  const blocker = await admin.connect();
  await blocker.query(`begin; lock table ${prefix}sessions in access exclusive mode`);
  const reading = store.read(key);
  const created = store.create(`${key.slice(0, -1)}w` as StoreKey, session);
  await sleep(300);
  await blocker.query('rollback');
  blocker.release();
  expect((await reading)?.session.scope).toBe('shop');
  expect(await created).toBe('created');
});

test('a server that takes connections and never says a word rejects calls', async () => {
  const sockets = new Set<Socket>();
  const silent = createServer((socket) => void sockets.add(socket)).listen(0, '127.0.0.1');
  await once(silent, 'listening');
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    silent.close();
  });
  const { port } = silent.address() as { port: number };
  const silentUrl = `postgres://u:horse-battery@127.0.0.1:${port}/db`;
  const store = await createPostgresStore({ url: silentUrl, timeoutMilliseconds: 100 });
  await expect(store.read(key)).rejects.toThrow(isUnavailable);
  await expect(store.endSignIn(slot, 'sign-out')).rejects.toThrow(isUnavailable);
  await store.close();
});

test('connections that an administrator ends are replaced', async () => {
  const { store } = await open();
  await signedIn(store);
  await Promise.all(Array.from({ length: 20 }, () => store.read(key)));
  await admin.query(`select pg_terminate_backend(pid) from pg_stat_activity
    where application_name = 'latchkey' and pid <> pg_backend_pid()`);
  const readings = Array.from({ length: 20 }, () => whenWorking(async () => store.read(key)));
  for (const reading of await Promise.all(readings)) expect(reading?.signIn?.id).toBe('sign-in');
});

test('a store has ten connections at most, and they wait for nobody for ever', async () => {
  const { store, prefix } = await open({ timeoutMilliseconds: 2000 });
  await signedIn(store);
  const readings = await Promise.all(Array.from({ length: 500 }, () => store.read(key)));
  expect(readings.every((reading) => reading?.signIn?.id === 'sign-in')).toBe(true);
  const { rows } = await admin.query<{ count: string }>(
    `select count(*) from pg_stat_activity where query like '%${prefix}%'
      and application_name = 'latchkey'`,
  );
  expect(Number(rows[0]?.count)).toBeLessThanOrEqual(10);
});

test('processes that start together on an empty database all can', async () => {
  const prefix = newPrefix();
  onTestFinished(() => dropTables(prefix));
  const slots = [{ slot, key }];
  const reports = await Promise.all(
    [1, 2, 3, 4].map((seed) => hammer({ url, prefix, slots, rounds: 20, seed })),
  );
  for (const report of reports) expect(report.failure).toBe(undefined);
  expect(await countRows(prefix, 'reports')).toBe(0);
});

test('stores that start together in one process all can', async () => {
  const prefix = newPrefix();
  onTestFinished(() => dropTables(prefix));
  const stores = await Promise.all(
    Array.from({ length: 8 }, () => createPostgresStore({ url, prefix })),
  );
  await Promise.all(stores.map((store) => store.ping()));
  await Promise.all(stores.map((store) => store.close()));
});

test('tables that were dropped meanwhile are made again, and what was in them has ended', async () => {
  const { store, prefix } = await open();
  await signedIn(store);
  await dropTables(prefix);
  expect(await store.read(key)).toBe(null);
  await signedIn(store);
});

test('ending a sign-in leaves a tombstone, and no session in the tables but what was replaced', async () => {
  const { store, prefix } = await open();
  await signedIn(store);
  const visitor = '{ponmlkjihgfedcba}:abcdefghijklmnopqrstuv' as StoreKey;
  await store.create(visitor, { ...session, signedIn: false });
  await store.create(`${key}2` as StoreKey, session);
  expect(await store.rotate(key, `${key}3` as StoreKey)).toBe('rotated');
  expect(await countRows(prefix, 'sessions')).toBe(4);
  await store.endSignIn(slot, 'sign-out');
  const left = await admin.query(`select key, format from ${prefix}sessions order by format`);
  expect(left.rows).toEqual([
    { key, format: -1 },
    { key: visitor, format: 1 },
  ]);
  const { rows } = await admin.query(
    `select format, fixed, body, owner from ${prefix}slots where slot = $1`,
    [slot],
  );
  expect(rows).toEqual([{ format: 0, fixed: null, body: null, owner: null }]);
});

test('of processes that rotate and write, none loses a session, nor a write that was confirmed', async () => {
  const { store, prefix } = await open();
  await signedIn(store);
  const handles = await Promise.all(
    Array.from(
      { length: 4 },
      async () => (await open({ prefix, timeoutMilliseconds: 20_000 })).store,
    ),
  );
  let saved = 0;
  /** As browsers do: with the id that is known, and where that was replaced with the one that replaced it. */
  const present = async (handle: SessionStore): Promise<StoreKey> => {
    let at = key;
    for (;;) {
      const retired = await handle.findRetired(at);
      if (retired?.kind !== 'replaced') return at;
      at = retired.successor;
    }
  };
  const write = async (handle: SessionStore, name: string): Promise<void> => {
    for (;;) {
      const at = await present(handle);
      const reading = await handle.read(at);
      if (reading === null) continue;
      const data = { ...(JSON.parse(reading.session.data) as object), [name]: 1 };
      const text = JSON.stringify(data);
      if ((await handle.replace(at, text, reading.session.version)) !== 'saved') continue;
      saved += 1;
      return;
    }
  };
  const rotate = async (handle: SessionStore): Promise<void> => {
    const successor = `{${slot}}:${randomBytes(16).toString('base64url')}` as StoreKey;
    await handle.rotate(await present(handle), successor);
  };
  await Promise.all([
    ...handles.flatMap((handle, who) =>
      Array.from({ length: 10 }, (_, time) => write(handle, `k${who}-${time}`)),
    ),
    ...handles.map(rotate),
  ]);
  expect(saved).toBe(40);
  const reading = await store.read(await present(store));
  expect(Object.keys(JSON.parse(reading?.session.data ?? '{}') as object)).toHaveLength(41);
});

test('processes that write and end on one database bring nothing back', async () => {
  const { store, prefix } = await open();
  await expectNothingBack(store, { url, prefix, sessions: 40, rounds: 400 });
});

test('of 50 sessions made at once over five handles with one one-time id, one is made', async () => {
  const { store, prefix } = await open();
  const patience = { timeoutMilliseconds: 20_000 };
  await store.createSignIn(slot, signIn, realm);
  const handles = await Promise.all(
    Array.from({ length: 5 }, async () => (await open({ prefix, ...patience })).store),
  );
  const use = { id: randomBytes(12).toString('base64url'), seconds: 60 };
  const answers = await Promise.all(
    Array.from({ length: 50 }, (_, turn) => {
      const own = `{${slot}}:${randomBytes(16).toString('base64url')}` as StoreKey;
      return handles[turn % 5]?.create(own, session, use);
    }),
  );
  expect(answers.filter((answer) => answer === 'created')).toHaveLength(1);
  expect(answers.filter((answer) => answer === 'used')).toHaveLength(49);
  expect(await countRows(prefix, 'sessions')).toBe(1);
});

test('a one-time id is not spent where two make a session at one key', async () => {
  const { store, prefix } = await open({ timeoutMilliseconds: 20_000 });
  await store.createSignIn(slot, signIn, realm);
  for (let round = 0; round < 20; round += 1) {
    const at = `{${slot}}:${randomBytes(16).toString('base64url')}` as StoreKey;
    const uses = Array.from({ length: 5 }, (_, turn) => ({
      id: `id-${round}-${turn}`,
      seconds: 60,
    }));
    const answers = await Promise.all(uses.map((use) => store.create(at, session, use)));
    expect([...answers].sort()).toEqual(['created', 'ended', 'ended', 'ended', 'ended']);
    for (const [turn, use] of uses.entries()) {
      const expected = answers[turn] === 'created' ? 'used' : 'taken';
      expect(await store.takeOnce(slot, use)).toBe(expected);
    }
  }
  expect(await countRows(prefix, 'sessions')).toBe(20);
});

test('no text that is given reaches the server as SQL', async () => {
  const { store, prefix } = await open();
  await signedIn(store);
  const hostile = [
    `'; drop table ${prefix}sessions; --`,
    `' or '1'='1`,
    `\\'; delete from ${prefix}slots; --`,
    `$1); drop table ${prefix}once; --`,
    `%_"'\`\\`,
  ];
  for (const text of hostile) {
    const odd = `{${text.padEnd(16, 'x').slice(0, 16)}}:${text}` as StoreKey;
    const oddSlot = text as Slot;
    expect(await store.read(odd)).toBe(null);
    expect(await store.replace(odd, text, 1)).toBe('ended');
    expect(await store.replace(key, '{}', text as unknown as number).catch(() => 'refused')).toBe(
      'refused',
    );
    await store.touch(odd, 600);
    expect(await store.end(odd)).toBe('gone');
    expect(await store.createSignIn(oddSlot, { ...signIn, id: text }, realm)).toBe('created');
    expect(await store.takeOnce(oddSlot, { id: text, seconds: 60 })).toBe('taken');
    expect((await store.readSignIn(oddSlot))?.signIn.id).toBe(text);
    await store.endSignIn(oddSlot, text as 'sign-out', { realm, report: true });
    await store.dropReports(realm, [text]);
  }
  expect((await store.readReports(realm, 10)).map(({ slot }) => slot)).toEqual(hostile);
  expect((await store.read(key))?.session.version).toBe(1);
  expect(await countRows(prefix, 'sessions')).toBe(1 + hostile.length);
});

test('what has expired is swept away, a bounded number of rows at a time', async () => {
  const { store, prefix } = await open();
  await store.ping();
  await admin.query(`insert into ${prefix}sessions
    (key, format, version, fixed, data, expires_at)
    select 'old-' || n, 0, 0, '', '', now() - interval '1 second' from generate_series(1, 300) n`);
  await store.createSignIn(slot, signIn, realm);
  while ((await countRows(prefix, 'sessions')) === 300) await sleep(20);
  expect(await countRows(prefix, 'sessions')).toBe(236);
  for (let made = 0; (await countRows(prefix, 'sessions')) >= 64; made += 1) {
    await store.takeOnce(slot, { id: `id-${made}`, seconds: 60 });
  }
  expect((await store.readSignIn(slot))?.signIn.id).toBe('sign-in');
});

test('lives run out on the server, and an idle slot stays gone', async () => {
  const { store } = await open();
  const visitor = `{ponmlkjihgfedcba}:abcdefghijklmnopqrstuv` as StoreKey;
  await store.createSignIn(slot, { ...signIn, idleSeconds: 1 }, realm);
  await store.create(key, session);
  await store.create(visitor, { ...session, signedIn: false, absoluteSeconds: 1 });
  while ((await store.read(key)) !== null) await sleep(50);
  while ((await store.read(visitor)) !== null) await sleep(50);
  await store.touch(key, 600);
  expect(await store.read(key)).toBe(null);
});

test('the clock is the server’s, whatever the local one says', async () => {
  const hour = 3_600_000;
  const { store } = await open({ now: () => Date.now() + hour });
  await signedIn(store);
  expect(Math.abs(store.now() - Date.now())).toBeLessThan(hour / 2);
  expect(Math.abs(((await store.read(key))?.usedAt ?? 0) - Date.now())).toBeLessThan(hour / 2);
});

test('a database whose transactions see one moment only keeps every rule', async () => {
  const pool = new Pool({
    connectionString: url,
    options: '-c default_transaction_isolation=serializable',
  });
  onTestFinished(() => pool.end());
  const { store } = await open({ pool, timeoutMilliseconds: 20_000 });
  await signedIn(store);
  const answers = await Promise.all(
    Array.from({ length: 20 }, (_, turn) => store.replace(key, `{"turn":${turn}}`, 1)),
  );
  expect(answers.filter((answer) => answer === 'saved')).toHaveLength(1);
  expect(answers.filter((answer) => answer === 'outdated')).toHaveLength(19);
});

test('neither a wrong password nor the right one gets into an error', async () => {
  const own = await startServer();
  onTestFinished(() => own.stop());
  const errors: unknown[] = [];
  for (const password of [own.password, 'wrong-horse-battery']) {
    const store = await createPostgresStore({
      url: own.url.replace(own.password, password),
      timeoutMilliseconds: 300,
    });
    onTestFinished(() => store.close());
    if (password === own.password) {
      await store.ping();
      await own.crash();
      errors.push(await store.ping().catch((error: unknown) => error));
      await own.start();
    } else {
      errors.push(await store.ping().catch((error: unknown) => error));
    }
    await store.close();
    errors.push(await store.ping().catch((error: unknown) => error));
  }
  expect(errors).toHaveLength(4);
  for (const error of errors) {
    expect(error).toBeInstanceOf(LatchkeyError);
    const shown = `${inspect(error, { depth: 9, showHidden: true })} ${(error as Error).stack}`;
    expect(shown).not.toContain(own.password);
    expect(shown).not.toContain('horse-battery');
  }
});

test('a role that may not make tables may use those that are there', async () => {
  const role = newPrefix();
  const { store, prefix } = await open();
  await signedIn(store);
  await admin.query(`create role ${role} login password 'guest'; create schema ${role}`);
  onTestFinished(async () => {
    await admin.query(`drop owned by ${role}; drop schema ${role}; drop role ${role}`);
  });
  const guestUrl = new URL(url);
  guestUrl.username = role;
  guestUrl.password = 'guest';
  const refused = await createPostgresStore({ url: guestUrl.href, schema: role });
  onTestFinished(() => refused.close());
  await expect(refused.ping()).rejects.toThrow('must be allowed to make its tables');
  for (const table of tables) {
    await admin.query(`grant select, insert, update, delete on ${prefix}${table} to ${role}`);
  }
  const guest = await createPostgresStore({ url: guestUrl.href, prefix });
  onTestFinished(() => guest.close());
  expect((await guest.read(key))?.signIn?.id).toBe('sign-in');
  await guest.endSignIn(slot, 'sign-out', { realm, report: true });
  expect(await store.read(key)).toBe(null);
});

test('a schema of its own is used when it is there', async () => {
  const schema = newPrefix();
  await admin.query(`create schema ${schema}`);
  onTestFinished(async () => void (await admin.query(`drop schema ${schema} cascade`)));
  const store = await createPostgresStore({ url, schema });
  onTestFinished(() => store.close());
  await signedIn(store);
  const { rows } = await admin.query(`select 1 from ${schema}.latchkey_sessions`);
  expect(rows).toHaveLength(1);
});

test('a pool of the caller is used and left open', async () => {
  const pool = new Pool({ connectionString: url });
  onTestFinished(() => pool.end());
  const { store } = await open({ pool });
  await signedIn(store);
  expect((await store.read(key))?.signIn?.id).toBe('sign-in');
  await store.close();
  await expect(store.read(key)).rejects.toThrow(isUnavailable);
  expect((await pool.query('select 1 as one')).rows).toEqual([{ one: 1 }]);
});

test('a URL opens it', async () => {
  const prefix = newPrefix();
  onTestFinished(() => dropTables(prefix));
  const store = await openStore(url, { prefix });
  await store.ping();
  await store.close();
});
