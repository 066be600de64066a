import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openTestLoginHost, type TestLoginHost } from '../../test/login-host.ts';
import { noticeStatuses } from '../../test/notice-statuses.ts';
import { realms } from '../../test/realm.ts';
import { hang, type Receiver, startReceiver, status } from '../../test/receiver.ts';
import type { Outbox } from '../outbox/outbox.ts';
import { createOutgoingCalls, type OutgoingCalls } from './address-guard.ts';
import { createEndings } from './end-sign-in.ts';
import { createNoticeOutbox, type NoticeOutboxDeps } from './notice-outbox.ts';
import type { ClaimedNotice } from './notice-rows.ts';
import { receiptOf } from './receipt.ts';

/** For a busy machine; the wait ends as soon as it is so. */
const patience = { timeout: 4000 };

let host: TestLoginHost;
let calls: OutgoingCalls;
const receivers = new Map<string, Receiver>();
const outboxes: Outbox[] = [];
let minted: string[];

beforeEach(async () => {
  host = await openTestLoginHost();
  calls = createOutgoingCalls({ isDevelopment: true });
  minted = [];
  for (const app of ['wiki', 'news']) receivers.set(app, await startReceiver(app));
});
afterEach(async () => {
  await Promise.all([...receivers.values()].map((receiver) => receiver.close()));
  receivers.clear();
  await Promise.all(outboxes.splice(0).map((outbox) => outbox.stop()));
  await calls.close();
  await host.close();
});

function makeOutbox(change: Partial<NoticeOutboxDeps> = {}): Outbox {
  const outbox = createNoticeOutbox({
    db: host.db,
    fetch: calls.fetch,
    mintLogoutToken,
    logoutUriOf: (app) => receivers.get(app)?.origin ?? null,
    now: host.clock.now,
    random: () => 0.5,
    onEvent: (event) => host.events.push(event),
    ...change,
  });
  outboxes.push(outbox);
  return outbox;
}

async function mintLogoutToken(notice: ClaimedNotice): Promise<string> {
  minted.push(`${notice.app}:${notice.sid}:${notice.accountId}:${minted.length}`);
  return minted.at(-1) ?? '';
}

function receiverOf(app: string): Receiver {
  const receiver = receivers.get(app);
  if (receiver === undefined) throw new Error(`No receiver for ${app}.`);
  return receiver;
}

async function signedOut(name: string, apps: readonly string[] = ['wiki']): Promise<string> {
  const { id } = await host.signedIn(name, apps);
  await host.endings.endSignIn({ signInId: id, cause: 'sign-out' });
  return id;
}

