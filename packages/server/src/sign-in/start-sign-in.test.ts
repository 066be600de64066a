import { randomBytes } from 'node:crypto';
import { createSessionId, type Slot, storeKey } from '@latchkey/session/parts';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openTestLoginHost, type TestLoginHost } from '../../test/login-host.ts';
import { realm } from '../../test/realm.ts';
import { maxSignInsPerAccount } from './start-sign-in.ts';

/** For a busy machine; the wait ends as soon as it is so. */
const patience = { timeout: 4000 };

let host: TestLoginHost;
beforeEach(async () => {
  host = await openTestLoginHost();
});
afterEach(() => host.close());

const methods = ['pwd'];
const userAgent = 'Mozilla/5.0 (X11; Linux x86_64) Chrome/156.0 Safari/537.36';
/** The key of an app's session under a sign-in. */
async function sessionOf(slot: Slot) {
  const key = storeKey(realm, createSessionId(slot, randomBytes));
  const lives = { idleSeconds: 1000, absoluteSeconds: 40_000_000 };
  const times = { signedIn: true, createdAt: host.store.now(), ...lives };
  await host.store.create(key, { version: 1, scope: 'shop', data: '{}', ...times });
  return key;
}

const rows = () => host.db.selectFrom('sign_ins').selectAll().execute();

