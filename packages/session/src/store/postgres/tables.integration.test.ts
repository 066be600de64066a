import { randomBytes } from 'node:crypto';
import { startPostgresServer, type TestPostgresServer } from '@latchkey/testkit';
import { Pool } from 'pg';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { realm } from '../../../test/realm.ts';
import { sessionRecord, signInRecord, slotAt } from '../../../test/records.ts';
import { isUnavailable, whenWorking } from '../../../test/store-away.ts';
import { ownerKey } from '../../realm.ts';
import type { SessionStore, Slot, StoreKey } from '../../session-store.ts';
import { createPostgresStore, type PostgresStoreOptions } from './postgres.ts';

const program = process.env['LATCHKEY_TEST_POSTGRES'];

let server: TestPostgresServer;
let admin: Pool;
beforeAll(async () => {
  server = await startPostgresServer(program === undefined ? {} : { program });
  admin = new Pool({ connectionString: server.url, max: 3 });
});
afterAll(async () => {
  await admin?.end();
  await server?.stop();
});

/** Tables of its own for each test. */
function newPrefix(): string {
  return `test_${randomBytes(6).toString('hex')}_`;
}

async function open(
  options: Partial<PostgresStoreOptions> = {},
): Promise<{ store: SessionStore; prefix: string }> {
  const prefix = options.prefix ?? newPrefix();
  const store = await createPostgresStore({ url: server.url, prefix, ...options });
  onTestFinished(() => store.close());
  return { store, prefix };
}

const slot = slotAt(1);
const session = sessionRecord();
const signIn = signInRecord();

/** The tables as the release before made them. */
function tablesOfBefore(prefix: string): string {
  return `create table ${prefix}sessions (
      key text collate "C" primary key, format smallint not null, version bigint not null,
      fixed text not null, data text not null, expires_at timestamptz not null);
    create index "${prefix}sessions_expiry" on ${prefix}sessions (expires_at);
    create table ${prefix}slots (
      slot text collate "C" primary key, format smallint, version bigint, fixed text, body text,
      used_at timestamptz not null, idle_at timestamptz not null, expires_at timestamptz not null);
    create index "${prefix}slots_expiry" on ${prefix}slots (expires_at);
    create table ${prefix}once (
      slot text collate "C", id text collate "C", expires_at timestamptz not null,
      primary key (slot, id));
    create table ${prefix}reports (
      id bigint generated always as identity primary key, slot text not null, cause text not null,
      reported_at timestamptz not null default now())`;
}

/** Rows as the release before wrote them: sign-ins of two accounts, an ended one, an anonymous session. */
async function insertRowsOfBefore(prefix: string): Promise<void> {
  const later = `now() + interval '1 hour'`;
  const now = Date.now();
  for (const [index, account] of ['ada', 'ada', 'ben'].entries()) {
    const fixed = `i["s${index}",${now},["pwd","o\\"tp]"],${now + index * 1000},600,3600]`;
    const body = JSON.stringify([account, 'ada@kittens.example', 'Ada', ['shop']]);
    await admin.query(
      `insert into ${prefix}slots values ($1, 1, 2, $2, $3, now(), ${later}, ${later})`,
      [`slotofbefore000${index}`, fixed, body],
    );
    await admin.query(`insert into ${prefix}sessions values ($1, 1, 3, $2, $3, ${later})`, [
      `{slotofbefore000${index}}:s`,
      `s["shop",${now},600,3600]`,
      '{"cart":[1]}',
    ]);
  }
  await admin.query(`insert into ${prefix}slots values
    ('slotofbefore0003', 0, null, null, null, now(), now(), ${later}),
    ('slotofbefore0004', null, null, null, null, now(), ${later}, ${later})`);
  await admin.query(`insert into ${prefix}sessions values
    ('{slotofbefore0003}:s', 0, 0, '', '', ${later}),
    ('{slotofbefore0004}:s', 1, 1, 'a["shop",0,600,3600]', '{"cart":[]}', ${later})`);
}

async function makeTablesOfBefore(): Promise<string> {
  const prefix = newPrefix();
  await admin.query(tablesOfBefore(prefix));
  await insertRowsOfBefore(prefix);
  return prefix;
}

test('tables of the release before get what is new, and what is in them goes on', async () => {
  const prefix = await makeTablesOfBefore();
  const stores = await Promise.all(
    Array.from({ length: 4 }, async () => (await open({ prefix })).store),
  );
  for (const store of stores) {
    expect(await store.read('{slotofbefore0001}:s' as StoreKey)).toMatchObject({
      session: { version: 3, data: '{"cart":[1]}' },
      signIn: { id: 's1', version: 2, device: '', place: '', remembered: false },
    });
    expect(await store.read('{slotofbefore0003}:s' as StoreKey)).toBe(null);
    const visitor = await store.read('{slotofbefore0004}:s' as StoreKey);
    expect(visitor).toMatchObject({ signIn: null, session: { data: '{"cart":[]}' } });
  }
  const [store = stores[0]] = stores;
  const [old, successor] = ['{slotofbefore0000}:s', '{slotofbefore0000}:new'] as StoreKey[];
  expect(await store?.rotate(old as StoreKey, successor as StoreKey)).toBe('rotated');
  expect(await store?.replace(successor as StoreKey, '{"cart":[2]}', 3)).toBe('saved');
  for (let made = 0; made < 100; made += 1) {
    const key = `{slotofbefore0000}:${made}` as StoreKey;
    const record = { ...session, createdAt: Date.now() };
    expect(await store?.create(key, record)).toBe('created');
  }
  expect(await store?.read(successor as StoreKey)).toBe(null);
  expect(await store?.read('{slotofbefore0000}:0' as StoreKey)).not.toBe(null);
});

test('tables are brought up to date also where that takes longer than a call may', async () => {
  const prefix = await makeTablesOfBefore();
  const blocker = await admin.connect();
  await blocker.query(`begin; lock table ${prefix}slots in access share mode`);
  const { store } = await open({ prefix, timeoutMs: 300 });
  for (let time = 0; time < 3; time += 1) {
    await expect(store.readSignIn('slotofbefore0000' as Slot)).rejects.toThrow(isUnavailable);
  }
  await blocker.query('rollback');
  blocker.release();
  const found = await whenWorking(() => store.readSignIn('slotofbefore0000' as Slot));
  expect(found?.signIn.id).toBe('s0');
});

test('sign-ins of an account are found by an index', async () => {
  const { store, prefix } = await open();
  await store.createSignIn(slot, signIn, realm);
  await admin.query(`insert into ${prefix}slots
    (slot, format, version, fixed, body, used_at, idle_at, expires_at, owner)
    select 'slot-' || n, 2, 1, fixed, body, used_at, idle_at, expires_at,
      case n when 77 then '${ownerKey(realm, 'account 77')}' else 'owner ' || n end from ${prefix}slots, generate_series(1, 5000) n
    where slot = '${slot}'`);
  await admin.query(`analyze ${prefix}slots`);
  const { rows } = await admin.query<{ 'QUERY PLAN': string }>(`explain select slot
    from ${prefix}slots sl where sl.owner = 'owner 7'
      and sl.format between 1 and 2 and sl.expires_at > now() and sl.idle_at > now()
    order by sl.made_at desc limit 10`);
  const plan = rows.map((row) => row['QUERY PLAN']).join('\n');
  expect(plan).toContain(`${prefix}slots_owner`);
  expect(plan).not.toContain('Seq Scan');
  expect((await store.listSignIns(realm, 'account 77', 10)).map((one) => one.slot)).toEqual([
    'slot-77',
  ]);
});
