import { describe, expect, test } from 'vitest';
import { addressFacts, isSameAddress } from './address-facts.ts';

const same = (check: 'off' | 'prefix' | 'exact', then: string, now: string | null): boolean =>
  isSameAddress(check, addressFacts(then, 8), now);

describe('an address is compared', () => {
  test.for<[string, string, boolean, boolean]>([
    ['203.0.113.7', '203.0.113.7', true, true],
    ['203.0.113.7', '203.0.113.8', false, true],
    ['203.0.113.7', '203.0.114.7', false, false],
    ['203.0.113.7', '::ffff:203.0.113.7', true, true],
    ['203.0.113.7', '::FFFF:cb00:7107', true, true],
    ['2001:db8::1', '2001:0db8:0:0:0:0:0:1', true, true],
    ['2001:db8:0:1::1', '2001:db8:0:1:ffff::2', false, true],
    ['2001:db8:0:1::1', '2001:db8:0:2::1', false, false],
    ['fe80::1%eth0', 'fe80::1%wlan0', true, true],
    ['::', '::', true, true],
    ['::1', '127.0.0.1', false, false],
    ['203.0.113.7', 'unknown', false, false],
    ['203.0.113.7', '', false, false],
    ['203.0.113.7', '999.0.0.1', false, false],
  ])('%s with %s: exactly %s, by network %s', ([then, now, exact, network]) => {
    expect(same('exact', then, now)).toBe(exact);
    expect(same('prefix', then, now)).toBe(network);
    expect(same('off', then, now)).toBe(true);
  });

  test('unknown on either side is no match, unless nothing is asked', () => {
    for (const check of ['prefix', 'exact'] as const) {
      expect(isSameAddress(check, null, '203.0.113.7')).toBe(false);
      expect(same(check, '203.0.113.7', null)).toBe(false);
      expect(isSameAddress(check, null, null)).toBe(false);
    }
    expect(isSameAddress('off', null, null)).toBe(true);
  });
});