describe('starting a sign-in', () => {
  test('writes it down and into the session store, with the apps granted', async () => {
    const account = await host.person('ada', ['shop', 'blog']);
    const proof = { accountId: account.id, epoch: account.epoch, methods, userAgent };
    const started = await host.startSignIn({ ...proof, clientAddress: '192.0.2.7' });
    if (started.kind !== 'started') throw new Error(started.why);
    const at = host.clock.now();
    expect(await rows()).toMatchObject([
      {
        id: started.signInId,
        slot: started.slot,
        device: 'Chrome on Linux',
        proved_at: at,
        ended_at: null,
      },
    ]);
    expect((await host.store.readSignIn(started.slot))?.signIn).toEqual({
      version: 1,
      id: started.signInId,
      account: { id: account.id, email: 'ada@kittens.example', name: 'ada' },
      provedAt: at,
      methods,
      device: 'Chrome on Linux',
      place: '192.0.2.7',
      remembered: false,
      apps: { blog: null, shop: null },
      createdAt: at,
      idleSeconds: 604_800,
      absoluteSeconds: 2_592_000,
    });
  });

  test('an address that is too long is cut, one that is not known is left empty', async () => {
    const { id, epoch } = await host.person('ada', ['shop']);
    const placeOf = async (address: object) => {
      const started = await host.startSignIn({
        accountId: id,
        epoch,
        methods,
        userAgent,
        ...address,
      });
      if (started.kind !== 'started') throw new Error(started.why);
      return (await host.store.readSignIn(started.slot))?.signIn.place;
    };
    expect(await placeOf({ clientAddress: 'x'.repeat(5000) })).toBe('x'.repeat(100));
    expect(await placeOf({})).toBe('');
  });

  test('one that the person asked to keep has the longer limits, in SQL and store alike', async () => {
    const { id, epoch } = await host.person('ada', ['shop']);
    const proof = { accountId: id, epoch, methods, userAgent, remember: true };
    const started = await host.startSignIn({ ...proof, clientAddress: '192.0.2.7' });
    if (started.kind !== 'started') throw new Error(started.why);
    expect(await rows()).toMatchObject([
      {
        remembered: 1,
        place: '192.0.2.7',
        idle_seconds: 2_592_000,
        absolute_seconds: 31_536_000,
      },
    ]);
    expect((await host.store.readSignIn(started.slot))?.signIn).toMatchObject({
      remembered: true,
      idleSeconds: 2_592_000,
      absoluteSeconds: 31_536_000,
    });
    // Longer than others may last, unused for less than it may be.
    for (let day = 0; day < 348; day += 29) {
      host.clock.advance(29 * 86_400_000);
      expect(await host.reconciler.reconcileOnce()).toMatchObject({ expired: 0 });
      await host.store.touch(await sessionOf(started.slot), 2_592_000);
    }
    expect(await host.signIns.findLive(started.signInId)).toMatchObject({ remembered: true });
    host.clock.advance(17 * 86_400_000);
    expect(await host.reconciler.reconcileOnce()).toMatchObject({ expired: 1 });
    expect(await rows()).toMatchObject([{ end_cause: 'absolute' }]);
  });

  test('one that is not active does not get in', async () => {
    for (const state of ['pending', 'suspended', 'deleted'] as const) {
      const { id } = await host.person(state);
      const account = await host.accounts.setState(id, state);
      const proof = { accountId: id, epoch: account?.epoch ?? 0, methods, userAgent };
      const refused = { kind: 'refused', why: 'account-changed' };
      expect(await host.startSignIn(proof)).toEqual(refused);
    }
    expect(await rows()).toEqual([]);
  });

  test('nor one who does not exist', async () => {
    const proof = { accountId: 'nobody', epoch: 1, methods, userAgent };
    expect(await host.startSignIn(proof)).toMatchObject({ kind: 'refused' });
  });

  test('a proof begun before the password changed does not count', async () => {
    await host.person('ada');
    const proof = await host.accounts.provePassword('ada@kittens.example', 'correct horse battery');
    if (proof.kind !== 'proved') throw new Error(proof.kind);
    const { id } = proof.account;
    await host.accounts.setPassword(id, 'another horse battery');
    const late = { accountId: id, epoch: proof.epoch, methods, userAgent };
    expect(await host.startSignIn(late)).toEqual({ kind: 'refused', why: 'account-changed' });
  });

  test.each([1, 2, 3, 4, 5])(
    'better-auth#11073: a suspension at the same time leaves no live sign-in (%i)',
    async () => {
      const { id, epoch } = await host.person('ada', ['shop']);
      const start = () => host.startSignIn({ accountId: id, epoch, methods, userAgent });
      const early = [start(), start(), start()];
      const suspension = host.accounts.setState(id, 'suspended');
      const late = [start(), start(), start()];
      await suspension;
      await Promise.all([...early, ...late]);
      for (const row of await rows()) {
        expect(row.ended_at).not.toBeNull();
        expect(await host.store.readSignIn(row.slot as never)).toBeNull();
      }
    },
  );

  test('one that ended before it reached the store is refused, and stays ended', async () => {
    const { id, epoch } = await host.person('ada');
    host.store.before('createSignIn', () =>
      host.endings.endSignInsOfAccount(id, 'revoked-by-administrator'),
    );
    const proof = { accountId: id, epoch, methods, userAgent };
    expect(await host.startSignIn(proof)).toEqual({ kind: 'refused', why: 'ended-meanwhile' });
    expect(await rows()).toMatchObject([{ end_cause: 'revoked-by-administrator' }]);
  });

  test.each(['before', 'after'] as const)(
    'a store that fails %s its write leaves nothing live, and the failure goes on',
    async (moment) => {
      const { id, epoch } = await host.person('ada', ['shop']);
      host.store.breakNext('createSignIn', moment);
      host.store.breakNext('endSignIn', 'before');
      const started = host.startSignIn({ accountId: id, epoch, methods, userAgent });
      await expect(started).rejects.toMatchObject({ code: 'store_unavailable' });
      const [row] = await rows();
      expect(row?.ended_at).toBe(host.clock.now());
      await host.reconciler.reconcileOnce();
      expect(await host.store.readSignIn(row?.slot as never)).toBeNull();
    },
  );

  test('a crash between database and store leaves one that the reconciler ends', async () => {
    const { id, epoch } = await host.person('ada', ['shop']);
    let crash: (error: Error) => void = () => undefined;
    host.store.before(
      'createSignIn',
      () =>
        new Promise((_resolve, reject) => {
          crash = reject;
        }),
    );
    const lost = host
      .startSignIn({ accountId: id, epoch, methods, userAgent })
      .catch(() => undefined);
    await expect.poll(async () => (await rows()).length, patience).toBe(1);
    const before = await rows();
    host = await host.restart();
    await host.reconciler.reconcileOnce();
    expect(await rows()).toEqual(before);
    host.clock.advance(60_000);
    await host.reconciler.reconcileOnce();
    expect(await rows()).toMatchObject([{ end_cause: 'idle' }]);
    crash(new Error('the process is gone'));
    await lost;
  });
});

