import { randomBytes, randomUUID } from 'node:crypto';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { startPostgresServer, type TestPostgresServer } from '@latchkey/testkit';
import { Pool } from 'pg';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { createSessionId, createSlot, storeKey } from '../../session-id/session-id.ts';
import type { SessionStore, Slot, StoreKey } from '../../session-store.ts';
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

interface Session {
  readonly slot: Slot;
  readonly key: StoreKey;
}

/** Another process, as far as the store can tell. */
async function open(options: Partial<PostgresStoreOptions> = {}): Promise<SessionStore> {
  const store = await createPostgresStore({ url: server.url, ...options });
  onTestFinished(() => store.close());
  return store;
}

function openMany(count: number): Promise<SessionStore[]> {
  return Promise.all(Array.from({ length: count }, () => open()));
}

async function signIn(store: SessionStore): Promise<Session> {
  const slot = createSlot(randomBytes);
  const key = storeKey(createSessionId(slot, randomBytes));
  const limits = { createdAt: store.now(), idleSeconds: 600, absoluteSeconds: 3_600 };
  await store.createSignIn(slot, {
    ...{ version: 1, id: randomUUID(), provedAt: store.now(), methods: ['pwd'], ...limits },
    ...{ device: '', place: '', remembered: false },
    account: { id: randomUUID(), email: 'ben@kittens.example', name: 'Ben' },
    apps: { shop: null },
  });
  await store.create(key, { version: 1, scope: 'shop', signedIn: true, ...limits, data: '{}' });
  return { slot, key };
}

/** Whether memory ever answers: synchronously. */
async function isRemembered(
  store: SessionStore,
  key: StoreKey,
  attempts: number,
): Promise<boolean> {
  for (let attempt = 0; attempt < attempts; attempt += 1) {
    const reading = store.read(key);
    if (!(reading instanceof Promise)) return true;
    await reading;
    await sleep(5);
  }
  return false;
}

/** Reads until memory answers. The time-out of the test is the only limit. */
async function warm(store: SessionStore, key: StoreKey): Promise<void> {
  if (!(await isRemembered(store, key, Number.POSITIVE_INFINITY))) throw new Error('Never.');
}

test('a hit is answered at once, and a change in another process is heard of', async () => {
  const [here, there] = [await open(), await open()];
  const { key } = await signIn(here);
  await warm(here, key);
  expect(await there.replace(key, '{"a":1}', 1)).toBe('saved');
  await expect.poll(async () => (await here.read(key))?.session.data).toBe('{"a":1}');
});

test('20 endings, each asked of 20 processes the moment it returned: none is stale', async () => {
  const processes = await openMany(20);
  const [first] = processes as [SessionStore];
  let stale = 0;
  for (let ending = 0; ending < 20; ending += 1) {
    const { slot, key } = await signIn(first);
    await Promise.all(processes.map((store) => warm(store, key)));
    await first.endSignIn(slot, 'sign-out');
    const readings = await Promise.all(processes.map((store) => store.read(key)));
    stale += readings.filter((reading) => reading !== null).length;
  }
  expect(stale).toBe(0);
});

test('withdrawn access holds for the very next request in every process', async () => {
  const processes = await openMany(5);
  const [first] = processes as [SessionStore];
  const { slot, key } = await signIn(first);
  await Promise.all(processes.map((store) => warm(store, key)));
  const found = await first.readSignIn(slot);
  if (found === null) throw new Error('The sign-in is live.');
  await first.replaceSignIn(slot, { ...found.signIn, apps: {} }, found.signIn.version);
  const readings = await Promise.all(processes.map((store) => store.read(key)));
  expect(readings.map((reading) => reading?.signIn?.apps)).toEqual([{}, {}, {}, {}, {}]);
});

