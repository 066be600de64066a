import { describe, expect, test } from 'vitest';
import { type AppAloneOptions, createAppAlone } from './app/app-alone.ts';
import { defineFamily } from './config/define-family.ts';
import { maxLifetimeSeconds, requireLifetime } from './option-rules.ts';

const origin = 'https://shop.example';
const day = 86_400;

test.each([1, day, 400 * day, maxLifetimeSeconds])('%d seconds may be said', (seconds) => {
  expect(requireLifetime(seconds, 'idleSeconds')).toBe(seconds);
});

test.each([
  [0, 'of at least 1'],
  [-1, 'of at least 1'],
  [1.5, 'whole number'],
  [Number.NaN, 'whole number'],
  ['60', 'whole number'],
  [null, 'whole number'],
  [400 * day + 1, 'Write 34560000'],
  [100 * 365 * day, 'Write 34560000'],
  [Number.MAX_SAFE_INTEGER, 'Write 34560000'],
  [1e300, 'Write 34560000'],
  [Number.POSITIVE_INFINITY, 'Write 34560000'],
])('%j is refused', (seconds, words) => {
  expect(() => requireLifetime(seconds, 'idleSeconds')).toThrow(words);
});

describe('a lifetime of more than 400 days is refused at start', () => {
  const long = Number.POSITIVE_INFINITY;
  test.each<[string, Partial<AppAloneOptions>]>([
    ['idleSeconds', { idleSeconds: long }],
    ['absoluteSeconds', { absoluteSeconds: long }],
    ['signIns.idleSeconds', { signIns: { idleSeconds: long } }],
    ['signIns.absoluteSeconds', { signIns: { absoluteSeconds: long } }],
    ['signIns.remembered.idleSeconds', { signIns: { remembered: { idleSeconds: long } } }],
    ['signIns.remembered.absoluteSeconds', { signIns: { remembered: { absoluteSeconds: long } } }],
  ])('%s of an app alone', (name, options) => {
    expect(() => createAppAlone({ origin, store: 'memory:', ...options })).toThrow(
      expect.objectContaining({
        code: 'option_invalid',
        message: expect.stringContaining(`${name} must be at most 34560000`),
      }),
    );
  });

  test.each([
    ['session.idleSeconds', { idleSeconds: long }],
    ['session.absoluteSeconds', { absoluteSeconds: long }],
    ['session.remembered.idleSeconds', { remembered: { idleSeconds: long } }],
  ])('%s of a family', (name, session) => {
    const family = { name: 'Kittens', loginHost: origin, store: 'memory:', apps: {}, session };
    expect(() => defineFamily(family)).toThrow(
      expect.objectContaining({
        code: 'option_invalid',
        message: expect.stringContaining(`${name} must be at most 34560000`),
      }),
    );
  });
});
