import { sql } from 'kysely';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { failWrites } from '../../test/databases.ts';
import { joinedApps } from '../../test/joined-apps.ts';
import { openTestLoginHost, type TestLoginHost } from '../../test/login-host.ts';
import { realm } from '../../test/realm.ts';
import { keptMilliseconds, sweep } from './sweep.ts';
import type { NoticeState } from './tables/notices.ts';

let host: TestLoginHost;
beforeEach(async () => {
  host = await openTestLoginHost();
});
afterEach(() => host.close());

const day = 86_400_000;
const tables = ['sign_ins', 'joined_apps', 'notices', 'oidc_records'] as const;
type Table = (typeof tables)[number];

const run = () => sweep({ db: host.db, now: host.clock.now });
const advance = (milliseconds: number): void => host.clock.advance(milliseconds);

async function counts(): Promise<Record<Table, number>> {
  const entries = tables.map(async (table) => {
    const rows = await host.db.selectFrom(table).select(sql.lit(1).as('one')).execute();
    return [table, rows.length] as const;
  });
  return Object.fromEntries(await Promise.all(entries)) as Record<Table, number>;
}

async function end(signInId: string): Promise<void> {
  await host.endings.endSignIn({ signInId, cause: 'sign-out' });
}

/** What the outbox does in the end. */
async function settle(state: NoticeState = 'delivered'): Promise<void> {
  const settled = { state, settled_at: host.clock.now() };
  await host.db.updateTable('notices').set(settled).where('state', '=', 'waiting').execute();
}

async function addRecords(count: number, values: object = {}): Promise<void> {
  const common = { kind: 'Interaction', payload: '{}', grant_id: null, user_code: null, uid: null };
  const empty = { sign_in_id: null, consumed_at: null, expires_at: host.clock.now() + 3_600_000 };
  for (let made = 0; made < count; made += 500) {
    const rows = Array.from({ length: Math.min(500, count - made) }, (_none, at) => ({
      id_hash: `${made + at}`,
      ...common,
      ...empty,
      ...values,
    }));
    await host.db.insertInto('oidc_records').values(rows).execute();
  }
}

describe('an ended sign-in', () => {
  test('goes 30 days after its end, with the apps that joined it', async () => {
    const { id } = await host.signedIn('ada', ['wiki']);
    advance(10 * day);
    await end(id);
    await settle();
    advance(keptMilliseconds - 1);
    expect(await run()).toEqual({ rows: 0, isDone: true });
    expect(await counts()).toMatchObject({ sign_ins: 1, joined_apps: 1, notices: 1 });
    advance(1);
    expect(await run()).toEqual({ rows: 2, isDone: true });
    expect(await counts()).toMatchObject({ sign_ins: 0, joined_apps: 0, notices: 0 });
    expect(await run()).toEqual({ rows: 0, isDone: true });
  });

  test('stays as long as a store restored from a backup could still have it', async () => {
    const { id, epoch } = await host.person('ada', ['shop']);
    const proof = { accountId: id, epoch, methods: ['pwd'], userAgent: null, remember: true };
    const started = await host.startSignIn(proof);
    if (started.kind !== 'started') throw new Error(started.why);
    advance(day);
    await end(started.signInId);
    // A year in all; and ten minutes, for clocks that differ.
    advance(364 * day + 600_000 - 1);
    await run();
    expect(await counts()).toMatchObject({ sign_ins: 1 });
    advance(1);
    await run();
    expect(await counts()).toMatchObject({ sign_ins: 0 });
  });

  test('stays until the store has confirmed it, and its tombstone has served', async () => {
    const { id } = await host.signedIn('ada');
    host.store.breakNext('endSignIn', 'before');
    await end(id).catch(() => undefined);
    advance(400 * day);
    await run();
    expect(await counts()).toMatchObject({ sign_ins: 1 });
    await host.endings.enforce([id]);
    advance(600_000 - 1);
    await run();
    expect(await counts()).toMatchObject({ sign_ins: 1 });
    advance(1);
    await run();
    expect(await counts()).toMatchObject({ sign_ins: 0 });
  });

  test.each(['delivered', 'dead'] as const)(
    'stays until its notices are settled and had their time too: %s',
    async (state) => {
      const { id } = await host.signedIn('ada', ['wiki', 'news']);
      await end(id);
      advance(400 * day);
      await run();
      expect(await counts()).toMatchObject({ sign_ins: 1, joined_apps: 2, notices: 2 });
      await settle(state);
      advance(keptMilliseconds - 1);
      await run();
      expect(await counts()).toMatchObject({ sign_ins: 1, joined_apps: 2, notices: 2 });
      advance(1);
      await run();
      expect(await counts()).toMatchObject({ sign_ins: 0, joined_apps: 0, notices: 0 });
    },
  );

  test('stays while a record of the provider names it', async () => {
    const { id } = await host.signedIn('ada');
    await end(id);
    await addRecords(1, { sign_in_id: id, expires_at: null });
    advance(400 * day);
    await run();
    expect(await counts()).toMatchObject({ sign_ins: 1, oidc_records: 1 });
    await host.db.updateTable('oidc_records').set({ expires_at: host.clock.now() }).execute();
    await run();
    expect(await counts()).toMatchObject({ sign_ins: 0, oidc_records: 0 });
  });

  test('that has gone stays gone: nothing joins it, nothing opens, ending it again is harmless', async () => {
    const { id, slot } = await host.signedIn('ada', ['wiki']);
    await end(id);
    await settle();
    advance(31 * day);
    await run();
    expect(await host.signIns.join({ signInId: id, app: 'wiki', reach: 'oidc', sid: 'late' })).toBe(
      'ended',
    );
    expect(await host.signIns.findLive(id)).toBeNull();
    expect(await host.store.readSignIn(slot)).toBeNull();
    const again = await host.endings.endSignIn({ signInId: id, cause: 'idle' });
    expect(again).toEqual({ kind: 'already-ended', notices: 0 });
    await host.store.endSignIn(slot, 'sign-out', { realm, report: true });
    expect(await host.reconciler.reconcileOnce()).toMatchObject({ kind: 'done', reported: 1 });
    expect(host.events).toMatchObject([{ type: 'reconciler.report-unknown' }]);
  });
});