test('behind a link that delivers late memory is never stale', async () => {
  const link = await startLink();
  const far = await open({ url: link.url });
  const near = await open();
  for (let ending = 0; ending < 3; ending += 1) {
    link.delay = 0;
    const { slot, key } = await signIn(near);
    await warm(far, key);
    link.delay = 1_000;
    await near.endSignIn(slot, 'sign-out');
    expect(await far.read(key)).toBe(null);
  }
});

test('a connection that listens and is cut takes its memory with it, and another is made', async () => {
  const [here, there] = [await open(), await open()];
  const { slot, key } = await signIn(here);
  await warm(here, key);
  await admin.query(`select pg_terminate_backend(pid) from pg_stat_activity
    where application_name = 'latchkey memory'`);
  await there.endSignIn(slot, 'sign-out');
  expect(await here.read(key)).toBe(null);
  const next = await signIn(here);
  await warm(here, next.key);
});

test('a connection that listens and stands still is not believed', async () => {
  const near = await open({ memoryBytes: 0 });
  const far = await open();
  const { rows } = await admin.query<{ pid: number }>(`select pid from pg_stat_activity
    where application_name = 'latchkey memory'`);
  const pids = rows.map(({ pid }) => pid);
  for (let ending = 0; ending < 3; ending += 1) {
    const { slot, key } = await signIn(near);
    await warm(far, key);
    for (const pid of ending === 0 ? pids : []) process.kill(pid, 'SIGSTOP');
    await near.endSignIn(slot, 'sign-out');
    expect(await far.read(key)).toBe(null);
  }
  for (const pid of pids) process.kill(pid, 'SIGCONT');
});

test('a server that stands still is store_unavailable, and what was remembered is not given', async () => {
  const link = await startLink();
  const store = await open({ url: link.url, timeoutMs: 400 });
  const { key } = await signIn(store);
  await warm(store, key);
  link.delay = Number.POSITIVE_INFINITY;
  await expect
    .poll(() => Promise.resolve(store.read(key)).then(String, ({ code }) => String(code)))
    .toBe('store_unavailable');
  await expect(store.read(key)).rejects.toMatchObject({ code: 'store_unavailable' });
  link.delay = 0;
  await expect.poll(() => Promise.resolve(store.read(key)).catch(() => null)).not.toBe(null);
  await warm(store, key);
});

test('what an administrator ends, empties or drops is heard of as well', async () => {
  const store = await open({ prefix: 'admin_' });
  const { slot, key } = await signIn(store);
  const acts = [
    `update admin_slots set expires_at = now() where slot = '${slot}'`,
    `delete from admin_sessions`,
    'truncate admin_slots',
    'drop table admin_sessions, admin_slots, admin_once, admin_reports',
  ];
  let one: Session = { slot, key };
  for (const act of acts) {
    await warm(store, one.key);
    await admin.query(act);
    await expect.poll(() => store.read(one.key)).toBe(null);
    one = await signIn(store);
  }
  await warm(store, one.key);
});

test('data that a process of the release before saves is heard of', async () => {
  const store = await open();
  const { key } = await signIn(store);
  await warm(store, key);
  await admin.query(
    `update latchkey_sessions set version = version + 1, data = '{"old":1}' where key = $1`,
    [key],
  );
  await expect.poll(async () => (await store.read(key))?.session.data).toBe('{"old":1}');
});

test('of many saves at once each is heard of, by the time it is confirmed or a moment later', async () => {
  const [here, there] = [await open(), await open()];
  const all = await Promise.all(Array.from({ length: 100 }, () => signIn(here)));
  await Promise.all(all.map(({ key }) => warm(there, key)));
  const answers = await Promise.all(all.map(({ key }) => here.replace(key, '{"saved":1}', 1)));
  expect(new Set(answers)).toEqual(new Set(['saved']));
  for (const { key } of all) {
    await expect.poll(async () => (await there.read(key))?.session.data).toBe('{"saved":1}');
  }
});