describe('a notice', () => {
  test('reaches each relying party once, with a token of its own', async () => {
    const signInId = await signedOut('ada', ['wiki', 'news']);
    const outbox = makeOutbox();
    expect(await outbox.runOnce()).toBe(2);
    expect(await outbox.runOnce()).toBe(0);
    const tokens = ['wiki', 'news'].map((app) =>
      receiverOf(app).received.map((one) => one.logoutToken),
    );
    expect(tokens.flat().sort()).toEqual([...minted].sort());
    expect(minted.map((token) => token.split(':', 2).join(':')).sort()).toEqual([
      'news:sid-ada-news',
      'wiki:sid-ada-wiki',
    ]);
    expect(await noticeStatuses(host.db, signInId)).toMatchObject([
      {
        app: 'news',
        cause: 'sign-out',
        state: 'delivered',
        attempts: 1,
        settledAt: host.clock.now(),
      },
      { app: 'wiki', cause: 'sign-out', state: 'delivered', lastResult: 'delivered' },
    ]);
    expect(await noticeStatuses(host.db, 'nobody')).toEqual([]);
  });

  test('does not go out before the session store has confirmed the ending', async () => {
    const { id } = await host.signedIn('ada', ['wiki']);
    host.store.breakNext('endSignIn', 'before');
    await host.endings.endSignIn({ signInId: id, cause: 'sign-out' }).catch(() => undefined);
    const outbox = makeOutbox();
    expect(await outbox.runOnce()).toBe(0);
    await host.reconciler.reconcileOnce();
    expect(await outbox.runOnce()).toBe(1);
  });

  test('of withdrawn access goes out although the sign-in lives on', async () => {
    const { accountId } = await host.signedIn('ada', ['wiki']);
    await host.access.revoke(accountId, 'wiki');
    expect(await makeOutbox().runOnce()).toBe(1);
    expect(receiverOf('wiki').received).toHaveLength(1);
  });

  test('is tried again with a fresh token after the delay, until it is taken', async () => {
    const signInId = await signedOut('ada');
    receiverOf('wiki').answer(status(500), status(503), status(200));
    const outbox = makeOutbox();
    await outbox.runOnce();
    expect(await noticeStatuses(host.db, signInId)).toMatchObject([
      { state: 'waiting', attempts: 1, lastResult: 'status-500', settledAt: null },
    ]);
    host.clock.advance(499);
    expect(await outbox.runOnce()).toBe(0);
    host.clock.advance(1);
    expect(await outbox.runOnce()).toBe(1);
    host.clock.advance(1000);
    expect(await outbox.runOnce()).toBe(1);
    expect(await noticeStatuses(host.db, signInId)).toMatchObject([
      { state: 'delivered', attempts: 3 },
    ]);
    expect(new Set(receiverOf('wiki').received.map((one) => one.logoutToken)).size).toBe(3);
  });

  test.each([
    [302, 'redirected-302'],
    [400, 'refused-400'],
    [404, 'refused-404'],
  ])(
    'answered with %i is tried for a day: at 1, 5, 30 minutes, 2, 8, 24 hours',
    async (code, reason) => {
      const signInId = await signedOut('ada');
      receiverOf('wiki').answer(status(code, { location: 'http://elsewhere.localhost/' }));
      const outbox = makeOutbox();
      expect(await outbox.runOnce()).toBe(1);
      const minutes = [1, 5, 30, 120, 480, 1440];
      for (const [index, minute] of minutes.entries()) {
        expect(await noticeStatuses(host.db, signInId)).toMatchObject([
          { state: 'waiting', lastResult: reason },
        ]);
        host.clock.advance((minute - (minutes[index - 1] ?? 0)) * 60_000 - 1);
        expect(await outbox.runOnce()).toBe(0);
        host.clock.advance(1);
        expect(await outbox.runOnce()).toBe(1);
      }
      const given = `given-up-${reason}`;
      expect(await noticeStatuses(host.db, signInId)).toMatchObject([
        { state: 'dead', lastResult: given },
      ]);
      expect(host.events).toContainEqual({ type: 'notice.dead', app: 'wiki', reason: given });
    },
  );

  test('that is refused for a clock or a key is taken a minute later', async () => {
    const signInId = await signedOut('ada');
    receiverOf('wiki').answer(status(400), status(200));
    const outbox = makeOutbox();
    await outbox.runOnce();
    host.clock.advance(60_000);
    await outbox.runOnce();
    expect(await noticeStatuses(host.db, signInId)).toMatchObject([
      { state: 'delivered', attempts: 2 },
    ]);
  });

  test('to an address that is refused here waits, and goes when the process starts with another configuration', async () => {
    const signInId = await signedOut('ada');
    const guarded = createOutgoingCalls({});
    const outbox = makeOutbox({
      fetch: guarded.fetch,
      logoutUriOf: () => 'http://127.0.0.1:9999/',
    });
    for (let day = 0; day < 3; day += 1) {
      expect(await outbox.runOnce()).toBe(1);
      expect(await noticeStatuses(host.db, signInId)).toMatchObject([
        { state: 'waiting', lastResult: 'address-refused' },
      ]);
      host.clock.advance(86_400_000);
    }
    await outbox.runOnce();
    expect(await makeOutbox().runOnce()).toBe(1);
    expect(await noticeStatuses(host.db, signInId)).toMatchObject([{ state: 'delivered' }]);
    await guarded.close();
  });

  test('to an app that left the family is dead', async () => {
    const signInId = await signedOut('ada');
    const outbox = makeOutbox({ logoutUriOf: () => null });
    await outbox.runOnce();
    expect(await noticeStatuses(host.db, signInId)).toMatchObject([{ lastResult: 'app-removed' }]);
    expect(minted).toEqual([]);
  });

  test('whose token cannot be minted is tried again', async () => {
    const signInId = await signedOut('ada');
    const outbox = makeOutbox({ mintLogoutToken: () => Promise.reject(new Error('no keys yet')) });
    await outbox.runOnce();
    expect(await noticeStatuses(host.db, signInId)).toMatchObject([
      { state: 'waiting', lastResult: 'mint-failed' },
    ]);
    host.clock.advance(500);
    expect(await makeOutbox().runOnce()).toBe(1);
    expect(await noticeStatuses(host.db, signInId)).toMatchObject([{ state: 'delivered' }]);
  });

  test('to an app that is away for an hour arrives when it is back', async () => {
    const signInId = await signedOut('ada');
    const wiki = receiverOf('wiki');
    wiki.answer(status(503));
    const outbox = makeOutbox();
    for (let minute = 0; minute < 60; minute += 1) {
      await outbox.runOnce();
      host.clock.advance(60_000);
    }
    wiki.answer(status(200));
    for (let minute = 0; minute < 11; minute += 1) {
      await outbox.runOnce();
      host.clock.advance(60_000);
    }
    expect(await noticeStatuses(host.db, signInId)).toMatchObject([{ state: 'delivered' }]);
  });

  test('that nobody takes for a day is given up', async () => {
    const signInId = await signedOut('ada');
    receiverOf('wiki').answer(status(500));
    const outbox = makeOutbox();
    for (let round = 0; round < 160; round += 1) {
      await outbox.runOnce();
      host.clock.advance(600_000);
    }
    expect(await noticeStatuses(host.db, signInId)).toMatchObject([
      { state: 'dead', lastResult: 'given-up-status-500' },
    ]);
  });
});

