import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { startPostgresServer, type TestPostgresServer } from '@latchkey/testkit';
import { Pool } from 'pg';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { isRemembered, leasedCases, warm } from '../../../test/leased-cases.ts';
import { realm } from '../../../test/realm.ts';
import { type SignedInPerson, signedInPerson } from '../../../test/signed-in-person.ts';
import { startSlowLink } from '../../../test/slow-link.ts';
import { createSessionId, storeKey } from '../../session-id/session-id.ts';
import type { SessionStore } from '../../session-store.ts';
import { createPostgresStore, type PostgresStoreOptions } from './postgres.ts';

const program = process.env['LATCHKEY_TEST_POSTGRES'];

let server: TestPostgresServer;
let admin: Pool;
beforeAll(async () => {
  const args = ['-c', 'max_connections=300'];
  server = await startPostgresServer({ ...(program !== undefined && { program }), args });
  admin = new Pool({ connectionString: server.url, max: 3 });
});
afterAll(async () => {
  await admin?.end();
  await server?.stop();
});

/** Another process, as far as the store can tell. */
async function open(options: Partial<PostgresStoreOptions> = {}): Promise<SessionStore> {
  const store = await createPostgresStore({ url: server.url, ...options });
  onTestFinished(() => store.close());
  return store;
}

for (const { name, run } of leasedCases) test(name, () => run(open));

test('behind a link that delivers late memory is never stale', async () => {
  const link = await startSlowLink(server.url);
  const far = await open({ url: link.url });
  const near = await open();
  for (let ending = 0; ending < 3; ending += 1) {
    link.delayMilliseconds = 0;
    const { slot, key } = await signedInPerson(near);
    await warm(far, key);
    link.delayMilliseconds = 1_000;
    await near.endSignIn(slot, 'sign-out');
    expect(await far.read(key)).toBe(null);
  }
});

test('a connection that listens and is cut takes its memory with it, and another is made', async () => {
  const [here, there] = [await open(), await open()];
  const { slot, key } = await signedInPerson(here);
  await warm(here, key);
  await admin.query(`select pg_terminate_backend(pid) from pg_stat_activity
    where application_name = 'latchkey memory'`);
  await there.endSignIn(slot, 'sign-out');
  expect(await here.read(key)).toBe(null);
  const next = await signedInPerson(here);
  await warm(here, next.key);
});

test('a connection that listens and stands still is not believed', async () => {
  const near = await open({ memoryBytes: 0 });
  const far = await open();
  const { rows } = await admin.query<{ pid: number }>(`select pid from pg_stat_activity
    where application_name = 'latchkey memory'`);
  const pids = rows.map(({ pid }) => pid);
  for (let ending = 0; ending < 3; ending += 1) {
    const { slot, key } = await signedInPerson(near);
    await warm(far, key);
    for (const pid of ending === 0 ? pids : []) process.kill(pid, 'SIGSTOP');
    await near.endSignIn(slot, 'sign-out');
    expect(await far.read(key)).toBe(null);
  }
  for (const pid of pids) process.kill(pid, 'SIGCONT');
});

test('a server that stands still is store_unavailable, and what was remembered is not given', async () => {
  const link = await startSlowLink(server.url);
  const store = await open({ url: link.url, timeoutMilliseconds: 400 });
  const { key } = await signedInPerson(store);
  await warm(store, key);
  link.delayMilliseconds = Number.POSITIVE_INFINITY;
  await expect
    .poll(() => Promise.resolve(store.read(key)).then(String, ({ code }) => String(code)))
    .toBe('store_unavailable');
  await expect(store.read(key)).rejects.toMatchObject({ code: 'store_unavailable' });
  link.delayMilliseconds = 0;
  await expect.poll(() => Promise.resolve(store.read(key)).catch(() => null)).not.toBe(null);
  await warm(store, key);
});

test('what an administrator ends, empties or drops is heard of as well', async () => {
  const store = await open({ prefix: 'admin_' });
  const { slot, key } = await signedInPerson(store);
  const acts = [
    `update admin_slots set expires_at = now() where slot = '${slot}'`,
    `delete from admin_sessions`,
    'truncate admin_slots',
    'drop table admin_sessions, admin_slots, admin_once, admin_reports',
  ];
  let one: Pick<SignedInPerson, 'slot' | 'key'> = { slot, key };
  for (const act of acts) {
    await warm(store, one.key);
    await admin.query(act);
    await expect.poll(() => store.read(one.key)).toBe(null);
    one = await signedInPerson(store);
  }
  await warm(store, one.key);
});

