import { randomBytes } from 'node:crypto';
import { createFakeClock, type FakeClock } from '@latchkey/testkit';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openTestDatabase } from '../../test/databases.ts';
import { realms } from '../../test/realm.ts';
import type { OpenDatabase } from '../database/open-database.ts';
import { createLimits } from '../limits/limits.ts';
import { createKnownBrowsers, type KnownAccount, type KnownBrowsers } from './known-browsers.ts';
import { createLimiter, type LimitedAttempt, type Limiter, type LimitResult } from './limiter.ts';

let clock: FakeClock;
let database: OpenDatabase;
let knownBrowsers: KnownBrowsers;
let limiter: Limiter;
beforeEach(async () => {
  clock = createFakeClock();
  database = await openTestDatabase();
  const family = { secrets: ['s'.repeat(16) + 't'.repeat(16)], realm: realms };
  const limits = createLimits({ db: database.db, family, now: clock.now });
  const cookie = {
    name: '__Host-login',
    domain: null,
    path: '/',
    secure: true,
    sameSite: 'lax',
  } as const;
  const platform = { now: clock.now, randomBytes };
  knownBrowsers = createKnownBrowsers({ limits, family, cookie, platform });
  limiter = createLimiter({ limits, knownBrowsers });
});
afterEach(() => database.close());

const stranger = new Request('https://login.kittens.example/sign-in');
const ada: LimitedAttempt = {
  request: stranger,
  email: 'ada@kittens.example',
  account: { id: 'ada', epoch: 1 },
  clientAddress: '192.0.2.1',
};
const nobody: LimitedAttempt = { ...ada, email: 'nobody@kittens.example', account: null };
const from = (last: number) => `192.0.2.${last}`;

function browserOf(account: KnownAccount): Request {
  const line = knownBrowsers.remember(stranger, account);
  return new Request(stranger.url, { headers: { cookie: line.split(';')[0] ?? '' } });
}

/** How many of so many wrong passwords are looked at. */
async function fail(times: number, attempt: LimitedAttempt): Promise<number> {
  let allowed = 0;
  for (let time = 0; time < times; time += 1) {
    if ((await limiter.take(attempt)).kind === 'allowed') allowed += 1;
  }
  return allowed;
}

async function succeed(attempt: LimitedAttempt): Promise<LimitResult['kind']> {
  const result = await limiter.take(attempt);
  if (result.kind === 'allowed') await result.succeeded();
  return result.kind;
}

/** So many wrong passwords for somebody, as soon as the waits allow, from other networks: the first, the last, and between them one statement. */
async function guess(times: number, attempt: LimitedAttempt): Promise<void> {
  await guessOnce(attempt, '198.51.100.1');
  await database.db
    .updateTable('limits')
    .set((eb) => ({ taken: eb('taken', '+', times - 2) }))
    // Not the networks, which are forgotten soon.
    .where('forget_at', '>', clock.now() + 43_200_000)
    .execute();
  await guessOnce(attempt, '198.51.100.2');
}

async function guessOnce(attempt: LimitedAttempt, clientAddress: string): Promise<void> {
  const result = await limiter.take({ ...attempt, clientAddress });
  if (result.kind === 'allowed') return;
  clock.advance(result.retryAfterSeconds * 1000);
  await guessOnce(attempt, clientAddress);
}

describe.each([
  ['an account', ada],
  ['an address that nobody has', nobody],
])('wrong passwords for %s', (_, attempt) => {
  test('are ten, wherever they come from, then one after each wait', async () => {
    let allowed = 0;
    for (let last = 1; last <= 20; last += 1) {
      allowed += await fail(1, { ...attempt, clientAddress: from(last) });
    }
    expect(allowed).toBe(10);
    const refused = await limiter.take(attempt);
    expect(refused).toEqual({ kind: 'limited', by: 'account', retryAfterSeconds: 60 });
    clock.advance(60_000);
    expect(await fail(2, attempt)).toBe(1);
    expect(await limiter.take(attempt)).toMatchObject({ by: 'account', retryAfterSeconds: 120 });
  });

  test('twenty at once: exactly ten are looked at', async () => {
    const results = await Promise.all(Array.from({ length: 20 }, () => limiter.take(attempt)));
    expect(results.filter(({ kind }) => kind === 'allowed')).toHaveLength(10);
  });

  test('are a hundred in a row at most, however patient somebody is (NIST SP 800-63B-4, 3.2.2)', async () => {
    await guess(100, attempt);
    clock.advance(86_400_000);
    const closed = await limiter.take(attempt);
    expect(closed).toMatchObject({ kind: 'limited', by: 'closed' });
    clock.advance(30 * 86_400_000);
    expect(await limiter.take(attempt)).toMatchObject({ kind: 'limited', by: 'closed' });
  });
});

