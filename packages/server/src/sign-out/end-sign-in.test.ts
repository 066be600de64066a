import type { EndCause } from '@latchkey/session/parts';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openTestLoginHost, type TestLoginHost } from '../../test/login-host.ts';

/** For a busy machine; the wait ends as soon as it is so. */
const patience = { timeout: 4000 };

let host: TestLoginHost;
beforeEach(async () => {
  host = await openTestLoginHost();
});
afterEach(() => host.close());

const causes: readonly EndCause[] = [
  'sign-out',
  'idle',
  'absolute',
  'revoked-by-person',
  'revoked-by-administrator',
  'account-suspended',
  'account-deleted',
  'credentials-changed',
  'account-switched',
  'replaced',
  'key-compromise',
];

const notices = () => host.db.selectFrom('notices').selectAll().orderBy('app').execute();
const row = (id: string) =>
  host.db.selectFrom('sign_ins').selectAll().where('id', '=', id).executeTakeFirstOrThrow();

async function keepProviderRows(signInId: string): Promise<void> {
  const record = { payload: '{}', grant_id: null, user_code: null, uid: null };
  await host.db
    .insertInto('oidc_records')
    .values([
      {
        kind: 'Grant',
        id_hash: signInId,
        sign_in_id: signInId,
        consumed_at: null,
        expires_at: null,
        ...record,
      },
      {
        kind: 'AccessToken',
        id_hash: signInId,
        sign_in_id: signInId,
        consumed_at: null,
        expires_at: null,
        ...record,
      },
    ])
    .execute();
}

describe('ending a sign-in', () => {
  test.each(causes)(
    'for the cause %s: out in SQL and store, its apps noted, marked',
    async (cause) => {
      const { id, slot, accountId } = await host.signedIn('ada', ['wiki', 'news']);
      await host.signIns.join({ signInId: id, app: 'shop', reach: 'shared', sid: null });
      const at = host.clock.now();
      const woken = host.wakes();
      expect(await host.endings.endSignIn({ signInId: id, cause })).toEqual({
        kind: 'ended',
        notices: 2,
      });
      expect(await row(id)).toMatchObject({ ended_at: at, end_cause: cause, enforced_at: at });
      expect(await host.store.readSignIn(slot)).toBeNull();
      const common = {
        sign_in_id: id,
        account_id: accountId,
        cause,
        state: 'waiting',
        attempts: 0,
        next_attempt_at: at,
      };
      expect(await notices()).toMatchObject([
        { app: 'news', sid: 'sid-ada-news', ...common },
        { app: 'wiki', sid: 'sid-ada-wiki', ...common },
      ]);
      expect(host.wakes()).toBeGreaterThan(woken);
    },
  );

  test('takes with it what the provider kept for it, and nothing else', async () => {
    const ada = await host.signedIn('ada', ['wiki']);
    const ben = await host.signedIn('ben', ['wiki']);
    await keepProviderRows(ada.id);
    await keepProviderRows(ben.id);
    await host.endings.endSignIn({ signInId: ada.id, cause: 'sign-out' });
    const records = await host.db.selectFrom('oidc_records').select('sign_in_id').execute();
    expect(new Set(records.map(({ sign_in_id }) => sign_in_id))).toEqual(new Set([ben.id]));
    expect(await host.signIns.findLive(ben.id)).not.toBeNull();
  });

  test('twice: the first cause stays, no second notice', async () => {
    const { id } = await host.signedIn('ada', ['wiki']);
    await host.endings.endSignIn({ signInId: id, cause: 'sign-out' });
    host.clock.advance(1000);
    expect(await host.endings.endSignIn({ signInId: id, cause: 'idle' })).toEqual({
      kind: 'already-ended',
      notices: 1,
    });
    expect(await row(id)).toMatchObject({
      end_cause: 'sign-out',
      ended_at: host.clock.now() - 1000,
    });
    expect(await notices()).toHaveLength(1);
  });

  test('one that never was is already ended', async () => {
    expect(await host.endings.endSignIn({ signInId: 'nobody', cause: 'sign-out' })).toEqual({
      kind: 'already-ended',
      notices: 0,
    });
  });

  test('twenty at once: one ends it, all answer only when it is out, one set of notices', async () => {
    const { id, slot } = await host.signedIn('ada', ['wiki', 'news']);
    const results = await Promise.all(
      Array.from({ length: 20 }, async () => {
        const result = await host.endings.endSignIn({ signInId: id, cause: 'sign-out' });
        return { ...result, isLive: (await host.store.readSignIn(slot)) !== null };
      }),
    );
    expect(results.filter(({ kind }) => kind === 'ended')).toHaveLength(1);
    expect(results.every(({ isLive, notices: count }) => !isLive && count === 2)).toBe(true);
    expect(await notices()).toHaveLength(2);
  });

  test('a second caller does not answer before the store has confirmed', async () => {
    const { id, slot } = await host.signedIn('ada');
    let goOn: () => void = () => undefined;
    const held = new Promise<void>((resolve) => {
      goOn = resolve;
    });
    host.store.before('endSignIn', () => held);
    let answers = 0;
    const end = async () => {
      await host.endings.endSignIn({ signInId: id, cause: 'sign-out' });
      answers += 1;
    };
    const both = Promise.all([end(), end()]);
    await expect.poll(async () => (await row(id)).ended_at, patience).not.toBeNull();
    for (let turn = 0; turn < 50; turn += 1) await new Promise((resolve) => setImmediate(resolve));
    expect(answers).toBe(0);
    goOn();
    await both;
    expect(await host.store.readSignIn(slot)).toBeNull();
  });
});

