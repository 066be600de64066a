import { randomBytes } from 'node:crypto';
import { startPostgresServer, type TestPostgresServer } from '@latchkey/testkit';
import { Pool } from 'pg';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { realm } from '../../../test/realm.ts';
import { signInRecord, slotAt } from '../../../test/records.ts';
import { ownerKey } from '../../realm.ts';
import type { SessionStore } from '../../session-store.ts';
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
const signIn = signInRecord();

test('sign-ins of an account are found by an index', async () => {
  const { store, prefix } = await open();
  await store.createSignIn(slot, signIn, realm);
  await admin.query(`insert into ${prefix}slots
    (slot, format, version, fixed, body, used_at, idle_at, expires_at, owner)
    select 'slot-' || n, 1, 1, fixed, body, used_at, idle_at, expires_at,
      case n when 77 then '${ownerKey(realm, 'account 77')}' else 'owner ' || n end from ${prefix}slots, generate_series(1, 5000) n
    where slot = '${slot}'`);
  await admin.query(`analyze ${prefix}slots`);
  const { rows } = await admin.query<{ 'QUERY PLAN': string }>(`explain select slot
    from ${prefix}slots sl where sl.owner = 'owner 7'
      and sl.format = 1 and sl.expires_at > now() and sl.idle_at > now()
    order by sl.made_at desc limit 10`);
  const plan = rows.map((row) => row['QUERY PLAN']).join('\n');
  expect(plan).toContain(`${prefix}slots_owner`);
  expect(plan).not.toContain('Seq Scan');
  expect((await store.listSignIns(realm, 'account 77', 10)).map((one) => one.slot)).toEqual([
    'slot-77',
  ]);
});
