import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createRenewals, renewalInterval, storeLifetime } from './renewals.ts';

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'], now: 1_000_000 });
});
afterEach(() => {
  vi.useRealTimers();
});

test('the interval is a twentieth of the lifetime, a minute at most', () => {
  expect(renewalInterval(20_000, 'none')).toBe(1_000);
  expect(renewalInterval(86_400_000, 'none')).toBe(60_000);
  expect(renewalInterval(20_000, 1_000_000)).toBe(1_000);
  expect(renewalInterval(86_400_000, 3_600_000)).toBe(60_000);
});

test('where only the store knows the lifetime the interval is short', () => {
  expect(renewalInterval(null, 'none')).toBe(500);
  expect(renewalInterval(null, 'unknown')).toBe(500);
  expect(renewalInterval(null, 100_000)).toBe(5_000);
  expect(renewalInterval(null, 86_400_000)).toBe(10_000);
});

test("a store's own lifetime that is shorter than the session's, or not known, shortens the interval", () => {
  expect(renewalInterval(86_400_000, 20_000)).toBe(1_000);
  expect(renewalInterval(86_400_000, 'unknown')).toBe(500);
  expect(renewalInterval(2_000, 'unknown')).toBe(100);
});

test('the lifetime of a store is its `ttl` in seconds, else unknown', () => {
  expect(storeLifetime({ ttl: 30 }, false)).toBe(30_000);
  expect(storeLifetime({ ttl: () => 30 }, false)).toBe('unknown');
  expect(storeLifetime({ ttl: 0 }, false)).toBe('unknown');
  expect(storeLifetime({}, false)).toBe('unknown');
  expect(storeLifetime({}, true)).toBe('none');
});

test('it is remembered since when a session has been renewed', () => {
  const renewals = createRenewals(() => 1_000);
  const before = renewals.moment();
  expect(renewals.isRenewedSince('a', before)).toBe(false);
  renewals.renewed('a', 1_000_000);
  expect(renewals.isRenewedSince('a', before)).toBe(true);
  expect(renewals.isRenewedSince('b', before)).toBe(false);
  expect(renewals.isRenewedSince('a', renewals.moment())).toBe(false);
  renewals.forget('a');
  expect(renewals.isRenewedSince('a', before)).toBe(false);
});

test('a session is due when this process, or the record, does not say that it was renewed lately', () => {
  const renewals = createRenewals(() => 1_000);
  expect(renewals.isDue('a', null, null)).toBe(true);
  expect(renewals.isDue('a', null, 999_500)).toBe(false);
  expect(renewals.isDue('a', null, 999_000)).toBe(true);
  renewals.renewed('a', 999_900);
  expect(renewals.isDue('a', null, 999_000)).toBe(false);
  renewals.forget('a');
  expect(renewals.isDue('a', null, null)).toBe(true);
});

test('a clock that was set back does not keep a session from being renewed', () => {
  const renewals = createRenewals(() => 1_000);
  expect(renewals.isDue('a', null, 2_000_000)).toBe(true);
});

test('the session that was renewed longest ago is forgotten when there are too many', () => {
  const renewals = createRenewals(() => 1_000);
  for (let number = 0; number <= 20_000; number += 1) renewals.renewed(`${number}`, 1_000_000);
  expect(renewals.isDue('0', null, null)).toBe(true);
  expect(renewals.isDue('1', null, null)).toBe(false);
  expect(renewals.isDue('20000', null, null)).toBe(false);
});