describe('an app that refused ten notices in a row', () => {
  async function refusing(): Promise<Outbox> {
    receiverOf('wiki').answer(status(400));
    for (let person = 0; person < 30; person += 1) await signedOut(`p${person}`);
    const outbox = makeOutbox({ triesPerApp: 10 });
    expect(await outbox.runOnce()).toBe(10);
    return outbox;
  }
  const undelivered = async () =>
    (await host.db.selectFrom('notices').select('id').where('state', '=', 'waiting').execute())
      .length;

  test('gets one probe in ten minutes, whatever the number of workers; the others wait', async () => {
    await refusing();
    const tried = async () => {
      const counts = await Promise.all([makeOutbox(), makeOutbox()].map((one) => one.runOnce()));
      return counts.reduce((sum, count) => sum + count, 0);
    };
    expect([await tried(), await tried()]).toEqual([1, 0]);
    host.clock.advance(600_000 - 1);
    expect(await tried()).toBe(0);
    host.clock.advance(1);
    expect([await tried(), await tried()]).toEqual([1, 0]);
    expect(await undelivered()).toBe(30);
  });

  test('gets all of them as soon as it took one', async () => {
    const outbox = await refusing();
    receiverOf('wiki').answer(status(200));
    expect(await outbox.runOnce()).toBe(1);
    for (let round = 0; round < 4; round += 1) await outbox.runOnce();
    expect(await undelivered()).toBe(0);
  });

  test('holds up no other app', async () => {
    const outbox = await refusing();
    await signedOut('ada', ['news']);
    await outbox.runOnce();
    expect(receiverOf('news').received).toHaveLength(1);
  });
});

describe('an app that takes no notices', () => {
  test('gets none, and is named as one that stays', async () => {
    const silentApps = new Set(['news']);
    const { db, store, clock } = host;
    const parts = { db, store, realm: realms, now: clock.now, randomBytes, silentApps };
    const endings = createEndings({
      ...parts,
      onEnforced: () => undefined,
      onEvent: () => undefined,
    });
    const { id } = await host.signedIn('ada', ['wiki', 'news']);
    expect(await endings.endSignIn({ signInId: id, cause: 'sign-out' })).toMatchObject({
      notices: 1,
    });
    await makeOutbox().runOnce();
    expect(receiverOf('news').received).toEqual([]);
    expect(await receiptOf({ db, silentApps, now: clock.now }, id)).toMatchObject({
      waiting: [],
      staying: ['news'],
    });
  });
});

