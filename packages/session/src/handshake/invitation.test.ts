import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { fuzzRuns } from '../../test/fuzz-runs.ts';
import { createSlot } from '../session-id/session-id.ts';
import {
  type InvitationBinding,
  type InvitationFacts,
  isMarkOf,
  judgeTime,
  type OpenedInvitation,
  openInvitation,
  pathHashOf,
  type RefusedInvitation,
  sealInvitation,
  sourceOf,
} from './invitation.ts';

const timeoutMilliseconds = 300_000;
const key = randomBytes(32);
const now = Date.UTC(2026, 0, 1);
const slot = createSlot(randomBytes);
const binding: InvitationBinding = {
  source: 'shop',
  sourceOrigin: 'https://shop.example',
  target: 'toys',
  targetOrigin: 'https://toys.example',
};
const facts: InvitationFacts = {
  ...binding,
  slot,
  at: now,
  lifetimeSeconds: 10,
  path: '/basket?step=2',
  address: '203.0.113.7',
};
const invitation = seal();

function seal(parts: Partial<InvitationFacts> = {}, bound: InvitationBinding = binding): string {
  return sealInvitation(key, { ...facts, ...bound, ...parts }, randomBytes);
}

function open(
  text: string,
  bound: InvitationBinding = binding,
): OpenedInvitation | RefusedInvitation {
  return openInvitation([key], text, bound);
}

function opened(text: string): OpenedInvitation {
  const result = open(text);
  if (result.kind === 'refused') throw new Error(result.why);
  return result;
}

describe('an invitation', () => {
  test('gives back what was sealed: time, lifetime, sign-in, sending path, address', () => {
    const result = opened(invitation);
    expect(result).toMatchObject({
      at: now,
      lifetimeSeconds: 10,
      pathHash: pathHashOf(facts.path),
    });
    expect(isMarkOf(result, slot)).toBe(true);
    expect(isMarkOf(result, createSlot(randomBytes))).toBe(false);
    expect(result.address).not.toBe(null);
    expect(opened(seal({ lifetimeSeconds: null, address: null }))).toMatchObject({
      lifetimeSeconds: null,
      address: null,
    });
  });

  test('has 200 characters at most, whatever the names, paths and addresses', () => {
    expect(invitation).toMatch(/^shop\.[A-Za-z0-9_-]{98}$/);
    const longest = { ...binding, source: `a${'b'.repeat(31)}` };
    const path = `/${'x'.repeat(100_000)}`;
    expect(seal({ path, address: '2001:db8::1' }, longest)).toHaveLength(131);
  });

  test('holds neither slot nor path nor address for who has no key', () => {
    const bytes = Buffer.from(invitation.slice(5), 'base64url');
    expect(bytes.includes(Buffer.from(slot, 'base64url'))).toBe(false);
    expect(bytes.includes('basket')).toBe(false);
    expect(bytes.includes('203.0')).toBe(false);
  });

  test('names its source in clear, and nothing else has the form of one', () => {
    expect(sourceOf(invitation)).toBe('shop');
    for (const text of [
      '',
      'shop',
      'shop.',
      '.',
      `Shop.${'A'.repeat(98)}`,
      `shop.${'A'.repeat(97)}`,
    ]) {
      expect(sourceOf(text)).toBe(null);
    }
    expect(sourceOf(`${invitation}\n`)).toBe(null);
    expect(sourceOf(`shop.shop.${'A'.repeat(98)}`)).toBe(null);
  });

  test.each([
    ['another target', { target: 'wiki' }],
    ['another origin of the target', { targetOrigin: 'https://toys.example:8443' }],
    ['the target on http', { targetOrigin: 'http://toys.example' }],
    ['another source', { source: 'blog' }],
    ['another origin of the source', { sourceOrigin: 'https://evil.example' }],
  ])('for %s is forged', (_what, parts) => {
    expect(open(invitation, { ...binding, ...parts })).toEqual({ kind: 'refused', why: 'forged' });
  });

  test('of a source that puts another name before it is forged', () => {
    const renamed = invitation.replace('shop.', 'blog.');
    expect(open(renamed)).toMatchObject({ why: 'forged' });
    expect(open(renamed, { ...binding, source: 'blog' })).toMatchObject({ why: 'forged' });
  });

  test('under another key, or none, is forged; while keys are rotated each opens', () => {
    expect(openInvitation([randomBytes(32)], invitation, binding)).toMatchObject({ why: 'forged' });
    expect(openInvitation([], invitation, binding)).toMatchObject({ why: 'forged' });
    expect(openInvitation([randomBytes(32), key], invitation, binding).kind).toBe('opened');
  });

  test('with any one bit flipped does not open', () => {
    const bytes = Buffer.from(invitation.slice(5), 'base64url');
    for (let bit = 0; bit < bytes.length * 8; bit += 1) {
      const flipped = Buffer.from(bytes);
      flipped.writeUInt8(flipped.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3);
      expect(open(`shop.${flipped.toString('base64url')}`).kind).toBe('refused');
    }
  });

  test('with any one character changed, removed or added does not open', () => {
    for (let at = 0; at < invitation.length; at += 1) {
      const [before, after] = [invitation.slice(0, at), invitation.slice(at + 1)];
      expect(open(before + after).kind).toBe('refused');
      expect(open(`${before}A${invitation.slice(at)}`).kind).toBe('refused');
      for (const letter of 'ABghz019-_.%+') {
        if (letter !== invitation[at]) expect(open(before + letter + after).kind).toBe('refused');
      }
    }
  });
});

describe('the time of an invitation', () => {
  test.each([
    [59_999, null, null],
    [60_000, null, 'expired'],
    [60_001, null, 'expired'],
    [9_999, 10, null],
    [10_000, 10, 'expired'],
    [59_999, 600, null],
    [60_000, 600, 'expired'],
    [0, null, null],
    [-5_000, null, null],
    [-5_001, null, 'from-the-future'],
    [-86_400_000, 600, 'from-the-future'],
  ])(
    'at an age of %i ms, the sender allowing %s s and the receiver 60: %s',
    (ageMilliseconds, sender, why) => {
      const result = { at: now, lifetimeSeconds: sender };
      expect(judgeTime(result, 60, now + ageMilliseconds)).toBe(why);
    },
  );
});

test('ten thousand invitations survive a query string as they are, and are all different', () => {
  const seen = new Set<string>();
  for (let index = 0; index < 10_000; index += 1) {
    const made = seal();
    seen.add(made);
    expect(new URLSearchParams(`latchkey_invitation=${made}&x=1`).get('latchkey_invitation')).toBe(
      made,
    );
    // What Rack and other parsers do: a plus is a space.
    expect(decodeURIComponent(made.replaceAll('+', ' '))).toBe(made);
  }
  expect(seen.size).toBe(10_000);
});

test(
  'no text makes opening throw, and none opens',
  () => {
    const text = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 300 }),
      fc.string({ unit: 'binary', maxLength: 120 }).map((rest) => `shop.${rest}`),
      fc.stringMatching(/^shop\.[A-Za-z0-9_-]{98}$/),
      fc
        .uint8Array({ minLength: 72, maxLength: 72 })
        .map((rest) => `shop.${Buffer.concat([Buffer.of(1), rest]).toString('base64url')}`),
    );
    fc.assert(
      fc.property(text, (garbage) => {
        expect(open(garbage).kind).toBe('refused');
      }),
      { numRuns: fuzzRuns },
    );
  },
  timeoutMilliseconds,
);
