import type { EndCause, Slot } from '@latchkey/session/parts';
import { createMemoryStore } from '@latchkey/session/store/memory';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openTestLoginHost, type TestLoginHost } from '../../test/login-host.ts';
import { realm, realms } from '../../test/realm.ts';
import { createReconciler } from './reconciler.ts';

/** For a busy machine; the wait ends as soon as it is so. */
const patience = { timeout: 4000 };

let host: TestLoginHost;
beforeEach(async () => {
  host = await openTestLoginHost();
});
afterEach(() => host.close());

const nothing = { kind: 'done', asserted: 0, enforced: 0, reported: 0, expired: 0, swept: 0 };
const row = (id: string) =>
  host.db.selectFrom('sign_ins').selectAll().where('id', '=', id).executeTakeFirstOrThrow();
const noticeCauses = async () =>
  (await host.db.selectFrom('notices').select('cause').execute()).map(({ cause }) => cause);

describe('a round', () => {
  test('of a family where all is well does nothing', async () => {
    await host.signedIn('ada');
    host.clock.advance(3_600_000);
    expect(await host.reconciler.reconcileOnce()).toEqual(nothing);
    expect(host.events).toEqual([]);
  });

  test('finishes endings that the store did not confirm', async () => {
    const signIns = [await host.signedIn('ada', ['wiki']), await host.signedIn('ben')];
    host.store.breakNext('endSignIn', 'before', 2);
    for (const { id } of signIns) {
      await host.endings.endSignIn({ signInId: id, cause: 'sign-out' }).catch(() => undefined);
    }
    const woken = host.wakes();
    expect(await host.reconciler.reconcileOnce()).toEqual({ ...nothing, enforced: 2, asserted: 2 });
    for (const { id, slot } of signIns) {
      expect(await host.store.readSignIn(slot)).toBeNull();
      expect((await row(id)).enforced_at).not.toBeNull();
    }
    expect(host.wakes()).toBe(woken + 2);
  });

  test('takes over what apps ended while the login host was away', async () => {
    const ada = await host.signedIn('ada', ['wiki']);
    const ben = await host.signedIn('ben', ['wiki']);
    await host.store.endSignIn(ada.slot, 'sign-out', { realm, report: true });
    expect(await host.reconciler.reconcileOnce()).toEqual({ ...nothing, reported: 1, asserted: 1 });
    expect(await row(ada.id)).toMatchObject({
      end_cause: 'sign-out',
      enforced_at: host.clock.now(),
    });
    expect(await noticeCauses()).toEqual(['sign-out']);
    expect(await host.signIns.findLive(ben.id)).not.toBeNull();
    expect(await host.store.readReports(realm, 10)).toEqual([]);
  });

  test('takes any number of reports, also of what nobody knows or what ended before', async () => {
    const { id, slot } = await host.signedIn('ada', ['wiki']);
    await host.endings.endSignIn({ signInId: id, cause: 'revoked-by-person' });
    for (let time = 0; time < 250; time += 1) {
      const unknown = String(time).padStart(16, 'x') as Slot;
      await host.store.endSignIn(time % 2 === 0 ? slot : unknown, 'sign-out', {
        realm,
        report: true,
      });
    }
    expect(await host.reconciler.reconcileOnce()).toMatchObject({ kind: 'done', reported: 250 });
    expect(await host.store.readReports(realm, 10)).toEqual([]);
    expect(await noticeCauses()).toEqual(['revoked-by-person']);
  });

  test('a crash before the reports are dropped only repeats them', async () => {
    const { id, slot } = await host.signedIn('ada', ['wiki']);
    await host.store.endSignIn(slot, 'sign-out', { realm, report: true });
    host.store.breakNext('dropReports', 'before');
    expect(await host.reconciler.reconcileOnce()).toMatchObject({ kind: 'failed' });
    host = await host.restart();
    expect(await host.reconciler.reconcileOnce()).toMatchObject({ kind: 'done', reported: 1 });
    expect(await row(id)).toMatchObject({ end_cause: 'sign-out' });
    expect(await noticeCauses()).toEqual(['sign-out']);
  });

  test.each<[string, number, EndCause]>([
    ['idled out', 604_800_000, 'idle'],
    ['grew too old', 2_592_000_000, 'absolute'],
  ])('ends in SQL, with notices, what %s', async (_what, milliseconds, cause) => {
    const { id } = await host.signedIn('ada', ['wiki']);
    host.clock.advance(milliseconds - 1);
    if (cause === 'idle') expect((await host.reconciler.reconcileOnce()).expired).toBe(0);
    host.clock.advance(1);
    expect(await host.reconciler.reconcileOnce()).toEqual({ ...nothing, expired: 1 });
    expect(await row(id)).toMatchObject({ end_cause: cause, enforced_at: host.clock.now() });
    expect(await noticeCauses()).toEqual([cause]);
  });

  test('a sign-in that is just beginning is left alone', async () => {
    const { slot, id } = await host.signedIn('ada');
    await host.store.endSignIn(slot, 'sign-out');
    host.clock.advance(59_999);
    expect((await host.reconciler.reconcileOnce()).expired).toBe(0);
    host.clock.advance(1);
    expect((await host.reconciler.reconcileOnce()).expired).toBe(1);
    expect(await row(id)).toMatchObject({ end_cause: 'idle' });
  });

  test('comes round to every sign-in, however many live ones there are, again and again', async () => {
    for (let person = 0; person < 9; person += 1) {
      const { accountId } = await host.signedIn(`person-${person}`);
      const proof = { accountId, epoch: 1, methods: ['pwd'], userAgent: null };
      for (let browser = 0; browser < 49; browser += 1) await host.startSignIn(proof);
    }
    const byId = await host.db.selectFrom('sign_ins').select('slot').orderBy('id').execute();
    const endInStore = (position: number) =>
      host.store.endSignIn(byId[position]?.slot as Slot, 'sign-out');
    for (const position of [10, 210, 220, 449]) await endInStore(position);
    host.clock.advance(60_000);
    const rounds: number[] = [];
    for (let round = 0; round < 4; round += 1) {
      rounds.push((await host.reconciler.reconcileOnce()).expired);
    }
    await endInStore(300);
    rounds.push((await host.reconciler.reconcileOnce()).expired);
    expect(rounds).toEqual([1, 2, 1, 0, 1]);
  });
});