test('data that a process of the release before saves is heard of', async () => {
  const store = await open();
  const { key } = await signedInPerson(store);
  await warm(store, key);
  await admin.query(
    `update latchkey_sessions set version = version + 1, data = '{"old":1}' where key = $1`,
    [key],
  );
  await expect.poll(async () => (await store.read(key))?.session.data).toBe('{"old":1}');
});

test('of many saves at once each is heard of, by the time it is confirmed or a moment later', async () => {
  const [here, there] = [await open(), await open()];
  const all = await Promise.all(Array.from({ length: 100 }, () => signedInPerson(here)));
  await Promise.all(all.map(({ key }) => warm(there, key)));
  const answers = await Promise.all(all.map(({ key }) => here.replace(key, '{"saved":1}', 1)));
  expect(new Set(answers)).toEqual(new Set(['saved']));
  for (const { key } of all) {
    await expect.poll(async () => (await there.read(key))?.session.data).toBe('{"saved":1}');
  }
});

test('a recorded use is heard by no memory: touching costs others nothing', async () => {
  const [here, there] = [await open(), await open()];
  const { key } = await signedInPerson(here);
  await warm(here, key);
  await there.touch(key, 600);
  for (let read = 0; read < 20; read += 1) {
    expect(here.read(key)).not.toBeInstanceOf(Promise);
    await sleep(5);
  }
});

test('by a key that was rotated memory never answers', async () => {
  const [here, there] = [await open(), await open()];
  const { slot, key } = await signedInPerson(here);
  await warm(there, key);
  const successor = storeKey(realm, createSessionId(slot, randomBytes));
  expect(await here.rotate(key, successor)).toBe('rotated');
  expect(await there.read(key)).toBe(null);
  expect(await isRemembered(there, key, 20)).toBe(false);
  await warm(there, successor);
});

test('by a key that was replaced memory never answers', async () => {
  const [here, there] = [await open(), await open()];
  const { key } = await signedInPerson(here);
  const { key: successor } = await signedInPerson(here);
  await warm(there, key);
  expect(await here.retire(key, { successor })).toBe('retired');
  expect(await there.read(key)).toBe(null);
  expect(await there.findRetired(key)).toEqual({ kind: 'replaced', successor });
});

test('without memory of its own a process waits the lease of the others out', async () => {
  const silent = await open({ memoryBytes: 0 });
  const other = await open();
  for (let ending = 0; ending < 5; ending += 1) {
    const { slot, key } = await signedInPerson(silent);
    await warm(other, key);
    await silent.endSignIn(slot, 'sign-out');
    expect(await other.read(key)).toBe(null);
    expect(await isRemembered(silent, key, 1)).toBe(false);
  }
});

test('behind a pooler every check asks the server', async () => {
  const pooler = await startSlowLink(server.url, renameProcess);
  const store = await open({ url: pooler.url });
  const { slot, key } = await signedInPerson(store);
  expect(await isRemembered(store, key, 50)).toBe(false);
  await (await open()).endSignIn(slot, 'sign-out');
  expect(await store.read(key)).toBe(null);
});

test('where nobody would tell of changes every check asks the server', async () => {
  const first = await open({ prefix: 'quiet_' });
  await first.ping();
  await admin.query('alter table quiet_slots disable trigger latchkey_change');
  const store = await open({ prefix: 'quiet_' });
  const { key } = await signedInPerson(store);
  expect(await isRemembered(store, key, 50)).toBe(false);
  await admin.query('alter table quiet_slots enable trigger latchkey_change');
  await warm(store, key);
  await admin.query('alter table quiet_sessions disable trigger all');
  await expect.poll(() => isRemembered(store, key, 1)).toBe(false);
  await admin.query(`update quiet_sessions set version = 7 where key = $1`, [key]);
  await expect.poll(async () => (await store.read(key))?.session.version).toBe(7);
});

/** Poolers make up the number of the process, by which queries are cancelled (message BackendKeyData). */
function renameProcess(chunk: Buffer): Buffer {
  const at = chunk.indexOf(Buffer.from('K\u0000\u0000\u0000\f', 'latin1'));
  if (at >= 0) chunk.writeInt32BE(1, at + 5);
  return chunk;
}
