import { randomBytes } from 'node:crypto';
import type { SessionStore } from '@latchkey/session';
import { createSessionId, storeKey } from '@latchkey/session/parts';
import { createMemoryStore } from '@latchkey/session/store/memory';
import { createRedisStore } from '@latchkey/session/store/redis';
import { startRedisServer, type TestRedisServer } from '@latchkey/testkit';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { openTestLoginHost, type TestLoginHost } from '../../test/login-host.ts';
import { realm } from '../../test/realm.ts';
import type { StoredSignIn } from '../sign-in/stored-sign-in.ts';

let redis: TestRedisServer;
beforeAll(async () => {
  redis = await startRedisServer();
});
afterAll(() => redis.stop());

const openRedis = () => createRedisStore({ url: redis.url });

describe.each<[string, () => Promise<SessionStore>]>([
  ['memory', async () => createMemoryStore()],
  ['redis', openRedis],
])('over a %s store', (_name, open) => {
  let store: SessionStore;
  let host: TestLoginHost;
  beforeEach(async () => {
    store = await open();
    host = await openTestLoginHost({ store, clock: { now: Date.now, advance: () => undefined } });
  });
  afterEach(async () => {
    await host.close();
    await store.close();
  });

  /** The session of an app under a sign-in. */
  async function sessionOf(signIn: StoredSignIn) {
    const key = storeKey(realm, createSessionId(signIn.slot, randomBytes));
    const outcome = await store.create(key, {
      version: 1,
      scope: 'shop',
      signedIn: true,
      createdAt: store.now(),
      data: '{}',
      idleSeconds: 1000,
      absoluteSeconds: 1000,
    });
    expect(outcome).toBe('created');
    return key;
  }

  test('twenty endings at once: out when the first answers, one set of notices', async () => {
    const signIn = await host.signedIn('ada', ['wiki']);
    const key = await sessionOf(signIn);
    const end = async () => {
      const result = await host.endings.endSignIn({ signInId: signIn.id, cause: 'sign-out' });
      return { kind: result.kind, reading: await store.read(key) };
    };
    const results = await Promise.all(Array.from({ length: 20 }, end));
    expect(results.map(({ reading }) => reading)).toEqual(Array.from({ length: 20 }, () => null));
    expect(results.filter(({ kind }) => kind === 'ended')).toHaveLength(1);
    expect(await host.db.selectFrom('notices').select('id').execute()).toHaveLength(1);
  });

  test('access withdrawn holds for the very next request', async () => {
    const signIn = await host.signedIn('ada');
    const key = await sessionOf(signIn);
    expect((await store.read(key))?.signIn?.apps).toEqual({ shop: null });
    await Promise.all([
      host.access.revoke(signIn.accountId, 'shop'),
      host.access.grant(signIn.accountId, 'blog'),
    ]);
    expect((await store.read(key))?.signIn?.apps).toEqual({ blog: null });
  });

  test('a new name and address are there at the very next request, also where it is answered from memory', async () => {
    const signIn = await host.signedIn('ada');
    const { accountId: id } = signIn;
    const key = await sessionOf(signIn);
    const seen = async () => (await store.read(key))?.signIn?.account;
    for (let time = 0; time < 3; time += 1) expect(await seen()).toMatchObject({ name: 'ada' });
    await host.accounts.setName(id, 'Ada King');
    expect(await seen()).toMatchObject({ name: 'Ada King' });
    await host.accounts.changeEmail(id, { from: 'ada@kittens.example', to: 'ada@new.example' });
    expect(await seen()).toEqual({ id, email: 'ada@new.example', name: 'Ada King' });
  });

  test('a suspension reaches every browser of the person', async () => {
    const signIn = await host.signedIn('ada');
    const proof = { accountId: signIn.accountId, epoch: 1, methods: ['pwd'], userAgent: null };
    const others = await Promise.all(Array.from({ length: 5 }, () => host.startSignIn(proof)));
    await host.accounts.setState(signIn.accountId, 'suspended');
    for (const other of others) {
      expect(other.kind === 'started' && (await store.readSignIn(other.slot))).toBeNull();
    }
    expect(await store.readSignIn(signIn.slot)).toBeNull();
  });

  test('the devices that a person signs out are out, this one is not (CVE-2025-29928)', async () => {
    const signIn = await host.signedIn('ada', ['wiki']);
    const key = await sessionOf(signIn);
    const proof = { accountId: signIn.accountId, epoch: 1, methods: ['pwd'], userAgent: null };
    const here = await host.startSignIn(proof);
    if (here.kind !== 'started') throw new Error(here.why);
    const { accountId } = signIn;
    const ended = await host.endings.endSignInsOfAccount(
      ...([accountId, 'revoked-by-person', here.signInId] as const),
    );
    expect(ended).toBe(1);
    expect(await store.read(key)).toBeNull();
    const left = await store.listSignIns(realm, accountId, 10);
    expect(left.map(({ slot }) => slot)).toEqual([here.slot]);
  });

  test('what an app ended by itself reaches SQL', async () => {
    const signIn = await host.signedIn('ada', ['wiki']);
    await store.endSignIn(signIn.slot, 'sign-out', { realm, report: true });
    await host.reconciler.reconcileOnce();
    expect(await host.signIns.findLive(signIn.id)).toBeNull();
    expect(await store.readReports(realm, 10)).toEqual([]);
    expect(await host.db.selectFrom('notices').select('cause').execute()).toEqual([
      { cause: 'sign-out' },
    ]);
  });
});

test('Redis away while somebody signs out: it is written down, and done when Redis is back', async () => {
  const store = await openRedis();
  const host = await openTestLoginHost({
    store,
    clock: { now: Date.now, advance: () => undefined },
  });
  const signIn = await host.signedIn('ada', ['wiki']);
  await redis.crash();
  const ending = host.endings.endSignIn({ signInId: signIn.id, cause: 'sign-out' });
  await expect(ending).rejects.toMatchObject({ code: 'store_unavailable' });
  expect(await host.signIns.findLive(signIn.id)).toBeNull();
  expect(await host.reconciler.reconcileOnce()).toMatchObject({ kind: 'failed' });
  await redis.start();
  await expect
    .poll(async () => (await host.reconciler.reconcileOnce()).kind, { timeout: 20_000 })
    .toBe('done');
  expect(await store.readSignIn(signIn.slot)).toBeNull();
  const row = await host.db.selectFrom('sign_ins').selectAll().executeTakeFirstOrThrow();
  expect(row.enforced_at).not.toBeNull();
  await host.close();
  await store.close();
});