describe('at start', () => {
  test('endings of the last ten minutes are asserted once more', async () => {
    const recent = await host.signedIn('ada', ['wiki']);
    await host.endings.endSignIn({ signInId: recent.id, cause: 'sign-out' });
    // A store that lost its data, or fell back to a replica that had not heard of the ending.
    const lost = createMemoryStore({ now: host.clock.now });
    const record = {
      version: 1,
      id: recent.id,
      account: { id: recent.accountId, email: 'ada@kittens.example', name: 'ada' },
      provedAt: 0,
      methods: ['pwd'],
      device: '',
      place: '',
      remembered: false,
      apps: {},
      createdAt: 0,
      idleSeconds: 1000,
      absoluteSeconds: 1000,
    };
    await lost.createSignIn(recent.slot, record, realm);
    const { db, endings, clock } = host;
    const reconciler = createReconciler({
      realm: realms,
      db,
      store: lost,
      endings,
      now: clock.now,
      onEvent: () => undefined,
      applyMissedAccess: async () => undefined,
      sweep: async () => ({ rows: 0, isDone: true }),
    });
    expect(await reconciler.reconcileOnce()).toMatchObject({ asserted: 1 });
    expect(await lost.readSignIn(recent.slot)).toBeNull();
    expect(await reconciler.reconcileOnce()).toMatchObject({ asserted: 0 });
    expect(await noticeCauses()).toHaveLength(1);
  });

  test('takes reports before it asserts old endings, however many, and whatever becomes of those', async () => {
    const ended = await host.signedIn('ada');
    await host.endings.endSignIn({ signInId: ended.id, cause: 'sign-out' });
    const reported = await host.signedIn('ben');
    await host.store.endSignIn(reported.slot, 'sign-out', { realm, report: true });
    host = await host.restart();
    let calls = 0;
    host.store.before('endSignIn', async () => {
      calls += 1;
      if (calls > 1) throw new Error('a crash at the first of the old endings');
    });
    expect(await host.reconciler.reconcileOnce()).toMatchObject({ kind: 'failed', reported: 1 });
    expect((await row(reported.id)).end_cause).toBe('sign-out');
  });

  test('older ones are not, where the store does not have them: their tombstones have served', async () => {
    const { id } = await host.signedIn('ada');
    await host.endings.endSignIn({ signInId: id, cause: 'sign-out' });
    host.clock.advance(600_000);
    expect(await host.reconciler.reconcileOnce()).toEqual(nothing);
  });
});

