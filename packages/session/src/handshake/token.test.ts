import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { fuzzRuns } from '../../test/fuzz-runs.ts';
import { createSlot } from '../session-id/session-id.ts';
import {
  mintToken,
  type OpenedToken,
  openToken,
  type RefusedToken,
  type TokenBinding,
  tokenLifeMilliseconds,
  tokenMemorySeconds,
  tokenSkewMilliseconds,
} from './token.ts';

const key = randomBytes(32);
const slot = createSlot(randomBytes);
const now = Date.UTC(2026, 0, 1);
const binding: TokenBinding = {
  app: 'toys',
  origin: 'https://toys.example',
  state: 'AAAAAAAAAAAAAAAAAAAAAA.L2NhcnQ',
};
const token = mintToken(key, { ...binding, slot, at: now }, randomBytes);

function open(text: string, at: number = now): OpenedToken | RefusedToken {
  return openToken([key], text, { ...binding, now: at });
}

test('a token is 63 characters of base64url and opens to its slot', () => {
  expect(token).toMatch(/^[A-Za-z0-9_-]{63}$/);
  expect(open(token)).toMatchObject({ kind: 'opened', slot });
});

test('its id is 96 bits, the same each time it is opened, and another for each token', () => {
  const first = open(token);
  expect(first).toEqual(open(token, now + 1000));
  expect(first).toMatchObject({ id: expect.stringMatching(/^[A-Za-z0-9_-]{16}$/) });
  expect(open(mintToken(key, { ...binding, slot, at: now }, randomBytes))).not.toEqual(first);
});

test('with any one bit flipped it does not open', () => {
  const bytes = Buffer.from(token, 'base64url');
  for (let bit = 0; bit < bytes.length * 8; bit += 1) {
    const flipped = Buffer.from(bytes);
    flipped.writeUInt8(flipped.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3);
    const why = bit < 8 ? 'malformed' : 'forged';
    expect(open(flipped.toString('base64url'))).toEqual({ kind: 'refused', why });
  }
});

test('with any one character changed it does not open, the spare bits of the last one included', () => {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
  for (let at = 0; at < token.length; at += 1) {
    for (const letter of alphabet) {
      if (letter === token[at]) continue;
      const changed = token.slice(0, at) + letter + token.slice(at + 1);
      expect(open(changed)).toMatchObject({ kind: 'refused' });
    }
  }
});

test.each([
  ['app', { ...binding, app: 'shop' }],
  ['origin', { ...binding, origin: 'https://shop.example' }],
  ['scheme of the origin', { ...binding, origin: 'http://toys.example' }],
  ['port of the origin', { ...binding, origin: 'https://toys.example:8443' }],
  ['state', { ...binding, state: 'AAAAAAAAAAAAAAAAAAAAAA.L2V2aWw' }],
  ['app and origin, shifted', { ...binding, app: 'toys\nhttps://toys.example', origin: '' }],
])('for another %s it is forged', (_what, other) => {
  expect(openToken([key], token, { ...other, now })).toEqual({ kind: 'refused', why: 'forged' });
});

test('under another key, or none, it is forged', () => {
  expect(openToken([randomBytes(32)], token, { ...binding, now })).toEqual({
    kind: 'refused',
    why: 'forged',
  });
  expect(openToken([], token, { ...binding, now })).toEqual({ kind: 'refused', why: 'forged' });
});

test('while keys are rotated it opens under each key that the app has', () => {
  const newest = randomBytes(32);
  expect(openToken([newest, key], token, { ...binding, now }).kind).toBe('opened');
  const fresh = mintToken(newest, { ...binding, slot, at: now }, randomBytes);
  expect(openToken([newest, key], fresh, { ...binding, now }).kind).toBe('opened');
  expect(openToken([key], fresh, { ...binding, now })).toEqual({ kind: 'refused', why: 'forged' });
});

test.each([
  [tokenLifeMilliseconds - 1, 'opened'],
  [tokenLifeMilliseconds, 'expired'],
  [tokenLifeMilliseconds + 1, 'expired'],
  [Number.MAX_SAFE_INTEGER - now, 'expired'],
  [0, 'opened'],
  [-tokenSkewMilliseconds, 'opened'],
  [-tokenSkewMilliseconds - 1, 'from-the-future'],
  [-now, 'from-the-future'],
])('at an age of %i milliseconds it is %s', (ageMilliseconds, verdict) => {
  const result = open(token, now + ageMilliseconds);
  expect(result.kind === 'opened' ? 'opened' : result.why).toBe(verdict);
});

test('its id is remembered for longer than it could be shown', () => {
  expect(tokenLifeMilliseconds).toBe(60_000);
  const shownAt = (tokenLifeMilliseconds + tokenSkewMilliseconds) / 1000;
  expect(tokenMemorySeconds).toBeGreaterThan(shownAt);
});

test('ten thousand tokens survive a query string and are ten thousand different ones', () => {
  const seen = new Set<string>();
  for (let index = 0; index < 10_000; index += 1) {
    const made = mintToken(key, { ...binding, slot, at: now }, randomBytes);
    seen.add(made);
    expect(new URLSearchParams(`token=${made}&x=1`).get('token')).toBe(made);
    expect(decodeURIComponent(made.replaceAll('+', ' '))).toBe(made);
  }
  expect(seen.size).toBe(10_000);
});

test('it says nothing of the slot to who has no key', () => {
  const bytes = Buffer.from(token, 'base64url');
  expect(bytes.includes(Buffer.from(slot, 'base64url'))).toBe(false);
});

test('a token that opens gives back what was sealed, for any slot and time', () => {
  const sizes = fc.uint8Array({ minLength: 12, maxLength: 12 });
  fc.assert(
    fc.property(sizes, fc.integer({ min: 0, max: 2 ** 48 - 1 }), fc.string(), (raw, at, state) => {
      const owner = createSlot(() => Buffer.from(raw));
      const bound = { ...binding, state };
      const made = mintToken(key, { ...bound, slot: owner, at }, randomBytes);
      expect(openToken([key], made, { ...bound, now: at })).toMatchObject({
        kind: 'opened',
        slot: owner,
      });
    }),
  );
});

test('no text makes opening throw, and none opens', () => {
  const text = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 100 }),
    fc.stringMatching(/^[A-Za-z0-9_-]{63}$/),
    fc
      .uint8Array({ minLength: 46, maxLength: 46 })
      .map((rest) => Buffer.concat([Buffer.of(1), rest]).toString('base64url')),
  );
  fc.assert(
    fc.property(text, (garbage) => {
      expect(open(garbage).kind).toBe('refused');
    }),
    { numRuns: fuzzRuns },
  );
});