describe('apps and workers', () => {
  test('one hanging app delays nobody', async () => {
    receiverOf('wiki').answer(hang);
    const outbox = makeOutbox({ timeoutMilliseconds: 60_000 });
    for (const name of ['a', 'b', 'c', 'd', 'e', 'f']) await signedOut(name, ['wiki', 'news']);
    outbox.start();
    await expect.poll(() => receiverOf('news').received.length, patience).toBe(6);
    expect(receiverOf('wiki').received.length).toBeLessThanOrEqual(4);
  });

  test('a sign-in with fifty apps, one of them dead: forty-nine are told', async () => {
    const apps = Array.from({ length: 50 }, (_, index) => `app${index}`);
    const signInId = await signedOut('ada', apps);
    const wiki = receiverOf('wiki');
    const dead = await startReceiver('dead');
    await dead.close();
    const logoutUriOf = (app: string) => (app === 'app7' ? dead.origin : wiki.origin);
    const outbox = makeOutbox({ logoutUriOf });
    await outbox.runOnce();
    const states = (await noticeStatuses(host.db, signInId)).filter(
      ({ state }) => state === 'delivered',
    );
    expect(states).toHaveLength(49);
    expect(wiki.received).toHaveLength(49);
  });

  test('two workers on one outbox: each notice is claimed by one', async () => {
    for (let person = 0; person < 20; person += 1) await signedOut(`p${person}`);
    const workers = [makeOutbox({ triesPerApp: 20 }), makeOutbox({ triesPerApp: 20 })];
    const claimed = await Promise.all(workers.map((worker) => worker.runOnce()));
    expect(claimed.reduce((sum, count) => sum + count, 0)).toBe(20);
    const tokens = receiverOf('wiki').received.map((one) => one.logoutToken?.split(':')[1]);
    expect(new Set(tokens).size).toBe(20);
    expect(tokens).toHaveLength(20);
  });

  test('a worker that vanished: its claim runs out, another delivers', async () => {
    const signInId = await signedOut('ada');
    const vanished = makeOutbox({ fetch: () => new Promise(() => undefined) });
    void vanished.runOnce();
    await expect
      .poll(async () => (await noticeStatuses(host.db, signInId))[0]?.attempts, patience)
      .toBe(1);
    const other = makeOutbox();
    expect(await other.runOnce()).toBe(0);
    host.clock.advance(30_000);
    expect(await other.runOnce()).toBe(1);
    expect(await noticeStatuses(host.db, signInId)).toMatchObject([
      { state: 'delivered', attempts: 2 },
    ]);
    outboxes.splice(outboxes.indexOf(vanished), 1);
  });

  test('a start frees what a dead process of this machine had claimed, and nothing else', async () => {
    await signedOut('ada');
    const gone = spawnSync(process.execPath, ['-e', '']).pid;
    const claim = (worker: string) =>
      host.db
        .updateTable('notices')
        .set({ claimed_by: worker, leased_until: host.clock.now() + 30_000 })
        .execute();
    const others = [
      `${hostname()}/${process.ppid}/alive`,
      'elsewhere.example/1/unknown',
      'no name',
    ];
    for (const worker of others) {
      await claim(worker);
      expect(await makeOutbox().runOnce()).toBe(0);
    }
    await claim(`${hostname()}/${gone}/dead`);
    expect(await makeOutbox().runOnce()).toBe(1);
  });

  test('a late failure of a lost claim does not undo what another delivered', async () => {
    const signInId = await signedOut('ada');
    let fail: (error: Error) => void = () => undefined;
    const slow = makeOutbox({
      fetch: () =>
        new Promise((_resolve, reject) => {
          fail = reject;
        }),
    });
    const late = slow.runOnce();
    await expect
      .poll(async () => (await noticeStatuses(host.db, signInId))[0]?.attempts, patience)
      .toBe(1);
    host.clock.advance(30_000);
    await makeOutbox().runOnce();
    fail(new Error('connection lost'));
    await late;
    expect(await noticeStatuses(host.db, signInId)).toMatchObject([{ state: 'delivered' }]);
  });

  test('a late failure of a lost claim does not take the notice from the worker that has it', async () => {
    await signedOut('ada');
    const failures: ((error: Error) => void)[] = [];
    const fetch = () => new Promise<Response>((_resolve, reject) => failures.push(reject));
    const late = makeOutbox({ fetch }).runOnce();
    await expect.poll(() => failures.length, patience).toBe(1);
    host.clock.advance(30_000);
    const now = makeOutbox({ fetch }).runOnce();
    await expect.poll(() => failures.length, patience).toBe(2);
    failures[0]?.(new Error('connection lost'));
    await late;
    host.clock.advance(5000);
    expect(await makeOutbox().runOnce()).toBe(0);
    failures[1]?.(new Error('connection lost'));
    await now;
    host.clock.advance(5000);
    expect(await makeOutbox().runOnce()).toBe(1);
  });

  test('a late refusal of a lost claim does not stop the worker that has it now', async () => {
    const signInId = await signedOut('ada');
    const answers: ((response: Response) => void)[] = [];
    const fetch = () => new Promise<Response>((resolve) => answers.push(resolve));
    const [slow, other] = [makeOutbox({ fetch }), makeOutbox({ fetch })];
    const late = slow.runOnce();
    await expect.poll(() => answers.length, patience).toBe(1);
    host.clock.advance(30_000);
    const now = other.runOnce();
    await expect.poll(() => answers.length, patience).toBe(2);
    answers[0]?.(new Response(null, { status: 404 }));
    await late;
    answers[1]?.(new Response(null, { status: 200 }));
    await now;
    expect(await noticeStatuses(host.db, signInId)).toMatchObject([{ state: 'delivered' }]);
  });

  test.each([
    ['got no answer', 503],
    ['was refused', 400],
  ])(
    'a notice that %s under a clock twelve hours ahead does not wait for that time',
    async (_what, code) => {
      const ahead = 12 * 3_600_000;
      host.clock.advance(ahead);
      await signedOut('ada');
      receiverOf('wiki').answer(status(code), status(code), status(200));
      const outbox = makeOutbox();
      await outbox.runOnce();
      host.clock.advance(-ahead);
      expect(await outbox.runOnce()).toBe(1);
      expect(await outbox.runOnce()).toBe(0);
      host.clock.advance(60_000);
      expect(await outbox.runOnce()).toBe(1);
      expect(receiverOf('wiki').received).toHaveLength(3);
    },
  );

  test('the claim of a process that ended under a clock twelve hours ahead does not hold that long', async () => {
    await signedOut('ada');
    const leased = host.clock.now() + 12 * 3_600_000;
    const claim = { leased_until: leased, claimed_by: 'another-machine/1/1' };
    await host.db.updateTable('notices').set(claim).execute();
    expect(await makeOutbox().runOnce()).toBe(1);
  });

  test('a clock that ran ahead and was set back delays nothing', async () => {
    await signedOut('ada');
    const ahead = host.clock.now() + 365 * 86_400_000;
    await host.db
      .updateTable('notices')
      .set({ next_attempt_at: ahead, leased_until: ahead })
      .execute();
    expect(await makeOutbox().runOnce()).toBe(1);
  });
});