describe('a store that comes back with older data', () => {
  /** The store as it was before an ending. */
  async function revive(id: string): Promise<void> {
    const { slot, accountId } = await row(id).then((one) => ({
      slot: one.slot as Slot,
      accountId: one.account_id,
    }));
    const times = { createdAt: host.clock.now(), idleSeconds: 604_800, absoluteSeconds: 2_592_000 };
    const account = { id: accountId, email: 'ada@kittens.example', name: 'ada' };
    const proof = { provedAt: host.clock.now(), methods: ['pwd'], device: '', place: '' };
    const record = { version: 1, id, account, ...proof, remembered: false, apps: {}, ...times };
    expect(await host.store.createSignIn(slot, record, realm)).toBe('created');
  }
  const isLive = async (id: string): Promise<boolean> =>
    (await host.store.readSignIn((await row(id)).slot as Slot)) !== null;

  test.each([60_000, 86_400_000])(
    'loses an ending of %i ms ago: it is asserted when another answers',
    async (ageMilliseconds) => {
      const { id } = await host.signedIn('ada', ['wiki']);
      await host.endings.endSignIn({ signInId: id, cause: 'sign-out' });
      await host.reconciler.reconcileOnce();
      host.clock.advance(ageMilliseconds);
      const forgetful = { ...createMemoryStore({ now: host.clock.now }) };
      Object.assign(host.store, forgetful, { incarnation: async () => 'another' });
      await revive(id);
      expect(await host.reconciler.reconcileOnce()).toMatchObject({ kind: 'done', asserted: 1 });
      expect(await isLive(id)).toBe(false);
      expect(await noticeCauses()).toEqual(['sign-out']);
    },
  );

  test('every further ending asserts the tombstone, whatever SQL remembers', async () => {
    const { id, accountId } = await host.signedIn('ada', ['wiki']);
    await host.endings.endSignIn({ signInId: id, cause: 'sign-out' });
    const acts: Readonly<Record<string, () => Promise<unknown>>> = {
      'a sign-out': () => host.endings.endSignIn({ signInId: id, cause: 'sign-out' }),
      'an administrator': () =>
        host.endings.endSignInsOfAccount(accountId, 'revoked-by-administrator'),
      'a withdrawal': () => host.access.revoke(accountId, 'shop'),
      'a new password': () => host.accounts.setPassword(accountId, 'another correct horse'),
      'a suspension': () => host.accounts.setState(accountId, 'suspended'),
      'the same suspension again': () => host.accounts.setState(accountId, 'suspended'),
    };
    for (const [what, act] of Object.entries(acts)) {
      Object.assign(host.store, createMemoryStore({ now: host.clock.now }));
      await revive(id);
      await act();
      expect([what, await isLive(id)]).toEqual([what, false]);
    }
  });

  test('an ending for the whole account leaves the sign-in that is to stay', async () => {
    const { id, accountId } = await host.signedIn('ada');
    await host.endings.endSignInsOfAccount(accountId, 'revoked-by-person', id);
    expect(await isLive(id)).toBe(true);
  });

  test('an ending that the store does not take is not acknowledged', async () => {
    const { id } = await host.signedIn('ada');
    await host.endings.endSignIn({ signInId: id, cause: 'sign-out' });
    host.store.breakNext('endSignIn', 'before');
    const again = host.endings.endSignIn({ signInId: id, cause: 'sign-out' });
    await expect(again).rejects.toThrow('told to fail');
  });
});

