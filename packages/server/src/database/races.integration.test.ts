import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openTestLoginHost, type TestLoginHost } from '../../test/login-host.ts';
import { composeBare, mailKeys, queueMail } from '../../test/mails.ts';
import { noRules } from '../access/access-rules.ts';
import { createMailOutbox } from '../mail/mail-outbox.ts';
import { createRecordAdapter } from '../provider/record-adapter.ts';
import { createSignIns } from '../sign-in/sign-ins.ts';
import { createNoticeOutbox } from '../sign-out/notice-outbox.ts';
import { sweep } from './sweep.ts';

// On Postgres each of these runs on connections of its own, at the same time; with SQLite one after the other.

const times = <T>(count: number, work: (number: number) => T): T[] =>
  Array.from({ length: count }, (_none, number) => work(number));

let host: TestLoginHost;
beforeEach(async () => {
  host = await openTestLoginHost();
});
afterEach(() => host.close());

describe('one address', () => {
  test('that several accounts change to at the same time goes to one; the others keep theirs', async () => {
    const people = await Promise.all(times(4, (number) => host.person(`p${number}`)));
    const results = await Promise.all(
      people.map(({ id }) => host.accounts.setEmail(id, 'new@kittens.example')),
    );
    const changed = results.flatMap((result) =>
      result.kind === 'changed' ? [result.account.id] : [],
    );
    expect(changed).toHaveLength(1);
    expect(results.filter((result) => result.kind !== 'changed')).toEqual(
      times(3, () => ({ kind: 'refused', why: 'email-taken' })),
    );
    expect((await host.accounts.findByEmail('new@kittens.example'))?.id).toBe(changed[0]);
    for (const { id, email } of people.filter((person) => person.id !== changed[0])) {
      expect(await host.accounts.findById(id)).toMatchObject({ email, epoch: 1 });
    }
  });

  test('that is given up while others want it goes to one of them, or to none', async () => {
    const people = await Promise.all(times(4, (number) => host.person(`p${number}`)));
    const [first, ...others] = people;
    const wanted = first?.email ?? '';
    const results = await Promise.all([
      host.accounts.setEmail(first?.id ?? '', 'left@kittens.example'),
      ...others.map(({ id }) => host.accounts.setEmail(id, wanted)),
    ]);
    expect(results[0]?.kind).toBe('changed');
    const winners = others.filter((_other, number) => results[number + 1]?.kind === 'changed');
    expect(winners.length).toBeLessThanOrEqual(1);
    expect((await host.accounts.findByEmail(wanted))?.id).toBe(winners[0]?.id);
  });
});

test('a code that is stored while the app is withdrawn: the app gets a notice, or it gets no code', async () => {
  const { db } = host;
  const { now } = host.clock;
  const signIns = createSignIns({ db, now, rules: noRules });
  const overviewOf = (id: string) => signIns.overviewIn(db, id);
  const codes = createRecordAdapter({ db, signIns, now, overviewOf }, 'AuthorizationCode');
  await Promise.all(
    times(12, async (number) => {
      const { id, accountId } = await host.signedIn(`p${number}`);
      await host.access.grant(accountId, 'wiki');
      const code = {
        kind: 'AuthorizationCode',
        jti: `code-${number}`,
        sessionUid: id,
        clientId: 'wiki',
        sid: `sid-${number}`,
        grantId: `grant-${number}`,
        accountId,
      };
      const [stored] = await Promise.allSettled([
        codes.upsert(code.jti, code, 60),
        host.access.revoke(accountId, 'wiki'),
      ]);
      const notices = await db
        .selectFrom('notices')
        .select(['app', 'state'])
        .where('account_id', '=', accountId)
        .execute();
      const isStored = stored?.status === 'fulfilled';
      expect(notices).toEqual(isStored ? [{ app: 'wiki', state: 'waiting' }] : []);
      expect(await signIns.join({ signInId: id, app: 'wiki', reach: 'oidc', sid: null })).toBe(
        'no-access',
      );
      if (!isStored) expect(stored?.reason).toMatchObject({ name: 'AccessDenied' });
    }),
  );
});

describe('several login hosts', () => {
  test('deliver each notice once', async () => {
    for (const name of times(12, (number) => `p${number}`)) {
      const { id } = await host.signedIn(name, ['wiki']);
      await host.endings.endSignIn({ signInId: id, cause: 'sign-out' });
    }
    const sent: string[] = [];
    const outboxes = times(4, () =>
      createNoticeOutbox({
        db: host.db,
        fetch: async (_url, init) => {
          sent.push(String(init?.body));
          return new Response();
        },
        mintLogoutToken: async ({ id }) => id,
        logoutUriOf: () => 'https://wiki.example/logout',
        now: host.clock.now,
        random: () => 0.5,
        onEvent: () => undefined,
        triesPerApp: 12,
      }),
    );
    const claimed = await Promise.all(outboxes.map((outbox) => outbox.runOnce()));
    await Promise.all(outboxes.map((outbox) => outbox.stop()));
    expect(claimed.reduce((sum, count) => sum + count, 0)).toBe(12);
    expect([sent.length, new Set(sent).size]).toEqual([12, 12]);
  });

  test('deliver each mail once', async () => {
    await Promise.all(
      times(12, (number) => queueMail({ db: host.db, now: host.clock.now }, `p${number}`)),
    );
    const sent: string[] = [];
    const outboxes = times(4, () =>
      createMailOutbox({
        db: host.db,
        keys: mailKeys,
        transport: {
          async send({ to }) {
            sent.push(to);
            return { kind: 'delivered' };
          },
        },
        compose: composeBare,
        timeoutMilliseconds: 5000,
        now: host.clock.now,
        random: () => 0.5,
        onEvent: () => undefined,
      }),
    );
    while (
      (await Promise.all(outboxes.map((outbox) => outbox.runOnce()))).some((count) => count > 0)
    );
    await Promise.all(outboxes.map((outbox) => outbox.stop()));
    expect([sent.length, new Set(sent).size]).toEqual([12, 12]);
  });

  test('sweep at the same time: each row goes once, and none fails', async () => {
    const { db, clock } = host;
    const nothing = {
      grant_id: null,
      user_code: null,
      uid: null,
      sign_in_id: null,
      consumed_at: null,
    };
    const record = { kind: 'Interaction', payload: '{}', expires_at: clock.now(), ...nothing };
    await db
      .insertInto('oidc_records')
      .values(times(600, (number) => ({ id_hash: `${number}`, ...record })))
      .execute();
    for (const name of times(6, (number) => `p${number}`)) {
      const { id } = await host.signedIn(name, ['wiki']);
      await host.endings.endSignIn({ signInId: id, cause: 'sign-out' });
    }
    const settled = { state: 'delivered', settled_at: clock.now() } as const;
    await db.updateTable('notices').set(settled).execute();
    clock.advance(400 * 86_400_000);
    const passes = await Promise.all(times(5, () => sweep({ db, now: clock.now })));
    const last = await sweep({ db, now: clock.now });
    expect([...passes, last].reduce((sum, { rows }) => sum + rows, 0)).toBe(600 + 6 + 6);
    for (const table of ['oidc_records', 'notices', 'sign_ins', 'joined_apps'] as const) {
      expect(await db.selectFrom(table).selectAll().execute()).toEqual([]);
    }
  });
});