test('what lives stays, with its apps, however old; only settled notices of it go', async () => {
  const { accountId } = await host.signedIn('ada', ['wiki', 'news']);
  await host.access.revoke(accountId, 'news');
  expect(await counts()).toMatchObject({ sign_ins: 1, joined_apps: 1, notices: 1 });
  await settle();
  advance(400 * day);
  await run();
  expect(await counts()).toMatchObject({ sign_ins: 1, joined_apps: 1, notices: 0 });
});

test('a flood of requests that nobody signed in for goes in batches, over several rounds', async () => {
  await host.signedIn('ada');
  await addRecords(12_345);
  advance(3_599_999);
  expect(await host.reconciler.reconcileOnce()).toMatchObject({ kind: 'done', swept: 0 });
  advance(60_000);
  const rounds: number[] = [];
  for (let round = 0; round < 3; round += 1) {
    rounds.push((await host.reconciler.reconcileOnce()).swept);
  }
  expect(rounds).toEqual([10_000, 2_345, 0]);
  expect(await counts()).toMatchObject({ oidc_records: 0, sign_ins: 1 });
});

test('the reconciler sweeps once a minute, also after its clock was set back', async () => {
  const sweeps: number[] = [];
  for (const passed of [0, 2_000, 57_999, 1, 59_999, -500_000, 1]) {
    advance(passed);
    await addRecords(1, { id_hash: `${sweeps.length}`, expires_at: 0 });
    sweeps.push((await host.reconciler.reconcileOnce()).swept);
  }
  expect(sweeps).toEqual([1, 0, 0, 3, 0, 2, 0]);
});

describe('a sweep that is cut short', () => {
  const crashAt = (table: Table, moment: 'before' | 'after') =>
    failWrites(host.db, { event: `${moment} delete`, table });

  test.each(tables.flatMap((table) => [[table, 'before'] as const, [table, 'after'] as const]))(
    'at %s, %s the deletion, leaves nothing half, and the next one finishes it',
    async (table, moment) => {
      const ended = [await host.signedIn('ada', ['wiki']), await host.signedIn('ben', ['wiki'])];
      for (const { id } of ended) {
        await end(id);
      }
      const live = await host.signedIn('cat', ['wiki']);
      await settle();
      await addRecords(3);
      advance(31 * day);
      const mend = await crashAt(table, moment);
      expect(await host.reconciler.reconcileOnce()).toMatchObject({ kind: 'failed' });
      const orphans = await host.db
        .selectFrom('joined_apps')
        .select('app')
        .where('sign_in_id', 'not in', (eb) => eb.selectFrom('sign_ins').select('id'))
        .execute();
      expect(orphans).toEqual([]);
      const { sign_ins: rows, joined_apps: joined } = await counts();
      expect([rows, joined]).toEqual([3, 3]);
      await mend();
      host = await host.restart();
      expect(await host.reconciler.reconcileOnce()).toMatchObject({ kind: 'done' });
      expect(await counts()).toEqual({
        sign_ins: 1,
        joined_apps: 1,
        notices: 1,
        oidc_records: 0,
      });
      expect((await joinedApps(host.db, live.id)).map(({ app }) => app)).toEqual(['wiki']);
    },
  );
});

test('what was tried too often goes when its window is over', async () => {
  const at = host.clock.now();
  const row = { name: 'hash', taken: 3, began_at: at, opens_at: at, forget_at: at + day };
  await host.db.insertInto('limits').values(row).execute();
  advance(day - 1);
  expect(await run()).toEqual({ rows: 0, isDone: true });
  advance(1);
  expect(await run()).toEqual({ rows: 1, isDone: true });
});