test('a recorded use is heard by no memory: touching costs others nothing', async () => {
  const [here, there] = [await open(), await open()];
  const { key } = await signIn(here);
  await warm(here, key);
  await there.touch(key, 600);
  for (let read = 0; read < 20; read += 1) {
    expect(here.read(key)).not.toBeInstanceOf(Promise);
    await sleep(5);
  }
});

test('by a key that was rotated memory never answers', async () => {
  const [here, there] = [await open(), await open()];
  const { slot, key } = await signIn(here);
  await warm(there, key);
  const successor = storeKey(createSessionId(slot, randomBytes));
  expect(await here.rotate(key, successor)).toBe('rotated');
  await expect.poll(async () => (await there.read(key))?.key).toBe(successor);
  expect(await isRemembered(there, key, 20)).toBe(false);
  await warm(there, successor);
});

test('without memory of its own a process waits the lease of the others out', async () => {
  const silent = await open({ memoryBytes: 0 });
  const other = await open();
  for (let ending = 0; ending < 5; ending += 1) {
    const { slot, key } = await signIn(silent);
    await warm(other, key);
    await silent.endSignIn(slot, 'sign-out');
    expect(await other.read(key)).toBe(null);
    expect(await isRemembered(silent, key, 1)).toBe(false);
  }
});

test('behind a pooler every check asks the server', async () => {
  const pooler = await startLink(renameProcess);
  const store = await open({ url: pooler.url });
  const { slot, key } = await signIn(store);
  expect(await isRemembered(store, key, 50)).toBe(false);
  await (await open()).endSignIn(slot, 'sign-out');
  expect(await store.read(key)).toBe(null);
});

test('where nobody would tell of changes every check asks the server', async () => {
  const first = await open({ prefix: 'quiet_' });
  await first.ping();
  await admin.query('alter table quiet_slots disable trigger latchkey_change');
  const store = await open({ prefix: 'quiet_' });
  const { key } = await signIn(store);
  expect(await isRemembered(store, key, 50)).toBe(false);
  await admin.query('alter table quiet_slots enable trigger latchkey_change');
  await warm(store, key);
  await admin.query('alter table quiet_sessions disable trigger all');
  await expect.poll(() => isRemembered(store, key, 1)).toBe(false);
  await admin.query(`update quiet_sessions set version = 7 where key = $1`, [key]);
  await expect.poll(async () => (await store.read(key))?.session.version).toBe(7);
});

interface Link {
  readonly url: string;
  /** Milliseconds by which what the server says comes later. */
  delay: number;
}

/** A TCP proxy in front of the server. `change` is given everything that the server says. */
async function startLink(change: (chunk: Buffer) => Buffer = (chunk) => chunk): Promise<Link> {
  const sockets = new Set<Socket>();
  const link = { url: '', delay: 0 };
  const proxy = createServer((near) => {
    const far = connect(server.port, '127.0.0.1');
    for (const socket of [near, far]) {
      sockets.add(socket);
      socket.on('error', () => undefined);
      socket.on('close', () => {
        near.destroy();
        far.destroy();
      });
    }
    near.pipe(far);
    far.on('data', (chunk) => {
      const changed = change(chunk);
      if (link.delay === 0) near.write(changed);
      else if (Number.isFinite(link.delay)) setTimeout(() => near.write(changed), link.delay);
    });
  });
  await new Promise<void>((done) => proxy.listen(0, '127.0.0.1', done));
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    proxy.close();
  });
  const { port } = proxy.address() as AddressInfo;
  link.url = server.url.replace(`:${server.port}/`, `:${port}/`);
  return link;
}

/** Poolers make up the number of the process, by which queries are cancelled (message BackendKeyData). */
function renameProcess(chunk: Buffer): Buffer {
  const at = chunk.indexOf(Buffer.from('K\u0000\u0000\u0000\f', 'latin1'));
  if (at >= 0) chunk.writeInt32BE(1, at + 5);
  return chunk;
}
