import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  createTestBrowser,
  startPostgresServer,
  startRedisServer,
  type TestBrowser,
  type TestPostgresServer,
  type TestRedisServer,
} from '@latchkey/testkit';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { see } from '../../test/kitten-family.ts';
import {
  catchPeerArrival,
  createTwoPeers,
  linkFrom,
  shop,
  type TwoPeers,
  toys,
} from '../../test/two-peers.ts';
import type { SessionStore } from '../session-store.ts';
import { createMemoryStore } from '../store/memory.ts';
import { createPostgresStore } from '../store/postgres/postgres.ts';
import { createRedisStore } from '../store/redis/redis.ts';
import { createSqliteStore } from '../store/sqlite/sqlite.ts';

let redis: TestRedisServer;
let postgres: TestPostgresServer;
let folder: string;
beforeAll(async () => {
  const program = process.env['LATCHKEY_TEST_POSTGRES'];
  redis = await startRedisServer();
  postgres = await startPostgresServer(program === undefined ? {} : { program });
  folder = await mkdtemp(join(tmpdir(), 'latchkey-peers-'));
});
afterAll(async () => {
  await Promise.all([redis.stop(), postgres.stop(), rm(folder, { recursive: true })]);
});

type Handles = readonly [SessionStore, SessionStore];

/** Two handles on one store, as two processes have them; memory has one process alone. */
const stores: readonly (readonly [string, () => Promise<Handles>])[] = [
  [
    'memory',
    async () => {
      const store = createMemoryStore();
      return [store, store];
    },
  ],
  ['sqlite', () => twice(() => createSqliteStore({ path: join(folder, 'sessions.db') }))],
  ['redis', () => twice(() => createRedisStore({ url: redis.url }))],
  ['postgres', () => twice(() => createPostgresStore({ url: postgres.url }))],
];

async function twice(open: () => SessionStore | Promise<SessionStore>): Promise<Handles> {
  return [await open(), await open()];
}

describe.each(stores)('two apps without a login host over %s', (_name, open) => {
  let handles: Handles;
  let processes: readonly [TwoPeers, TwoPeers];
  beforeEach(async () => {
    handles = await open();
    const clock = { now: Date.now, advance: () => undefined };
    processes = [
      createTwoPeers({ store: handles[0], clock }),
      createTwoPeers({ store: handles[1], clock }),
    ];
  });
  afterEach(async () => {
    await Promise.all(handles.map((store) => store.close()));
  });

  /** Requests to the toys go to both of their processes by turns. */
  function browser(): TestBrowser {
    let turn = 0;
    const [one, two] = processes;
    return createTestBrowser({
      ...one.handlers,
      'toys.example': (request) => {
        turn += 1;
        const { handlers } = turn % 2 === 0 ? one : two;
        return handlers['toys.example']?.(request) ?? new Response(null, { status: 404 });
      },
    });
  }

  test('a link arrives signed in, the second request is signed in, and signing out at one is out at both', async () => {
    for (const leaveAt of [shop, toys]) {
      const visitor = browser();
      await visitor.send(`${shop}/enter`);
      expect(await see(visitor, await linkFrom(visitor))).toMatchObject({ name: 'Ada' });
      expect(await see(visitor, `${toys}/`)).toMatchObject({ name: 'Ada' });
      expect((await visitor.visit(`${toys}/`)).urls).toHaveLength(1);
      const copied = visitor.copy();
      await visitor.visit(`${leaveAt}/leave`);
      for (const origin of [shop, toys]) {
        expect(await see(copied, `${origin}/`)).toMatchObject({ name: null });
      }
    }
  });

  test('of fifty redemptions at once, over two processes, exactly one wins', async () => {
    const visitor = browser();
    await visitor.send(`${shop}/enter`);
    const arrival = await catchPeerArrival(visitor, await linkFrom(visitor));
    const copies = Array.from({ length: 50 }, () => visitor.copy());
    const responses = await Promise.all(copies.map((copy) => copy.send(arrival.href)));
    expect(responses.filter(({ status }) => status === 303)).toHaveLength(1);
    expect(responses.filter(({ status }) => status === 400)).toHaveLength(49);
    const seen = await Promise.all(copies.map((copy) => see(copy, `${toys}/`)));
    expect(seen.filter(({ name }) => name === 'Ada')).toHaveLength(1);
  });

  test('a token in flight while the sign-in ends opens nothing', async () => {
    const visitor = browser();
    await visitor.send(`${shop}/enter`);
    const arrival = await catchPeerArrival(visitor, await linkFrom(visitor));
    await visitor.visit(`${shop}/leave`);
    expect((await visitor.send(arrival.href)).status).toBe(400);
    expect(await see(visitor, `${toys}/`)).toMatchObject({ name: null });
  });
});
