import { createRedisStore } from '@latchkey/session/store/redis';
import { startRedisServer, type TestRedisServer } from '@latchkey/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openTestLoginHost, type TestLoginHost } from '../../test/login-host.ts';

let redis: TestRedisServer;
let host: TestLoginHost;
let store: Awaited<ReturnType<typeof createRedisStore>>;
beforeAll(async () => {
  redis = await startRedisServer();
  store = await createRedisStore({ url: redis.url });
  host = await openTestLoginHost({ store, clock: { now: Date.now, advance: () => undefined } });
});
afterAll(async () => {
  await host.close();
  await store.close();
  await redis.stop();
});

async function whenBack<T>(work: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await work();
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
}

/** Redis as it was before what `work` does. */
async function losing(work: () => Promise<unknown>): Promise<void> {
  await redis.snapshot();
  await work();
  await redis.crash();
  await redis.restore();
  await redis.start();
  await whenBack(() => store.ping());
}

test('Redis that comes back from an older copy of its data gives nobody a second life', async () => {
  const [ada, ben, cat] = [
    await host.signedIn('ada', ['wiki']),
    await host.signedIn('ben', ['wiki']),
    await host.signedIn('cat', ['wiki']),
  ];
  await host.reconciler.reconcileOnce();
  const all = [ada, ben, cat];
  await losing(async () => {
    for (const { id } of all) await host.endings.endSignIn({ signInId: id, cause: 'sign-out' });
  });
  const live = async () => Promise.all(all.map(async ({ slot }) => store.readSignIn(slot)));
  expect((await live()).map((found) => found === null)).toEqual([false, false, false]);

  await host.endings.endSignIn({ signInId: ada.id, cause: 'sign-out' });
  await host.accounts.setState(ben.accountId, 'suspended');
  expect((await live()).map((found) => found === null)).toEqual([true, true, false]);

  expect(await whenBack(() => host.reconciler.reconcileOnce())).toMatchObject({ kind: 'done' });
  expect(await live()).toEqual([null, null, null]);
  const { length } = await host.db.selectFrom('notices').select('id').execute();
  expect(length).toBe(3);
});
