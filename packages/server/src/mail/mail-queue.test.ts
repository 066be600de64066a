import { randomBytes } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openTestLoginHost, type TestLoginHost } from '../../test/login-host.ts';
import { sweep } from '../database/sweep.ts';
import { mailsPerHour } from './allowance.ts';
import { createMailQueue, type MailQueue } from './mail-queue.ts';
import type { MailMessage, NewMail } from './message.ts';
import { openMail } from './sealed-mail.ts';

const keys = [Buffer.alloc(32, 1)];
const hour = 3_600_000;
const link = 'https://login.kittens.example/reset-password#token=SECRET';
const reset: MailMessage = { kind: 'reset-password', link };
const approved: MailMessage = { kind: 'account-approved', link };
const newDevice: MailMessage = { kind: 'new-device', link, device: 'x', place: '', at: 0 };

let host: TestLoginHost;
let queue: MailQueue;
beforeEach(async () => {
  host = await openTestLoginHost();
  queue = createMailQueue({ keys, now: host.clock.now, randomBytes });
});
afterEach(() => host.close());

const add = (mail: Partial<NewMail> = {}) =>
  host.db.transaction().execute((transaction) =>
    queue.add(transaction, {
      to: 'ada@kittens.example',
      language: 'en',
      message: reset,
      ...mail,
    }),
  );
const addMany = (count: number, mail?: Partial<NewMail>) =>
  Promise.all(Array.from({ length: count }, () => add(mail)));
const rows = () => host.db.selectFrom('mails').selectAll().execute();
const queued = (results: readonly string[]) => results.filter((one) => one === 'queued').length;

describe('a mail in the queue', () => {
  test('opens with its language and message under the secret, in its own row alone', async () => {
    await addMany(2, { language: 'de' });
    const [first, second] = await rows();
    const payload = first?.payload ?? '';
    const id = first?.id ?? '';
    const mail = { to: 'ada@kittens.example', language: 'de', message: reset };
    expect(openMail(payload, { id, keys })).toEqual(mail);
    expect(openMail(payload, { id: second?.id ?? '', keys })).toBeNull();
    expect(openMail(payload, { id, keys: [Buffer.alloc(32, 2)] })).toBeNull();
    expect(openMail(payload, { id, keys: [Buffer.alloc(32, 2), ...keys] })).toEqual(mail);
  });

  test('is due immediately, and holds no link that the database could give away', async () => {
    await add();
    const stored = await rows();
    expect(stored).toMatchObject([
      { state: 'waiting', kind: 'reset-password', next_attempt_at: host.clock.now(), attempts: 0 },
    ]);
    expect(JSON.stringify(stored)).not.toContain('SECRET');
  });

  test('is taken back with the transaction that is the reason for it, and does not count', async () => {
    for (let time = 0; time < mailsPerHour; time += 1) {
      const rolledBack = host.db.transaction().execute(async (transaction) => {
        await queue.add(transaction, { to: 'ada@kittens.example', language: 'en', message: reset });
        throw new Error('afterwards');
      });
      await expect(rolledBack).rejects.toThrow('afterwards');
    }
    expect(await rows()).toEqual([]);
    expect(await add()).toBe('queued');
  });

  test.each([
    'ada@kittens.example, eve@evil.example',
    'ada@kittens.example\r\nBcc: eve@evil.example',
    'Ada <ada@kittens.example>',
    '',
  ])('to %j is refused: one address, and nothing else (CVE-2022-35924)', async (to) => {
    await expect(add({ to })).rejects.toThrow('no address');
    expect(await rows()).toEqual([]);
  });
});

describe('mails to one address', () => {
  test('are five an hour, also when they are added at the same time', async () => {
    expect(queued(await addMany(30))).toBe(mailsPerHour);
    expect(await rows()).toHaveLength(mailsPerHour);
  });

  test('are counted over any hour, not over each full one', async () => {
    await add();
    host.clock.advance(hour - 2);
    await addMany(4);
    host.clock.advance(1);
    expect(await add()).toBe('limited');
    host.clock.advance(1);
    // Of two at the same moment either may be the one.
    expect(queued(await addMany(2))).toBe(1);
  });

  test('are counted together however the address is written and whatever they say', async () => {
    await addMany(3, { message: approved });
    await addMany(2, { to: ' ADA@Kittens.Example ', message: approved });
    const message: MailMessage = { kind: 'account-denied', reason: null };
    expect(await add({ message })).toBe('limited');
  });

  test('of another person are counted apart', async () => {
    await addMany(6);
    expect(await add({ to: 'ben@kittens.example' })).toBe('queued');
  });

  test('that strangers or colleagues set off silence no others', async () => {
    const byOthers: readonly MailMessage[] = [
      { kind: 'confirm-registration', link },
      { kind: 'access-waiting', link, app: 'Shop', name: 'Ben', email: 'b@x.example', reason: '' },
      reset,
    ];
    for (const message of byOthers) expect(queued(await addMany(6, { message }))).toBe(5);
    expect(await add({ message: approved })).toBe('queued');
  });

  test('that somebody set off with an address are five, whether or not it has an account', async () => {
    await addMany(5, { message: { kind: 'confirm-registration', link } });
    expect(await add({ message: { kind: 'already-registered', link } })).toBe('limited');
  });

  test('about security cannot be silenced by others, nor by another kind of them', async () => {
    await addMany(6);
    expect(queued(await addMany(6, { message: newDevice }))).toBe(5);
    const changed: MailMessage = { kind: 'password-changed', link, at: 0 };
    expect(await add({ message: changed })).toBe('queued');
  });

  test('go out again after an hour of a clock that was set back', async () => {
    host.clock.advance(10 * hour);
    await addMany(6);
    host.clock.advance(-10 * hour);
    expect(await add()).toBe('queued');
  });
});

describe('the sweep', () => {
  test('takes counts that count no more, and leaves mails that wait', async () => {
    await add();
    host.clock.advance(hour);
    expect((await sweep({ db: host.db, now: host.clock.now })).rows).toBe(1);
    expect(await host.db.selectFrom('mail_allowances').selectAll().execute()).toEqual([]);
    expect(await rows()).toHaveLength(1);
  });
});