describe('a clock that leaps', () => {
  /** A reconciler over clocks that can be set apart. */
  function onClocks() {
    const set = { ahead: 0, storeAhead: 0, monotonic: 0 };
    const { db, store, endings, clock } = host;
    const events: string[] = [];
    const reconciler = createReconciler({
      db,
      endings,
      realm: realms,
      monotonic: () => set.monotonic,
      store: { ...store, now: () => clock.now() + set.monotonic + set.storeAhead },
      now: () => clock.now() + set.monotonic + set.ahead,
      onEvent: ({ type }) => events.push(type),
      applyMissedAccess: async () => undefined,
      sweep: () => Promise.reject(new Error('swept by a clock that leapt')),
    });
    return { set, reconciler, events };
  }

  test('an hour, or a year, ahead for six seconds ends nobody and deletes nothing', async () => {
    const { id } = await host.signedIn('ada', ['wiki']);
    const { set, reconciler, events } = onClocks();
    for (const ahead of [3_600_000, 31_536_000_000, 0]) {
      set.ahead = ahead;
      for (let round = 0; round < 3; round += 1) {
        set.monotonic += 2_000;
        expect(await reconciler.reconcileOnce()).toMatchObject({ kind: 'done', expired: 0 });
      }
    }
    expect((await row(id)).ended_at).toBeNull();
    expect(events).toEqual(['reconciler.clock-doubted']);
  });

  test("the store's clock, as this process knows it, counts as well", async () => {
    const { id, slot } = await host.signedIn('ada');
    const { set, reconciler } = onClocks();
    await host.store.endSignIn(slot, 'idle');
    set.storeAhead = 3_600_000;
    set.monotonic = 3_600_000;
    expect(await reconciler.reconcileOnce()).toMatchObject({ kind: 'done', expired: 0 });
    expect((await row(id)).ended_at).toBeNull();
  });

  test('what was put off is done when the clock has gone on steadily for a minute', async () => {
    const { id, slot } = await host.signedIn('ada');
    const { set, reconciler } = onClocks();
    await host.store.endSignIn(slot, 'idle');
    set.ahead = 3_600_000;
    set.storeAhead = 3_600_000;
    for (let second = 0; second <= 62; second += 2) {
      set.monotonic += 2_000;
      await reconciler.reconcileOnce();
    }
    expect((await row(id)).end_cause).toBe('idle');
  });
});

describe('a store that is down', () => {
  test('ends nobody; the round fails, is told, and the next goes on', async () => {
    const { id } = await host.signedIn('ada');
    host.clock.advance(3_600_000);
    host.store.breakNext('readSignIn', 'before');
    expect(await host.reconciler.reconcileOnce()).toEqual({ ...nothing, kind: 'failed' });
    expect(host.events).toMatchObject([{ type: 'reconciler.failed', reason: 'store-unavailable' }]);
    expect(await host.signIns.findLive(id)).not.toBeNull();
    expect(await host.reconciler.reconcileOnce()).toEqual(nothing);
  });

  test('so does a database that fails', async () => {
    await host.db.schema.alterTable('sign_ins').renameTo('hidden').execute();
    expect(await host.reconciler.reconcileOnce()).toMatchObject({ kind: 'failed' });
    expect(host.events).toMatchObject([{ type: 'reconciler.failed', reason: 'database' }]);
    await host.db.schema.alterTable('hidden').renameTo('sign_ins').execute();
    expect(await host.reconciler.reconcileOnce()).toEqual(nothing);
  });

  test('started, it goes on by itself until it is stopped', async () => {
    const { id, slot } = await host.signedIn('ada');
    host.store.breakNext('readReports', 'before', 2);
    const { db, store, endings, clock, events } = host;
    const reconciler = createReconciler({
      realm: realms,
      db,
      store,
      endings,
      now: clock.now,
      onEvent: (event) => events.push(event),
      applyMissedAccess: async () => undefined,
      sweep: async () => ({ rows: 0, isDone: true }),
      intervalMilliseconds: 1,
    });
    reconciler.start();
    reconciler.start();
    await host.store.endSignIn(slot, 'sign-out', { realm, report: true });
    await expect.poll(async () => (await row(id)).ended_at, patience).not.toBeNull();
    expect(host.events).toHaveLength(2);
    await reconciler.stop();
    await host.store.endSignIn(slot, 'sign-out', { realm, report: true });
    for (let turn = 0; turn < 50; turn += 1) await new Promise((resolve) => setImmediate(resolve));
    expect(await host.store.readReports(realm, 10)).toHaveLength(1);
  });
});
