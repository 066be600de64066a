import { randomBytes } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { joinedApps } from '../../test/joined-apps.ts';
import { openTestLoginHost, type TestLoginHost } from '../../test/login-host.ts';
import { realms } from '../../test/realm.ts';
import { createAccess } from './access.ts';
import { noRules } from './access-rules.ts';

const quiet = { onNotice: () => undefined, onEvent: () => undefined };

let host: TestLoginHost;
beforeEach(async () => {
  host = await openTestLoginHost();
});
afterEach(() => host.close());

describe('access', () => {
  test('is there once granted, and gone once revoked or denied', async () => {
    const { access } = host;
    const { id } = await host.person('ada', ['shop', 'blog', 'toys']);
    await access.revoke(id, 'shop');
    await access.deny(id, 'blog');
    expect(await access.grantedApps(id)).toEqual({ toys: null });
    expect(
      await Promise.all(['shop', 'blog', 'toys', 'wiki'].map((app) => access.stateOf(id, app))),
    ).toEqual(['revoked', 'denied', 'granted', null]);
  });

  test('granted until an instant ends at that instant', async () => {
    const { id } = await host.person('ada');
    const until = host.clock.now() + 1000;
    await host.access.grant(id, 'shop', { until });
    host.clock.advance(999);
    expect(await host.access.grantedApps(id)).toEqual({ shop: until });
    host.clock.advance(1);
    expect(await host.access.grantedApps(id)).toEqual({});
  });

  test('granting again replaces the instant', async () => {
    const { id } = await host.person('ada');
    await host.access.grant(id, 'shop', { until: host.clock.now() + 1000 });
    await host.access.grant(id, 'shop');
    expect(await host.access.grantedApps(id)).toEqual({ shop: null });
  });

  test('of nobody is an answer, not an error', async () => {
    expect(await host.access.grant('nobody', 'shop')).toEqual({ kind: 'unknown-account' });
    expect(await host.access.grantedApps('nobody')).toEqual({});
  });
});

