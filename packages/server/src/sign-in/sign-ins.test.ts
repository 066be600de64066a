import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { joinedApps } from '../../test/joined-apps.ts';
import { openTestLoginHost, type TestLoginHost } from '../../test/login-host.ts';

let host: TestLoginHost;
beforeEach(async () => {
  host = await openTestLoginHost();
});
afterEach(() => host.close());

describe('a live sign-in', () => {
  test('is found by its id', async () => {
    const signIn = await host.signedIn('ada');
    expect(await host.signIns.findLive(signIn.id)).toEqual(signIn);
    expect(signIn).toMatchObject({ methods: ['pwd'], device: 'Unknown device', endedAt: null });
  });

  test('is not found under other ids', async () => {
    await host.signedIn('ada');
    expect(await host.signIns.findLive('nobody')).toBeNull();
  });

  test('is live until the last millisecond of its absolute limit', async () => {
    const { id, absoluteSeconds } = await host.signedIn('ada');
    host.clock.advance(absoluteSeconds * 1000 - 1);
    expect(await host.signIns.findLive(id)).not.toBeNull();
    host.clock.advance(1);
    expect(await host.signIns.findLive(id)).toBeNull();
    expect(await host.signIns.join({ signInId: id, app: 'shop', reach: 'shared', sid: null })).toBe(
      'ended',
    );
  });

  test('ended, it is not live, although the session store does not know yet', async () => {
    const { id, slot } = await host.signedIn('ada');
    host.store.breakNext('endSignIn', 'before');
    await host.endings.endSignIn({ signInId: id, cause: 'sign-out' }).catch(() => undefined);
    expect(await host.store.readSignIn(slot)).not.toBeNull();
    expect(await host.signIns.findLive(id)).toBeNull();
  });

  test('is none when its account is not active, whatever its row says', async () => {
    const { id, accountId } = await host.signedIn('ada');
    await host.db.updateTable('accounts').set({ state: 'suspended' }).execute();
    expect(await host.signIns.findLive(id)).toBeNull();
    expect(await host.signIns.listLive(accountId)).toEqual([]);
  });

  test('those of an account are listed newest first', async () => {
    const first = await host.signedIn('ada');
    await host.signedIn('ben');
    host.clock.advance(1000);
    const proof = { accountId: first.accountId, epoch: 1, methods: ['pwd'] };
    await host.startSignIn({ ...proof, userAgent: 'Firefox/150.0' });
    const devices = (await host.signIns.listLive(first.accountId)).map(({ device }) => device);
    expect(devices).toEqual(['Firefox', 'Unknown device']);
  });
});

describe('joining', () => {
  test('writes the app down, once', async () => {
    const { id } = await host.signedIn('ada');
    expect(await host.signIns.join({ signInId: id, app: 'shop', reach: 'shared', sid: null })).toBe(
      'joined',
    );
    host.clock.advance(1000);
    expect(await host.signIns.join({ signInId: id, app: 'shop', reach: 'shared', sid: null })).toBe(
      'joined',
    );
    expect(await joinedApps(host.db, id)).toEqual([
      { app: 'shop', reach: 'shared', sid: null, joinedAt: host.clock.now() - 1000 },
    ]);
  });

  test('the first sid stays, and fills in one that was missing', async () => {
    const { id, accountId } = await host.signedIn('ada');
    await host.access.grant(accountId, 'wiki');
    for (const sid of [null, 'first', 'second']) {
      expect(await host.signIns.join({ signInId: id, app: 'wiki', reach: 'oidc', sid })).toBe(
        'joined',
      );
    }
    expect(await joinedApps(host.db, id)).toMatchObject([{ sid: 'first' }]);
  });

  test('is refused without access, or with access that ran out', async () => {
    const { id, accountId } = await host.signedIn('ada');
    await host.access.grant(accountId, 'blog', { until: host.clock.now() });
    expect(await host.signIns.join({ signInId: id, app: 'blog', reach: 'shared', sid: null })).toBe(
      'no-access',
    );
    expect(await host.signIns.join({ signInId: id, app: 'wiki', reach: 'oidc', sid: 'sid' })).toBe(
      'no-access',
    );
    expect(await joinedApps(host.db, id)).toEqual([]);
  });

  test('an ended sign-in, or one that never was, is joined by nobody', async () => {
    const { id } = await host.signedIn('ada');
    await host.endings.endSignIn({ signInId: id, cause: 'sign-out' });
    expect(await host.signIns.join({ signInId: id, app: 'shop', reach: 'shared', sid: null })).toBe(
      'ended',
    );
    expect(
      await host.signIns.join({ signInId: 'nobody', app: 'shop', reach: 'shared', sid: null }),
    ).toBe('ended');
  });

  test('while the sign-in ends, an app either gets its notice or did not join', async () => {
    const { id, accountId } = await host.signedIn('ada');
    const apps = Array.from({ length: 30 }, (_, index) => `app${index}`);
    for (const app of apps) await host.access.grant(accountId, app);
    const joins = apps.map((app) =>
      host.signIns.join({ signInId: id, app, reach: 'oidc', sid: `sid-${app}` }),
    );
    const ending = host.endings.endSignIn({ signInId: id, cause: 'sign-out' });
    const lateJoins = apps.map((app) =>
      host.signIns.join({ signInId: id, app, reach: 'oidc', sid: `sid-${app}` }),
    );
    const results = await Promise.all([...joins, ...lateJoins]);
    await ending;
    const joined = new Set(
      results.flatMap((result, index) => (result === 'joined' ? [apps[index % 30]] : [])),
    );
    const told = await host.db.selectFrom('notices').select('app').execute();
    expect(new Set(told.map(({ app }) => app))).toEqual(joined);
  });

  test('the sign-in is found by the sid of that app alone, ended or not', async () => {
    const { id } = await host.signedIn('ada', ['wiki']);
    expect(await host.signIns.findBySid('wiki', 'sid-ada-wiki')).toMatchObject({
      id,
      endedAt: null,
    });
    expect(await host.signIns.findBySid('news', 'sid-ada-wiki')).toBeNull();
    expect(await host.signIns.findBySid('wiki', 'sid-of-nobody')).toBeNull();
    await host.endings.endSignIn({ signInId: id, cause: 'sign-out' });
    expect(await host.signIns.findBySid('wiki', 'sid-ada-wiki')).toMatchObject({
      id,
      endCause: 'sign-out',
    });
  });
});