describe('by itself', () => {
  test('starts at once when woken, and tries again without being woken', async () => {
    receiverOf('wiki').answer(status(503), status(200));
    const outbox = makeOutbox({ now: Date.now, pollMilliseconds: 600_000 });
    outbox.start();
    const signInId = await signedOut('ada', ['wiki']);
    outbox.wake();
    await expect
      .poll(async () => (await noticeStatuses(host.db, signInId))[0]?.state, patience)
      .toBe('delivered');
    expect(receiverOf('wiki').received).toHaveLength(2);
  });

  test('finds what others wrote', async () => {
    const outbox = makeOutbox({ pollMilliseconds: 10 });
    outbox.start();
    await signedOut('ada');
    await expect.poll(() => receiverOf('wiki').received.length, patience).toBe(1);
  });

  test('goes on after the database failed', async () => {
    const outbox = makeOutbox({ pollMilliseconds: 10 });
    await host.db.schema.alterTable('notices').renameTo('hidden').execute();
    outbox.start();
    await expect
      .poll(() => host.events.map(({ type }) => type), patience)
      .toContain('outbox.failed');
    await host.db.schema.alterTable('hidden').renameTo('notices').execute();
    await signedOut('ada');
    await expect.poll(() => receiverOf('wiki').received.length, patience).toBe(1);
  });
});

describe('stopping and starting', () => {
  test('a try under way is finished', async () => {
    const signInId = await signedOut('ada');
    let finish: () => void = () => undefined;
    receiverOf('wiki').answer((response) => {
      finish = () => response.end();
    });
    const outbox = makeOutbox();
    outbox.start();
    await expect.poll(() => receiverOf('wiki').received.length, patience).toBe(1);
    const stopped = outbox.stop();
    finish();
    await stopped;
    expect(await noticeStatuses(host.db, signInId)).toMatchObject([{ state: 'delivered' }]);
  });

  test('a try that hangs is given back, and the next process takes it at once', async () => {
    const signInId = await signedOut('ada');
    receiverOf('wiki').answer(hang, status(200));
    const first = makeOutbox({ timeoutMilliseconds: 60_000 });
    first.start();
    await expect.poll(() => receiverOf('wiki').received.length, patience).toBe(1);
    await first.stop();
    host = await host.restart();
    const second = makeOutbox();
    expect(await noticeStatuses(host.db, signInId)).toMatchObject([
      { state: 'waiting', lastResult: 'stopped' },
    ]);
    expect(await second.runOnce()).toBe(1);
    expect(await noticeStatuses(host.db, signInId)).toMatchObject([{ state: 'delivered' }]);
  });

  test('stopped, it does nothing more', async () => {
    const outbox = makeOutbox({ pollMilliseconds: 1 });
    outbox.start();
    await outbox.stop();
    await signedOut('ada');
    outbox.wake();
    for (let turn = 0; turn < 50; turn += 1) await new Promise((resolve) => setImmediate(resolve));
    expect(receiverOf('wiki').received).toEqual([]);
  });

  test('what was written before a crash is sent after the restart', async () => {
    const signInId = await signedOut('ada', ['wiki', 'news']);
    host = await host.restart();
    const outbox = makeOutbox();
    await outbox.runOnce();
    expect(await noticeStatuses(host.db, signInId)).toMatchObject([
      { state: 'delivered' },
      { state: 'delivered' },
    ]);
  });
});