test('a right password ends the row of a hundred, not the waits of the day', async () => {
  await guess(40, ada);
  clock.advance(3_600_000);
  expect(await succeed(ada)).toBe('allowed');
  expect(await fail(5, ada)).toBe(1);
  clock.advance(86_400_000);
  // One since then was wrong already.
  await guess(98, ada);
  clock.advance(86_400_000);
  expect(await succeed(ada)).toBe('allowed');
});

test('a new password, which raises the epoch, starts all counts of the account anew', async () => {
  await guess(100, ada);
  expect(await fail(20, { ...ada, account: { id: 'ada', epoch: 2 } })).toBe(10);
});

describe('wrong passwords from one network', () => {
  const attempts = async (times: number, clientAddress: (time: number) => string) => {
    let allowed = 0;
    for (let time = 0; time < times; time += 1) {
      const email = `p${time}@kittens.example`;
      allowed += await fail(1, { ...nobody, email, clientAddress: clientAddress(time) });
    }
    return allowed;
  };

  test('are fifty, whoever is tried, existing or not, and those of others go on', async () => {
    expect(await attempts(70, () => from(1))).toBe(50);
    expect(await limiter.take(ada)).toMatchObject({ by: 'address', retryAfterSeconds: 60 });
    expect(await fail(1, { ...ada, clientAddress: from(2) })).toBe(1);
  });

  test('an IPv6 network of 64 bits is one', async () => {
    expect(await attempts(70, (host) => `2001:db8:1:2::${host.toString(16)}`)).toBe(50);
    expect(await fail(1, { ...ada, clientAddress: '2001:db8:1:3::1' })).toBe(1);
  });

  test('one that is refused for the account does not count for the network', async () => {
    await fail(60, ada);
    expect(await attempts(50, () => ada.clientAddress)).toBe(40);
  });
});

describe('what does not count', () => {
  test('right passwords', async () => {
    for (let time = 0; time < 12; time += 1) expect(await succeed(ada)).toBe('allowed');
    expect(await fail(12, ada)).toBe(10);
  });

  test('proofs that never took place', async () => {
    for (let time = 0; time < 12; time += 1) {
      const result = await limiter.take(ada);
      if (result.kind === 'allowed') await result.abandoned();
    }
    expect(await fail(12, ada)).toBe(10);
  });
});

describe('a browser that the account knows', () => {
  const known = (account: KnownAccount = { id: 'ada', epoch: 1 }): LimitedAttempt => ({
    ...ada,
    request: browserOf(account),
  });

  test('is locked out by no stranger: not who guesses, not who shares its network', async () => {
    const attempt = known();
    await guess(100, ada);
    for (let person = 0; person < 60; person += 1) {
      await fail(1, { ...nobody, email: `p${person}@kittens.example` });
    }
    expect(await limiter.take(ada)).toMatchObject({ kind: 'limited' });
    expect(await succeed(attempt)).toBe('allowed');
  });

  test('has ten wrong passwords of its own, then counts as any other', async () => {
    const attempt = known();
    expect(await fail(10, attempt)).toBe(10);
    expect(await fail(20, attempt)).toBe(10);
  });

  test('a right password in it ends the row of a hundred as well', async () => {
    const attempt = known();
    await guess(100, ada);
    expect(await succeed(attempt)).toBe('allowed');
    clock.advance(86_400_000);
    expect(await fail(1, ada)).toBe(1);
  });
});