describe('a crash while ending', () => {
  test.each(['before', 'after'] as const)(
    'the store failing %s its write: SQL has it, no notice goes out, a repeat completes it',
    async (moment) => {
      const { id, slot } = await host.signedIn('ada', ['wiki']);
      host.store.breakNext('endSignIn', moment);
      const ending = host.endings.endSignIn({ signInId: id, cause: 'sign-out' });
      await expect(ending).rejects.toMatchObject({ code: 'store_unavailable' });
      expect(await row(id)).toMatchObject({ ended_at: host.clock.now(), enforced_at: null });
      const repeated = await host.endings.endSignIn({ signInId: id, cause: 'idle' });
      expect(repeated).toEqual({ kind: 'already-ended', notices: 1 });
      expect(await row(id)).toMatchObject({ end_cause: 'sign-out', enforced_at: host.clock.now() });
      expect(await host.store.readSignIn(slot)).toBeNull();
    },
  );

  test('the transaction failing: it lives on, whole', async () => {
    const { id, slot } = await host.signedIn('ada', ['wiki']);
    await host.db.schema.alterTable('oidc_records').renameTo('hidden').execute();
    await expect(host.endings.endSignIn({ signInId: id, cause: 'sign-out' })).rejects.toThrow();
    await host.db.schema.alterTable('hidden').renameTo('oidc_records').execute();
    expect(await row(id)).toMatchObject({ ended_at: null });
    expect(await notices()).toEqual([]);
    expect(await host.store.readSignIn(slot)).not.toBeNull();
  });
});

describe('ending the sign-ins of an account', () => {
  test('ends all but the one excepted, and nobody else\u2019s', async () => {
    const ben = await host.signedIn('ben', ['wiki']);
    const kept = await host.signedIn('ada', ['wiki']);
    const proof = { accountId: kept.accountId, epoch: 1, methods: ['pwd'], userAgent: null };
    for (let browser = 0; browser < 40; browser += 1) await host.startSignIn(proof);
    const { endings, signIns } = host;
    expect(await endings.endSignInsOfAccount(kept.accountId, 'revoked-by-person', kept.id)).toBe(
      40,
    );
    expect(await signIns.listLive(kept.accountId)).toMatchObject([{ id: kept.id }]);
    expect(await endings.endSignInsOfAccount(kept.accountId, 'revoked-by-administrator')).toBe(1);
    expect(await endings.endSignInsOfAccount(kept.accountId, 'revoked-by-administrator')).toBe(0);
    expect(await host.store.readSignIn(kept.slot)).toBeNull();
    expect(await signIns.findLive(ben.id)).not.toBeNull();
  });

  test('the store failing at one of them does not keep the others from ending', async () => {
    const first = await host.signedIn('ada');
    const proof = { accountId: first.accountId, epoch: 1, methods: ['pwd'], userAgent: null };
    for (let browser = 0; browser < 4; browser += 1) await host.startSignIn(proof);
    host.store.breakNext('endSignIn', 'before');
    const ending = host.endings.endSignInsOfAccount(first.accountId, 'account-suspended');
    await expect(ending).rejects.toMatchObject({ code: 'store_unavailable' });
    const waiting = await host.db
      .selectFrom('sign_ins')
      .select('id')
      .where('enforced_at', 'is', null)
      .execute();
    expect(waiting).toHaveLength(1);
    expect(await host.signIns.listLive(first.accountId)).toEqual([]);
  });
});