describe('the hundredth sign-in of an account and one more', () => {
  const live = async () => (await rows()).filter((row) => row.ended_at === null);
  /** Ids of as many sign-ins, one a second. */
  async function fill(accountId: string, epoch: number, count: number): Promise<string[]> {
    const ids: string[] = [];
    for (let made = 0; made < count; made += 1) {
      host.clock.advance(1000);
      const started = await host.startSignIn({ accountId, epoch, methods, userAgent });
      if (started.kind === 'started') ids.push(started.signInId);
    }
    return ids;
  }

  test('end the one made first, everywhere and with notices', async () => {
    const { id, epoch } = await host.person('ada', ['shop', 'wiki']);
    const other = await host.signedIn('ben');
    const ids = await fill(id, epoch, maxSignInsPerAccount);
    const [first = '', second = ''] = ids;
    await host.signIns.join({
      signInId: first,
      app: 'wiki',
      reach: 'oidc',
      sid: 'sid-of-the-first',
    });
    expect((await live()).length).toBe(maxSignInsPerAccount + 1);
    await fill(id, epoch, 1);
    const ended = (await rows()).filter((row) => row.ended_at !== null);
    const at = host.clock.now();
    expect(ended).toMatchObject([{ id: first, end_cause: 'replaced', enforced_at: at }]);
    expect(await host.store.readSignIn(ended[0]?.slot as Slot)).toBeNull();
    const notices = await host.db.selectFrom('notices').select(['sid', 'cause']).execute();
    expect(notices).toEqual([{ sid: 'sid-of-the-first', cause: 'replaced' }]);
    expect(await host.signIns.findLive(second)).not.toBeNull();
    expect(await host.signIns.findLive(other.id)).not.toBeNull();
  });

  test('also many at once: never more, and none too few', async () => {
    const { id, epoch } = await host.person('ada', ['shop']);
    await fill(id, epoch, maxSignInsPerAccount - 5);
    const proof = { accountId: id, epoch, methods, userAgent };
    const counts: number[] = [];
    const started = await Promise.all(
      Array.from({ length: 40 }, async () => {
        const result = await host.startSignIn(proof);
        counts.push((await live()).length);
        return result;
      }),
    );
    expect(Math.max(...counts)).toBe(maxSignInsPerAccount);
    expect(started.map(({ kind }) => kind)).toEqual(Array.from({ length: 40 }, () => 'started'));
    const left = await live();
    expect(left).toHaveLength(maxSignInsPerAccount);
    for (const row of left) {
      expect(await host.store.readSignIn(row.slot as Slot)).not.toBeNull();
    }
    const ended = (await rows()).filter((row) => row.ended_at !== null);
    expect(ended).toHaveLength(35);
    for (const row of ended) {
      expect(row).toMatchObject({ end_cause: 'replaced', enforced_at: host.clock.now() });
      expect(await host.store.readSignIn(row.slot as Slot)).toBeNull();
    }
  });

  test('with a store that is down for it: written down, and the reconciler goes on', async () => {
    const { id, epoch } = await host.person('ada', ['shop']);
    const [first = ''] = await fill(id, epoch, maxSignInsPerAccount);
    host.store.breakNext('endSignIn', 'before');
    expect(await fill(id, epoch, 1)).toHaveLength(1);
    const row = async () => (await rows()).find((one) => one.id === first);
    expect(await row()).toMatchObject({ end_cause: 'replaced', enforced_at: null });
    expect(await live()).toHaveLength(maxSignInsPerAccount);
    expect(await host.reconciler.reconcileOnce()).toMatchObject({ enforced: 1 });
    expect((await row())?.enforced_at).toBe(host.clock.now());
  });

  test('do not count what is too old and not yet swept out', async () => {
    const { id, epoch } = await host.person('ada', ['shop']);
    const proof = { accountId: id, epoch, methods, userAgent };
    const kept = await host.startSignIn({ ...proof, remember: true });
    await fill(id, epoch, maxSignInsPerAccount - 1);
    host.clock.advance(2_592_000_000);
    await fill(id, epoch, 1);
    expect(kept.kind === 'started' && (await host.signIns.findLive(kept.signInId))).not.toBeNull();
  });
});
