import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openTestLoginHost, type TestLoginHost } from '../../test/login-host.ts';
import { sweep } from '../database/sweep.ts';
import { createOneTimeLinks, isToken, type NewLink, type OneTimeLinks } from './one-time-links.ts';

let host: TestLoginHost;
let links: OneTimeLinks;
beforeEach(async () => {
  host = await openTestLoginHost();
  links = createOneTimeLinks({ db: host.db, now: host.clock.now, randomBytes });
});
afterEach(() => host.close());

const reset: NewLink = {
  purpose: 'reset-password',
  subject: 'ada',
  data: { epoch: 3 },
  lifetimeSeconds: 900,
};
const make = (link: NewLink = reset): Promise<string> =>
  host.db.transaction().execute((transaction) => links.make(transaction, link));
const use = (token: string, purpose: NewLink['purpose'] = 'reset-password') =>
  host.db.transaction().execute((transaction) => links.use(transaction, token, purpose));
const good = { kind: 'good', subject: 'ada', data: { epoch: 3 } };
const refused = (why: string) => ({ kind: 'refused', why });

describe('a one-time link', () => {
  test('gives subject and data to who uses it, and is used up by that', async () => {
    const token = await make();
    expect(await use(token)).toEqual(good);
    expect(await use(token)).toEqual(refused('used'));
    expect(await links.read(token, 'reset-password')).toEqual(refused('used'));
  });

  test('is not used up by being looked at, as scanners of mail do', async () => {
    const token = await make();
    for (let time = 0; time < 3; time += 1)
      expect(await links.read(token, 'reset-password')).toEqual(good);
    expect(await use(token)).toEqual(good);
  });

  test('used by fifty at the same time is good for exactly one', async () => {
    const token = await make();
    const results = await Promise.all(Array.from({ length: 50 }, () => use(token)));
    expect(results.filter(({ kind }) => kind === 'good')).toHaveLength(1);
    expect(results.filter(({ kind }) => kind === 'refused')).toHaveLength(49);
  });

  test('used in a transaction that is rolled back is not used up', async () => {
    const token = await make();
    const rolledBack = host.db.transaction().execute(async (transaction) => {
      expect(await links.use(transaction, token, 'reset-password')).toEqual(good);
      throw new Error('afterwards');
    });
    await expect(rolledBack).rejects.toThrow('afterwards');
    expect(await use(token)).toEqual(good);
  });

  test('runs out at its instant', async () => {
    const token = await make();
    host.clock.advance(899_999);
    expect(await links.read(token, 'reset-password')).toEqual(good);
    host.clock.advance(1);
    expect(await links.read(token, 'reset-password')).toEqual(refused('expired'));
    expect(await use(token)).toEqual(refused('expired'));
  });

  test('is unknown for another purpose, and stays good for its own', async () => {
    const token = await make();
    expect(await links.read(token, 'confirm-new-email')).toEqual(refused('unknown'));
    expect(await use(token, 'confirm-new-email')).toEqual(refused('unknown'));
    expect(await use(token)).toEqual(good);
  });

  test('stops working when a newer one is made for the same purpose and subject', async () => {
    const first = await make();
    const second = await make({ ...reset, data: { epoch: 4 } });
    expect(await use(first)).toEqual(refused('unknown'));
    expect(await use(second)).toEqual({ ...good, data: { epoch: 4 } });
  });

  test('goes on working when one is made for another subject or purpose, or was used before', async () => {
    await use(await make());
    const token = await make();
    await make({ ...reset, subject: 'ben' });
    await make({ ...reset, purpose: 'confirm-new-email' });
    expect(await use(token)).toEqual(good);
  });

  test('made twice at the same time works once', async () => {
    const tokens = await Promise.all(Array.from({ length: 10 }, () => make()));
    const results = await Promise.all(tokens.map((token) => use(token)));
    expect(results.filter(({ kind }) => kind === 'good')).toHaveLength(1);
  });

  test('withdrawn is unknown, one of another subject is not', async () => {
    const mine = await make();
    const other = await make({ ...reset, subject: 'ben' });
    await host.db.transaction().execute((transaction) => links.withdraw(transaction, reset));
    expect(await use(mine)).toEqual(refused('unknown'));
    expect(await use(other)).toEqual({ ...good, subject: 'ben' });
  });

  test('without data gives null', async () => {
    const { data: _, ...bare } = reset;
    expect(await use(await make(bare))).toEqual({ ...good, data: null });
  });

  test('with data beyond 8 KiB is a fault of the caller', async () => {
    await expect(make({ ...reset, data: 'x'.repeat(8192) })).rejects.toThrow('too long');
  });

  test('is swept a week after it ran out, used or not, and not before', async () => {
    await make();
    await use(await make({ ...reset, subject: 'ben' }));
    host.clock.advance(900_000 + 7 * 86_400_000 - 1);
    expect((await sweep({ db: host.db, now: host.clock.now })).rows).toBe(0);
    host.clock.advance(1);
    expect((await sweep({ db: host.db, now: host.clock.now })).rows).toBe(2);
  });
});

describe('the token of a link', () => {
  test('is stored nowhere, neither as text nor as bytes', async () => {
    const token = await make();
    const stored = JSON.stringify(await host.db.selectFrom('one_time_links').selectAll().execute());
    const bytes = Buffer.from(token, 'base64url');
    for (const spelling of [token, bytes.toString('hex'), bytes.toString('base64')])
      expect(stored).not.toContain(spelling);
    expect(host.doings).toEqual([]);
  });

  test('has 256 bits and one spelling', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 32, maxLength: 32 }), (bytes) => {
        const token = Buffer.from(bytes).toString('base64url');
        expect(isToken(token)).toBe(true);
        // The last character has two spare bits.
        const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
        const spellings = [...alphabet].filter((last) => isToken(token.slice(0, -1) + last));
        expect(spellings).toHaveLength(16);
      }),
    );
  });

  test('of any other form is unknown and breaks nothing', async () => {
    const token = await make();
    const near = [`${token}=`, ` ${token}`, `${token}\n`, token.slice(1), `${token}A`, ''];
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom(...near)),
        async (text) => {
          expect(isToken(text)).toBe(false);
          expect(await links.read(text, 'reset-password')).toEqual(refused('unknown'));
          expect(await use(text)).toEqual(refused('unknown'));
        },
      ),
    );
  });
});