describe('access of somebody who is signed in', () => {
  const appsInStore = async (slot: Parameters<TestLoginHost['store']['readSignIn']>[0]) =>
    Object.keys((await host.store.readSignIn(slot))?.signIn.apps ?? { absent: null });

  test('withdrawn, it is gone from every sign-in of the account when the call resolves', async () => {
    const first = await host.signedIn('ada', ['wiki']);
    const proof = { accountId: first.accountId, epoch: 1, methods: ['pwd'], userAgent: null };
    const second = await host.startSignIn(proof);
    const result = await host.access.revoke(first.accountId, 'shop');
    expect(result).toEqual({ kind: 'changed', signIns: 2 });
    expect(await appsInStore(first.slot)).toEqual(['wiki']);
    expect(second.kind === 'started' && (await appsInStore(second.slot))).toEqual(['wiki']);
  });

  test('granted, it holds without signing in again', async () => {
    const { accountId, slot } = await host.signedIn('ada');
    await host.access.grant(accountId, 'blog', { until: 4_000_000_000_000 });
    expect((await host.store.readSignIn(slot))?.signIn.apps).toEqual({
      blog: 4_000_000_000_000,
      shop: null,
    });
  });

  test('of others stays', async () => {
    const ada = await host.signedIn('ada');
    const ben = await host.signedIn('ben');
    await host.access.revoke(ada.accountId, 'shop');
    expect(await appsInStore(ben.slot)).toEqual(['shop']);
  });

  test('changes that run into each other all arrive', async () => {
    const { accountId, slot } = await host.signedIn('ada', ['a', 'b', 'c', 'd', 'e', 'f']);
    await Promise.all([
      ...['a', 'b', 'c', 'd', 'e', 'f'].map((app) => host.access.revoke(accountId, app)),
      ...['g', 'h', 'i', 'j', 'k', 'l'].map((app) => host.access.grant(accountId, app)),
    ]);
    expect((await appsInStore(slot)).sort()).toEqual(['g', 'h', 'i', 'j', 'k', 'l', 'shop']);
  });

  test('of two changes the later write knows both, although the earlier one read before', async () => {
    const { accountId, slot } = await host.signedIn('ada');
    const revoking = Promise.withResolvers<unknown>();
    const granted = Promise.withResolvers<unknown>();
    let writes = 0;
    host.store.before('replaceSignIn', async () => {
      writes += 1;
      if (writes === 1) {
        // The grant is about to write what it read: now the withdrawal comes, as far as its own write.
        const revoked = host.access.revoke(accountId, 'shop');
        revoked.catch(revoking.reject);
        await revoking.promise;
        pending = revoked;
      } else if (writes === 2) {
        revoking.resolve(undefined);
        await granted.promise;
      }
    });
    let pending: Promise<unknown> = Promise.resolve();
    await host.access.grant(accountId, 'blog');
    granted.resolve(undefined);
    await pending;
    expect(writes).toBe(3);
    expect(await appsInStore(slot)).toEqual(['blog']);
  });

  test('withdrawn while the sign-in begins, it is not in the sign-in', async () => {
    const { id } = await host.person('ada', ['shop', 'blog']);
    let hasRevoked = false;
    host.store.before('createSignIn', async () => {
      hasRevoked = true;
      await host.access.revoke(id, 'shop');
    });
    const started = await host.startSignIn({
      accountId: id,
      epoch: 1,
      methods: ['pwd'],
      userAgent: null,
    });
    expect(hasRevoked).toBe(true);
    expect(started.kind === 'started' && (await appsInStore(started.slot))).toEqual(['blog']);
  });

  test('withdrawn twice at once, no call resolves before the store has waited out what others remember', async () => {
    const { accountId, slot } = await host.signedIn('ada');
    const lease = Promise.withResolvers<void>();
    const waiting: string[] = [];
    const resolved: string[] = [];
    const { replaceSignIn } = host.store;
    const leased = Object.assign({}, host.store, {
      replaceSignIn: async (...write: Parameters<typeof replaceSignIn>) => {
        const outcome = await replaceSignIn(...write);
        waiting.push(outcome);
        await lease.promise;
        return outcome;
      },
    });
    const { db, clock } = host;
    const parts = {
      db,
      store: leased,
      realm: realms,
      now: clock.now,
      randomBytes,
      rules: noRules,
      ...quiet,
    };
    const revoke = async (name: string) => {
      await createAccess(parts).revoke(accountId, 'shop');
      resolved.push(name);
    };
    const first = revoke('first');
    while (waiting.length < 1) await new Promise(setImmediate);
    const second = revoke('second');
    while (waiting.length < 2 && resolved.length < 1) await new Promise(setImmediate);
    expect(await appsInStore(slot)).toEqual([]);
    expect(resolved).toEqual([]);
    lease.resolve();
    await Promise.all([first, second]);
  });

  test('a change that another process could not bring into the store is made good in the next round', async () => {
    const { accountId, slot } = await host.signedIn('ada');
    await host.access.applyMissed();
    host.clock.advance(60_000);
    const { db, clock, store } = host;
    const parts = {
      db,
      store,
      realm: realms,
      now: clock.now,
      randomBytes,
      rules: noRules,
      ...quiet,
    };
    store.breakNext('replaceSignIn', 'before');
    await expect(createAccess(parts).revoke(accountId, 'shop')).rejects.toMatchObject({
      code: 'store_unavailable',
    });
    host.clock.advance(2_000);
    await host.access.applyMissed();
    expect(await appsInStore(slot)).toEqual([]);
  });

  test('a sign-in that ends meanwhile stays ended', async () => {
    const { accountId, slot, id } = await host.signedIn('ada');
    host.store.before('replaceSignIn', () =>
      host.endings.endSignIn({ signInId: id, cause: 'sign-out' }),
    );
    expect(await host.access.revoke(accountId, 'shop')).toMatchObject({ kind: 'changed' });
    expect(await host.store.readSignIn(slot)).toBeNull();
  });

  test.each(['before', 'after'] as const)(
    'a store that fails %s the write gets the change in the next round',
    async (moment) => {
      const { accountId, slot } = await host.signedIn('ada');
      await host.access.applyMissed();
      host.store.breakNext('replaceSignIn', moment);
      await expect(host.access.revoke(accountId, 'shop')).rejects.toMatchObject({
        code: 'store_unavailable',
      });
      await host.access.applyMissed();
      expect(await appsInStore(slot)).toEqual([]);
      // Changes of the last seconds are looked at once more.
      host.clock.advance(20_000);
      await host.access.applyMissed();
      expect(await host.access.applyMissed()).toBe(0);
    },
  );

  test('a crash between database and store is made good after the restart', async () => {
    const { accountId, slot } = await host.signedIn('ada');
    host.store.breakNext('replaceSignIn', 'before');
    await host.access.revoke(accountId, 'shop').catch(() => undefined);
    expect(await appsInStore(slot)).toEqual(['shop']);
    host = await host.restart();
    await host.reconciler.reconcileOnce();
    expect(await appsInStore(slot)).toEqual([]);
  });
});

describe('access to a relying party withdrawn', () => {
  const notices = () => host.db.selectFrom('notices').selectAll().execute();

  test('writes it one notice for each sign-in that it joined, and wakes the outbox', async () => {
    const { accountId, id } = await host.signedIn('ada', ['wiki', 'news']);
    const before = host.wakes();
    await host.access.revoke(accountId, 'wiki');
    expect(await notices()).toMatchObject([
      {
        app: 'wiki',
        sid: 'sid-ada-wiki',
        sign_in_id: id,
        cause: 'access-withdrawn',
        state: 'waiting',
      },
    ]);
    expect(host.wakes()).toBeGreaterThan(before);
    await host.access.revoke(accountId, 'wiki');
    expect(await notices()).toHaveLength(1);
  });

  test('leaves the sign-in and its other apps alone', async () => {
    const { accountId, id } = await host.signedIn('ada', ['wiki', 'news']);
    await host.access.revoke(accountId, 'wiki');
    expect(await host.signIns.findLive(id)).not.toBeNull();
    expect((await joinedApps(host.db, id)).map(({ app }) => app)).toEqual(['news']);
    expect(await host.signIns.join({ signInId: id, app: 'wiki', reach: 'oidc', sid: 'sid' })).toBe(
      'no-access',
    );
  });

  test('apps of other reaches get none', async () => {
    const { accountId, id } = await host.signedIn('ada');
    await host.signIns.join({ signInId: id, app: 'shop', reach: 'shared', sid: null });
    await host.access.revoke(accountId, 'shop');
    expect(await notices()).toEqual([]);
  });
});
