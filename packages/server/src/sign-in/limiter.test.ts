import { randomBytes } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import {
  createLimiter,
  failuresPerAccount,
  type Limiter,
  networkOf,
  windowSeconds,
} from './limiter.ts';

let limiter: Limiter;
beforeEach(() => {
  // The library counts by the global clock.
  vi.useFakeTimers({ now: 1_767_225_600_000, toFake: ['Date', 'setTimeout', 'clearTimeout'] });
  limiter = createLimiter({ randomBytes });
});
afterEach(() => {
  vi.useRealTimers();
});

const ada = { email: 'ada@kittens.example', address: '192.0.2.1' };
const from = (last: number) => `192.0.2.${last}`;

async function fail(times: number, attempt: { email: string; address: string }): Promise<number> {
  let allowed = 0;
  for (let time = 0; time < times; time += 1) {
    if ((await limiter.take(attempt)).kind === 'allowed') allowed += 1;
  }
  return allowed;
}

describe('a browser that the account knows', () => {
  const known = { ...ada, address: from(7), isKnown: true };

  test('is not locked out by ten wrong passwords from a stranger', async () => {
    expect(await fail(10, ada)).toBe(10);
    expect(await limiter.take(ada)).toMatchObject({ kind: 'limited', by: 'account' });
    expect((await limiter.take(known)).kind).toBe('allowed');
  });

  test('lifts no limit of its address', async () => {
    for (let person = 0; person < 50; person += 1) {
      await fail(1, { email: `p${person}@kittens.example`, address: known.address });
    }
    expect(await limiter.take(known)).toMatchObject({ kind: 'limited', by: 'address' });
  });
});

test.each([
  ['::ffff:192.0.2.1', '192.0.2.1'],
  ['::ffff:c000:201', '192.0.2.1'],
  ['0:0:0:0:0:FFFF:C000:0201', '192.0.2.1'],
  ['0000:0000:0000:0000:0000:ffff:192.0.2.1', '192.0.2.1'],
  ['64:ff9b::192.0.2.1', '192.0.2.1'],
  ['64:ff9b::c000:201', '192.0.2.1'],
  ['64:ff9b:0:0:0:0:c000:201', '192.0.2.1'],
  ['2001:db8:1:2::ffff:c000:201', '2001:db8:1:2::/64'],
  ['2001:db8::1', '2001:db8:0:0::/64'],
])('the address %s counts as %s', (address, network) => {
  expect(networkOf(address)).toBe(network);
});

describe('the limit on failed proofs', () => {
  test('ten for one account, then the wait is told', async () => {
    expect(await fail(10, ada)).toBe(10);
    expect(await limiter.take(ada)).toMatchObject({ kind: 'limited', retryAfterSeconds: 900 });
    vi.advanceTimersByTime(600_500);
    expect(await limiter.take(ada)).toMatchObject({ kind: 'limited', retryAfterSeconds: 300 });
  });

  test('twenty guesses at once: exactly ten go through', async () => {
    const results = await Promise.all(Array.from({ length: 20 }, () => limiter.take(ada)));
    expect(results.filter((result) => result.kind === 'allowed')).toHaveLength(10);
  });

  test('counts an account from wherever the guesses come, in whatever spelling', async () => {
    let allowed = 0;
    for (let last = 1; last <= 20; last += 1) {
      const email = last % 2 === 0 ? ' ADA@Kittens.example' : ada.email;
      allowed += await fail(1, { email, address: from(last) });
    }
    expect(allowed).toBe(10);
  });

  test('fifty from one address, whoever is tried, existing or not', async () => {
    let allowed = 0;
    for (let person = 0; person < 70; person += 1) {
      allowed += await fail(1, { email: `p${person}@kittens.example`, address: from(1) });
    }
    expect(allowed).toBe(50);
    expect(await fail(1, { email: 'p1@kittens.example', address: from(2) })).toBe(1);
  });

  test('an IPv6 network of 64 bits is one address', async () => {
    let allowed = 0;
    for (let host = 1; host <= 70; host += 1) {
      const email = `p${host}@kittens.example`;
      allowed += await fail(1, { email, address: `2001:db8:1:2::${host.toString(16)}` });
    }
    expect(allowed).toBe(50);
    expect(await fail(1, { ...ada, address: '2001:db8:1:3::1' })).toBe(1);
  });

  test('is over after fifteen minutes', async () => {
    await fail(20, ada);
    vi.advanceTimersByTime(windowSeconds * 1000 + 1);
    expect(await fail(20, ada)).toBe(10);
  });
});

describe('what does not count', () => {
  test('proofs that succeed', async () => {
    for (let time = 0; time < 100; time += 1) {
      const result = await limiter.take(ada);
      if (result.kind !== 'allowed') throw new Error('limited');
      await result.succeeded();
    }
    expect(await fail(20, ada)).toBe(failuresPerAccount);
  });

  test('proofs that never took place', async () => {
    for (let time = 0; time < 100; time += 1) {
      const result = await limiter.take(ada);
      if (result.kind === 'allowed') await result.abandoned();
    }
    expect(await fail(20, ada)).toBe(failuresPerAccount);
  });

  test('tries that were refused', async () => {
    await fail(9, ada);
    const last = await limiter.take(ada);
    await fail(30, ada);
    if (last.kind === 'allowed') await last.succeeded();
    expect(await fail(5, ada)).toBe(1);
    // Nor do they fill the address's account: 10 of 50 are used.
    let allowed = 0;
    for (let person = 0; person < 50; person += 1) {
      allowed += await fail(1, { email: `p${person}@kittens.example`, address: ada.address });
    }
    expect(allowed).toBe(40);
  });

  test('a success counts back once, however often it is told', async () => {
    await fail(5, ada);
    const result = await limiter.take(ada);
    if (result.kind === 'allowed') {
      await result.succeeded();
      await result.succeeded();
      await result.abandoned();
    }
    expect(await fail(20, ada)).toBe(5);
  });

  test('a success told in the next window gives no try too many', async () => {
    const slow = await limiter.take(ada);
    vi.advanceTimersByTime(windowSeconds * 1000 + 1);
    await fail(1, ada);
    if (slow.kind === 'allowed') await slow.succeeded();
    expect(await fail(20, ada)).toBe(9);
    vi.advanceTimersByTime(2 * windowSeconds * 1000);
    if (slow.kind === 'allowed') await slow.succeeded();
    expect(await fail(20, ada)).toBe(10);
  });
});

test.each([
  ['192.0.2.7', '192.0.2.7'],
  ['::ffff:192.0.2.7', '192.0.2.7'],
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
  ['2001:DB8:1:2::1', '2001:db8:1:2::/64'],
  ['2001:db8::1', '2001:db8:0:0::/64'],
  ['::1', '0:0:0:0::/64'],
  ['::', '0:0:0:0::/64'],
  ['1::', '1:0:0:0::/64'],
  ['fe80::1%eth0', 'fe80:0:0:0::/64'],
  ['2001:db8:0:2:0:0:192.0.2.1', '2001:db8:0:2::/64'],
  ['', 'unknown'],
  ['example.com', 'unknown'],
])('the address %j counts as %j', (address, network) => {
  expect(networkOf(address)).toBe(network);
});
